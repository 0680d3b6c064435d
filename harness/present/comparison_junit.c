/* comparison_junit.c - a comparison as JUnit XML: each cell a test case; a regression is a failure, what could not be decided is
 * skipped, wrong results and failed measurements are errors. See comparison.h.
 */
#include "present/comparison_parts.h"

#include <math.h>
#include <string.h>

/* XML 1.0 has no control characters but tab and line ends, not even escaped ones. */
static void append_escaped(struct text *out, const char *string)
{
    for (const char *at = string; *at; ++at) {
        const unsigned char c = (unsigned char)*at;
        switch (c) {
        case '&':
            text_append(out, "&amp;");
            break;
        case '<':
            text_append(out, "&lt;");
            break;
        case '>':
            text_append(out, "&gt;");
            break;
        case '"':
            text_append(out, "&quot;");
            break;
        case '\n':
            text_append(out, "&#10;");
            break;
        default:
            text_append_bytes(out, c < 0x20 && c != '\t' ? "?" : at, 1);
            break;
        }
    }
}

static bool needs_more_memory(const struct comparison_cell *cell)
{
    return comparison_same_operator(cell) && strcmp(comparison_memory(cell), "more") == 0;
}

/* The element that tells the outcome; NULL: passed. */
static const char *element_of(const struct comparison_view *view, const struct comparison_cell *cell)
{
    const bool vetoed = strcmp(view->record->verdict, "inconclusive") == 0;
    if (strcmp(cell->verdict, "WRONG") == 0 || strcmp(cell->verdict, "FAILED") == 0)
        return "error";
    if (vetoed || strcmp(cell->verdict, "UNKNOWN") == 0 || strcmp(cell->verdict, "SKIPPED") == 0 || !cell->verdict[0])
        return "skipped";
    return strcmp(cell->verdict, "SLOWER") == 0 || needs_more_memory(cell) ? "failure" : NULL;
}

static void append_figures(struct text *out, const struct comparison_cell *cell)
{
    char change[COMPARISON_TEXT], interval[COMPARISON_TEXT], finds[COMPARISON_TEXT];
    struct text remark = {0};
    comparison_remark(&remark, cell);
    text_format(out, "%s: %s", cell->verdict, isfinite(cell->ratio) ? comparison_change(change, cell->ratio) : "");
    if (isfinite(cell->low))
        text_format(out, " %s by %s, %d pairs, finds %s", comparison_interval(interval, cell->low, cell->high), cell->clock,
                    cell->pairs, comparison_size(finds, cell->mde));
    if (remark.length)
        text_format(out, "; %s", text_get(&remark));
    out->failed |= remark.failed;
    text_free(&remark);
}

static void append_case(struct text *page, const struct comparison_view *view, const struct comparison_cell *cell)
{
    char spec[2048];
    struct text figures = {0};
    comparison_spec(spec, sizeof spec, cell);
    append_figures(&figures, cell);
    text_append(page, "    <testcase classname=\"seqscale\" name=\"");
    append_escaped(page, spec);
    text_format(page, "\" time=\"%.9g\">", isfinite(cell->new_seconds) ? cell->new_seconds : 0.0);
    const char *element = element_of(view, cell);
    if (element) {
        text_format(page, "<%s message=\"", element);
        append_escaped(page, text_get(&figures));
        text_append(page, "\"/>");
    } else {
        text_append(page, "<system-out>");
        append_escaped(page, text_get(&figures));
        text_append(page, "</system-out>");
    }
    text_append(page, "</testcase>\n");
    page->failed |= figures.failed;
    text_free(&figures);
}

static int count_of(const struct comparison_view *view, const char *wanted)
{
    int count = 0;
    for (size_t i = 0; i < view->count; ++i) {
        const char *element = view->cells[i].control ? NULL : element_of(view, &view->cells[i]);
        count += !view->cells[i].control && (wanted ? element && strcmp(element, wanted) == 0 : true);
    }
    return count;
}

void comparison_junit(struct text *page, const struct comparison_view *view)
{
    text_append(page, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    for (int level = 0; level < 2; ++level) {
        text_format(page, "%s<testsuite%s name=\"", level ? "  " : "", level ? "" : "s");
        append_escaped(page, level ? view->record->name : "seqscale");
        text_format(page, "\" tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\"", count_of(view, NULL),
                    count_of(view, "failure"), count_of(view, "error"), count_of(view, "skipped"));
        text_format(page, level ? " timestamp=\"%.19s\">\n" : ">\n", view->record->created);
    }
    for (size_t i = 0; i < view->count; ++i)
        if (!view->cells[i].control)
            append_case(page, view, &view->cells[i]);
    text_append(page, "    <system-out>");
    append_escaped(page, view->record->verdict);
    text_append(page, ": ");
    append_escaped(page, view->record->reason);
    text_append(page, "</system-out>\n  </testsuite>\n</testsuites>\n");
}
