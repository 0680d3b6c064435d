/* worktree.c - see worktree.h. The build is the caller's command, in a shell, as people write it. */
#include "machine/worktree.h"

#include "base/folder.h"
#include "base/text.h"
#include "machine/git.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *first_line(struct text *output)
{
    char *line = text_take(output);
    if (line)
        line[strcspn(line, "\n")] = '\0';
    return line;
}

/* First line of what git prints; *line NULL where it ends with another exit code than 0. */
static enum status ask(char **line, const char *folder, const char *const *words, struct error *error)
{
    struct text output = {0};
    int code = 0;
    *line = NULL;
    text_append(&output, "");
    const enum status status = git_run(folder, words, NULL, &output, &code, error);
    if (status == STATUS_OK && code == 0)
        *line = first_line(&output);
    text_free(&output);
    return status;
}

static enum status find_top(char **top, const char *folder, struct error *error)
{
    const char *const words[] = {"rev-parse", "--show-toplevel", NULL};
    TRY(ask(top, folder, words, error));
    return *top ? STATUS_OK
                : error_set(error, STATUS_USAGE, "%s is in no git repository: go to one, where the commits are",
                            strcmp(folder, ".") == 0 ? "this folder" : folder);
}

enum status worktree_resolve(char commit[65], const char *folder, const char *revision, struct error *error)
{
    char *top = NULL, *found = NULL;
    TRY(find_top(&top, folder, error));
    char *wanted = text_print("%s^{commit}", revision);
    const char *const words[] = {"rev-parse", "--verify", "--quiet", "--end-of-options", wanted, NULL};
    enum status status = wanted ? ask(&found, top, words, error) : error_set(error, STATUS_SYSTEM, "out of memory");
    if (status == STATUS_OK && !found)
        status = error_set(error, STATUS_USAGE, "'%.100s' is no commit of the repository %s", revision, top);
    if (status == STATUS_OK)
        snprintf(commit, 65, "%s", found);
    free(top);
    free(wanted);
    free(found);
    return status;
}

/* Appends the last line of the log that says something, after ": ". */
static void append_last_line(struct error *error, const char *log)
{
    char *content = NULL;
    struct error ignored;
    const char *last = "";
    if (text_read_file(log, (size_t)1 << 26, &content, NULL, &ignored) == STATUS_OK) {
        char *rest = NULL;
        for (char *line = strtok_r(content, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
            last = line[strspn(line, " \t")] ? line : last;
    }
    const size_t length = strlen(error->text);
    if (*last)
        snprintf(error->text + length, sizeof error->text - length, ": %.300s", last);
    free(content);
}

static enum status add_tree(struct worktree *worktree, struct error *error)
{
    int code = 0;
    struct text output = {0};
    const char *const words[] = {"worktree", "add", "--detach", worktree->folder, worktree->commit, NULL};
    enum status status = git_run(worktree->repository, words, worktree->log, &output, &code, error);
    text_free(&output);
    if (status == STATUS_OK && code != 0) {
        status = error_set(error, STATUS_SYSTEM, "git cannot check commit %.12s out", worktree->commit);
        append_last_line(error, worktree->log);
    }
    return status;
}

enum status worktree_create(struct worktree *worktree, const char *folder, const char *revision, struct error *error)
{
    memset(worktree, 0, sizeof *worktree);
    TRY(worktree_resolve(worktree->commit, folder, revision, error));
    TRY(find_top(&worktree->repository, folder, error));
    char pattern[] = "/tmp/seqscale-tree-XXXXXX";
    if (!mkdtemp(pattern))
        return error_set(error, STATUS_SYSTEM, "cannot make a folder in /tmp: %s", strerror(errno));
    worktree->scratch = strdup(pattern);
    worktree->folder = text_print("%s/tree", pattern);
    worktree->log = text_print("%s/log", pattern);
    if (!worktree->scratch || !worktree->folder || !worktree->log)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    return add_tree(worktree, error);
}

void worktree_delete(struct worktree *worktree)
{
    struct text output = {0};
    struct error ignored;
    int code = 0;
    if (worktree->scratch) {
        const char *const words[] = {"worktree", "remove", "--force", worktree->folder, NULL};
        const char *const prune[] = {"worktree", "prune", NULL};
        const bool removed = git_run(worktree->repository, words, NULL, &output, &code, &ignored) == STATUS_OK && code == 0;
        folder_delete(worktree->scratch, &ignored);
        if (!removed && git_run(worktree->repository, prune, NULL, &output, &code, &ignored) != STATUS_OK)
            code = 0; /* git forgets the worktree by itself after some time */
    }
    text_free(&output);
    free(worktree->repository);
    free(worktree->scratch);
    free(worktree->folder);
    free(worktree->log);
    memset(worktree, 0, sizeof *worktree);
}
