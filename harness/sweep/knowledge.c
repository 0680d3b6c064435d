/* knowledge.c - see knowledge.h. */
#include "sweep/knowledge.h"

#include "protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void plan_key(const struct cell *cell, char *out, size_t capacity)
{
    struct cell key = *cell; /* what the plan depends on, and nothing else */
    key.seed = 0;
    snprintf(key.bind, sizeof key.bind, "none");
    snprintf(key.prepare, sizeof key.prepare, "outside");
    cell_format(&key, out, capacity);
}

static enum status read_knowledge(struct store *store, const char *machine, struct planned_cell *cell, int threads,
                                  struct error *error)
{
    char key[2048];
    void *blob = NULL;
    size_t bytes = 0;
    struct cell wanted = cell->record.cell;
    wanted.threads = threads;
    plan_key(&wanted, key, sizeof key);
    TRY(store_get_plan(store, machine, cell->record.build, key, cell->record.isa, &blob, &bytes, error));
    if (blob)
        cell->plan_text = protocol_encode(blob, bytes);
    free(blob);
    return STATUS_OK;
}

enum status knowledge_load(struct store *store, const char *machine, struct planned_cell *cell, struct error *error)
{
    if (cell->plan_text || !cell->module)
        return STATUS_OK;
    TRY(read_knowledge(store, machine, cell, cell->record.cell.threads, error));
    cell->plan_stored = cell->plan_text != NULL;
    if (cell->plan_text || cell->record.cell.threads == 1)
        return STATUS_OK;
    TRY(read_knowledge(store, machine, cell, 1, error));
    cell->plan_borrowed = cell->plan_text != NULL;
    return STATUS_OK;
}

void knowledge_keep(struct planned_cell *cell, const char *exported)
{
    if (!exported || (cell->plan_text && !cell->plan_borrowed))
        return;
    free(cell->plan_text);
    cell->plan_text = strdup(exported);
    cell->plan_borrowed = false;
}

enum status knowledge_save(struct store *store, const char *machine, struct planned_cell *cell, struct error *error)
{
    char key[2048];
    size_t bytes = 0;
    void *blob = cell->plan_text && !cell->plan_stored ? protocol_decode(cell->plan_text, &bytes) : NULL;
    if (!blob)
        return STATUS_OK;
    plan_key(&cell->record.cell, key, sizeof key);
    const enum status status = store_put_plan(store, machine, cell->record.build, key, cell->record.isa, blob, bytes, error);
    cell->plan_stored = status == STATUS_OK;
    free(blob);
    return status;
}
