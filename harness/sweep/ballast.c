/* ballast.c - see ballast.h. */
#include "sweep/ballast.h"

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
    munmap(ballast->chunks[--ballast->held], BALLAST_CHUNK);
}

/* In huge pages, as the operators' regions are, and not for the processes that are started meanwhile. */
static void *make_chunk(void)
{
    void *chunk = mmap(NULL, BALLAST_CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (chunk == MAP_FAILED)
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
    if (!ballast || chunks_of(bytes) == 0)
        return;
    const size_t wanted = ballast->held + chunks_of(bytes), most = most_chunks(ballast);
    while (ballast->held < wanted && ballast->held < most) {
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
