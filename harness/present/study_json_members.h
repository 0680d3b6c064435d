/* study_json_members.h - the members that the entries of a study's JSON share; for the files study_json*.c alone. */
#ifndef HARNESS_PRESENT_STUDY_JSON_MEMBERS_H
#define HARNESS_PRESENT_STUDY_JSON_MEMBERS_H

#include "present/study.h"

/* , "NAME": VALUE; nothing where the number is not finite. */
void study_json_number(struct text *out, const char *name, double value);
void study_json_string(struct text *out, const char *name, const char *value);

/* , "NAME": {"value": v, "low": l, "high": h}; the ends are left out where they are unknown, all of it where the value is. */
void study_json_interval(struct text *out, const char *name, struct interval interval);

/* "batch": ... "prepare": what a cell's entry says of its setting. */
void study_json_setting(struct text *out, const struct cell_record *cell);
/* {"operator": ... with the setting: begins an entry. */
void study_json_series(struct text *out, const struct cell_record *cell);
void study_json_threads(struct text *out, const struct cell_record *cell);

/* "NAME": the operator with its options. */
void study_json_label(struct text *out, const char *name, const struct cell_record *cell);
void study_json_spec(struct text *out, const struct cell_record *cell);

/* , "reason": where there is one. */
void study_json_reason(struct text *out, const struct text *reason);

/* One entry of the array "growth". */
void study_json_growth(struct text *out, const struct study_growth *growth);

#endif
