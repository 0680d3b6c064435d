/* test_fit.c - curves fitted by soft-L1 against scipy, with bounds, bounded data and degenerate problems. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/fit.h"

#include <math.h>

static const double lengths[] = {64, 128, 256, 512, 1024, 2048, 4096};

/* log(a 1e-5 + b 1e-7 n) */
static double line(double *gradient, const void *context, const double *parameters, int point)
{
    (void)context;
    const double value = parameters[0] * 1e-5 + parameters[1] * 1e-7 * lengths[point];
    gradient[0] = 1e-5 / value;
    gradient[1] = 1e-7 * lengths[point] / value;
    return log(value);
}

static void make(struct fit_problem *problem, double *logs, const double *microseconds)
{
    for (int i = 0; i < 7; ++i)
        logs[i] = log(microseconds[i] * 1e-6);
    *problem = (struct fit_problem){
        .points = 7, .parameters = 2, .curve = line, .log_values = logs, .high = {10.0, 10.0}, .scale = 0.05};
}

static const double disturbed[] = {12.1, 19.8, 36.5, 68.2, 190.0, 262.0, 520.0}; /* 1024 is an outlier */

/* scipy.optimize.least_squares(lambda p: log(t) - log(p[0]*1e-5 + p[1]*1e-7*n), [1, 1], bounds=([0, 0], [10, 10]),
 * loss='soft_l1', f_scale=.05), scipy 1.17.1: x, and twice its cost */
static void test_minimise_with_an_outlier_agrees_with_scipy(void **state)
{
    (void)state;
    struct fit_problem problem;
    double logs[7], parameters[] = {1.0, 1.0};
    make(&problem, logs, disturbed);
    const double loss = fit_minimise(parameters, &problem);
    assert_true(fabs(parameters[0] - 0.38044102) < 1e-5);
    assert_true(fabs(parameters[1] - 1.27813813) < 1e-5);
    assert_true(fabs(loss - 0.030781526379682313) < 1e-9);
    const double value = parameters[0] * 1e-5 + parameters[1] * 1e-7 * 8192, gradient[] = {1e-5 / value, 8192e-7 / value};
    assert_true(fabs(fit_leverage(&problem, parameters, gradient) - 0.2668927544394649) < 1e-5);
}

static void test_minimise_stops_at_a_bound(void **state)
{
    (void)state;
    struct fit_problem problem;
    double logs[7], parameters[] = {0.5, 1.0};
    const double steep[] = {5, 12, 25, 51, 102, 205, 410}; /* a line would have a negative fixed cost */
    make(&problem, logs, steep);
    fit_minimise(parameters, &problem);
    assert_true(parameters[0] == 0.0);
    assert_true(fabs(parameters[1] - 1.0) < 0.05);
}

static void test_minimise_pulls_at_a_data_bound_only_from_below(void **state)
{
    (void)state;
    const bool bounds[] = {false, false, false, false, false, false, true};
    struct fit_problem problem;
    double logs[7], free_fit[] = {1.0, 1.0}, low[] = {1.0, 1.0}, high[] = {1.0, 1.0}, residuals[7];
    const double exact[] = {16.4, 22.8, 35.6, 61.2, 112.4, 214.8, 419.6};
    make(&problem, logs, exact);
    problem.points = 6;
    fit_minimise(free_fit, &problem);
    problem.points = 7;
    problem.bounds = bounds;
    logs[6] = log(100e-6); /* at least 100 us: known already */
    fit_minimise(low, &problem);
    fit_residuals(residuals, &problem, low);
    assert_true(fabs(low[1] - free_fit[1]) < 1e-6 && residuals[6] == 0.0);
    logs[6] = log(900e-6); /* at least 900 us */
    fit_minimise(high, &problem);
    assert_true(high[1] > free_fit[1] * 1.02);
}

/* A parameter without influence must neither stop the others nor make the leverage infinite. */
static double flat(double *gradient, const void *context, const double *parameters, int point)
{
    const double value = line(gradient, context, parameters, point);
    gradient[2] = 0.0;
    return value;
}

static void test_minimise_with_a_parameter_without_influence_fits_the_others(void **state)
{
    (void)state;
    struct fit_problem problem;
    double logs[7], parameters[] = {1.0, 1.0, 0.5};
    make(&problem, logs, disturbed);
    problem.curve = flat;
    problem.parameters = 3;
    problem.high[2] = 1.0;
    fit_minimise(parameters, &problem);
    const double gradient[] = {0.01, 1.0, 0.0};
    assert_true(fabs(parameters[1] - 1.27813813) < 1e-5 && parameters[2] == 0.5);
    assert_true(isfinite(fit_leverage(&problem, parameters, gradient)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minimise_with_an_outlier_agrees_with_scipy),
        cmocka_unit_test(test_minimise_stops_at_a_bound),
        cmocka_unit_test(test_minimise_pulls_at_a_data_bound_only_from_below),
        cmocka_unit_test(test_minimise_with_a_parameter_without_influence_fits_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
