/* store_summaries.c - what a cell's processes say together: its time, its grade, and which processes are left out. The choice
 * looks at what the machine did while a process ran (analyse/grade.h) and never at the times themselves: an outlier that nothing
 * explains stays.
 */
#include "store/store_fields.h"

#include "analyse/modality.h"
#include "analyse/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define OBSERVED_COLUMNS "lost, throttled, drift, slow, faults, modes, unsteady, team, clock"

static const enum grade_criterion observed_columns[] = {
    GRADE_LOST, GRADE_THROTTLED, GRADE_DRIFT, GRADE_SLOW, GRADE_FAULTS, GRADE_MODES, GRADE_UNSTEADY, GRADE_TEAM, GRADE_CLOCK};

static struct grade_evidence read_observed(sqlite3_stmt *statement, int first)
{
    struct grade_evidence observed = grade_nothing_observed();
    for (size_t i = 0; i < ARRAY_LEN(observed_columns); ++i)
        observed.value[observed_columns[i]] = store_column_real(statement, first + (int)i);
    return observed;
}

/* ---------------------------------------------------------------- the processes of a cell */

struct measured {
    int64_t id;
    double wall, cpu, rss; /* NaN: not measured */
    struct grade_evidence observed;
    bool left_out;
};

struct processes {
    struct measured *items;
    size_t count;
};

static struct measured *grow(struct processes *processes)
{
    struct measured *items = realloc(processes->items, (processes->count + 1) * sizeof *items);
    if (!items)
        return NULL;
    processes->items = items;
    return &items[processes->count++];
}

/* Rows of id, wall_quartile, cpu_minimum, rss_bytes and what was observed. */
static enum status read_processes(struct store *store, sqlite3_stmt *statement, struct processes *processes, struct error *error)
{
    for (;;) {
        bool row = false;
        TRY(store_row(store, statement, &row, error));
        if (!row)
            return STATUS_OK;
        struct measured *process = grow(processes);
        if (!process)
            return error_set(error, STATUS_SYSTEM, "out of memory");
        *process = (struct measured){.id = sqlite3_column_int64(statement, 0),
                                     .wall = store_column_real(statement, 1),
                                     .cpu = store_column_real(statement, 2),
                                     .rss = store_column_real(statement, 3),
                                     .observed = read_observed(statement, 4)};
    }
}

/* Leaves disturbed processes out where enough others are there; returns how many. */
static int choose(struct processes *processes)
{
    size_t undisturbed = 0;
    for (size_t i = 0; i < processes->count; ++i)
        undisturbed += !isnan(processes->items[i].wall) && !grade_is_disturbed(&processes->items[i].observed);
    int left_out = 0;
    for (size_t i = 0; i < processes->count && undisturbed >= STORE_UNDISTURBED_LEAST; ++i) {
        processes->items[i].left_out = grade_is_disturbed(&processes->items[i].observed);
        left_out += processes->items[i].left_out;
    }
    return left_out;
}

/* ---------------------------------------------------------------- the summary */

/* Columns of the processes that count; room for all of them in each. */
struct columns {
    double *wall, *cpu, *rss;
    struct grade_evidence *observed;
    size_t wall_count, cpu_count, rss_count, observed_count;
};

static void append_known(double *values, size_t *count, double value)
{
    if (!isnan(value))
        values[(*count)++] = value;
}

static void fill_columns(struct columns *columns, const struct processes *processes)
{
    for (size_t i = 0; i < processes->count; ++i) {
        const struct measured *process = &processes->items[i];
        if (process->left_out)
            continue;
        append_known(columns->wall, &columns->wall_count, process->wall);
        append_known(columns->cpu, &columns->cpu_count, process->cpu);
        append_known(columns->rss, &columns->rss_count, process->rss);
        columns->observed[columns->observed_count++] = process->observed;
    }
}

static void set_grade(struct cell_record *cell, const struct columns *columns)
{
    struct grade_evidence all = grade_combine(columns->observed, columns->observed_count, GRADE_OF_CELL);
    struct grade_evidence cells = grade_nothing_observed();
    cells.value[GRADE_MODES] = modality_distance(columns->wall, columns->wall_count);
    if (columns->wall_count > 0 && grade_letter(&all) != GRADE_LETTER_NONE)
        cells.value[GRADE_FEW] = 1.0 / (double)columns->wall_count;
    all = grade_worse(&all, &cells);
    const char letter = columns->wall_count > 0 ? grade_letter(&all) : GRADE_LETTER_NONE;
    snprintf(cell->grade, sizeof cell->grade, "%c", letter);
    grade_reason(&all, cell->grade_reason);
}

static void set_summary(struct cell_record *cell, const struct columns *columns)
{
    const struct interval seconds = statistics_median_interval(columns->wall, columns->wall_count);
    cell->seconds = seconds.value;
    cell->low = seconds.low;
    cell->high = seconds.high;
    cell->cpu_seconds = statistics_median(columns->cpu, columns->cpu_count);
    cell->rss_bytes = statistics_median(columns->rss, columns->rss_count);
    cell->processes = (int)columns->wall_count;
    set_grade(cell, columns);
}

static enum status summarise(struct cell_record *cell, struct processes *processes, struct error *error)
{
    double *values = malloc((3 * processes->count + 1) * sizeof *values);
    struct columns columns = {.wall = values, .observed = malloc((processes->count + 1) * sizeof *columns.observed)};
    const bool room = values && columns.observed;
    if (room) {
        columns.cpu = values + processes->count;
        columns.rss = columns.cpu + processes->count;
        cell->set_aside = choose(processes);
        fill_columns(&columns, processes);
        set_summary(cell, &columns);
    }
    free(values);
    free(columns.observed);
    return room ? STATUS_OK : error_set(error, STATUS_SYSTEM, "out of memory");
}

/* ---------------------------------------------------------------- writing */

struct statements {
    sqlite3_stmt *select, *cell, *process;
};

static enum status prepare(struct store *store, struct statements *statements, struct error *error)
{
    TRY(store_prepare(store, &statements->select,
                      "SELECT id, wall_quartile, cpu_minimum, rss_bytes, " OBSERVED_COLUMNS
                      " FROM process WHERE cell = ?1 ORDER BY id",
                      error));
    TRY(store_prepare(store, &statements->cell,
                      "UPDATE cell SET seconds = ?2, low = ?3, high = ?4, cpu_seconds = ?5, rss_bytes = ?6, processes = ?7, "
                      "set_aside = ?8, grade = ?9, grade_reason = ?10 WHERE id = ?1",
                      error));
    return store_prepare(store, &statements->process, "UPDATE process SET set_aside = ?2 WHERE id = ?1", error);
}

static enum status write_cell(struct store *store, sqlite3_stmt *statement, const struct cell_record *cell, struct error *error)
{
    const double values[] = {cell->seconds, cell->low, cell->high, cell->cpu_seconds, cell->rss_bytes};
    int code = store_bind_text(statement, 1, cell->id);
    for (size_t i = 0; i < ARRAY_LEN(values) && code == SQLITE_OK; ++i)
        code = store_bind_real(statement, (int)i + 2, values[i]);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int(statement, 7, cell->processes);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int(statement, 8, cell->set_aside);
    if (code == SQLITE_OK)
        code = store_bind_text(statement, 9, cell->grade);
    if (code == SQLITE_OK)
        code = store_bind_text(statement, 10, cell->grade_reason);
    return code == SQLITE_OK ? store_step(store, statement, "write a summary", error)
                             : store_error(store, "write a summary", error);
}

static enum status write_processes(struct store *store, sqlite3_stmt *statement, const struct processes *processes,
                                   struct error *error)
{
    for (size_t i = 0; i < processes->count; ++i) {
        if (sqlite3_bind_int64(statement, 1, processes->items[i].id) != SQLITE_OK ||
            sqlite3_bind_int(statement, 2, processes->items[i].left_out) != SQLITE_OK)
            return store_error(store, "set a process aside", error);
        TRY(store_step(store, statement, "set a process aside", error));
    }
    return STATUS_OK;
}

static enum status summarise_cell(struct store *store, const struct statements *statements, struct cell_record *cell,
                                  struct error *error)
{
    struct processes processes = {0};
    enum status status = store_bind_text(statements->select, 1, cell->id) == SQLITE_OK
                             ? read_processes(store, statements->select, &processes, error)
                             : store_error(store, "read the processes of a cell", error);
    sqlite3_reset(statements->select);
    if (status == STATUS_OK)
        status = summarise(cell, &processes, error);
    if (status == STATUS_OK)
        status = write_cell(store, statements->cell, cell, error);
    if (status == STATUS_OK)
        status = write_processes(store, statements->process, &processes, error);
    free(processes.items);
    return status;
}

enum status store_write_summaries(struct store *store, struct block_record *block, struct error *error)
{
    struct statements statements = {0};
    enum status status = prepare(store, &statements, error);
    for (size_t i = 0; i < block->cell_count && status == STATUS_OK; ++i)
        status = summarise_cell(store, &statements, &block->cells[i], error);
    sqlite3_finalize(statements.select);
    sqlite3_finalize(statements.cell);
    sqlite3_finalize(statements.process);
    return status == STATUS_OK ? store_write_roofs(store, block, error) : status;
}

/* ---------------------------------------------------------------- a sweep's grade */

static enum status count_letters(struct store *store, const char *sweep, int counts[GRADE_LETTERS], struct error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = true;
    TRY(store_prepare(store, &statement, "SELECT grade, count(*) FROM cell WHERE sweep = ?1 GROUP BY grade", error));
    enum status status = store_bind_text(statement, 1, sweep) == SQLITE_OK ? STATUS_OK : store_error(store, "grade a sweep", error);
    while (status == STATUS_OK && (status = store_row(store, statement, &row, error)) == STATUS_OK && row) {
        const char *letter = (const char *)sqlite3_column_text(statement, 0);
        if (letter && letter[0] >= 'A' && letter[0] < 'A' + GRADE_LETTERS)
            counts[letter[0] - 'A'] = sqlite3_column_int(statement, 1);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status combine_sweep(struct store *store, const char *sweep, struct grade_evidence *whole, struct error *error)
{
    struct processes processes = {0};
    sqlite3_stmt *statement = NULL;
    TRY(store_prepare(store, &statement,
                      "SELECT process.id, wall_quartile, cpu_minimum, process.rss_bytes, " OBSERVED_COLUMNS
                      " FROM process JOIN cell ON cell.id = process.cell WHERE cell.sweep = ?1 AND process.set_aside = 0",
                      error));
    enum status status = store_bind_text(statement, 1, sweep) == SQLITE_OK
                             ? read_processes(store, statement, &processes, error)
                             : store_error(store, "grade a sweep", error);
    sqlite3_finalize(statement);
    struct grade_evidence *observed = malloc((processes.count + 1) * sizeof *observed);
    for (size_t i = 0; observed && i < processes.count; ++i)
        observed[i] = processes.items[i].observed;
    if (status == STATUS_OK && observed)
        *whole = grade_combine(observed, processes.count, GRADE_OF_SWEEP);
    else if (status == STATUS_OK)
        status = error_set(error, STATUS_SYSTEM, "out of memory");
    free(observed);
    free(processes.items);
    return status;
}

/* "12 cells A, 3 B; " and then what most processes met. */
static void describe(struct text *out, const int counts[GRADE_LETTERS], const struct grade_evidence *whole)
{
    char reason[GRADE_REASON_TEXT];
    const char *before = "";
    for (int i = 0; i < GRADE_LETTERS; ++i) {
        if (counts[i] == 0)
            continue;
        text_format(out, before[0] ? "%s%d %c" : counts[i] == 1 ? "%s%d cell %c" : "%s%d cells %c", before, counts[i], 'A' + i);
        before = ", ";
    }
    grade_reason(whole, reason);
    if (out->length && reason[0])
        text_format(out, "; in three of four processes at most: %s", reason);
}

enum status store_finish_sweep(struct store *store, const char *id, const char *spent, struct error *error)
{
    int counts[GRADE_LETTERS] = {0};
    struct grade_evidence whole = grade_nothing_observed();
    struct text reason = {0};
    TRY(count_letters(store, id, counts, error));
    TRY(combine_sweep(store, id, &whole, error));
    describe(&reason, counts, &whole);
    const char letter[2] = {grade_of_letters(counts), '\0'};
    const char *const values[] = {id, spent, letter, text_get(&reason)};
    const enum status status =
        reason.failed ? error_set(error, STATUS_SYSTEM, "out of memory")
                      : store_change(store, "UPDATE sweep SET spent = ?2, grade = ?3, grade_reason = ?4 WHERE id = ?1", values,
                                     ARRAY_LEN(values), "write the sweep's grade", error);
    text_free(&reason);
    return status;
}
