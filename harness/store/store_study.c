/* store_study.c - see store_study.h. */
#include "store/store_study.h"

#include "store/store_database.h"

#include <stdlib.h>

struct process_array {
    struct study_process *processes;
    size_t count, capacity;
};

static struct study_process *append(struct process_array *array)
{
    if (array->count == array->capacity) {
        const size_t capacity = array->capacity ? 2 * array->capacity : 256;
        struct study_process *processes = realloc(array->processes, capacity * sizeof *processes);
        if (!processes)
            return NULL;
        array->processes = processes;
        array->capacity = capacity;
    }
    return &array->processes[array->count++];
}

static enum status read_rows(struct store *store, sqlite3_stmt *statement, struct process_array *array, struct error *error)
{
    for (;;) {
        bool row = false;
        TRY(store_row(store, statement, &row, error));
        if (!row)
            return STATUS_OK;
        struct study_process *process = append(array);
        if (!process)
            return error_set(error, STATUS_SYSTEM, "out of memory for the processes of a sweep");
        *process = (struct study_process){.cell_number = sqlite3_column_int(statement, 0),
                                          .pass = sqlite3_column_int(statement, 1),
                                          .split = sqlite3_column_int(statement, 2) != 0,
                                          .wall_quartile = sqlite3_column_double(statement, 3)};
    }
}

enum status store_read_study_processes(struct store *store, const char *sweep, struct study_process **processes,
                                       size_t *count, struct error *error)
{
    struct process_array array = {0};
    sqlite3_stmt *statement = NULL;
    *processes = NULL;
    *count = 0;
    TRY(store_prepare(store, &statement,
                      "SELECT cell.number, block.pass, block.split, process.wall_quartile "
                      "FROM cell JOIN process ON process.cell = cell.id JOIN block ON block.id = process.block "
                      "WHERE cell.sweep = ?1 AND process.wall_quartile > 0 ORDER BY cell.number, block.pass, process.id",
                      error));
    const enum status status = store_bind_text(statement, 1, sweep) == SQLITE_OK
                                   ? read_rows(store, statement, &array, error)
                                   : store_error(store, "read the processes", error);
    sqlite3_finalize(statement);
    if (status != STATUS_OK) {
        free(array.processes);
        return status;
    }
    *processes = array.processes;
    *count = array.count;
    return STATUS_OK;
}
