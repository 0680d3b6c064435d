/* probe.h - what this machine gives right now: short kernels run in a worker, interleaved with the work.
 *
 * Kinds, by name, with their unit in it:
 *   fma_gflops             float32 fused multiply-add peak of `threads` threads at the given instruction set
 *   gemm_gflops            OpenBLAS sgemm 512^3, by dlopen of the library whose path is given; NaN where it cannot load
 *   l1_bytes_per_second, l2_..., l3_..., memory_...   read bandwidth of `threads` threads together. memory_... is that of
 *                          256 MiB: DRAM's, but for what of it a larger cache may hold, as in virtual machines
 *   l1_bytes, l2_bytes     what each thread has of that cache, as given
 *   l3_bytes               what all have together; of a cache too large to be exceeded, the largest footprint (a power of
 *                          two) that is read nearer to its speed than to memory's, and absent from the short set
 *   barrier_seconds        one OpenMP barrier of `threads` threads; absent for one thread
 *   fork_join_seconds      one empty OpenMP parallel region
 *   parallel_gain          FMA rate of 2 threads together over 1 thread alone, 0.9 .. 2.0: below 1.6 two CPUs share a core
 *   spin_seconds           a fixed dependent chain: drift of the core's speed
 * A full set takes about `budget_seconds` at most. Each is the best of several repetitions. The bandwidth of memory is read
 * from up to 256 MiB, which count in the process's peak memory: measure no operator's memory in the same process.
 */
#ifndef HARNESS_MACHINE_PROBE_H
#define HARNESS_MACHINE_PROBE_H

#include "base/status.h"
#include "machine/isa.h"

#include <stddef.h>

#define PROBE_MOST 16         /* room for a full set */
#define PROBE_GAIN_SHARED 1.6 /* a parallel_gain below this: the two CPUs share a core, or something else runs on one */

struct probe {
    char kind[32];
    int threads;
    double value; /* NaN: absent here */
};

struct probe_request {
    int threads;             /* team size; less than 1: no probes */
    const int *cpus;         /* (threads) CPUs that the threads bind themselves to while they are timed; NULL: they stay
                              * where OpenMP's environment, set by the parent, has put them */
    enum isa isa;
    size_t l1_bytes, l2_bytes, l3_bytes; /* cache sizes seen by one CPU; 0: no such level */
    const char *openblas_path;           /* NULL: no GEMM probe */
    double budget_seconds;
    int full;                /* 0: the roofs, spin_seconds and parallel_gain (about 0.2 s); 1: everything */
};

/* Writes at most `capacity` probes, returns how many. */
size_t probe_run(const struct probe_request *request, struct probe *probes, size_t capacity);

#endif
