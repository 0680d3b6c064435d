/* study_json_members.c - see study_json_members.h. */
#include "present/study_json_members.h"

#include "store/json_text.h"

#include <math.h>

void study_json_number(struct text *out, const char *name, double value)
{
    if (!isfinite(value))
        return;
    text_format(out, ", \"%s\": ", name);
    json_append_number(out, value);
}

void study_json_string(struct text *out, const char *name, const char *value)
{
    text_format(out, ", \"%s\": ", name);
    json_append_string(out, value);
}

void study_json_interval(struct text *out, const char *name, struct interval interval)
{
    if (!isfinite(interval.value))
        return;
    text_format(out, ", \"%s\": {\"value\": ", name);
    json_append_number(out, interval.value);
    study_json_number(out, "low", interval.low);
    study_json_number(out, "high", interval.high);
    text_append(out, "}");
}

void study_json_setting(struct text *out, const struct cell_record *cell)
{
    text_format(out, "\"batch\": %lld, \"width\": %lld", (long long)cell->cell.batch, (long long)cell->cell.width);
    study_json_string(out, "mode", cell->cell.mode);
    study_json_string(out, "scope", cell->cell.scope);
    study_json_string(out, "prepare", cell->cell.prepare);
    study_json_string(out, "cache", cell->cell.cache);
}

void study_json_series(struct text *out, const struct cell_record *cell)
{
    text_append(out, "{\"operator\": ");
    json_append_string(out, cell->cell.operator_name);
    study_json_string(out, "options", cell->cell.options);
    text_append(out, ", ");
    study_json_setting(out, cell);
}

void study_json_threads(struct text *out, const struct cell_record *cell)
{
    text_format(out, ", \"threads\": %d", cell->cell.threads);
}

void study_json_label(struct text *out, const char *name, const struct cell_record *cell)
{
    char label[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX];
    cell_label(&cell->cell, label, sizeof label);
    text_format(out, "\"%s\": ", name);
    json_append_string(out, label);
}

void study_json_spec(struct text *out, const struct cell_record *cell)
{
    char spec[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX + 512]; /* 512: more than the keys of a SPEC take */
    cell_format(&cell->cell, spec, sizeof spec);
    study_json_string(out, "spec", spec);
}

void study_json_reason(struct text *out, const struct text *reason)
{
    if (reason->length)
        study_json_string(out, "reason", text_get(reason));
    out->failed |= reason->failed;
}
