/* comparison.c - see comparison.h. A page is made whole before anything is written. */
#include "present/comparison_parts.h"

#include "base/parse.h"

enum status comparison_format_parse(const char *word, enum comparison_format *format, struct error *error)
{
    static const char *const names[COMPARISON_FORMATS + 1] = {"table", "markdown", "junit", "json"};
    int chosen = 0;
    TRY(parse_one_of(word, "--format", names, &chosen, error));
    *format = (enum comparison_format)chosen;
    return STATUS_OK;
}

enum status comparison_print(const struct comparison_view *view, enum comparison_format format, FILE *out,
                             struct error *error)
{
    static void (*const makers[COMPARISON_FORMATS])(struct text *, const struct comparison_view *) = {
        [COMPARISON_MARKDOWN] = comparison_markdown,
        [COMPARISON_JUNIT] = comparison_junit,
        [COMPARISON_JSON] = comparison_json};
    if (format == COMPARISON_TABLE)
        return comparison_table(view, out, error);
    struct text page = {0};
    makers[format](&page, view);
    const bool complete = !page.failed;
    if (complete)
        fputs(text_get(&page), out);
    text_free(&page);
    return complete ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory for a comparison");
}
