/* report.c - see report.h. */
#include "selfcheck/report.h"

#include "analyse/binomial.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

const char *const report_verdict_names[] = {
    [REPORT_NONE] = "", [REPORT_MET] = "met", [REPORT_MISSED] = "MISSED", [REPORT_OPEN] = "too few to tell"};

void report_free(struct report *report)
{
    free(report->lines);
    *report = (struct report){.count = 0};
}

static struct report_line *add(struct report *report, const char *format, va_list arguments)
{
    struct report_line *more = report->failed ? NULL : realloc(report->lines, (report->count + 1) * sizeof *more);
    if (!more) {
        report->failed = true;
        return NULL;
    }
    report->lines = more;
    struct report_line *line = &more[report->count++];
    *line = (struct report_line){.part = ""};
    vsnprintf(line->what, sizeof line->what, format, arguments);
    return line;
}

/* NaN is on the wrong side. */
static bool on_the_right_side(enum report_direction direction, double value, double target)
{
    return direction == REPORT_AT_LEAST ? value >= target : value <= target;
}

/* The nearest that the interval comes to the target. */
static double nearest(enum report_direction direction, struct interval value)
{
    return direction == REPORT_AT_LEAST ? value.high : value.low;
}

static enum report_verdict judge(const struct report_line *line)
{
    if (line->direction == REPORT_NO_TARGET)
        return REPORT_NONE;
    if (on_the_right_side(line->direction, line->value.value, line->target))
        return REPORT_MET;
    const bool few = line->trials > 0 && line->trials < REPORT_TRIALS_ENOUGH;
    return few && on_the_right_side(line->direction, nearest(line->direction, line->value), line->target) ? REPORT_OPEN
                                                                                                          : REPORT_MISSED;
}

void report_share(struct report *report, const char *part, int64_t hits, int64_t trials, enum report_direction direction,
                  double target, const char *what, ...)
{
    if (trials == 0)
        return;
    va_list arguments;
    va_start(arguments, what);
    struct report_line *line = add(report, what, arguments);
    va_end(arguments);
    if (!line)
        return;
    line->part = part;
    line->hits = hits;
    line->trials = trials;
    line->value = binomial_interval(hits, trials, 0.95);
    line->unit = "";
    line->direction = direction;
    line->target = target;
    line->verdict = judge(line);
}

void report_figure(struct report *report, const char *part, struct interval value, const char *unit,
                   enum report_direction direction, double target, const char *what, ...)
{
    if (isnan(value.value))
        return;
    va_list arguments;
    va_start(arguments, what);
    struct report_line *line = add(report, what, arguments);
    va_end(arguments);
    if (!line)
        return;
    line->part = part;
    line->value = value;
    line->unit = unit;
    line->direction = direction;
    line->target = target;
    line->verdict = judge(line);
}

size_t report_count(const struct report *report, enum report_verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < report->count; ++i)
        count += report->lines[i].verdict == verdict;
    return count;
}
