/* bench_gemm.c - the projections: our tiles against OpenBLAS's sgemm on the same weights, at the sizes of layers.
 *
 *     scripts/bench/run gemm --threads 2
 *
 * rows x inputs -> outputs, everything row-major. The floor is the multiply-add peak of the same run.
 */
#include "bench.h"

#include "kernels/linear.h"

#include <stdio.h>

struct product {
    struct linear linear;
    int64_t rows;
    int threads;
    float *x, *y, *packed;
};

static void apply(void *context)
{
    const struct product *const product = context;
    const struct linear *const linear = &product->linear;
    linear_apply(linear, matrix_rows(product->y, linear->outputs), matrix_rows_in(product->x, linear->inputs),
                 product->packed, product->rows, (struct linear_team){.threads = product->threads});
}

static struct product make_product(const struct bench *bench, int64_t rows, int64_t inputs, int64_t outputs,
                                   enum linear_method method)
{
    struct product product = {.rows = rows, .threads = bench_threads(bench)};
    product.linear = linear_create(inputs, outputs, (enum seq_isa)bench_isa(bench), method);
    const size_t weights = (size_t)(inputs * outputs) * sizeof(float);
    float *const weight = bench_memory(weights);
    bench_fill(weight, weights / sizeof(float), 2);
    product.x = bench_memory((size_t)(rows * inputs) * sizeof(float));
    bench_fill(product.x, (size_t)(rows * inputs), 1);
    product.y = bench_memory((size_t)(rows * outputs) * sizeof(float));
    product.packed = bench_memory((size_t)linear_packed_floats(&product.linear) * sizeof(float));
    linear_pack(&product.linear, product.packed, weight, inputs, NULL, product.threads);
    return product;
}

static void compare(struct bench *bench, int64_t rows, int64_t inputs, int64_t outputs)
{
    char title[64];
    snprintf(title, sizeof title, "%lld x %lld -> %lld", (long long)rows, (long long)inputs, (long long)outputs);
    if (!bench_wanted(bench, title))
        return;
    struct product tiles = make_product(bench, rows, inputs, outputs, LINEAR_TILES);
    struct product blas = make_product(bench, rows, inputs, outputs, LINEAR_OPENBLAS);
    const double flops = 2.0 * (double)rows * (double)inputs * (double)outputs;
    const struct bench_arm arms[] = {{.name = "openblas", .call = apply, .context = &blas, .flops = flops},
                                     {.name = "tiles", .call = apply, .context = &tiles, .flops = flops}};
    bench_compare(bench, title, arms, sizeof arms / sizeof *arms);
}

int main(int argc, char **argv)
{
    static const int64_t rows[] = {1, 16, 256, 1024, 4096}, widths[] = {64, 192, 256, 768, 1000};
    struct bench *const bench = bench_create(argc, argv);
    for (size_t w = 0; w < sizeof widths / sizeof *widths; ++w)
        for (int64_t factor = 1; factor <= 3; factor += 2)
            for (size_t r = 0; r < sizeof rows / sizeof *rows; ++r)
                compare(bench, rows[r], widths[w], factor * widths[w]);
    bench_destroy(bench);
}
