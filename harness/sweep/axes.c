/* axes.c - see axes.h. */
#include "sweep/axes.h"

#include "base/parse.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX ((int64_t)1 << 32)

/* ---------------------------------------------------------------- numbers */

static enum status axis_add(struct axis *axis, int64_t value, const char *what, struct error *error)
{
    if (axis->count == AXIS_MAX)
        return error_set(error, STATUS_USAGE, "%s: more than %d values", what, AXIS_MAX);
    int64_t *more = realloc(axis->values, (axis->count + 1) * sizeof *more);
    if (!more)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    axis->values = more;
    axis->values[axis->count++] = value;
    return STATUS_OK;
}

/* first..last by a factor: first * factor^i, rounded, up to last. */
static enum status add_range(struct axis *axis, int64_t first, int64_t last, double factor, const char *what,
                             struct error *error)
{
    if (first > last)
        return error_set(error, STATUS_USAGE, "%s: the range %lld..%lld runs backwards", what, (long long)first, (long long)last);
    for (int i = 0; i <= AXIS_MAX; ++i) {
        const double value = round((double)first * pow(factor, i));
        if (value > (double)last)
            return STATUS_OK;
        TRY(axis_add(axis, (int64_t)value, what, error));
    }
    return STATUS_OK;
}

/* The growth from one value of a range to the next: "*4", "/2" (two per octave), nothing (doubling). */
static enum status range_factor(const char *mark, char kind, const char *what, double *factor, struct error *error)
{
    *factor = 2.0;
    if (!mark)
        return STATUS_OK;
    double number = 0.0;
    TRY(parse_real(mark, what, kind == '*' ? 1.001 : 1.0, 64.0, &number, error));
    *factor = kind == '*' ? number : exp2(1.0 / number);
    return STATUS_OK;
}

static enum status add_word(struct axis *axis, char *word, const char *what, struct error *error)
{
    char *dots = strstr(word, "..");
    int64_t first = 0, last = 0;
    if (!dots) {
        TRY(parse_count(word, what, 1, VALUE_MAX, &first, error));
        return axis_add(axis, first, what, error);
    }
    char *mark = strpbrk(dots, "*/");
    const char kind = mark ? *mark : '\0';
    *dots = '\0';
    if (mark)
        *mark = '\0';
    double factor = 2.0;
    TRY(parse_count(word, what, 1, VALUE_MAX, &first, error));
    TRY(parse_count(dots + 2, what, 1, VALUE_MAX, &last, error));
    TRY(range_factor(mark ? mark + 1 : NULL, kind, what, &factor, error));
    return add_range(axis, first, last, factor, what, error);
}

static int compare_values(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void sort_unique(struct axis *axis)
{
    qsort(axis->values, axis->count, sizeof *axis->values, compare_values);
    size_t kept = 0;
    for (size_t i = 0; i < axis->count; ++i)
        if (kept == 0 || axis->values[i] != axis->values[kept - 1])
            axis->values[kept++] = axis->values[i];
    axis->count = kept;
}

enum status axis_parse(struct axis *axis, const char *text, const char *what, struct error *error)
{
    *axis = (struct axis){NULL, 0};
    char *copy = strdup(text);
    if (!copy)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    enum status status = STATUS_OK;
    char *rest = NULL;
    for (char *word = strtok_r(copy, ",", &rest); word && status == STATUS_OK; word = strtok_r(NULL, ",", &rest))
        status = add_word(axis, word, what, error);
    free(copy);
    if (status == STATUS_OK && axis->count == 0)
        status = error_set(error, STATUS_USAGE, "%s: no value is given", what);
    if (status == STATUS_OK)
        sort_unique(axis);
    else
        axis_free(axis);
    return status;
}

void axis_free(struct axis *axis)
{
    free(axis->values);
    *axis = (struct axis){NULL, 0};
}

/* ---------------------------------------------------------------- operators */

static enum status new_operator(struct operator_list *list, const char *name, size_t length, struct error *error)
{
    if (length == 0 || length >= CELL_OPERATOR_MAX)
        return error_set(error, STATUS_USAGE, "--operator: a name is empty or longer than %d characters", CELL_OPERATOR_MAX - 1);
    struct operator_choice *more = realloc(list->items, (list->count + 1) * sizeof *more);
    if (!more)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    list->items = more;
    struct operator_choice *item = &list->items[list->count++];
    *item = (struct operator_choice){.name = ""};
    memcpy(item->name, name, length);
    return STATUS_OK;
}

static enum status add_option(struct operator_choice *item, const char *option, struct error *error)
{
    const size_t used = strlen(item->options);
    const int length = snprintf(item->options + used, sizeof item->options - used, "%s%s", used ? "," : "", option);
    if (length < 0 || (size_t)length >= sizeof item->options - used)
        return error_set(error, STATUS_USAGE, "--operator: the options of %s are longer than %d characters", item->name,
                         CELL_OPTIONS_MAX - 1);
    return STATUS_OK;
}

static enum status add_item(struct operator_list *list, const char *word, struct error *error)
{
    const char *colon = strchr(word, ':'), *equals = strchr(word, '=');
    if (equals && (!colon || equals < colon)) {
        if (list->count == 0)
            return error_set(error, STATUS_USAGE, "--operator: '%s' is an option without an operator before it", word);
        return add_option(&list->items[list->count - 1], word, error);
    }
    TRY(new_operator(list, word, colon ? (size_t)(colon - word) : strlen(word), error));
    return colon && colon[1] ? add_option(&list->items[list->count - 1], colon + 1, error) : STATUS_OK;
}

enum status operators_parse(struct operator_list *list, const char *text, struct error *error)
{
    if (text_starts(text, "exec:"))
        return new_operator(list, text, strlen(text), error);
    char *copy = strdup(text);
    if (!copy)
        return error_set(error, STATUS_SYSTEM, "out of memory");
    const size_t before = list->count;
    enum status status = STATUS_OK;
    char *rest = NULL;
    for (char *word = strtok_r(copy, ",", &rest); word && status == STATUS_OK; word = strtok_r(NULL, ",", &rest)) {
        status = list->count == before && strchr(word, '=') && !strchr(word, ':')
                     ? error_set(error, STATUS_USAGE, "--operator: '%s' is an option without an operator before it", word)
                     : add_item(list, word, error);
    }
    free(copy);
    if (status == STATUS_OK && list->count == before)
        status = error_set(error, STATUS_USAGE, "--operator: no operator is named in '%s'", text);
    return status;
}

void operators_free(struct operator_list *list)
{
    free(list->items);
    *list = (struct operator_list){NULL, 0};
}
