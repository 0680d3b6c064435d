/* test_least_squares.c - non-negative least squares and Cholesky's method against scipy and by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/least_squares.h"

#include <math.h>

static void assert_close(double actual, double expected, double tolerance)
{
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", actual, expected);
}

static const double matrix[] = {1, 2, 0, 0, 1, 1, 3, 0, 1, 1, 1, 1};

/* scipy.optimize.nnls([[1,2,0],[0,1,1],[3,0,1],[1,1,1]], b), scipy 1.17.1 */
static void test_nonnegative_with_an_interior_solution_agrees_with_scipy(void **state)
{
    (void)state;
    const double right[] = {3, 1, 4, 2.5};
    double x[3];
    const double square = least_squares_nonnegative(x, matrix, right, 4, 3);
    assert_close(x[0], 1.2721519, 1e-7);
    assert_close(x[1], 0.87341772, 1e-7);
    assert_close(x[2], 0.22151899, 1e-7);
    assert_close(square, 0.16876318513890365 * 0.16876318513890365, 1e-12);
}

static void test_nonnegative_at_the_bounds_agrees_with_scipy(void **state)
{
    (void)state;
    const double right[] = {1, -2, 3, 0.5};
    double x[3];
    const double square = least_squares_nonnegative(x, matrix, right, 4, 3);
    assert_close(x[0], 0.95454545454545, 1e-12);
    assert_true(x[1] == 0.0 && x[2] == 0.0);
    assert_close(square, 4.227272727272727, 1e-12);
}

static void test_nonnegative_with_columns_of_very_different_size_is_exact(void **state)
{
    (void)state;
    double columns[12], right[4], x[3];
    for (int i = 0; i < 4; ++i) {
        const double n = 64.0 * pow(32.0, i);
        columns[3 * i] = 1.0;
        columns[3 * i + 1] = n;
        columns[3 * i + 2] = n * n;
        right[i] = 1e-5 + 1e-8 * n + 1e-12 * n * n;
    }
    for (int i = 0; i < 4; ++i) { /* rows of relative errors */
        for (int k = 0; k < 3; ++k)
            columns[3 * i + k] /= right[i];
        right[i] = 1.0;
    }
    assert_close(least_squares_nonnegative(x, columns, right, 4, 3), 0.0, 1e-20);
    assert_close(x[2], 1e-12, 1e-20);
}

static void test_nonnegative_without_rows_or_with_equal_columns_gives_a_solution(void **state)
{
    (void)state;
    const double twice[] = {1, 1, 2, 2, 3, 3}, right[] = {2, 4, 6};
    double x[2];
    assert_close(least_squares_nonnegative(x, twice, right, 3, 2), 0.0, 1e-20);
    assert_close(x[0] + x[1], 2.0, 1e-12);
    assert_close(least_squares_nonnegative(x, twice, right, 0, 2), 0.0, 0.0);
    assert_true(x[0] == 0.0 && x[1] == 0.0);
}

static void test_solve_that_is_not_positive_definite_says_so(void **state)
{
    (void)state;
    double singular[] = {1, 1, 1, 1}, negative[] = {-1}, vector[] = {1, 1};
    assert_false(least_squares_solve(vector, singular, 2));
    assert_false(least_squares_solve(vector, negative, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nonnegative_with_an_interior_solution_agrees_with_scipy),
        cmocka_unit_test(test_nonnegative_at_the_bounds_agrees_with_scipy),
        cmocka_unit_test(test_nonnegative_with_columns_of_very_different_size_is_exact),
        cmocka_unit_test(test_nonnegative_without_rows_or_with_equal_columns_gives_a_solution),
        cmocka_unit_test(test_solve_that_is_not_positive_definite_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
