/* bench_recurrent.c - one step of rnn, gru and lstm at batch 1, by width, against what reading its packed weights takes.
 *
 *     scripts/bench/run recurrent --threads 2 lstm
 *
 * Each operator's own module is called, in scope core, so that a call is STEPS steps and the projection is left out; the
 * first arm is the same module asked for one thread. The floor of an arm is the weights' bytes over the read bandwidth that
 * this run measures at just that footprint per thread: activations and barriers come on top.
 */
#include "bench.h"

#include "operator.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define STEPS 64
#define MAX_OPTIONS 4

struct layer {
    const struct seq_operator *operator;
    struct seq_plan *plan;
    struct seq_run run;
};

static void *arena_allocate(struct seq_arena *arena, size_t bytes)
{
    (void)arena;
    return bench_memory(bytes);
}

static const struct seq_operator *load(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.so", BENCH_MODULE_DIR, name);
    void *const library = dlopen(path, RTLD_NOW);
    const struct seq_operator *const operator= library ? dlsym(library, SEQ_SYMBOL) : NULL;
    if (!operator) {
        fprintf(stderr, "bench_recurrent: %s: build it first\n", path);
        exit(EXIT_FAILURE);
    }
    return operator;
}

static const float **parameters_make(const struct layer *layer)
{
    size_t count = 0;
    const struct seq_parameter *const list = layer->operator->parameters(layer->plan, &count);
    const float **const all = bench_memory(count * sizeof *all);
    for (size_t i = 0; i < count; ++i) {
        const size_t floats = (size_t)(list[i].shape[0] * (list[i].rank == 2 ? list[i].shape[1] : 1));
        float *const values = bench_memory(floats * sizeof *values);
        bench_fill(values, floats, i + 1);
        for (size_t k = 0; k < floats; ++k)
            values[k] *= (float)list[i].b;
        all[i] = values;
    }
    return all;
}

static struct layer layer_make(const struct bench *bench, const struct seq_operator *operator, int64_t D, int threads)
{
    double options[MAX_OPTIONS] = {0.0};
    const struct seq_problem problem = {.size = sizeof problem, .B = 1, .L = STEPS, .D = D, .context = STEPS,
                                        .scope = SEQ_CORE, .isa = (enum seq_isa)bench_isa(bench), .threads = threads,
                                        .options = options};
    struct seq_arena arena = {.size = sizeof arena, .allocate = arena_allocate, .borrow = arena_allocate};
    struct seq_message message;
    struct layer layer = {.operator = operator};
    if (operator->plan(&problem, &arena, &layer.plan, &message) != SEQ_OK)
        exit(EXIT_FAILURE);
    size_t bytes[SEQ_REGION_COUNT] = {0};
    operator->regions(layer.plan, bytes);
    const size_t stride = (bytes[SEQ_THREAD_SCRATCH] + 4095) / 4096 * 4096;
    float *const input = bench_memory((size_t)(STEPS * D) * sizeof *input);
    bench_fill(input, (size_t)(STEPS * D), 9);
    layer.run = (struct seq_run){
        .size = sizeof layer.run, .input = input, .output = bench_memory((size_t)(STEPS * D) * sizeof(float)),
        .parameters = parameters_make(&layer), .prepared = bench_memory(bytes[SEQ_PREPARED]),
        .scratch = bench_memory(bytes[SEQ_SCRATCH]), .thread_scratch = bench_memory(stride * (size_t)threads + 1),
        .thread_scratch_stride = stride, .threads = threads};
    operator->prepare(layer.plan, &layer.run);
    return layer;
}

static void call(void *context)
{
    const struct layer *const layer = context;
    layer->operator->forward(layer->plan, &layer->run);
}

static void compare(struct bench *bench, const char *name, int64_t gates, int64_t D)
{
    char title[64];
    snprintf(title, sizeof title, "%s %lld, %d steps", name, (long long)D, STEPS);
    if (!bench_wanted(bench, title))
        return;
    const int threads = bench_threads(bench);
    const struct seq_operator *const operator = load(name);
    struct layer one = layer_make(bench, operator, D, 1), team = layer_make(bench, operator, D, threads);
    const double weights = (double)(gates * D * D) * sizeof(float), flops = STEPS * 2.0 * (double)(gates * D * D);
    const double read = weights / bench_read_bandwidth(bench, (size_t)weights / (size_t)threads);
    const struct bench_arm arms[] = {
        {.name = "1 thread", .call = call, .context = &one, .flops = flops, .floor_seconds = STEPS * read},
        {.name = "all threads", .call = call, .context = &team, .flops = flops, .floor_seconds = STEPS * read}};
    bench_compare(bench, title, arms, threads > 1 ? 2 : 1);
}

int main(int argc, char **argv)
{
    static const int64_t widths[] = {64, 128, 192, 256, 512, 768, 1024};
    struct bench *const bench = bench_create(argc, argv);
    for (size_t i = 0; i < sizeof widths / sizeof *widths; ++i) {
        compare(bench, "rnn", 1, widths[i]);
        compare(bench, "gru", 3, widths[i]);
        compare(bench, "lstm", 4, widths[i]);
    }
    bench_destroy(bench);
    return EXIT_SUCCESS;
}
