/* arena.c - see arena.h. Blocks are plain allocations in a list: plans are few and small. */
#include "worker/arena.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64

struct arena_block {
    struct arena_block *next;
    unsigned char padding[ALIGNMENT - sizeof(struct arena_block *)]; /* what follows is aligned as the block is */
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
