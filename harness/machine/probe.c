/* probe.c - see probe.h. Each probe is a piece of work that probe_team.h runs and times; here is what they are, how large
 * they are, and how a time becomes a figure. What one thread does alone comes first, before any team spins.
 */
#include "machine/probe.h"

#include "machine/memory.h"
#include "machine/openblas.h"
#include "machine/pages.h"
#include "machine/probe_kernels.h"
#include "machine/probe_team.h"
#include "machine/spin.h"

#include <math.h>
#include <omp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB ((size_t)1 << 20)

struct session {
    const struct probe_request *request;
    const struct probe_kernels *kernels;
    struct probe_team team;
    double slice_seconds; /* for one figure */
    struct probe *probes;
    size_t capacity, count;
};

static void add(struct session *session, const char *kind, int threads, double value)
{
    if (session->count == session->capacity)
        return;
    struct probe *probe = &session->probes[session->count++];
    *probe = (struct probe){.threads = threads, .value = value};
    snprintf(probe->kind, sizeof probe->kind, "%s", kind);
}

static const struct probe_kernels *kernels_of(enum isa isa)
{
#ifdef SEQ_HAVE_X86_LEVELS
    return isa == ISA_V4 ? &probe_kernels_v4 : isa == ISA_V3 ? &probe_kernels_v3 : &probe_kernels_generic;
#else
    (void)isa;
    return &probe_kernels_generic;
#endif
}

/* Keeps the compiler from leaving out what leads to `value`. */
static void consume(double value)
{
    volatile double sink = value;
    (void)sink;
}

static void run_spin(const void *context, int thread, int64_t repeats)
{
    (void)context;
    consume((double)spin_chain(repeats * SPIN_STEPS, (uint64_t)thread + 1));
}

static void probe_spin(struct session *session)
{
    const struct probe_team alone = {.threads = 1, .cpus = session->team.cpus};
    const struct probe_work work = {.run = run_spin};
    add(session, "spin_seconds", 1, probe_team_best(&alone, &work, session->slice_seconds));
}

enum { FMA_ROUNDS = 100 }; /* one repeat: with AVX-512, 614400 operations, about 5 us */

static void run_fma(const void *context, int thread, int64_t repeats)
{
    (void)thread;
    const struct probe_kernels *kernels = context;
    consume(kernels->fma(repeats * FMA_ROUNDS));
}

static double fma_flops_per_second(const struct session *session, const struct probe_team *team)
{
    const struct probe_work work = {.run = run_fma, .context = session->kernels};
    const double seconds = probe_team_best(team, &work, session->slice_seconds);
    return session->kernels->flops_per_round * FMA_ROUNDS * team->threads / seconds;
}

static void probe_fma(struct session *session)
{
    add(session, "fma_gflops", session->team.threads, fma_flops_per_second(session, &session->team) * 1e-9);
}

/* The first two threads of the team: compact binding makes them neighbours. */
static void probe_parallel_gain(struct session *session)
{
    double gain = NAN;
    if (session->team.threads >= 2) {
        const struct probe_team alone = {.threads = 1, .cpus = session->team.cpus};
        const struct probe_team pair = {.threads = 2, .cpus = session->team.cpus};
        probe_team_settle();
        const double one = fma_flops_per_second(session, &alone);
        gain = fma_flops_per_second(session, &pair) / one;
    }
    add(session, "parallel_gain", 2, gain);
}

struct reading {
    const struct probe_kernels *kernels;
    float *data;
    size_t count; /* floats that each thread reads in a repeat; a multiple of PROBE_READ_STEP */
    int threads;
    bool shared;  /* all threads read the same floats, each beginning elsewhere; otherwise each reads its own */
};

static void run_fill(const void *context, int thread, int64_t repeats)
{
    (void)repeats;
    const struct reading *reading = context;
    float *own = reading->shared ? reading->data : reading->data + (size_t)thread * reading->count;
    if (reading->shared && thread != 0)
        return;
    for (size_t at = 0; at < reading->count; ++at)
        own[at] = 1.0f;
}

static void run_read(const void *context, int thread, int64_t repeats)
{
    const struct reading *reading = context;
    const struct probe_kernels *kernels = reading->kernels;
    if (!reading->shared) {
        consume(kernels->read(reading->data + (size_t)thread * reading->count, reading->count, repeats));
        return;
    }
    const size_t share = reading->count / (size_t)reading->threads / PROBE_READ_STEP * PROBE_READ_STEP;
    const size_t start = share * (size_t)thread;
    for (int64_t repeat = 0; repeat < repeats; ++repeat) {
        consume(kernels->read(reading->data + start, reading->count - start, 1));
        consume(kernels->read(reading->data, start, 1));
    }
}

/* Bytes per second of the whole team where each thread reads `bytes`, or where all read the same. On huge pages: an L2 that is
 * indexed by physical addresses has room for half its size in scattered 4 KiB pages only with luck. */
static double read_bandwidth(const struct session *session, size_t bytes, bool shared)
{
    struct reading reading = {.kernels = session->kernels, .threads = session->team.threads, .shared = shared};
    reading.count = bytes / sizeof(float) / PROBE_READ_STEP * PROBE_READ_STEP;
    const size_t all = reading.count * sizeof(float) * (shared ? 1 : (size_t)reading.threads);
    struct pages pages = all ? pages_map(all, true) : (struct pages){0};
    reading.data = (float *)(void *)pages.data;
    if (!reading.data)
        return NAN;
    const struct probe_work fill = {.run = run_fill, .context = &reading};
    const struct probe_work read = {.run = run_read, .context = &reading};
    double seconds = probe_team_run(&session->team, &fill, 1);
    if (!isnan(seconds))
        seconds = probe_team_best(&session->team, &read, session->slice_seconds);
    pages_unmap(&pages);
    return (double)reading.count * sizeof(float) * reading.threads / seconds;
}

#define MEMORY_MOST (256 * MIB)

/* Footprints well inside their level, and beyond the ones before it: three quarters of L1 and half of L2 for each thread;
 * of L3 four times an L2 for each, or where half of L3 has no room for that, half of it for all together. Small beside an
 * L3 on purpose: a virtual machine is told of the whole cache and gets a part. */
static void probe_caches(struct session *session)
{
    const struct probe_request *request = session->request;
    const int threads = request->threads;
    const bool own = 4 * request->l2_bytes * (size_t)threads <= request->l3_bytes / 2;
    add(session, "l1_bytes_per_second", threads, read_bandwidth(session, request->l1_bytes / 4 * 3, false));
    add(session, "l2_bytes_per_second", threads, read_bandwidth(session, request->l2_bytes / 2, false));
    add(session, "l3_bytes_per_second", threads,
        request->l3_bytes == 0 ? NAN : read_bandwidth(session, own ? 4 * request->l2_bytes : request->l3_bytes / 2, !own));
}

/* Four times the largest cache, so that little of it is left there from the pass before; at most 256 MiB, and a quarter of
 * what memory is available. Where a larger cache is shared with other machines, nobody can say what of it is read from DRAM:
 * the figure is what a working set of that size gets. */
static size_t memory_footprint(const struct probe_request *request)
{
    const size_t cache = request->l3_bytes ? request->l3_bytes : request->l2_bytes;
    const double available = memory_available_bytes();
    double bytes = fmax(4.0 * (double)cache, 32.0 * (double)MIB);
    bytes = fmin(bytes, (double)MEMORY_MOST);
    return (size_t)fmin(bytes, available / 4); /* NaN, where the kernel does not say, is passed over */
}

static double memory_bandwidth(const struct session *session, size_t footprint)
{
    return read_bandwidth(session, footprint / (size_t)session->team.threads, false);
}

static void probe_memory(struct session *session)
{
    const double value = memory_bandwidth(session, memory_footprint(session->request));
    add(session, "memory_bytes_per_second", session->team.threads, value);
}

static double value_of(const struct session *session, const char *kind)
{
    for (size_t at = 0; at < session->count; ++at)
        if (strcmp(session->probes[at].kind, kind) == 0)
            return session->probes[at].value;
    return NAN;
}

/* An L3 that the memory probe cannot exceed is not taken at its word, but searched for the largest footprint that is read
 * nearer to its speed than to memory's. */
static double l3_capacity(const struct session *session)
{
    const struct probe_request *request = session->request;
    if (request->l3_bytes <= MEMORY_MOST / 4)
        return request->l3_bytes ? (double)request->l3_bytes : NAN;
    const double between = sqrt(value_of(session, "l3_bytes_per_second") * value_of(session, "memory_bytes_per_second"));
    const size_t least = 8 * request->l2_bytes * (size_t)request->threads; /* twice what gave L3's speed */
    if (!request->full || isnan(between))
        return NAN;
    size_t bytes = MEMORY_MOST / 2;
    while (bytes > least && (bytes > request->l3_bytes || !(memory_bandwidth(session, bytes) > between)))
        bytes /= 2;
    return (double)bytes;
}

/* Of L1 and L2, what each thread has. */
static void probe_capacities(struct session *session)
{
    const struct probe_request *request = session->request;
    add(session, "l1_bytes", request->threads, request->l1_bytes ? (double)request->l1_bytes : NAN);
    add(session, "l2_bytes", request->threads, request->l2_bytes ? (double)request->l2_bytes : NAN);
    add(session, "l3_bytes", request->threads, l3_capacity(session));
}

enum { GEMM_SIZE = 512 };

struct gemm {
    const struct openblas *blas;
    const float *a, *b; /* (512,512) */
    float *c;
};

static void run_gemm(const void *context, int thread, int64_t repeats)
{
    (void)thread;
    const struct gemm *gemm = context;
    for (int64_t repeat = 0; repeat < repeats; ++repeat)
        gemm->blas->sgemm(OPENBLAS_ROW_MAJOR, OPENBLAS_NO_TRANSPOSE, OPENBLAS_NO_TRANSPOSE, GEMM_SIZE, GEMM_SIZE,
                             GEMM_SIZE, 1.0f, gemm->a, GEMM_SIZE, gemm->b, GEMM_SIZE, 0.0f, gemm->c, GEMM_SIZE);
}

static void run_nothing(const void *context, int thread, int64_t repeats)
{
    (void)context, (void)thread, (void)repeats;
}

/* Puts the threads of the team, which the next regions reuse, where they belong. */
static void bind_team(const struct session *session)
{
    const struct probe_work nothing = {.run = run_nothing};
    (void)probe_team_run(&session->team, &nothing, 1);
}

static double time_gemm(const struct session *session, const struct openblas *library, float *matrices)
{
    const size_t entries = (size_t)GEMM_SIZE * GEMM_SIZE;
    for (size_t at = 0; at < 3 * entries; ++at)
        matrices[at] = (float)(at % 7) * 0.125f;
    const struct gemm gemm = {.blas = library, .a = matrices, .b = matrices + entries, .c = matrices + 2 * entries};
    const struct probe_work work = {.run = run_gemm, .context = &gemm};
    const struct probe_team caller = {.threads = 1, .cpus = session->team.cpus}; /* the library brings its own team */
    const int own_threads = library->get_threads(), openmp_threads = omp_get_max_threads();
    library->set_threads(session->team.threads);
    bind_team(session);
    const double seconds = probe_team_best(&caller, &work, session->slice_seconds);
    library->set_threads(own_threads);
    omp_set_num_threads(openmp_threads);
    return seconds;
}

static void probe_gemm(struct session *session)
{
    const int threads = session->team.threads;
    struct openblas library;
    double seconds = NAN;
    if (session->request->openblas_path && openblas_open(&library, session->request->openblas_path) &&
        (threads == 1 || library.parallel() != OPENBLAS_SERIAL)) {
        float *matrices = aligned_alloc(64, 3 * sizeof(float) * GEMM_SIZE * GEMM_SIZE);
        if (matrices)
            seconds = time_gemm(session, &library, matrices);
        free(matrices);
    }
    add(session, "gemm_gflops", threads, 2.0 * GEMM_SIZE * GEMM_SIZE * GEMM_SIZE / seconds * 1e-9);
}

static void run_barrier(const void *context, int thread, int64_t repeats)
{
    (void)context, (void)thread;
    for (int64_t repeat = 0; repeat < repeats; ++repeat) {
#pragma omp barrier
    }
}

static void run_fork_join(const void *context, int thread, int64_t repeats)
{
    (void)thread;
    const struct session *session = context;
    for (int64_t repeat = 0; repeat < repeats; ++repeat) {
#pragma omp parallel num_threads(session->team.threads)
        consume(0.0);
    }
}

static void probe_synchronisation(struct session *session)
{
    const int threads = session->team.threads;
    const struct probe_work barrier = {.run = run_barrier};
    add(session, "barrier_seconds", threads,
        threads == 1 ? NAN : probe_team_best(&session->team, &barrier, session->slice_seconds));
    const struct probe_work fork_join = {.run = run_fork_join, .context = session};
    const struct probe_team caller = {.threads = 1, .cpus = session->team.cpus};
    bind_team(session);
    add(session, "fork_join_seconds", threads, probe_team_best(&caller, &fork_join, session->slice_seconds));
}

/* Time for one figure. A full set has a dozen; finding how often to repeat, and touching memory, takes as much again. */
static double slice_seconds(const struct probe_request *request)
{
    const double short_set = 6e-3, longest = 40e-3, figures = 25;
    return fmin(request->budget_seconds / figures, request->full ? longest : short_set);
}

static void run_set(struct session *session)
{
    probe_spin(session);
    probe_parallel_gain(session);
    probe_fma(session);
    probe_memory(session);
    probe_caches(session);
    probe_capacities(session);
    if (!session->request->full)
        return;
    probe_gemm(session);
    probe_synchronisation(session);
}

size_t probe_run(const struct probe_request *request, struct probe *probes, size_t capacity)
{
    if (request->threads < 1)
        return 0;
    struct session session = {.request = request,
                              .kernels = kernels_of(request->isa),
                              .team = {.threads = request->threads, .cpus = request->cpus},
                              .slice_seconds = slice_seconds(request),
                              .probes = probes,
                              .capacity = capacity};
    cpu_set_t before;
    const bool restore = request->cpus && sched_getaffinity(0, sizeof before, &before) == 0;
    run_set(&session);
    if (restore)
        sched_setaffinity(0, sizeof before, &before);
    return session.count;
}
