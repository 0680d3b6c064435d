/* pages.c - see pages.h. */
#include "machine/pages.h"

#include <stdint.h>
#include <sys/mman.h>

#define PAGE ((size_t)4096)
#define HUGE_PAGE ((size_t)2 << 20)
#define MOST ((size_t)1 << 46) /* what a process can address on any machine, and its rounding does not overflow */

/* A mapping that is `bytes` long and begins at a multiple of `unit`, cut out of a larger one. */
static unsigned char *map_aligned(size_t bytes, size_t unit)
{
    const size_t spare = unit > PAGE ? unit : 0;
    unsigned char *const map =
        mmap(NULL, bytes + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED)
        return NULL;
    const size_t before = (unit - (uintptr_t)map % unit) % unit;
    if (before > 0)
        munmap(map, before);
    if (before < spare)
        munmap(map + before + bytes, spare - before);
    return map + before;
}

struct pages pages_map(size_t bytes, bool huge)
{
    if (bytes == 0 || bytes > MOST)
        return (struct pages){0};
    const size_t unit = huge ? HUGE_PAGE : PAGE;
    struct pages pages = {.bytes = (bytes + unit - 1) / unit * unit};
    pages.data = map_aligned(pages.bytes, unit);
    if (!pages.data)
        return (struct pages){0};
    madvise(pages.data, pages.bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE); /* a kernel without them has small ones alone */
    return pages;
}

void pages_unmap(struct pages *pages)
{
    if (pages->data)
        munmap(pages->data, pages->bytes);
    *pages = (struct pages){0};
}
