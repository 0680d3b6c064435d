/* bench_panel.c - what runs along the tokens of 16 channels side by side: the short filters of layers, and the long convolution
 * of short sequences, as sums against ring transforms (where the methods of kernels/longconv.h hand over to each other).
 *
 * One thread. Filters: a chunk of 512 tokens, as a layer takes it from its projections; rates count 2 operations a tap, and
 * the floor is the multiply-add peak, or for three taps 128 bytes a row (x, y) at the read bandwidth of as many bytes.
 */
#include "bench.h"

#include "kernels/longconv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LANES PANEL_LANES
#define ROWS 512
#define MOST_TAPS 64

struct filtering {
    const struct panel_kernel *kernel;
    struct panel_filter filter;
    float *y;
    const float *x, *times;
};

static void call_filter(void *context)
{
    const struct filtering *const f = context;
    f->kernel->filter(f->y, f->x, &f->filter, f->times, ROWS);
}

static void compare_filters(struct bench *bench)
{
    float *const x = bench_memory((ROWS + MOST_TAPS) * LANES * sizeof *x), *const y = bench_memory(ROWS * LANES * sizeof *y);
    float *const taps = bench_memory((MOST_TAPS + 1) * LANES * sizeof *taps);
    bench_fill(x, (ROWS + MOST_TAPS) * LANES, 1);
    bench_fill(taps, (MOST_TAPS + 1) * LANES, 2);
    struct filtering of[] = {{.filter.count = 3}, {.filter.count = 64}};
    struct bench_arm arms[] = {{.name = "3 taps"}, {.name = "64 taps, gated"}};
    for (int i = 0; i < 2; ++i) {
        of[i].kernel = ISA_SELECT(panel_kernel, (enum seq_isa)bench_isa(bench));
        of[i].filter.taps = taps;
        of[i].filter.bias = taps + MOST_TAPS * LANES;
        of[i].x = x + MOST_TAPS * LANES;
        of[i].y = y;
        of[i].times = i ? of[i].x : NULL;
        arms[i].call = call_filter;
        arms[i].context = &of[i];
        arms[i].flops = 2.0 * (double)of[i].filter.count * ROWS * LANES;
    }
    const double bytes = 2.0 * ROWS * LANES * sizeof(float);
    arms[0].floor_seconds = bytes / bench_read_bandwidth(bench, (size_t)bytes);
    bench_compare(bench, "filter 512 tokens", arms, 2);
}

struct convolving {
    struct longconv_shape shape;
    struct longconv *conv;
    float *x, *y, *gate, *prepared, *scratch;
};

static void call_convolve(void *context)
{
    const struct convolving *const c = context;
    longconv_apply(c->conv, c->y, c->x, c->gate, c->prepared, c->scratch);
}

static void *allocate(struct seq_arena *arena, size_t bytes)
{
    (void)arena;
    return bench_memory(bytes);
}

static float *group(const struct convolving *c, uint64_t seed)
{
    float *const values = bench_memory((size_t)c->shape.group_floats * sizeof *values);
    bench_fill(values, (size_t)c->shape.group_floats, seed);
    return values;
}

static struct convolving convolving_make(const struct bench *bench, int64_t L, enum longconv_method method)
{
    struct convolving c = {.shape = longconv_shape_get(L, (enum seq_isa)bench_isa(bench), method)};
    struct seq_arena arena = {.size = sizeof arena, .allocate = allocate, .borrow = allocate};
    struct seq_message message = {.text = ""};
    if (longconv_create(&c.conv, &c.shape, &arena, &message) != SEQ_OK) {
        fprintf(stderr, "bench: %s\n", message.text);
        exit(1);
    }
    c.x = group(&c, 1);
    c.y = group(&c, 2);
    c.gate = group(&c, 3);
    c.prepared = bench_memory((size_t)c.shape.filter_floats * sizeof *c.prepared);
    c.scratch = bench_memory((size_t)(c.shape.scratch_floats + 1) * sizeof *c.scratch);
    longconv_prepare(c.conv, c.prepared, c.x, c.scratch);
    return c;
}

static void compare_methods(struct bench *bench, int64_t L)
{
    char title[64];
    snprintf(title, sizeof title, "convolution %lld", (long long)L);
    if (!bench_wanted(bench, title))
        return;
    struct convolving sums = convolving_make(bench, L, LONGCONV_DIRECT), ring = convolving_make(bench, L, LONGCONV_RING);
    const double length = (double)L, flops = LANES * (10.0 * length * log2(2.0 * length) + 6.0 * length);
    const struct bench_arm arms[] = {
        {.name = "ring", .call = call_convolve, .context = &ring, .flops = flops},
        {.name = "direct", .call = call_convolve, .context = &sums, .flops = LANES * length * (length + 1.0)},
    };
    bench_compare(bench, title, arms, 2);
}

int main(int argc, char **argv)
{
    static const int64_t lengths[] = {16, 32, 64, 96, 128, 192, 256, 384, 512};
    struct bench *const bench = bench_create(argc, argv);
    if (bench_wanted(bench, "filter 512 tokens"))
        compare_filters(bench);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; ++i)
        compare_methods(bench, lengths[i]);
    bench_destroy(bench);
}
