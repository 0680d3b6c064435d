/* bench.h - the frame of the kernel benchmarks: ways to do one thing, measured in turn in one process, as ratios.
 *
 * Method: a comparison runs all its arms round after round, each round in another random order, one sample an arm and
 * round; a sample is as many calls as take at least a millisecond. The ratio to the first arm is the median of the ratios
 * within rounds, so drift of the machine cancels; beside it stands the ratio of the minima. The multiply-add peak of as many
 * threads is one more arm, and the part of it that an arm reaches is a median within rounds as well. One process has one
 * memory layout: differences of a few percent are for `seqscale sweep`, which takes fresh processes, to confirm.
 *
 * A program:
 *     int main(int argc, char **argv) {
 *         struct bench *bench = bench_create(argc, argv);
 *         bench_compare(bench, "512 x 512", (struct bench_arm[]){{...}, {...}}, 2);
 *         bench_destroy(bench);
 *     }
 * Words of every program: --threads N (default 1), --isa NAME, --seconds S a comparison (default 1), and anything else as
 * filters: bench_wanted() says whether a title contains one of them.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench; /* opaque */

struct bench_arm {
    const char *name;
    void (*call)(void *context); /* one call; not yet warm at its first */
    void *context;
    double flops;         /* of one call, for the rate; 0: no rate is printed */
    double floor_seconds; /* what the hardware needs for one call at least; 0: flops at the probed peak */
};

/* Reads the words, binds the process to as many CPUs as threads, prints what is measured where. Ends the program with a
 * sentence where a word is wrong. */
struct bench *bench_create(int argc, char **argv);
void bench_destroy(struct bench *bench);

int bench_threads(const struct bench *bench);
int bench_isa(const struct bench *bench); /* an enum seq_isa */
bool bench_wanted(const struct bench *bench, const char *title);

/* Memory in huge pages where the kernel gives them, zeroed and touched, 64-byte aligned; lives until the program ends. */
void *bench_memory(size_t bytes);
/* Normal values, the same for the same seed. */
void bench_fill(float *values, size_t count, uint64_t seed);

/* Read bandwidth of all threads together over `bytes` a thread, in bytes per second: the best of some passes. */
double bench_read_bandwidth(const struct bench *bench, size_t bytes);
/* Multiply-adds at the peak, all threads together, in FLOP per second: probed now. */
double bench_peak(const struct bench *bench);

/* Measures and prints one table: per arm minimum and median, ratio first arm / this arm, rate, and part of the floor. */
void bench_compare(struct bench *bench, const char *title, const struct bench_arm *arms, int count);

#endif
