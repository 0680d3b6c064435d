/* bench_conv.c - long convolution by method and length, as ratios to what one would write with FFTW.
 *
 * The baseline: per channel, x copied in front of its zeros, r2c of 2L values, product with the filter's spectrum, c2r, L
 * values copied out; FFTW_MEASURE plans without a time limit, kept as wisdom under the build folder because those of long
 * sequences take half a minute. Same x, all buffers in huge pages. "hot": 16 channels a thread again and again; "stream":
 * so many channels that x, y and spectra come from memory. Rates count 10 L log2(2L) + 6 L operations a channel; the floor
 * is the slower of these at the multiply-add peak and 16 L bytes a channel (x, spectrum, y) at the measured bandwidth.
 */
#include "bench.h"

#include "kernels/fftconv_kernel.h"
#include "kernels/ring.h"

#include <fftw3.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUP 16
#define STREAM_BYTES 64e6          /* of x, y and spectra of one method, at least */
#define CHANNELS_MOST_POINTS 65536 /* above, RING_CHANNELS needs more scratch than any second-level cache has */
#define WISDOM "build/bench/fftw-wisdom"

/* One length, one number of channels, one method: what an arm's call needs. */
struct conv {
    int threads;
    int64_t L, groups;
    float *x, *y, *spectra; /* (groups) of group, group and filter floats each */
    int64_t group_floats, filter_floats;
    float *scratch; /* (threads) of scratch_floats each */
    int64_t scratch_floats;
    struct ring *ring;
    int64_t n, stride; /* FFTW: points, floats between channels */
    fftwf_plan forward, backward;
    const struct fftconv_kernel *kernel;
};

static void *allocate(struct seq_arena *arena, size_t bytes)
{
    (void)arena;
    return bench_memory(bytes);
}

/* ---------------------------------------------------------------- the methods */

static void apply_ring(void *context)
{
    const struct conv *const conv = context;
#pragma omp parallel for num_threads(conv->threads) schedule(static)
    for (int64_t g = 0; g < conv->groups; ++g) {
        const int64_t thread = g * conv->threads / conv->groups;
        ring_apply(conv->ring, conv->y + g * conv->group_floats, conv->x + g * conv->group_floats, NULL,
                   conv->spectra + g * conv->filter_floats, conv->scratch + thread * conv->scratch_floats);
    }
}

static void apply_fftw_channel(const struct conv *conv, float *y, const float *x, const float *spectrum, float *scratch)
{
    float *const bins = scratch + conv->n; /* the zeros behind x survive r2c */
    memcpy(scratch, x, (size_t)conv->L * sizeof *x);
    fftwf_execute_dft_r2c(conv->forward, scratch, (fftwf_complex *)(void *)bins);
    conv->kernel->multiply(bins, spectrum, conv->n / 2 + 1);
    fftwf_execute_dft_c2r(conv->backward, (fftwf_complex *)(void *)bins, bins);
    memcpy(y, bins, (size_t)conv->L * sizeof *y);
}

static void apply_fftw(void *context)
{
    const struct conv *const conv = context;
#pragma omp parallel for num_threads(conv->threads) schedule(static)
    for (int64_t c = 0; c < conv->groups * GROUP; ++c) {
        const int64_t thread = c * conv->threads / (conv->groups * GROUP);
        apply_fftw_channel(conv, conv->y + c * conv->stride, conv->x + c * conv->stride,
                           conv->spectra + c * conv->filter_floats / GROUP, conv->scratch + thread * conv->scratch_floats);
    }
}

/* ---------------------------------------------------------------- their preparation */

/* The same values whatever the layout: their order costs no time. */
static void fill(struct conv *conv)
{
    conv->x = bench_memory((size_t)(conv->groups * conv->group_floats) * sizeof *conv->x);
    conv->y = bench_memory((size_t)(conv->groups * conv->group_floats) * sizeof *conv->y);
    conv->spectra = bench_memory((size_t)(conv->groups * conv->filter_floats) * sizeof *conv->spectra);
    conv->scratch = bench_memory((size_t)(conv->threads * conv->scratch_floats) * sizeof *conv->scratch);
    bench_fill(conv->x, (size_t)(conv->groups * conv->group_floats), 1);
}

static struct conv make_ring(const struct bench *bench, int64_t L, int64_t groups, enum ring_mode mode)
{
    struct conv conv = {.threads = bench_threads(bench), .L = L, .groups = groups};
    struct seq_arena arena = {.size = sizeof arena, .allocate = allocate};
    struct seq_message message = {.text = ""};
    if (ring_create(&conv.ring, L, mode, (enum seq_isa)bench_isa(bench), &arena, &message) != SEQ_OK) {
        fprintf(stderr, "bench: %s\n", message.text);
        exit(1);
    }
    conv.group_floats = ring_group_floats(conv.ring);
    conv.filter_floats = ring_filter_floats(conv.ring);
    conv.scratch_floats = ring_scratch_floats(conv.ring);
    fill(&conv);
    for (int64_t g = 0; g < groups; ++g)
        ring_prepare(conv.ring, conv.spectra + g * conv.filter_floats, conv.x + g * conv.group_floats);
    return conv;
}

static struct conv make_fftw(const struct bench *bench, int64_t L, int64_t groups)
{
    struct conv conv = {.threads = bench_threads(bench), .L = L, .groups = groups, .n = 2 * L};
    conv.kernel = ISA_SELECT(fftconv_kernel, (enum seq_isa)bench_isa(bench));
    conv.stride = (L + GROUP - 1) / GROUP * GROUP + GROUP;
    conv.group_floats = GROUP * conv.stride;
    conv.filter_floats = GROUP * (conv.n + 2 * GROUP);
    conv.scratch_floats = 2 * conv.n + 4 * GROUP;
    fill(&conv);
    float *const bins = conv.scratch + conv.n;
    fftwf_import_wisdom_from_filename(WISDOM);
    conv.forward = fftwf_plan_dft_r2c_1d((int)conv.n, conv.scratch, (fftwf_complex *)(void *)bins, FFTW_MEASURE);
    conv.backward = fftwf_plan_dft_c2r_1d((int)conv.n, (fftwf_complex *)(void *)bins, bins, FFTW_MEASURE);
    fftwf_export_wisdom_to_filename(WISDOM);
    memset(conv.scratch, 0, (size_t)(conv.threads * conv.scratch_floats) * sizeof *conv.scratch);
    bench_fill(conv.spectra, (size_t)(groups * conv.filter_floats), 2);
    return conv;
}

/* ---------------------------------------------------------------- one comparison */

static void compare(struct bench *bench, int64_t L, bool streamed)
{
    const int threads = bench_threads(bench);
    const double channel_bytes = 16.0 * (double)L;
    int64_t groups = threads;
    while (streamed && (double)(groups * GROUP) * channel_bytes < STREAM_BYTES * threads)
        groups += threads;
    char title[64];
    snprintf(title, sizeof title, "%s L=%lld D=%lld", streamed ? "stream" : "hot", (long long)L,
             (long long)(groups * GROUP));
    if (!bench_wanted(bench, title))
        return;
    const double channels = (double)(groups * GROUP), length = (double)L;
    const double flops = channels * (10.0 * length * log2(2.0 * length) + 6.0 * length);
    double floor = flops / bench_peak(bench);
    if (streamed)
        floor = fmax(floor, channels * channel_bytes / bench_read_bandwidth(bench, (size_t)64 << 20));
    struct conv fftw = make_fftw(bench, L, groups), samples = make_ring(bench, L, groups, RING_SAMPLES), by_channel;
    struct bench_arm arms[] = {
        {"FFTW r2c/multiply/c2r", apply_fftw, &fftw, flops, floor},
        {"ring, 16 samples a vector", apply_ring, &samples, flops, floor},
        {"ring, 16 channels a vector", apply_ring, &by_channel, flops, floor},
    };
    const bool both = L <= CHANNELS_MOST_POINTS;
    if (both)
        by_channel = make_ring(bench, L, groups, RING_CHANNELS);
    bench_compare(bench, title, arms, both ? 3 : 2);
    fftwf_destroy_plan(fftw.forward);
    fftwf_destroy_plan(fftw.backward);
}

int main(int argc, char **argv)
{
    static const int64_t lengths[] = {256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 1048576};
    struct bench *const bench = bench_create(argc, argv);
    printf("FFTW plans: MEASURE, wisdom in %s\n", WISDOM);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; ++i) {
        compare(bench, lengths[i], false);
        compare(bench, lengths[i], true);
    }
    bench_destroy(bench);
    return 0;
}
