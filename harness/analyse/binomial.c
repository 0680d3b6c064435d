/* binomial.c - see binomial.h. Clopper and Pearson, "The use of confidence or fiducial limits", Biometrika 26 (1934): the ends
 * are quantiles of beta distributions, found by halving. The incomplete beta function is the continued fraction of DLMF
 * 8.17.22, evaluated by Lentz's method. */
#include "analyse/binomial.h"

#include <math.h>

#define TERMS_MAX 10000     /* of the fraction: it needs O(sqrt(max(a, b))), so this is enough for 10^7 trials */
#define PRECISION 1e-15     /* of a step of the fraction: that of a double */
#define LEAST 1e-300        /* what a denominator of zero is taken for (Lentz) */
#define HALVINGS 60         /* of [0, 1]: beyond the precision of a double */

static double away_from_zero(double value)
{
    return fabs(value) < LEAST ? LEAST : value;
}

/* The m-th pair of coefficients is one step each: d_2m, then d_2m+1. */
static double fraction(double x, double a, double b)
{
    double c = 1.0, d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0)), value = d;
    for (int m = 1; m <= TERMS_MAX; ++m) {
        const double two = 2.0 * m;
        const double coefficients[2] = {m * (b - m) * x / ((a + two - 1.0) * (a + two)),
                                        -(a + m) * (a + b + m) * x / ((a + two) * (a + two + 1.0))};
        double step = 1.0;
        for (int i = 0; i < 2; ++i) {
            d = 1.0 / away_from_zero(1.0 + coefficients[i] * d);
            c = away_from_zero(1.0 + coefficients[i] / c);
            step = c * d;
            value *= step;
        }
        if (fabs(step - 1.0) < PRECISION)
            break;
    }
    return value;
}

double binomial_beta(double x, double a, double b)
{
    if (!(x > 0.0))
        return x <= 0.0 ? 0.0 : NAN;
    if (x >= 1.0)
        return 1.0;
    const double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    /* The fraction converges fast on this side of the mean; the other side is its mirror image. */
    return x < (a + 1.0) / (a + b + 2.0) ? front * fraction(x, a, b) / a : 1.0 - front * fraction(1.0 - x, b, a) / b;
}

/* The x at which I_x(a, b) is p. */
static double beta_quantile(double p, double a, double b)
{
    double low = 0.0, high = 1.0;
    for (int i = 0; i < HALVINGS; ++i) {
        const double middle = 0.5 * (low + high);
        if (binomial_beta(middle, a, b) < p)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

struct interval binomial_interval(int64_t hits, int64_t trials, double confidence)
{
    if (trials <= 0 || hits < 0 || hits > trials || !(confidence > 0.0 && confidence < 1.0))
        return (struct interval){NAN, NAN, NAN};
    const double k = (double)hits, n = (double)trials, tail = 0.5 * (1.0 - confidence);
    return (struct interval){.value = k / n,
                             .low = hits == 0 ? 0.0 : beta_quantile(tail, k, n - k + 1.0),
                             .high = hits == trials ? 1.0 : beta_quantile(1.0 - tail, k + 1.0, n - k)};
}
