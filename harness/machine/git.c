/* git.c - see git.h. Optional locks are off, so that asking never gets in the way of somebody's commit. */
#include "machine/git.h"

#include "base/text.h"
#include "machine/execute.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 20 };

enum status git_run(const char *folder, const char *const *words, const char *log, struct text *output, int *code,
                    struct error *error)
{
    const char *argv[WORDS_MAX + 5] = {"git", "--no-optional-locks", "-C", folder};
    for (int i = 0; i < WORDS_MAX && words[i]; ++i)
        argv[4 + i] = words[i];
    return execute(&(struct execution){.argv = argv, .log = log}, output, code, error);
}

/* First line that git prints; NULL where `folder` is not the top of a repository or git fails. */
static char *ask(const char *folder, const char *const *words)
{
    char *mark = text_print("%s/.git", folder);
    const bool is_top = mark && access(mark, F_OK) == 0;
    free(mark);
    if (!is_top)
        return NULL;
    struct text output = {0};
    struct error ignored;
    int code = -1;
    text_append(&output, "");
    const enum status status = git_run(folder, words, NULL, &output, &code, &ignored);
    char *answer = status == STATUS_OK && code == 0 ? text_take(&output) : NULL;
    text_free(&output);
    if (answer)
        answer[strcspn(answer, "\n")] = '\0'; /* one line is asked for, or whether there is any */
    return answer;
}

char *git_commit(const char *folder)
{
    static const char *const words[] = {"rev-parse", "--verify", "HEAD", NULL};
    return ask(folder, words);
}

char *git_date(const char *folder)
{
    static const char *const words[] = {"log", "-1", "--format=%cI", NULL};
    return ask(folder, words);
}

enum git_dirty git_dirty(const char *folder)
{
    static const char *const words[] = {"status", "--porcelain", "--untracked-files=no", NULL};
    char *first = ask(folder, words);
    const enum git_dirty dirty = !first ? GIT_UNKNOWN : *first ? GIT_DIRTY : GIT_CLEAN;
    free(first);
    return dirty;
}
