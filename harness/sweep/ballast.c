/* ballast.c - see ballast.h. */
#include "sweep/ballast.h"

#include "base/interrupt.h"
#include "machine/memory.h"

#include <sys/mman.h>

#define LARGEST_SHARE 0.25 /* of the memory that would be available without it */
#define PAGE ((size_t)4096)

static size_t chunks_of(double bytes)
{
    const double chunks = bytes / (double)BALLAST_CHUNK;
    return !(chunks >= 1.0) ? 0 : chunks < BALLAST_CHUNKS ? (size_t)chunks : BALLAST_CHUNKS;
}

static void drop(struct ballast *ballast)
{
    pages_unmap(&ballast->chunks[--ballast->held]);
}

/* In huge pages, as the operators' regions are, and not for the processes that are started meanwhile. */
static struct pages make_chunk(void)
{
    const struct pages chunk = pages_map(BALLAST_CHUNK, true);
    if (!chunk.data)
        return chunk;
    madvise(chunk.data, chunk.bytes, MADV_DONTFORK);
    for (size_t at = 0; at < chunk.bytes; at += PAGE)
        ((volatile unsigned char *)chunk.data)[at] = 0;
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
        if (!ballast->chunks[ballast->held].data)
            return;
        ++ballast->held;
    }
}

void ballast_free(struct ballast *ballast)
{
    while (ballast->held > 0)
        drop(ballast);
}
