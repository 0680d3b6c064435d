/* test_vecmath.c - exp, sigmoid, tanh and sin of operators/kernels/vecmath.h against libm in double precision, over a sample
 * of all floats, at every instruction set that this processor has.
 */
#include "machine/isa.h"
#include "operators/vecmath_levels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define CHUNK 4099         /* prime: vector loops have a remainder */
#define BIT_STRIDE 1021    /* prime: every 1021st float, four million of them */
#define HALF_ULP 0x1p-24   /* half a unit in the last place of 1: the rounding of one float32 operation */

struct function {
    const char *name;
    void (*loop)(float *y, const float *x, int64_t count);
    double (*truth)(double);
    double low, high; /* of x; outside, other tests say what holds */
    double relative;  /* accepted error, of the truth */
    double absolute;  /* ... plus this */
};

static double true_sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static const struct vecmath_loops *loops_of(enum isa isa)
{
    (void)isa;
    return ISA_SELECT(vecmath_loops, (enum seq_isa)isa);
}

static float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void assert_close(const struct function *function, enum isa isa, const float *x, const float *y, int64_t count)
{
    for (int64_t i = 0; i < count; ++i) {
        const double want = function->truth((double)x[i]), off = fabs((double)y[i] - want);
        if (!(off <= function->relative * fabs(want) + function->absolute))
            fail_msg("%s(%a) at %s is %a, off by %.3g (%.3g half ulp) from %a", function->name, (double)x[i], isa_name(isa),
                     (double)y[i], off, off / fabs(want) / HALF_ULP, want);
    }
}

/* Every BIT_STRIDE-th float of the range, through the vectorised loop. */
static void assert_close_everywhere(const struct function *function, enum isa isa)
{
    float x[CHUNK], y[CHUNK];
    int64_t filled = 0;
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += BIT_STRIDE) {
        const float value = float_of_bits((uint32_t)bits);
        if (!((double)value >= function->low && (double)value <= function->high))
            continue;
        x[filled++] = value;
        if (filled < CHUNK)
            continue;
        function->loop(y, x, filled);
        assert_close(function, isa, x, y, filled);
        filled = 0;
    }
    function->loop(y, x, filled);
    assert_close(function, isa, x, y, filled);
}

static void test_vecmath_agrees_with_libm_at_every_instruction_set(void **state)
{
    (void)state;
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa) {
        const struct vecmath_loops *loops = loops_of(isa);
        const struct function functions[] = {
            /* Measured worst: 1.4, 2.3, 2.2 and (absolute) 1.8 half units in the last place. */
            {"exp", loops->exp, exp, -87.3, 88.7, 2 * HALF_ULP, 0.0},
            {"sigmoid", loops->sigmoid, true_sigmoid, -87.0, 200.0, 3 * HALF_ULP, 0.0},
            {"tanh", loops->tanh, tanh, -1e30, 1e30, 3 * HALF_ULP, 0.0},
            {"sin", loops->sin, sin, -8192.0, 8192.0, 0.0, 2.5 * HALF_ULP}, /* near multiples of pi only absolute */
        };
        for (size_t i = 0; i < ARRAY_LEN(functions); ++i)
            assert_close_everywhere(&functions[i], isa);
    }
}

static void test_vecmath_exp_beyond_its_range_is_zero_or_infinite(void **state)
{
    (void)state;
    const float x[] = {-87.4f, -88.0f, -104.0f, -1e30f, -INFINITY, 88.73f, 89.0f, 128.0f, 1e30f, INFINITY};
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa) {
        float y[ARRAY_LEN(x)];
        loops_of(isa)->exp(y, x, ARRAY_LEN(x));
        for (size_t i = 0; i < ARRAY_LEN(x); ++i)
            assert_true(x[i] < 0.0f ? y[i] == 0.0f : isinf(y[i]) && y[i] > 0.0f);
    }
}

static void test_vecmath_sigmoid_and_tanh_saturate(void **state)
{
    (void)state;
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa) {
        const float x[] = {-INFINITY, -1e30f, -100.0f, 100.0f, 1e30f, INFINITY};
        float sigmoid[ARRAY_LEN(x)], tangent[ARRAY_LEN(x)];
        loops_of(isa)->sigmoid(sigmoid, x, ARRAY_LEN(x));
        loops_of(isa)->tanh(tangent, x, ARRAY_LEN(x));
        for (size_t i = 0; i < ARRAY_LEN(x); ++i) {
            assert_true(sigmoid[i] == (x[i] < 0.0f ? 0.0f : 1.0f));
            assert_true(tangent[i] == (x[i] < 0.0f ? -1.0f : 1.0f));
        }
    }
}

static void test_vecmath_exact_values_are_exact(void **state)
{
    (void)state;
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa) {
        const struct vecmath_loops *loops = loops_of(isa);
        const float zero[1] = {0.0f};
        float y[1];
        loops->exp(y, zero, 1);
        assert_true(y[0] == 1.0f);
        loops->sigmoid(y, zero, 1);
        assert_true(y[0] == 0.5f);
        loops->tanh(y, zero, 1);
        assert_true(y[0] == 0.0f);
        loops->sin(y, zero, 1);
        assert_true(y[0] == 0.0f);
    }
}

/* A NaN must stay visible, whichever lane of a vector it is in. */
static void test_vecmath_nan_stays_nan_in_every_lane(void **state)
{
    (void)state;
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa) {
        const struct vecmath_loops *loops = loops_of(isa);
        void (*const functions[])(float *, const float *, int64_t) = {loops->exp, loops->sigmoid, loops->tanh, loops->sin};
        for (size_t f = 0; f < ARRAY_LEN(functions); ++f) {
            for (int lane = 0; lane < 37; ++lane) {
                float x[37] = {0.0f}, y[37];
                x[lane] = lane % 2 ? NAN : -NAN;
                functions[f](y, x, 37);
                for (int i = 0; i < 37; ++i)
                    assert_true(!isnan(y[i]) == (i != lane));
            }
        }
    }
}

static void test_vecmath_odd_functions_are_odd(void **state)
{
    (void)state;
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa) {
        float x[CHUNK], minus[CHUNK], y[CHUNK], y_minus[CHUNK];
        for (int i = 0; i < CHUNK; ++i) {
            x[i] = (float)i * 0.01f;
            minus[i] = -x[i];
        }
        loops_of(isa)->tanh(y, x, CHUNK);
        loops_of(isa)->tanh(y_minus, minus, CHUNK);
        for (int i = 0; i < CHUNK; ++i)
            assert_true(y[i] == -y_minus[i]);
        loops_of(isa)->sin(y, x, CHUNK);
        loops_of(isa)->sin(y_minus, minus, CHUNK);
        for (int i = 0; i < CHUNK; ++i)
            assert_true(y[i] == -y_minus[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vecmath_agrees_with_libm_at_every_instruction_set),
        cmocka_unit_test(test_vecmath_exp_beyond_its_range_is_zero_or_infinite),
        cmocka_unit_test(test_vecmath_sigmoid_and_tanh_saturate),
        cmocka_unit_test(test_vecmath_exact_values_are_exact),
        cmocka_unit_test(test_vecmath_nan_stays_nan_in_every_lane),
        cmocka_unit_test(test_vecmath_odd_functions_are_odd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
