/* arena.h - the memory that plan() may take: lasting blocks, and borrowed ones that go when plan returns. */
#ifndef HARNESS_WORKER_ARENA_H
#define HARNESS_WORKER_ARENA_H

#include "operator.h"

struct arena_block;

struct plan_arena {
    struct seq_arena face; /* what the operator sees; first, so that the hooks can find the rest */
    struct arena_block *lasting, *borrowed;
};

void arena_init(struct plan_arena *arena);
void arena_free(struct arena_block *blocks); /* a whole list; NULL is allowed */

/* A list is walked from its first block; NULL after the last. */
const struct arena_block *arena_next(const struct arena_block *block);
const void *arena_data(const struct arena_block *block, size_t *bytes);

#endif
