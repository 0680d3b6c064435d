/* fit.h - curves fitted to the logarithms of positive values: relative errors count, outliers count less, and what is only
 * known to be larger than a bound pulls only while the curve is below it.
 *
 * Method: Levenberg and Marquardt with bounds on the parameters, over the loss soft-L1 of the residuals,
 * 2 s^2 (sqrt(1 + (r/s)^2) - 1), which is r^2 for |r| << s and 2 s |r| for |r| >> s. Pure.
 */
#ifndef HARNESS_ANALYSE_FIT_H
#define HARNESS_ANALYSE_FIT_H

#include <stdbool.h>

#define FIT_PARAMETERS_MAX 10
#define FIT_POINTS_MAX 160

struct fit_problem {
    int points, parameters;
    /* log of the curve at a point, and its derivatives by the parameters. */
    double (*curve)(double *gradient, const void *context, const double *parameters, int point);
    const void *context;
    const double *log_values; /* (points) */
    const bool *bounds;       /* (points): the value is at least this; NULL: none is */
    double low[FIT_PARAMETERS_MAX], high[FIT_PARAMETERS_MAX];
    double scale; /* s */
};

/* Improves `parameters`, which must lie within the bounds; returns the loss. */
double fit_minimise(double *parameters, const struct fit_problem *problem);

/* Residuals log value - log curve; 0 at a bound that is kept. */
void fit_residuals(double *residuals, const struct fit_problem *problem, const double *parameters);

/* Variance of log curve relative to that of the residuals: g' (J'J)^-1 g over the parameters that are not at a bound, for a
 * gradient g at any point. Infinite where the data do not determine the curve there. */
double fit_leverage(const struct fit_problem *problem, const double *parameters, const double *gradient);

#endif
