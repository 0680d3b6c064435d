/* test_linear_forward.c - the projections of operators/kernels/linear.h against plain loops in double precision, on shapes around
 * the tile sizes of a GEMM, with row strides, with and without bias, on one and two threads.
 */
#include "kernels/linear.h"

#include "base/random.h"
#include "base/status.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PADDING 3 /* elements between rows, to be left alone */
#define UNTOUCHED 12345.0f

struct shape {
    int64_t tokens, inputs, outputs;
};

static const struct shape shapes[] = {
    {1, 1, 1}, {1, 24, 72}, {2, 3, 5}, {7, 16, 16}, {37, 24, 96}, {64, 64, 64}, {65, 33, 17}, {300, 128, 256}};

/* Row-major (rows, columns) with PADDING behind each row. */
struct table {
    float *data;
    int64_t rows, columns, stride;
};

static struct table table_make(int64_t rows, int64_t columns, int64_t padding)
{
    struct table table = {.rows = rows, .columns = columns, .stride = columns + padding};
    table.data = malloc((size_t)(rows * table.stride) * sizeof *table.data);
    assert_non_null(table.data);
    for (int64_t i = 0; i < rows * table.stride; ++i)
        table.data[i] = UNTOUCHED;
    return table;
}

static struct table table_random(int64_t rows, int64_t columns, int64_t padding, uint64_t stream)
{
    struct table table = table_make(rows, columns, padding);
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < columns; ++c)
            table.data[r * table.stride + c] = (float)random_normal(1, stream, (uint64_t)(r * columns + c));
    return table;
}

static float at(const struct table *table, int64_t row, int64_t column)
{
    return table->data[row * table->stride + column];
}

/* What an output may hold before a call that overwrites it. */
static void table_poison(struct table *table)
{
    for (int64_t r = 0; r < table->rows; ++r)
        for (int64_t c = 0; c < table->columns; ++c)
            table->data[r * table->stride + c] = NAN;
}

/* The rounding of a float32 sum of `terms` products of standard normal numbers, in any order: epsilon times the terms'
 * own size, a few times over. */
static double accepted(int64_t terms)
{
    return 0x1p-24 * 8.0 * (1.0 + (double)terms);
}

static double dot(const struct table *x, int64_t token, const struct table *weight, int64_t output, bool by_channel)
{
    double sum = 0.0;
    for (int64_t i = 0; i < weight->columns; ++i)
        sum += (double)(by_channel ? at(x, i, token) : at(x, token, i)) * (double)at(weight, output, i);
    return sum;
}

static void assert_padding_untouched(const struct table *table)
{
    for (int64_t r = 0; r < table->rows; ++r)
        for (int64_t c = table->columns; c < table->stride; ++c)
            assert_true(table->data[r * table->stride + c] == UNTOUCHED);
}

/* ---------------------------------------------------------------- one call each */

static void check_forward(const struct shape *shape, const float *bias)
{
    struct table x = table_random(shape->tokens, shape->inputs, PADDING, 1);
    struct table weight = table_random(shape->outputs, shape->inputs, 0, 2);
    struct table y = table_make(shape->tokens, shape->outputs, PADDING);
    table_poison(&y);
    linear_forward(y.data, y.stride, x.data, x.stride, weight.data, bias, shape->tokens, shape->inputs, shape->outputs);
    for (int64_t t = 0; t < shape->tokens; ++t)
        for (int64_t o = 0; o < shape->outputs; ++o)
            assert_true(fabs((double)at(&y, t, o) - dot(&x, t, &weight, o, false) - (bias ? (double)bias[o] : 0.0)) <=
                        accepted(shape->inputs));
    assert_padding_untouched(&y);
    free(x.data);
    free(weight.data);
    free(y.data);
}

static void check_to_channels(const struct shape *shape)
{
    struct table x = table_random(shape->tokens, shape->inputs, PADDING, 1);
    struct table weight = table_random(shape->outputs, shape->inputs, 0, 2);
    struct table y = table_make(shape->outputs, shape->tokens, PADDING);
    table_poison(&y);
    linear_forward_to_channels(y.data, y.stride, x.data, x.stride, weight.data, shape->tokens, shape->inputs, shape->outputs);
    for (int64_t t = 0; t < shape->tokens; ++t)
        for (int64_t o = 0; o < shape->outputs; ++o)
            assert_true(fabs((double)at(&y, o, t) - dot(&x, t, &weight, o, false)) <= accepted(shape->inputs));
    assert_padding_untouched(&y);
    free(x.data);
    free(weight.data);
    free(y.data);
}

/* With a bias y is overwritten, without one it is added to. */
static void check_from_channels(const struct shape *shape, const float *bias)
{
    struct table x = table_random(shape->inputs, shape->tokens, PADDING, 1);
    struct table weight = table_random(shape->outputs, shape->inputs, PADDING, 2);
    struct table y = table_random(shape->tokens, shape->outputs, PADDING, 3);
    struct table before = table_random(shape->tokens, shape->outputs, PADDING, 3);
    if (bias)
        table_poison(&y);
    linear_forward_from_channels(y.data, y.stride, x.data, x.stride, weight.data, weight.stride, bias, shape->tokens,
                                 shape->inputs, shape->outputs);
    for (int64_t t = 0; t < shape->tokens; ++t)
        for (int64_t o = 0; o < shape->outputs; ++o)
            assert_true(fabs((double)at(&y, t, o) - dot(&x, t, &weight, o, true) -
                             (double)(bias ? bias[o] : at(&before, t, o))) <= accepted(shape->inputs));
    assert_padding_untouched(&y);
    free(x.data);
    free(weight.data);
    free(y.data);
    free(before.data);
}

/* ---------------------------------------------------------------- tests */

static float *some_bias(void)
{
    static float bias[256];
    for (int i = 0; i < 256; ++i)
        bias[i] = (float)random_normal(1, 9, (uint64_t)i);
    return bias;
}

static void test_linear_forward_agrees_with_loops_in_double(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 2; ++threads) {
        linear_set_threads(threads);
        for (size_t i = 0; i < ARRAY_LEN(shapes); ++i) {
            check_forward(&shapes[i], NULL);
            check_forward(&shapes[i], some_bias());
        }
    }
}

static void test_linear_to_channels_is_the_transpose(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 2; ++threads) {
        linear_set_threads(threads);
        for (size_t i = 0; i < ARRAY_LEN(shapes); ++i)
            check_to_channels(&shapes[i]);
    }
}

static void test_linear_from_channels_overwrites_with_bias_and_adds_without(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 2; ++threads) {
        linear_set_threads(threads);
        for (size_t i = 0; i < ARRAY_LEN(shapes); ++i) {
            check_from_channels(&shapes[i], NULL);
            check_from_channels(&shapes[i], some_bias());
        }
    }
}

/* Large enough for the bias to be laid out by a team. */
static void test_linear_forward_many_rows_keep_their_bias(void **state)
{
    (void)state;
    const struct shape tall = {.tokens = 1024, .inputs = 2, .outputs = 256};
    linear_set_threads(2);
    check_forward(&tall, some_bias());
}

static void test_linear_same_call_gives_the_same_bits(void **state)
{
    (void)state;
    struct table x = table_random(65, 33, 0, 1), weight = table_random(17, 33, 0, 2);
    struct table first = table_make(65, 17, 0), second = table_make(65, 17, 0);
    linear_set_threads(2);
    linear_forward(first.data, 17, x.data, 33, weight.data, some_bias(), 65, 33, 17);
    linear_forward(second.data, 17, x.data, 33, weight.data, some_bias(), 65, 33, 17);
    assert_memory_equal(first.data, second.data, 65 * 17 * sizeof(float));
    free(x.data);
    free(weight.data);
    free(first.data);
    free(second.data);
}

static void test_linear_channel_stride_is_whole_lines_and_never_whole_pages(void **state)
{
    (void)state;
    for (int64_t tokens = 1; tokens < 20000; ++tokens) {
        const int64_t stride = linear_channel_stride(tokens);
        assert_true(stride >= tokens && stride < tokens + 32);
        assert_int_equal(stride % 16, 0);
        assert_int_not_equal(stride % 1024, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear_forward_agrees_with_loops_in_double),
        cmocka_unit_test(test_linear_to_channels_is_the_transpose),
        cmocka_unit_test(test_linear_from_channels_overwrites_with_bias_and_adds_without),
        cmocka_unit_test(test_linear_forward_many_rows_keep_their_bias),
        cmocka_unit_test(test_linear_same_call_gives_the_same_bits),
        cmocka_unit_test(test_linear_channel_stride_is_whole_lines_and_never_whole_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
