/* ballast.c - see ballast.h. */
#include "sweep/ballast.h"

#include "base/interrupt.h"
#include "machine/memory.h"

#include <stdint.h>
#include <sys/mman.h>

#define LARGEST_SHARE 0.25 /* of the memory that would be available without it */
#define PAGE ((size_t)4096)
#define HUGE_PAGE ((size_t)2 << 20)

static size_t chunks_of(double bytes)
{
    const double chunks = bytes / (double)BALLAST_CHUNK;
    return !(chunks >= 1.0) ? 0 : chunks < BALLAST_CHUNKS ? (size_t)chunks : BALLAST_CHUNKS;
}

static void drop(struct ballast *ballast)
{
    munmap(ballast->chunks[--ballast->held], BALLAST_CHUNK);
}

/* Address space for a chunk that begins with a huge page; NULL where there is none. */
static unsigned char *map_chunk(void)
{
    unsigned char *map = mmap(NULL, BALLAST_CHUNK + HUGE_PAGE, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED)
        return NULL;
    const size_t before = (HUGE_PAGE - (uintptr_t)map % HUGE_PAGE) % HUGE_PAGE;
    if (before > 0)
        munmap(map, before);
    if (before < HUGE_PAGE)
        munmap(map + before + BALLAST_CHUNK, HUGE_PAGE - before);
    return map + before;
}

/* In huge pages, as the operators' regions are, and not for the processes that are started meanwhile. */
static void *make_chunk(void)
{
    unsigned char *chunk = map_chunk();
    if (!chunk)
        return NULL;
    madvise(chunk, BALLAST_CHUNK, MADV_HUGEPAGE);
    madvise(chunk, BALLAST_CHUNK, MADV_DONTFORK);
    for (size_t at = 0; at < BALLAST_CHUNK; at += PAGE)
        ((volatile unsigned char *)chunk)[at] = 0;
    return chunk;
}

static size_t most_chunks(const struct ballast *ballast)
{
    return chunks_of(LARGEST_SHARE * (memory_available_bytes() + (double)(ballast->held * BALLAST_CHUNK)));
}

void ballast_yield(struct ballast *ballast, double bytes)
{
    for (size_t left = chunks_of(bytes); ballast && left > 0 && ballast->held > 0; --left)
        drop(ballast);
}

void ballast_take(struct ballast *ballast, double bytes)
{
    if (!ballast)
        return;
    const size_t needed = chunks_of(bytes), most = most_chunks(ballast);
    ballast->wanted = needed > ballast->wanted ? needed : ballast->wanted;
    while (ballast->held < ballast->wanted && ballast->held < most && !interrupt_requested()) {
        ballast->chunks[ballast->held] = make_chunk();
        if (!ballast->chunks[ballast->held])
            return;
        ++ballast->held;
    }
}

void ballast_free(struct ballast *ballast)
{
    while (ballast->held > 0)
        drop(ballast);
}
