/* region.c - see region.h. */
#include "worker/region.h"

#include <omp.h>
#include <string.h>

#define RED_ZONE ((size_t)4096)
#define LINE ((size_t)64)
/* Regions from this size on lie in huge pages, whole ones. In small pages, which the kernel takes from anywhere, what should
 * fit a second-level cache competes with itself for its sets, differently in every process. */
#define HUGE_LEAST ((size_t)256 << 10)
#define POISON 0xFFFFDEADu /* a quiet NaN as float; two of them are a quiet NaN as double */
#define RED_BYTE 0xA5

static size_t round_up(size_t value, size_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static void poison_words(unsigned char *data, size_t bytes)
{
    const uint32_t word = POISON;
    size_t at = 0;
    for (; at + sizeof word <= bytes; at += sizeof word)
        memcpy(data + at, &word, sizeof word);
    memcpy(data + at, &word, bytes - at);
}

void region_poison(struct region *region, int parts)
{
    if (!region->bytes)
        return;
    const size_t piece = round_up((region->bytes + (size_t)parts - 1) / (size_t)parts, LINE);
#pragma omp parallel num_threads(parts)
    for (int part = omp_get_thread_num(); part < parts; part += omp_get_num_threads()) {
        const size_t begin = (size_t)part * piece;
        if (begin < region->bytes)
            poison_words(region->data + begin, region->bytes - begin < piece ? region->bytes - begin : piece);
    }
}

enum status region_allocate(struct region *region, size_t bytes, unsigned shift, int parts, bool small_pages,
                            struct error *error)
{
    *region = (struct region){0};
    if (bytes == 0)
        return STATUS_OK;
    if (bytes > (size_t)1 << 46)
        return error_set(error, STATUS_SYSTEM, "a memory region of %zu bytes is beyond any machine", bytes);
    const bool huge = bytes >= HUGE_LEAST && !small_pages;
    const size_t whole = 2 * RED_ZONE + bytes + RED_ZONE; /* before the region, room for the red zone and the shift */
    const struct pages pages = pages_map(whole, huge);
    if (!pages.data)
        return error_set(error, STATUS_SYSTEM, "the system gave no %zu bytes for a memory region", bytes);
    unsigned char *data = pages.data + RED_ZONE + LINE * (shift % 64);
    *region = (struct region){.data = data, .bytes = bytes, .pages = pages};
    region_poison(region, parts);
    memset(data - RED_ZONE, RED_BYTE, RED_ZONE);
    memset(data + bytes, RED_BYTE, RED_ZONE);
    return STATUS_OK;
}

void region_free(struct region *region)
{
    pages_unmap(&region->pages);
    *region = (struct region){0};
}

static bool is_red(const unsigned char *bytes)
{
    for (size_t i = 0; i < RED_ZONE; ++i)
        if (bytes[i] != RED_BYTE)
            return false;
    return true;
}

bool region_intact(const struct region *region)
{
    return !region->data || (is_red(region->data - RED_ZONE) && is_red(region->data + region->bytes));
}

static bool line_untouched(const unsigned char *line, size_t bytes)
{
    const uint32_t word = POISON;
    for (size_t at = 0; at + sizeof word <= bytes; at += sizeof word)
        if (memcmp(line + at, &word, sizeof word) != 0)
            return false;
    return true;
}

size_t region_touched_bytes(const struct region *region)
{
    size_t touched = 0;
    for (size_t at = 0; at < region->bytes; at += LINE) {
        const size_t bytes = region->bytes - at < LINE ? region->bytes - at : LINE;
        if (!line_untouched(region->data + at, bytes))
            touched += bytes;
    }
    return touched;
}

bool region_all_written(const struct region *region, size_t *offset)
{
    const uint32_t word = POISON;
    for (size_t at = 0; at + sizeof word <= region->bytes; at += sizeof word) {
        if (memcmp(region->data + at, &word, sizeof word) == 0) {
            *offset = at;
            return false;
        }
    }
    return true;
}

uint64_t region_hash(const struct region *region)
{
    uint64_t hash = 1469598103934665603u; /* FNV-1a over 8-byte words */
    size_t at = 0;
    for (; at + 8 <= region->bytes; at += 8) {
        uint64_t word;
        memcpy(&word, region->data + at, sizeof word);
        hash = (hash ^ word) * 1099511628211u;
        hash ^= hash >> 29;
    }
    for (; at < region->bytes; ++at)
        hash = (hash ^ region->data[at]) * 1099511628211u;
    return hash;
}
