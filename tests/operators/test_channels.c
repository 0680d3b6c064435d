/* test_channels.c - the ways into and out of channel-major tensors: projections that transpose, and the plain transpose. */
#include "kernels/linear.h"
#include "kernels/transpose.h"

#include "base/random.h"
#include "base/status.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define GAP 5 /* floats between rows, to be left alone */
#define UNTOUCHED 12345.0f
#define TOLERANCE 1e-4 /* absolute: sums of up to 100 products of normal values in float32 */

struct shape {
    int64_t tokens, inputs, outputs;
};

static const struct shape shapes[] = {{1, 1, 1}, {37, 24, 72}, {16, 16, 16}, {101, 3, 17}, {300, 100, 33}};

static float *random_values(int64_t count, uint64_t stream)
{
    float *values = malloc((size_t)count * sizeof *values);
    assert_non_null(values);
    for (int64_t i = 0; i < count; ++i)
        values[i] = (float)random_normal(1, stream, (uint64_t)i);
    return values;
}

static float *filled(int64_t count, float value)
{
    float *values = malloc((size_t)count * sizeof *values);
    assert_non_null(values);
    for (int64_t i = 0; i < count; ++i)
        values[i] = value;
    return values;
}

static double product(const float *a, int64_t stride_a, const float *b, int64_t stride_b, int64_t count)
{
    double sum = 0.0;
    for (int64_t i = 0; i < count; ++i)
        sum += (double)a[i * stride_a] * (double)b[i * stride_b];
    return sum;
}

static void assert_near(float value, double expected)
{
    if (!(fabs((double)value - expected) <= TOLERANCE))
        fail_msg("%g instead of %g", (double)value, expected);
}

static void assert_gaps(const float *values, int64_t rows, int64_t columns)
{
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = columns; c < columns + GAP; ++c)
            assert_true(values[r * (columns + GAP) + c] == UNTOUCHED);
}

static void check_to_channels(const struct shape *shape, int threads)
{
    const int64_t ldx = shape->inputs + GAP, ldy = shape->tokens + GAP;
    float *x = random_values(shape->tokens * ldx, 1), *weight = random_values(shape->outputs * shape->inputs, 2);
    float *y = filled(shape->outputs * ldy, UNTOUCHED);
    for (int64_t c = 0; c < shape->outputs; ++c)
        for (int64_t t = 0; t < shape->tokens; ++t)
            y[c * ldy + t] = NAN; /* is overwritten, not added to */
    linear_set_threads(threads);
    linear_forward_to_channels(y, ldy, x, ldx, weight, shape->tokens, shape->inputs, shape->outputs);
    for (int64_t c = 0; c < shape->outputs; ++c)
        for (int64_t t = 0; t < shape->tokens; ++t)
            assert_near(y[c * ldy + t], product(weight + c * shape->inputs, 1, x + t * ldx, 1, shape->inputs));
    assert_gaps(y, shape->outputs, shape->tokens);
    free(x);
    free(weight);
    free(y);
}

static void test_linear_to_channels_any_shape_matches_loops(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 2; ++threads)
        for (size_t i = 0; i < ARRAY_LEN(shapes); ++i)
            check_to_channels(&shapes[i], threads);
}

/* With a bias it overwrites, a second call without one adds. */
static void check_from_channels(const struct shape *shape, int threads)
{
    const int64_t ldx = shape->tokens + GAP, ldw = shape->inputs + GAP, ldy = shape->outputs + GAP;
    float *x = random_values(shape->inputs * ldx, 1), *weight = random_values(shape->outputs * ldw, 2);
    float *bias = random_values(shape->outputs, 3), *y = filled(shape->tokens * ldy, UNTOUCHED);
    linear_set_threads(threads);
    for (int call = 0; call < 2; ++call)
        linear_forward_from_channels(y, ldy, x, ldx, weight, ldw, call == 0 ? bias : NULL, shape->tokens, shape->inputs,
                                     shape->outputs);
    for (int64_t t = 0; t < shape->tokens; ++t)
        for (int64_t c = 0; c < shape->outputs; ++c)
            assert_near(y[t * ldy + c], (double)bias[c] + 2.0 * product(x + t, ldx, weight + c * ldw, 1, shape->inputs));
    assert_gaps(y, shape->tokens, shape->outputs);
    free(x);
    free(weight);
    free(bias);
    free(y);
}

static void test_linear_from_channels_any_shape_matches_loops(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 2; ++threads)
        for (size_t i = 0; i < ARRAY_LEN(shapes); ++i)
            check_from_channels(&shapes[i], threads);
}

static void test_linear_channel_stride_is_whole_lines_and_never_whole_pages(void **state)
{
    (void)state;
    for (int64_t tokens = 1; tokens <= 10000; ++tokens) {
        const int64_t stride = linear_channel_stride(tokens);
        assert_true(stride >= tokens && stride < tokens + 32);
        assert_int_equal(stride % 16, 0);
        assert_int_not_equal(stride % 1024, 0);
    }
}

static void test_transpose_any_shape_and_stride_is_exact(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 3; ++threads)
        for (size_t i = 0; i < ARRAY_LEN(shapes); ++i) {
            const int64_t rows = shapes[i].tokens, columns = shapes[i].inputs;
            float *x = random_values(rows * (columns + GAP), 1), *y = filled(columns * (rows + GAP), UNTOUCHED);
            transpose(y, rows + GAP, x, columns + GAP, rows, columns, threads);
            for (int64_t r = 0; r < rows; ++r)
                for (int64_t c = 0; c < columns; ++c)
                    assert_true(y[c * (rows + GAP) + r] == x[r * (columns + GAP) + c]);
            assert_gaps(y, columns, rows);
            free(x);
            free(y);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear_to_channels_any_shape_matches_loops),
        cmocka_unit_test(test_linear_from_channels_any_shape_matches_loops),
        cmocka_unit_test(test_linear_channel_stride_is_whole_lines_and_never_whole_pages),
        cmocka_unit_test(test_transpose_any_shape_and_stride_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
