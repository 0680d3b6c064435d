/* block_internal.h - what block.c (the turns, the results) and block_start.c (up to the first sample) share. */
#ifndef HARNESS_SWEEP_BLOCK_INTERNAL_H
#define HARNESS_SWEEP_BLOCK_INTERNAL_H

#include "sweep/block.h"
#include "sweep/twin.h"

/* One cell's process in this block. */
struct member {
    struct planned_cell *cell;
    struct client *client;
    int handle;
    struct twin twin; /* of an external worker that names one */
    double plan_seconds, prepare_seconds, peak_bytes;
    double warmup_seconds, run_delay_seconds; /* so far; NaN: its worker does not say */
    double clock_share, unsteady;             /* criteria of its grade; NaN likewise */
    struct sample_record *samples;
    size_t sample_count;
    struct grade_evidence observed;
};

struct block {
    const struct block_request *request;
    struct member *members;
    size_t count;
    bool split;
    double parallel_gain; /* of two CPUs, NaN unknown */
};

/* Starts the member's worker, prepares it and checks its output. Where it fails after the worker was there, the client is. */
MUST_CHECK enum status block_start_member(struct member *member, const struct block *block, uint64_t layout_seed,
                                          struct error *error);

/* Asks the member's worker; takes the request. */
MUST_CHECK enum status block_ask(struct member *member, const struct block *block, json_t *request, json_t **reply,
                                 struct error *error);

/* What is to be seen of a member's process, with what happened to the whole block, is put into member->observed. */
void block_observe_member(struct member *member, const struct block *block, const struct grade_evidence *happened);

/* The members as a block of the store: cells, statistics of the processes, and whether it was disturbed. `record` has the rest. */
MUST_CHECK enum status block_store(struct block *block, struct block_record *record, struct error *error);

/* A request with the member's handle. New reference. */
json_t *block_handle_request(const struct member *member, const char *word);

#endif
