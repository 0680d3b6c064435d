/* arena.c - see arena.h. Blocks are plain allocations in a list: plans are few and small. */
#include "worker/arena.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64

struct arena_block {
    struct arena_block *next;
    size_t bytes; /* of what follows */
    unsigned char padding[ALIGNMENT - sizeof(struct arena_block *) - sizeof(size_t)]; /* what follows is aligned as this is */
};

static void *take(struct arena_block **list, size_t bytes)
{
    if (bytes > (size_t)1 << 46)
        return NULL;
    const size_t whole = (sizeof(struct arena_block) + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct arena_block *block = aligned_alloc(ALIGNMENT, whole);
    if (!block)
        return NULL;
    memset(block, 0, whole);
    block->next = *list;
    block->bytes = whole - sizeof *block;
    *list = block;
    return block + 1;
}

static void *allocate(struct seq_arena *arena, size_t bytes)
{
    return take(&((struct plan_arena *)arena)->lasting, bytes);
}

static void *borrow(struct seq_arena *arena, size_t bytes)
{
    return take(&((struct plan_arena *)arena)->borrowed, bytes);
}

void arena_init(struct plan_arena *arena)
{
    *arena = (struct plan_arena){.face = {.size = sizeof arena->face, .allocate = allocate, .borrow = borrow}};
}

void arena_free(struct arena_block *blocks)
{
    while (blocks) {
        struct arena_block *next = blocks->next;
        free(blocks);
        blocks = next;
    }
}

const struct arena_block *arena_next(const struct arena_block *block)
{
    return block->next;
}

const void *arena_data(const struct arena_block *block, size_t *bytes)
{
    *bytes = block->bytes;
    return block + 1;
}
