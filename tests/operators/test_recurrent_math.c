/* test_recurrent_math.c - sigmoid and tanh of operators/kernels/recurrent_math.h against libm in double precision, over a
 * sample of all floats, and the parts of vectors, at every instruction set that this processor has.
 */
#include "machine/isa.h"
#include "operators/recurrent_math_levels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define CHUNK 4099       /* prime: the last vector is a part */
#define BIT_STRIDE 1021  /* prime: every 1021st float */
#define HALF_ULP 0x1p-24 /* the rounding of one float32 operation */
#define UNTOUCHED 12345.0f

typedef void loop(float *y, const float *x, int64_t count);

static double true_sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static const struct recurrent_math_loops *loops_of(enum isa isa)
{
    (void)isa;
    return ISA_SELECT(recurrent_math_loops, (enum seq_isa)isa);
}

static void assert_close(const float *y, const float *x, int64_t count, double (*truth)(double), double relative)
{
    for (int64_t i = 0; i < count; ++i) {
        const double want = truth((double)x[i]), off = fabs((double)y[i] - want);
        if (!(off <= relative * fabs(want)))
            fail_msg("f(%a) is %a, off by %.3g half ulp from %a", (double)x[i], (double)y[i], off / fabs(want) / HALF_ULP,
                     want);
    }
}

/* Every BIT_STRIDE-th float of magnitude 2^-60 .. high. */
static void assert_close_everywhere(loop *function, double (*truth)(double), double high, double relative)
{
    float x[CHUNK], y[CHUNK];
    int64_t filled = 0;
    for (uint64_t wide = 0; wide <= UINT32_MAX; wide += BIT_STRIDE) {
        const uint32_t bits = (uint32_t)wide;
        memcpy(&x[filled], &bits, sizeof x[filled]);
        if (!(fabs((double)x[filled]) <= high && fabs((double)x[filled]) >= 0x1p-60) || ++filled < CHUNK)
            continue;
        function(y, x, filled);
        assert_close(y, x, filled, truth, relative);
        filled = 0;
    }
    function(y, x, filled);
    assert_close(y, x, filled, truth, relative);
}

static void test_recurrent_math_agrees_with_libm_at_every_instruction_set(void **state)
{
    (void)state;
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa) { /* measured worst: 3.1 and 3.2 half ulp of the value */
        assert_close_everywhere(loops_of(isa)->sigmoid, true_sigmoid, 87.0, 4 * HALF_ULP);
        assert_close_everywhere(loops_of(isa)->tanh, tanh, 1e30, 4 * HALF_ULP);
    }
}

static void test_recurrent_math_saturates(void **state)
{
    (void)state;
    const float x[] = {-INFINITY, -1e30f, -100.0f, 100.0f, 1e30f, INFINITY};
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa) {
        float sigmoid[ARRAY_LEN(x)], tangent[ARRAY_LEN(x)];
        loops_of(isa)->sigmoid(sigmoid, x, ARRAY_LEN(x));
        loops_of(isa)->tanh(tangent, x, ARRAY_LEN(x));
        for (size_t i = 0; i < ARRAY_LEN(x); ++i) {
            assert_true(x[i] < 0.0f ? sigmoid[i] > 0.0f && sigmoid[i] < 2e-38f : sigmoid[i] == 1.0f);
            assert_true(tangent[i] == (x[i] < 0.0f ? -1.0f : 1.0f));
        }
    }
}

/* Bit patterns whose low bits would end up in the exponent if the scale were added instead of multiplied. */
static void test_recurrent_math_nan_stays_nan_in_every_lane(void **state)
{
    (void)state;
    const uint32_t patterns[] = {0x7fc00000u, 0xffc00000u, 0x7fc00181u, 0xffffffffu};
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa)
        for (size_t p = 0; p < ARRAY_LEN(patterns); ++p)
            for (int lane = 0; lane < 19; ++lane) {
                float x[19] = {0.0f}, sigmoid[19], tangent[19];
                memcpy(&x[lane], &patterns[p], sizeof x[lane]);
                loops_of(isa)->sigmoid(sigmoid, x, 19);
                loops_of(isa)->tanh(tangent, x, 19);
                for (int i = 0; i < 19; ++i) {
                    assert_true(!isnan(sigmoid[i]) == (i != lane));
                    assert_true(!isnan(tangent[i]) == (i != lane));
                }
            }
}

static void test_recurrent_math_part_of_a_vector_leaves_the_rest(void **state)
{
    (void)state;
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa)
        for (int64_t count = 1; count < 35; ++count) {
            float x[35] = {0.0f}, y[35];
            for (int i = 0; i < 35; ++i)
                y[i] = UNTOUCHED;
            loops_of(isa)->sigmoid(y, x, count);
            for (int i = 0; i < 35; ++i)
                assert_true(y[i] == (i < count ? 0.5f : UNTOUCHED));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recurrent_math_agrees_with_libm_at_every_instruction_set),
        cmocka_unit_test(test_recurrent_math_saturates),
        cmocka_unit_test(test_recurrent_math_nan_stays_nan_in_every_lane),
        cmocka_unit_test(test_recurrent_math_part_of_a_vector_leaves_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
