/* crossover_local.c - see crossover_local.h. */
#include "analyse/crossover_local.h"

#include "analyse/least_squares.h"

#include <math.h>

static const double REACH_MAX = 2.5; /* octaves: lengths that double have five points within it */
enum { POINTS_WANTED = 5 };

void crossover_local_choose(struct crossover_local *local, const double *x, int count, double centre, double reach, int low,
                            int high)
{
    int first = low, last = high;
    for (;;) { /* the nearer neighbour first */
        const double below = first > 0 ? centre - x[first - 1] : INFINITY;
        const double above = last + 1 < count ? x[last + 1] - centre : INFINITY;
        const double most = last - first + 1 < POINTS_WANTED ? REACH_MAX : reach;
        if (!(fmin(below, above) <= most * (1.0 + 1e-9))) /* lengths are rounded to whole tokens */
            break;
        first -= below <= above;
        last += below > above;
    }
    if (last - first < 2) { /* a line through two points has no residuals */
        first -= first > 0;
        last += last + 1 < count;
    }
    *local = (struct crossover_local){.first = first, .count = last - first + 1, .centre = centre};
    local->parameters = local->count >= 5 ? 3 : 2;
}

void crossover_local_fit(struct crossover_local *local, const double *x, const double *y)
{
    const int n = local->parameters;
    double matrix[9] = {0}, vector[3] = {0};
    for (int i = local->first; i < local->first + local->count; ++i) {
        const double d = x[i] - local->centre, row[3] = {1.0, d, d * d};
        for (int k = 0; k < n; ++k) {
            vector[k] += row[k] * y[i];
            for (int l = 0; l < n; ++l)
                matrix[k * n + l] += row[k] * row[l];
        }
    }
    const bool solved = least_squares_solve(vector, matrix, n);
    for (int k = 0; k < 3; ++k)
        local->coefficients[k] = solved && k < n ? vector[k] : 0.0;
}

double crossover_local_at(const struct crossover_local *local, double x)
{
    const double d = x - local->centre;
    return local->coefficients[0] + d * (local->coefficients[1] + d * local->coefficients[2]);
}

/* Real zeros of the parabola in x; a line has one. */
static int find_zeros(double zeros[2], const struct crossover_local *local)
{
    const double a = local->coefficients[2], b = local->coefficients[1], c = local->coefficients[0];
    if (fabs(a) < 1e-9 * fabs(b)) { /* so flat that the second zero lies a billion octaves away */
        zeros[0] = local->centre - c / b;
        return b != 0.0;
    }
    const double square = b * b - 4.0 * a * c;
    if (square < 0.0 || a == 0.0)
        return 0;
    const double q = -0.5 * (b + copysign(sqrt(square), b));
    zeros[0] = local->centre + q / a;
    zeros[1] = local->centre + (q != 0.0 ? c / q : 0.0);
    return 2;
}

double crossover_local_root(const struct crossover_local *local, bool rises, double near, double low, double high)
{
    double zeros[2], best = NAN;
    const int count = find_zeros(zeros, local);
    for (int i = 0; i < count; ++i) {
        const double slope = local->coefficients[1] + 2.0 * local->coefficients[2] * (zeros[i] - local->centre);
        if ((slope > 0.0) != rises || zeros[i] < low || zeros[i] > high)
            continue;
        if (isnan(best) || fabs(zeros[i] - near) < fabs(best - near))
            best = zeros[i];
    }
    if (!isnan(best))
        return best;
    const bool above = crossover_local_at(local, near) > 0.0;
    return above == rises ? low : high; /* already beyond the crossing, or not there yet */
}
