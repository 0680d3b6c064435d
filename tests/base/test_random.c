/* test_random.c - random numbers as functions of (seed, stream, index): fixed for ever, and random enough for inputs. */
#include "base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define DRAWS 100000

/* Stored results name a seed; these values must never change. */
static void test_random_bits_are_the_ones_of_the_first_release(void **state)
{
    (void)state;
    static const uint64_t known[] = {0x1cd364143cce4aaeu, 0x5c5b2489b31beb7bu, 0x222eddecabf31861u, 0x4a8cb1caec8a1048u};
    assert_true(random_bits(0, 0, 0) == known[0]);
    assert_true(random_bits(1, 0, 0) == known[1]);
    assert_true(random_bits(1, 2, 3) == known[2]);
    assert_true(random_bits(UINT64_MAX, UINT64_MAX, UINT64_MAX) == known[3]);
}

static void test_random_bits_depend_on_each_argument(void **state)
{
    (void)state;
    const uint64_t base = random_bits(1, 2, 3);
    assert_true(base == random_bits(1, 2, 3));
    assert_true(base != random_bits(2, 2, 3));
    assert_true(base != random_bits(1, 3, 3));
    assert_true(base != random_bits(1, 2, 4));
    assert_true(random_bits(1, 2, 3) != random_bits(2, 1, 3));
}

/* One input bit changes half of the output bits, whichever it is: 32 of 64, with a standard deviation of 4 per draw. */
static void test_random_bits_avalanche_from_every_argument_bit(void **state)
{
    (void)state;
    for (int bit = 0; bit < 64; ++bit) {
        int flipped[3] = {0};
        const uint64_t change = (uint64_t)1 << bit;
        for (uint64_t i = 0; i < 256; ++i) {
            const uint64_t base = random_bits(i, 7 * i, 13 * i);
            flipped[0] += __builtin_popcountll(base ^ random_bits(i ^ change, 7 * i, 13 * i));
            flipped[1] += __builtin_popcountll(base ^ random_bits(i, (7 * i) ^ change, 13 * i));
            flipped[2] += __builtin_popcountll(base ^ random_bits(i, 7 * i, (13 * i) ^ change));
        }
        for (int argument = 0; argument < 3; ++argument) /* six standard deviations of the sum: 6 * 4 * 16 */
            assert_true(abs(flipped[argument] - 256 * 32) < 384);
    }
}

static void test_random_uniform_lies_inside_and_has_its_moments(void **state)
{
    (void)state;
    double sum = 0.0, squares = 0.0;
    for (uint64_t i = 0; i < DRAWS; ++i) {
        const double u = random_uniform(3, 1, i);
        assert_true(u > 0.0 && u < 1.0);
        sum += u;
        squares += u * u;
    }
    assert_true(fabs(sum / DRAWS - 0.5) < 5.0 * sqrt(1.0 / 12.0 / DRAWS)); /* five standard errors */
    assert_true(fabs(squares / DRAWS - 1.0 / 3.0) < 5.0 * sqrt(4.0 / 45.0 / DRAWS));
}

static void test_random_normal_is_finite_and_has_its_moments(void **state)
{
    (void)state;
    double sums[4] = {0.0};
    for (uint64_t i = 0; i < DRAWS; ++i) {
        const double z = random_normal(3, 1, i);
        assert_true(isfinite(z));
        sums[0] += z;
        sums[1] += z * z;
        sums[2] += z * z * z;
        sums[3] += z * z * z * z;
    }
    static const double moments[4] = {0.0, 1.0, 0.0, 3.0}, variances[4] = {1.0, 2.0, 15.0, 96.0};
    for (int k = 0; k < 4; ++k)
        assert_true(fabs(sums[k] / DRAWS - moments[k]) < 5.0 * sqrt(variances[k] / DRAWS));
}

static void test_random_normal_neighbours_are_uncorrelated(void **state)
{
    (void)state;
    double next = 0.0, stream = 0.0, seed = 0.0;
    for (uint64_t i = 0; i < DRAWS; ++i) {
        const double z = random_normal(3, 1, i);
        next += z * random_normal(3, 1, i + 1);
        stream += z * random_normal(3, 2, i);
        seed += z * random_normal(4, 1, i);
    }
    const double limit = 5.0 * sqrt(DRAWS);
    assert_true(fabs(next) < limit);
    assert_true(fabs(stream) < limit);
    assert_true(fabs(seed) < limit);
}

static void test_random_bell_is_bounded_and_has_its_moments(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    static float values[COUNT + 1];
    double sum = 0.0, square = 0.0, product = 0.0;
    random_fill_bell(3, 4, 0, values, COUNT + 1);
    for (int i = 0; i < COUNT; ++i) {
        assert_true(fabsf(values[i]) < 3.47f);
        sum += (double)values[i];
        square += (double)values[i] * (double)values[i];
        product += (double)values[i] * (double)values[i + 1];
    }
    assert_true(fabs(sum / COUNT) < 0.016); /* five standard deviations */
    assert_true(fabs(square / COUNT - 1.0) < 0.021);
    assert_true(fabs(product / COUNT) < 0.016);
}

static void test_random_bell_is_the_same_from_wherever_it_is_filled(void **state)
{
    (void)state;
    float whole[64], part[20];
    random_fill_bell(3, 4, 100, whole, 64);
    random_fill_bell(3, 4, 130, part, 20);
    assert_memory_equal(part, whole + 30, sizeof part);
}

static void test_random_fill_uniform_is_random_uniform_stretched(void **state)
{
    (void)state;
    float values[50];
    random_fill_uniform(3, 4, 100, -2.0, 0.5, values, 50);
    for (int i = 0; i < 50; ++i)
        assert_true(values[i] == (float)(-2.0 + 2.5 * random_uniform(3, 4, 100 + (uint64_t)i)));
}

static void test_random_permutation_holds_every_number_once(void **state)
{
    (void)state;
    int order[100];
    for (int count = 0; count <= 100; ++count) {
        bool seen[100] = {false};
        random_permutation(5, (uint64_t)count, count, order);
        for (int i = 0; i < count; ++i) {
            assert_in_range(order[i], 0, count - 1);
            assert_false(seen[order[i]]);
            seen[order[i]] = true;
        }
    }
}

static void test_random_permutation_puts_everything_everywhere(void **state)
{
    (void)state;
    int at[4][4] = {{0}}, order[4];
    for (uint64_t stream = 0; stream < 4000; ++stream) {
        random_permutation(1, stream, 4, order);
        for (int i = 0; i < 4; ++i)
            ++at[i][order[i]];
    }
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j) /* 1000, standard deviation 27 */
            assert_in_range(at[i][j], 850, 1150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_bits_are_the_ones_of_the_first_release),
        cmocka_unit_test(test_random_bits_depend_on_each_argument),
        cmocka_unit_test(test_random_bits_avalanche_from_every_argument_bit),
        cmocka_unit_test(test_random_uniform_lies_inside_and_has_its_moments),
        cmocka_unit_test(test_random_normal_is_finite_and_has_its_moments),
        cmocka_unit_test(test_random_normal_neighbours_are_uncorrelated),
        cmocka_unit_test(test_random_bell_is_bounded_and_has_its_moments),
        cmocka_unit_test(test_random_bell_is_the_same_from_wherever_it_is_filled),
        cmocka_unit_test(test_random_fill_uniform_is_random_uniform_stretched),
        cmocka_unit_test(test_random_permutation_holds_every_number_once),
        cmocka_unit_test(test_random_permutation_puts_everything_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
