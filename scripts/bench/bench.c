/* bench.c - see bench.h. */
#include "bench.h"

#include "analyse/statistics.h"
#include "base/random.h"
#include "machine/clock.h"
#include "machine/isa.h"
#include "machine/probe_kernels.h"
#include "machine/topology.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MOST_ARMS 16
#define MOST_ROUNDS 1000
#define LEAST_ROUNDS 7         /* below it a median says little */
#define SAMPLE_SECONDS 1e-3    /* fifty thousand times what reading the clock costs */
#define WARM_SECONDS 3e-3      /* as the harness does before a sample */
#define MACHINE_SECONDS 0.03   /* for a figure of the machine itself */
#define FMA_ROUNDS 4000        /* 200 us with AVX-512: starting a team does not show */
#define READ_LEAST_BYTES ((size_t)4 << 20) /* in one call: a fraction of a millisecond from the first-level cache */
#define HUGE_PAGE ((size_t)2 << 20)

struct bench {
    struct topology *topology;
    int threads;
    int *cpus;
    enum isa isa;
    double seconds;
    char **filters;
    int filter_count;
    uint64_t order; /* stream of the next permutation */
};

static void fail(const char *what, const char *word)
{
    fprintf(stderr, "bench: %s: %s\n", what, word);
    exit(2);
}

/* ---------------------------------------------------------------- beginning */

static double number_of(const char *option, const char *word)
{
    char *end = NULL;
    const double value = word ? strtod(word, &end) : NAN;
    if (!word || end == word || *end || !(value > 0.0))
        fail(option, "a positive number must follow");
    return value;
}

static void read_words(struct bench *bench, int argc, char **argv)
{
    const char *isa = NULL;
    for (int i = 1; i < argc; ++i) {
        const char *const next = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--threads") == 0)
            bench->threads = (int)number_of(argv[i++], next);
        else if (strcmp(argv[i], "--seconds") == 0)
            bench->seconds = number_of(argv[i++], next);
        else if (strcmp(argv[i], "--isa") == 0)
            isa = argv[++i];
        else if (argv[i][0] == '-')
            fail(argv[i], "is no option; there are --threads N, --seconds S, --isa NAME and filters");
        else
            bench->filters[bench->filter_count++] = argv[i];
    }
    struct error error = {0};
    if (isa_choose(isa, &bench->isa, &error) != STATUS_OK)
        fail("--isa", error.text);
}

/* The process to as many CPUs as it has threads, and each thread of the team to one of them. */
static void bind_threads(const struct bench *bench)
{
    struct error error = {0};
    int count = 0;
    if (topology_place(bench->topology, BIND_COMPACT, bench->threads, bench->cpus, &count, &error) != STATUS_OK ||
        topology_bind_process(bench->cpus, count, &error) != STATUS_OK)
        fail("--threads", error.text);
    omp_set_dynamic(0);
    omp_set_num_threads(bench->threads);
    const int *const cpus = bench->cpus;
#pragma omp parallel num_threads(bench->threads)
    {
        struct error ignored = {0};
        if (topology_bind_process(&cpus[omp_get_thread_num()], 1, &ignored) != STATUS_OK)
            fail("binding", ignored.text);
    }
}

struct bench *bench_create(int argc, char **argv)
{
    struct bench *const bench = calloc(1, sizeof *bench);
    struct error error = {0};
    if (!bench || !(bench->filters = calloc((size_t)argc, sizeof *bench->filters)))
        fail("memory", "there is none");
    if (topology_load(&bench->topology, NULL, &error) != STATUS_OK)
        fail("topology", error.text);
    bench->threads = 1;
    bench->seconds = 1.0;
    bench->cpus = calloc((size_t)topology_cpus(bench->topology), sizeof *bench->cpus);
    if (!bench->cpus)
        fail("memory", "there is none");
    read_words(bench, argc, argv);
    bind_threads(bench);
    printf("%d thread%s, instruction set %s, peak %.0f GFLOP/s\n", bench->threads, bench->threads == 1 ? "" : "s",
           isa_name(bench->isa), bench_peak(bench) * 1e-9);
    return bench;
}

void bench_destroy(struct bench *bench)
{
    topology_free(bench->topology);
    free(bench->cpus);
    free(bench->filters);
    free(bench);
}

int bench_threads(const struct bench *bench)
{
    return bench->threads;
}

int bench_isa(const struct bench *bench)
{
    return (int)bench->isa;
}

bool bench_wanted(const struct bench *bench, const char *title)
{
    for (int i = 0; i < bench->filter_count; ++i)
        if (strstr(title, bench->filters[i]))
            return true;
    return bench->filter_count == 0;
}

/* ---------------------------------------------------------------- memory */

void *bench_memory(size_t bytes)
{
    const size_t rounded = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *const memory = aligned_alloc(HUGE_PAGE, rounded);
    if (!memory)
        fail("memory", "there is not enough");
    madvise(memory, rounded, MADV_HUGEPAGE); /* refused: small pages, a little slower */
    return memset(memory, 0, rounded);
}

void bench_fill(float *values, size_t count, uint64_t seed)
{
    for (size_t i = 0; i < count; ++i)
        values[i] = (float)random_normal(seed, 1, i);
}

/* ---------------------------------------------------------------- samples */

static double time_calls(const struct bench_arm *arm, int64_t calls)
{
    const int64_t start = clock_wall_ns();
    for (int64_t i = 0; i < calls; ++i)
        arm->call(arm->context);
    return (double)(clock_wall_ns() - start) * 1e-9 / (double)calls;
}

/* Calls that fill a sample; warms the arm on the way. */
static int64_t calls_of(const struct bench_arm *arm)
{
    double seconds = time_calls(arm, 1);
    for (double warm = seconds; warm < WARM_SECONDS;) {
        const int64_t calls = (int64_t)(WARM_SECONDS / 4 / seconds) + 1;
        seconds = time_calls(arm, calls);
        warm += seconds * (double)calls;
    }
    return (int64_t)(SAMPLE_SECONDS / seconds) + 1;
}

static void take_samples(double *samples, size_t *count, const struct bench_arm *arm, double seconds)
{
    const int64_t calls = calls_of(arm), start = clock_wall_ns();
    for (*count = 0; *count < MOST_ROUNDS && (*count < LEAST_ROUNDS || (double)(clock_wall_ns() - start) < seconds * 1e9);
         ++*count)
        samples[*count] = time_calls(arm, calls);
}

/* ---------------------------------------------------------------- the machine */

static const struct probe_kernels *machine_kernels(const struct bench *bench)
{
#ifdef SEQ_HAVE_X86_LEVELS
    return bench->isa == ISA_V4 ? &probe_kernels_v4 : bench->isa == ISA_V3 ? &probe_kernels_v3 : &probe_kernels_generic;
#else
    (void)bench;
    return &probe_kernels_generic;
#endif
}

struct work {
    const struct probe_kernels *kernels;
    int threads;
    float *data; /* (threads, count) */
    size_t count;
    int64_t passes;
};

static void consume(float value)
{
    volatile float sink = value;
    (void)sink;
}

static void multiply_add(void *context)
{
    const struct work *const work = context;
#pragma omp parallel num_threads(work->threads)
    consume(work->kernels->fma(FMA_ROUNDS));
}

static void read_memory(void *context)
{
    const struct work *const work = context;
#pragma omp parallel num_threads(work->threads)
    consume(work->kernels->read(work->data + (size_t)omp_get_thread_num() * work->count, work->count, work->passes));
}

static double best_seconds(const struct bench_arm *arm)
{
    double samples[MOST_ROUNDS];
    size_t count = 0;
    take_samples(samples, &count, arm, MACHINE_SECONDS);
    return statistics_minimum(samples, count);
}

static double peak_flops(const struct work *work)
{
    return work->kernels->flops_per_round * FMA_ROUNDS * work->threads;
}

double bench_peak(const struct bench *bench)
{
    struct work work = {.kernels = machine_kernels(bench), .threads = bench->threads};
    const struct bench_arm arm = {.call = multiply_add, .context = &work};
    return peak_flops(&work) / best_seconds(&arm);
}

double bench_read_bandwidth(const struct bench *bench, size_t bytes)
{
    struct work work = {.kernels = machine_kernels(bench), .threads = bench->threads};
    work.count = (bytes / sizeof(float) + PROBE_READ_STEP - 1) / PROBE_READ_STEP * PROBE_READ_STEP;
    work.passes = (int64_t)(READ_LEAST_BYTES / (work.count * sizeof(float))) + 1;
    work.data = bench_memory((size_t)work.threads * work.count * sizeof(float));
    const struct bench_arm arm = {.call = read_memory, .context = &work};
    const double seconds = best_seconds(&arm) / (double)work.passes;
    free(work.data);
    return (double)work.threads * (double)work.count * sizeof(float) / seconds;
}

/* ---------------------------------------------------------------- comparisons */

struct comparison {
    struct bench_arm arms[MOST_ARMS + 1]; /* the last one is the machine's peak */
    int count;
    int64_t calls[MOST_ARMS + 1];
    double *samples[MOST_ARMS + 1];
    size_t rounds;
};

static void measure(struct bench *bench, struct comparison *comparison)
{
    for (int i = 0; i < comparison->count; ++i)
        comparison->calls[i] = calls_of(&comparison->arms[i]);
    const int64_t start = clock_wall_ns();
    while (comparison->rounds < MOST_ROUNDS &&
           (comparison->rounds < LEAST_ROUNDS || (double)(clock_wall_ns() - start) < bench->seconds * 1e9)) {
        int order[MOST_ARMS + 1];
        random_permutation(1, bench->order++, comparison->count, order);
        for (int i = 0; i < comparison->count; ++i)
            comparison->samples[order[i]][comparison->rounds] =
                time_calls(&comparison->arms[order[i]], comparison->calls[order[i]]);
        ++comparison->rounds;
    }
}

/* Median of the ratios first arm / this arm, round by round. */
static double paired_ratio(const struct comparison *comparison, int arm)
{
    double ratios[MOST_ROUNDS];
    for (size_t i = 0; i < comparison->rounds; ++i)
        ratios[i] = comparison->samples[0][i] / comparison->samples[arm][i];
    return statistics_median(ratios, comparison->rounds);
}

/* The floor over the time of the arm. Against the peak it is the median within rounds, as the ratios are: the best of a
 * thousand short probes finds a clock that no call of many milliseconds ever has. 0 without a floor. */
static double part_of_floor(const struct comparison *comparison, int index, double probe_flops)
{
    const struct bench_arm *const arm = &comparison->arms[index];
    const double *const samples = comparison->samples[index], *const probes = comparison->samples[comparison->count - 1];
    if (arm->floor_seconds > 0.0)
        return arm->floor_seconds / statistics_minimum(samples, comparison->rounds);
    double parts[MOST_ROUNDS];
    for (size_t i = 0; i < comparison->rounds; ++i)
        parts[i] = arm->flops / probe_flops * probes[i] / samples[i];
    return statistics_median(parts, comparison->rounds);
}

static void print_arm(const struct comparison *comparison, int index, double probe_flops)
{
    const struct bench_arm *const arm = &comparison->arms[index];
    const double least = statistics_minimum(comparison->samples[index], comparison->rounds);
    const double first = statistics_minimum(comparison->samples[0], comparison->rounds);
    const double part = part_of_floor(comparison, index, probe_flops);
    printf("  %-28s %11.3f %11.3f us", arm->name, least * 1e6,
           statistics_median(comparison->samples[index], comparison->rounds) * 1e6);
    printf("  %6.2f %6.2f x", first / least, paired_ratio(comparison, index));
    if (arm->flops > 0.0)
        printf("  %7.1f GFLOP/s", arm->flops / least * 1e-9);
    if (part > 0.0)
        printf("  %5.1f %%", 100.0 * part);
    printf("\n");
}

void bench_compare(struct bench *bench, const char *title, const struct bench_arm *arms, int count)
{
    if (count > MOST_ARMS)
        fail(title, "has too many arms");
    struct work work = {.kernels = machine_kernels(bench), .threads = bench->threads};
    struct comparison comparison = {.count = count + 1};
    for (int i = 0; i < count; ++i)
        comparison.arms[i] = arms[i];
    comparison.arms[count] = (struct bench_arm){.name = "peak", .call = multiply_add, .context = &work};
    for (int i = 0; i <= count; ++i)
        if (!(comparison.samples[i] = calloc(MOST_ROUNDS, sizeof(double))))
            fail("memory", "there is none");
    measure(bench, &comparison);
    const double peak = peak_flops(&work) / statistics_minimum(comparison.samples[count], comparison.rounds);
    printf("%s   (%zu rounds; least, median; ratio of least, of pairs; rate; part of the floor; peak %.0f GFLOP/s)\n", title,
           comparison.rounds, peak * 1e-9);
    for (int i = 0; i < count; ++i)
        print_arm(&comparison, i, peak_flops(&work));
    for (int i = 0; i <= count; ++i)
        free(comparison.samples[i]);
    fflush(stdout);
}
