/* fit.c - see fit.h. Levenberg-Marquardt with Marquardt's scaling (1963); a parameter at a bound that the gradient pushes
 * further out is held for the step. Weights for soft-L1 are 1/sqrt(1 + (r/s)^2) (iteratively reweighted least squares). */
#include "analyse/fit.h"

#include "analyse/least_squares.h"

#include <assert.h>
#include <math.h>

enum { STEPS_MAX = 60, DAMPINGS_MAX = 12 };

/* Relative change of the loss below which nothing that is reported changes: three digits are printed. */
static const double CONVERGED = 1e-8;

static double residual_at(double *gradient, const struct fit_problem *problem, const double *parameters, int point)
{
    const double residual = problem->log_values[point] - problem->curve(gradient, problem->context, parameters, point);
    return problem->bounds && problem->bounds[point] && residual < 0.0 ? 0.0 : residual;
}

void fit_residuals(double *residuals, const struct fit_problem *problem, const double *parameters)
{
    double gradient[FIT_PARAMETERS_MAX];
    for (int i = 0; i < problem->points; ++i)
        residuals[i] = residual_at(gradient, problem, parameters, i);
}

/* A bound is certain: a curve below it is wrong and not disturbed, so it counts nearly as its square. */
static double scale_at(const struct fit_problem *problem, int point)
{
    return problem->bounds && problem->bounds[point] ? 20.0 * problem->scale : problem->scale;
}

static double soft_l1(double residual, double scale)
{
    const double share = residual / scale;
    return 2.0 * scale * scale * (share * share / (sqrt(1.0 + share * share) + 1.0));
}

struct normal {
    double matrix[FIT_PARAMETERS_MAX][FIT_PARAMETERS_MAX], vector[FIT_PARAMETERS_MAX];
    double loss;
};

/* Normal equations of a step; `weighted`: by soft-L1. */
static void make_normal(struct normal *normal, const struct fit_problem *problem, const double *parameters, bool weighted)
{
    *normal = (struct normal){.loss = 0.0};
    for (int i = 0; i < problem->points; ++i) {
        double gradient[FIT_PARAMETERS_MAX];
        const double residual = residual_at(gradient, problem, parameters, i);
        normal->loss += soft_l1(residual, scale_at(problem, i));
        if (residual == 0.0 && problem->bounds && problem->bounds[i])
            continue;
        const double share = residual / scale_at(problem, i);
        const double weight = weighted ? 1.0 / sqrt(1.0 + share * share) : 1.0;
        for (int k = 0; k < problem->parameters; ++k) {
            normal->vector[k] += weight * gradient[k] * residual;
            for (int l = 0; l <= k; ++l)
                normal->matrix[k][l] += weight * gradient[k] * gradient[l];
        }
    }
}

static double loss_at(const struct fit_problem *problem, const double *parameters)
{
    double loss = 0.0, gradient[FIT_PARAMETERS_MAX];
    for (int i = 0; i < problem->points; ++i)
        loss += soft_l1(residual_at(gradient, problem, parameters, i), scale_at(problem, i));
    return loss;
}

/* Parameters that a step may move, in `index`. */
static int find_free(int *index, const struct fit_problem *problem, const double *parameters, const double *vector)
{
    int size = 0;
    for (int k = 0; k < problem->parameters; ++k) {
        const bool held = (parameters[k] <= problem->low[k] && vector[k] <= 0.0) ||
                          (parameters[k] >= problem->high[k] && vector[k] >= 0.0);
        if (!held)
            index[size++] = k;
    }
    return size;
}

static bool solve_free(double *step, const struct normal *normal, const int *index, int size, double damping)
{
    double matrix[FIT_PARAMETERS_MAX * FIT_PARAMETERS_MAX];
    for (int i = 0; i < size; ++i) {
        step[i] = normal->vector[index[i]];
        for (int j = 0; j <= i; ++j)
            matrix[i * size + j] = normal->matrix[index[i]][index[j]];
        /* 1e-9: a parameter without any influence stays where it is. */
        matrix[i * size + i] += damping * normal->matrix[index[i]][index[i]] + 1e-9;
    }
    return least_squares_solve(step, matrix, size);
}

/* One accepted step; false where none makes the loss smaller. */
static bool advance(double *parameters, double *loss, const struct fit_problem *problem, const struct normal *normal,
                    double *damping)
{
    int index[FIT_PARAMETERS_MAX];
    const int size = find_free(index, problem, parameters, normal->vector);
    for (int attempt = 0; size > 0 && attempt < DAMPINGS_MAX; ++attempt, *damping = fmax(*damping * 8.0, 1e-6)) {
        double step[FIT_PARAMETERS_MAX], moved[FIT_PARAMETERS_MAX];
        if (!solve_free(step, normal, index, size, *damping))
            continue;
        for (int k = 0; k < problem->parameters; ++k)
            moved[k] = parameters[k];
        for (int i = 0; i < size; ++i) {
            const int k = index[i];
            moved[k] = fmin(fmax(parameters[k] + step[i], problem->low[k]), problem->high[k]);
        }
        const double now = loss_at(problem, moved);
        if (!(now < normal->loss))
            continue;
        for (int k = 0; k < problem->parameters; ++k)
            parameters[k] = moved[k];
        *loss = now;
        *damping *= 0.1;
        return true;
    }
    return false;
}

double fit_minimise(double *parameters, const struct fit_problem *problem)
{
    assert(problem->parameters <= FIT_PARAMETERS_MAX && problem->points <= FIT_POINTS_MAX);
    double damping = 1e-4, loss = loss_at(problem, parameters);
    for (int step = 0; step < STEPS_MAX; ++step) {
        struct normal normal;
        make_normal(&normal, problem, parameters, true);
        if (!advance(parameters, &loss, problem, &normal, &damping) || normal.loss - loss <= CONVERGED * normal.loss)
            break;
    }
    return loss;
}

double fit_leverage(const struct fit_problem *problem, const double *parameters, const double *gradient)
{
    struct normal normal;
    make_normal(&normal, problem, parameters, false);
    int index[FIT_PARAMETERS_MAX], size = 0;
    for (int k = 0; k < problem->parameters; ++k)
        if (parameters[k] > problem->low[k] && parameters[k] < problem->high[k] && normal.matrix[k][k] > 1e-12)
            index[size++] = k; /* without influence: the shift of a step that is not there */
    double matrix[FIT_PARAMETERS_MAX * FIT_PARAMETERS_MAX], vector[FIT_PARAMETERS_MAX];
    for (int i = 0; i < size; ++i) {
        vector[i] = gradient[index[i]];
        for (int j = 0; j <= i; ++j)
            matrix[i * size + j] = normal.matrix[index[i]][index[j]];
    }
    if (!least_squares_solve(vector, matrix, size))
        return INFINITY;
    double sum = 0.0;
    for (int i = 0; i < size; ++i)
        sum += vector[i] * gradient[index[i]];
    return sum;
}
