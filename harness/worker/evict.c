/* evict.c - see evict.h. CLFLUSHOPT does not wait for the line before it; where the processor lacks it, CLFLUSH does the same
 * several times slower (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2). */
#include "worker/evict.h"

#include "worker/arena.h"

#include <omp.h>
#include <stdbool.h>
#include <stdint.h>

#define LINE ((uintptr_t)64)

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

static bool has_clflushopt(void)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 23)) != 0;
}

__attribute__((target("clflushopt"))) static void flush_lines_fast(uintptr_t begin, uintptr_t end)
{
    for (uintptr_t line = begin; line < end; line += LINE)
        _mm_clflushopt((void *)line);
}

static void flush_lines(uintptr_t begin, uintptr_t end)
{
    if (has_clflushopt()) {
        flush_lines_fast(begin, end);
    } else {
        for (uintptr_t line = begin; line < end; line += LINE)
            _mm_clflush((void *)line);
    }
    _mm_mfence(); /* before the clock is read, the lines are gone */
}
#else
#include <stdlib.h>
#include <unistd.h>

#define LARGEST_CACHE_GUESS ((size_t)64 << 20)

/* Reading twice the last level leaves nothing of what was there, whatever `begin` and `end` are. */
static void flush_lines(uintptr_t begin, uintptr_t end)
{
    (void)begin, (void)end;
    const long known = sysconf(_SC_LEVEL3_CACHE_SIZE);
    const size_t bytes = 2 * (known > 0 ? (size_t)known : LARGEST_CACHE_GUESS);
    volatile unsigned char *other = malloc(bytes);
    for (size_t at = 0; other && at < bytes; at += LINE)
        other[at] = 1;
    free((void *)other);
}
#endif

static size_t evict_bytes(const void *data, size_t bytes, int threads)
{
    if (!data || bytes == 0)
        return 0;
    const uintptr_t begin = (uintptr_t)data & ~(LINE - 1), end = (uintptr_t)data + bytes;
    const uintptr_t lines = (end - begin + LINE - 1) / LINE, share = (lines + (uintptr_t)threads - 1) / (uintptr_t)threads * LINE;
#pragma omp parallel num_threads(threads)
    for (int part = omp_get_thread_num(); part < threads; part += omp_get_num_threads()) {
        const uintptr_t from = begin + (uintptr_t)part * share, to = from + share < end ? from + share : end;
        if (from < to)
            flush_lines(from, to);
    }
    return bytes;
}

size_t evict_instance(const struct instance *instance)
{
    const int threads = instance->problem.threads;
    size_t evicted = 0;
    for (int r = 0; r < SEQ_REGION_COUNT; ++r)
        evicted += evict_bytes(instance->regions[r].data, instance->regions[r].bytes, threads);
    evicted += evict_bytes(instance->state_out.data, instance->state_out.bytes, threads);
    size_t bytes = 0;
    for (const struct arena_block *block = instance->arena; block; block = arena_next(block)) {
        const void *data = arena_data(block, &bytes);
        evicted += evict_bytes(data, bytes, threads);
    }
    return evicted;
}
