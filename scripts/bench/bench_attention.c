/* bench_attention.c - attention without its projections: both variants by length, and PyTorch's way of counting, the causal
 * half: 2 L^2 D multiplications and additions. The floor is the multiply-add peak of the same run.
 *
 *     scripts/bench/run attention --threads 2 "D=64"
 *
 * The operator is its module, called as the worker calls it.
 */
#include "bench.h"

#include "worker/instance.h"

#include <stdio.h>
#include <stdlib.h>

#define MOST_HELD ((int64_t)4096) /* tokens: beyond, all scores of one head are more than memory is there for */

static const struct module *load_module(void)
{
    const struct module *module = NULL;
    struct error error = {.text = ""};
    if (module_load(BENCH_MODULE_DIR "/attention.so", &module, &error) != STATUS_OK) {
        fprintf(stderr, "bench: %s\n", error.text);
        exit(2);
    }
    return module;
}

static struct instance *make_instance(const struct bench *bench, const struct module *module, const char *options,
                                      int64_t L, int64_t D)
{
    double *values = NULL;
    struct instance *instance = NULL;
    struct error error = {.text = ""};
    bool unsupported = false;
    struct seq_problem problem = {.size = sizeof problem,
                                  .B = 1,
                                  .L = L,
                                  .D = D,
                                  .context = L,
                                  .scope = SEQ_CORE,
                                  .isa = (enum seq_isa)bench_isa(bench),
                                  .threads = bench_threads(bench)};
    if (module_parse_options(module, options, &values, &error) == STATUS_OK) {
        problem.options = values;
        const struct instance_request request = {.module = module, .problem = problem, .seed = 1};
        if (instance_create(&instance, &request, &unsupported, &error) == STATUS_OK &&
            instance_prepare(instance, &error) == STATUS_OK) {
            free(values);
            return instance;
        }
    }
    fprintf(stderr, "bench: %s\n", error.text);
    exit(2);
}

static void call(void *context)
{
    if (instance_call(context) != SEQ_OK)
        exit(2);
}

static void compare_variants(struct bench *bench, const struct module *module, int64_t L, int64_t D)
{
    char title[64];
    snprintf(title, sizeof title, "core D=%d L=%d", (int)D, (int)L);
    if (!bench_wanted(bench, title))
        return;
    const double flops = 2.0 * (double)L * (double)L * (double)D;
    struct instance *const tiled = make_instance(bench, module, "", L, D);
    struct instance *held = NULL;
    struct bench_arm arms[2] = {{.name = "tiled", .call = call, .context = tiled, .flops = flops}};
    if (L <= MOST_HELD) {
        held = make_instance(bench, module, "variant=materialised", L, D);
        arms[1] = (struct bench_arm){.name = "materialised", .call = call, .context = held, .flops = flops};
    }
    bench_compare(bench, title, arms, held ? 2 : 1);
    instance_destroy(tiled);
    instance_destroy(held);
}

int main(int argc, char **argv)
{
    static const int64_t widths[] = {64, 256, 768}, lengths[] = {256, 1024, 4096, 16384};
    struct bench *const bench = bench_create(argc, argv);
    const struct module *const module = load_module();
    instance_flush_denormals(bench_threads(bench));
    for (size_t w = 0; w < sizeof widths / sizeof *widths; ++w)
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; ++l)
            compare_variants(bench, module, lengths[l], widths[w]);
    bench_destroy(bench);
    return 0;
}
