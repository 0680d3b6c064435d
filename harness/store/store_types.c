/* store_types.c - the fields of every record type: data only. The order is that of the columns in statements and of the
 * members in JSON Lines. */
#include "store/store_fields.h"

#define FIELD(kind_, role_, column_, type_, member_)                                               \
    {                                                                                              \
        .column = (column_), .kind = (kind_), .role = (role_), .offset = offsetof(type_, member_), \
        .capacity = sizeof(((type_ *)0)->member_)                                                  \
    }

#define SWEEP(kind, member) FIELD(kind, ROLE_IDENTITY, #member, struct sweep_record, member)
#define KEY(kind, column, member) FIELD(kind, ROLE_IDENTITY, column, struct cell_record, member)
#define STATE(kind, member) FIELD(kind, ROLE_STATE, #member, struct cell_record, member)
#define SUMMARY(kind, member) FIELD(kind, ROLE_SUMMARY, #member, struct cell_record, member)

/* What a SPEC holds, of a record whose `cell` it is; `FIELD_OF` is the macro of its fields. */
#define SPEC_FIELDS(FIELD_OF) \
    FIELD_OF(FIELD_CHARS, "operator", cell.operator_name), \
    FIELD_OF(FIELD_CHARS, "options", cell.options), \
    FIELD_OF(FIELD_INT64, "batch", cell.batch), \
    FIELD_OF(FIELD_INT64, "length", cell.length), \
    FIELD_OF(FIELD_INT64, "width", cell.width), \
    FIELD_OF(FIELD_CHARS, "mode", cell.mode), \
    FIELD_OF(FIELD_CHARS, "scope", cell.scope), \
    FIELD_OF(FIELD_INT, "threads", cell.threads), \
    FIELD_OF(FIELD_CHARS, "prepare", cell.prepare), \
    FIELD_OF(FIELD_CHARS, "cache", cell.cache), \
    FIELD_OF(FIELD_CHARS, "bind", cell.bind), \
    FIELD_OF(FIELD_INT64, "seed", cell.seed)

static const struct field sweep_fields[] = {
    SWEEP(FIELD_CHARS, id),      SWEEP(FIELD_CHARS, name),        SWEEP(FIELD_CHARS, note),
    SWEEP(FIELD_CHARS, created), SWEEP(FIELD_CHARS, status),      SWEEP(FIELD_JSON, arguments),
    SWEEP(FIELD_INT64, seed),    SWEEP(FIELD_CHARS, fingerprint), SWEEP(FIELD_CHARS, relative_to),
    SWEEP(FIELD_JSON, policies), SWEEP(FIELD_JSON, spent),        SWEEP(FIELD_CHARS, grade),
    SWEEP(FIELD_CHARS, grade_reason),
};

static const struct field cell_fields[] = {
    KEY(FIELD_CHARS, "id", id),
    FIELD(FIELD_CHARS, ROLE_LINK, "sweep", struct cell_record, sweep),
    KEY(FIELD_INT, "number", number),
    SPEC_FIELDS(KEY),
    STATE(FIELD_INT, colour),
    STATE(FIELD_CHARS, build),
    STATE(FIELD_CHARS, isa),
    STATE(FIELD_CHARS, method),
    STATE(FIELD_REAL, flops),
    STATE(FIELD_REAL, compulsory_bytes),
    STATE(FIELD_REAL, reread_bytes),
    STATE(FIELD_REAL, reread_set_bytes),
    STATE(FIELD_REAL, time_power),
    STATE(FIELD_REAL, time_log_power),
    STATE(FIELD_REAL, memory_power),
    STATE(FIELD_REAL, memory_log_power),
    STATE(FIELD_REAL, bytes),
    STATE(FIELD_REAL, workspace_bytes),
    STATE(FIELD_JSON, regions),
    STATE(FIELD_JSON, phases),
    STATE(FIELD_CHARS, status),
    STATE(FIELD_CHARS, reason),
    STATE(FIELD_STRING, stderr_tail),
    STATE(FIELD_REAL, limit_seconds),
    STATE(FIELD_REAL, check_error),
    STATE(FIELD_REAL, check_tolerance),
    STATE(FIELD_REAL, instructions),
    STATE(FIELD_REAL, instructions_spread),
    SUMMARY(FIELD_REAL, seconds),
    SUMMARY(FIELD_REAL, low),
    SUMMARY(FIELD_REAL, high),
    SUMMARY(FIELD_REAL, cpu_seconds),
    SUMMARY(FIELD_REAL, rss_bytes),
    SUMMARY(FIELD_REAL, roof_fraction),
    SUMMARY(FIELD_CHARS, roof),
    SUMMARY(FIELD_INT, processes),
    SUMMARY(FIELD_INT, set_aside),
    SUMMARY(FIELD_CHARS, grade),
    SUMMARY(FIELD_CHARS, grade_reason),
};

#define BLOCK(kind, member) FIELD(kind, ROLE_IDENTITY, #member, struct block_row, member)

static const struct field block_fields[] = {
    BLOCK(FIELD_CHARS, id),     FIELD(FIELD_CHARS, ROLE_LINK, "sweep", struct block_row, sweep),
    BLOCK(FIELD_INT64, length), BLOCK(FIELD_INT, threads),
    BLOCK(FIELD_INT, pass),     BLOCK(FIELD_CHARS, started),
    BLOCK(FIELD_REAL, seconds), BLOCK(FIELD_BOOL, split),
    BLOCK(FIELD_CHARS, disturbed),
};

#define PROCESS(kind, member) FIELD(kind, ROLE_IDENTITY, #member, struct process_row, member)
#define OBSERVED(column, criterion) FIELD(FIELD_REAL, ROLE_IDENTITY, column, struct process_row, observed.value[criterion])

static const struct field process_fields[] = {
    PROCESS(FIELD_CHARS, block),          PROCESS(FIELD_INT, number),       PROCESS(FIELD_CHARS, cell),
    PROCESS(FIELD_REAL, wall_quartile),   PROCESS(FIELD_REAL, cpu_minimum), PROCESS(FIELD_REAL, plan_seconds),
    PROCESS(FIELD_REAL, prepare_seconds), PROCESS(FIELD_REAL, peak_bytes),  PROCESS(FIELD_REAL, rss_bytes),
    PROCESS(FIELD_BOOL, set_aside),       PROCESS(FIELD_REAL, warmup_seconds),
    OBSERVED("lost", GRADE_LOST),         OBSERVED("throttled", GRADE_THROTTLED),
    OBSERVED("drift", GRADE_DRIFT),       OBSERVED("slow", GRADE_SLOW),
    OBSERVED("faults", GRADE_FAULTS),     OBSERVED("modes", GRADE_MODES),
    OBSERVED("unsteady", GRADE_UNSTEADY), OBSERVED("team", GRADE_TEAM),
    OBSERVED("clock", GRADE_CLOCK),
    PROCESS(FIELD_CHARS, grade),          PROCESS(FIELD_CHARS, grade_reason),
};

static const struct field probe_fields[] = {
    FIELD(FIELD_CHARS, ROLE_IDENTITY, "block", struct probe_row, block),
    FIELD(FIELD_INT, ROLE_IDENTITY, "number", struct probe_row, number),
    FIELD(FIELD_CHARS, ROLE_IDENTITY, "kind", struct probe_row, probe.kind),
    FIELD(FIELD_INT, ROLE_IDENTITY, "threads", struct probe_row, probe.threads),
    FIELD(FIELD_REAL, ROLE_IDENTITY, "value", struct probe_row, probe.value),
};

#define COMPARISON(kind, member) FIELD(kind, ROLE_IDENTITY, #member, struct comparison_record, member)
#define COMPARED(kind, column, member) FIELD(kind, ROLE_IDENTITY, column, struct comparison_cell, member)
#define VERDICT(kind, member) FIELD(kind, ROLE_STATE, #member, struct comparison_cell, member)
#define PAIR(kind, column, member) FIELD(kind, ROLE_IDENTITY, column, struct comparison_pair_row, member)

static const struct field comparison_fields[] = {
    COMPARISON(FIELD_CHARS, id),          COMPARISON(FIELD_CHARS, name),       COMPARISON(FIELD_CHARS, created),
    COMPARISON(FIELD_CHARS, status),      COMPARISON(FIELD_JSON, settings),    COMPARISON(FIELD_JSON, base_arm),
    COMPARISON(FIELD_JSON, new_arm),      COMPARISON(FIELD_CHARS, base_hash),  COMPARISON(FIELD_CHARS, new_hash),
    COMPARISON(FIELD_CHARS, base_commit), COMPARISON(FIELD_CHARS, new_commit), COMPARISON(FIELD_CHARS, new_date),
    COMPARISON(FIELD_CHARS, machine),     COMPARISON(FIELD_CHARS, fingerprint), COMPARISON(FIELD_JSON, differences),
    COMPARISON(FIELD_CHARS, verdict),     COMPARISON(FIELD_CHARS, reason),     COMPARISON(FIELD_INT, exit_code),
};

static const struct field comparison_cell_fields[] = {
    COMPARED(FIELD_CHARS, "comparison", comparison),
    COMPARED(FIELD_INT, "number", number),
    SPEC_FIELDS(COMPARED),
    COMPARED(FIELD_CHARS, "new_operator", new_operator),
    COMPARED(FIELD_CHARS, "new_options", new_options),
    COMPARED(FIELD_BOOL, "control", control),
    VERDICT(FIELD_CHARS, verdict),
    VERDICT(FIELD_CHARS, reason),
    VERDICT(FIELD_CHARS, clock),
    VERDICT(FIELD_REAL, ratio),
    VERDICT(FIELD_REAL, low),
    VERDICT(FIELD_REAL, high),
    VERDICT(FIELD_REAL, wall_ratio),
    VERDICT(FIELD_REAL, cpu_ratio),
    VERDICT(FIELD_INT, pairs),
    VERDICT(FIELD_INT, stage),
    VERDICT(FIELD_REAL, margin),
    VERDICT(FIELD_REAL, mde),
    VERDICT(FIELD_REAL, floor),
    VERDICT(FIELD_REAL, p),
    VERDICT(FIELD_REAL, q),
    VERDICT(FIELD_REAL, base_seconds),
    VERDICT(FIELD_REAL, new_seconds),
    VERDICT(FIELD_REAL, base_instructions),
    VERDICT(FIELD_REAL, new_instructions),
    VERDICT(FIELD_REAL, base_bytes),
    VERDICT(FIELD_REAL, new_bytes),
    VERDICT(FIELD_CHARS, base_method),
    VERDICT(FIELD_CHARS, new_method),
};

static const struct field comparison_pair_fields[] = {
    PAIR(FIELD_CHARS, "comparison", comparison),   PAIR(FIELD_INT, "cell", cell),
    PAIR(FIELD_INT, "number", pair.number),        PAIR(FIELD_INT, "stage", pair.stage),
    PAIR(FIELD_BOOL, "new_first", pair.new_first), PAIR(FIELD_REAL, "base_wall", pair.base_wall),
    PAIR(FIELD_REAL, "new_wall", pair.new_wall),   PAIR(FIELD_REAL, "base_cpu", pair.base_cpu),
    PAIR(FIELD_REAL, "new_cpu", pair.new_cpu),
};

#define BASELINE(kind, column, member) FIELD(kind, ROLE_IDENTITY, column, struct baseline_record, member)
#define POINT(kind, column, member) FIELD(kind, ROLE_IDENTITY, column, struct history_point, member)
#define ACKNOWLEDGED(kind, column, member) FIELD(kind, ROLE_IDENTITY, column, struct acknowledged_record, member)

static const struct field baseline_fields[] = {
    BASELINE(FIELD_CHARS, "name", name),           BASELINE(FIELD_CHARS, "hash", hash),
    BASELINE(FIELD_CHARS, "version", version),     BASELINE(FIELD_CHARS, "commit_id", commit),
    BASELINE(FIELD_CHARS, "dirty", dirty),         BASELINE(FIELD_CHARS, "created", created),
    BASELINE(FIELD_CHARS, "machine", machine),     BASELINE(FIELD_CHARS, "source", source),
    BASELINE(FIELD_INT, "files", files),           BASELINE(FIELD_REAL, "bytes", bytes),
};

static const struct field history_fields[] = {
    POINT(FIELD_CHARS, "source", source),
    POINT(FIELD_INT, "number", number),
    SPEC_FIELDS(POINT),
    POINT(FIELD_CHARS, "commit_id", commit),
    POINT(FIELD_CHARS, "date", date),
    POINT(FIELD_REAL, "ratio", ratio),
    POINT(FIELD_REAL, "seconds", seconds),
    POINT(FIELD_REAL, "low", low),
    POINT(FIELD_REAL, "high", high),
};

static const struct field acknowledged_fields[] = {
    ACKNOWLEDGED(FIELD_CHARS, "commit_id", commit),
    ACKNOWLEDGED(FIELD_CHARS, "spec", spec),
    ACKNOWLEDGED(FIELD_CHARS, "note", note),
    ACKNOWLEDGED(FIELD_CHARS, "created", created),
};

const struct record_type baseline_type = {
    .table = "baseline", .fields = baseline_fields, .count = ARRAY_LEN(baseline_fields)};
const struct record_type history_type = {
    .table = "history_point", .fields = history_fields, .count = ARRAY_LEN(history_fields)};
const struct record_type acknowledged_type = {
    .table = "acknowledged", .fields = acknowledged_fields, .count = ARRAY_LEN(acknowledged_fields)};
const struct record_type comparison_type = {
    .table = "comparison", .fields = comparison_fields, .count = ARRAY_LEN(comparison_fields)};
const struct record_type comparison_cell_type = {
    .table = "comparison_cell", .fields = comparison_cell_fields, .count = ARRAY_LEN(comparison_cell_fields)};
const struct record_type comparison_pair_type = {
    .table = "comparison_pair", .fields = comparison_pair_fields, .count = ARRAY_LEN(comparison_pair_fields)};
const struct record_type sweep_type = {.table = "sweep", .fields = sweep_fields, .count = ARRAY_LEN(sweep_fields)};
const struct record_type cell_type = {.table = "cell", .fields = cell_fields, .count = ARRAY_LEN(cell_fields)};
const struct record_type block_type = {.table = "block", .fields = block_fields, .count = ARRAY_LEN(block_fields)};
const struct record_type process_type = {.table = "process", .fields = process_fields, .count = ARRAY_LEN(process_fields)};
const struct record_type probe_type = {.table = "probe", .fields = probe_fields, .count = ARRAY_LEN(probe_fields)};
