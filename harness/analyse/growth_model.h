/* growth_model.h - one curve fitted to a series: a fixed cost and a growing part, which is a class of growth.h with or
 * without a lower-order term, or a power law whose exponent is fitted; the growing part is dearer beyond each cache level.
 * Shared by the files growth_*.c alone. */
#ifndef HARNESS_ANALYSE_GROWTH_MODEL_H
#define HARNESS_ANALYSE_GROWTH_MODEL_H

#include "analyse/fit.h"
#include "analyse/growth_data.h"

enum {
    GROWTH_TERMS_MAX = 3,  /* fixed, leading, lower */
    GROWTH_FREE_POWER = -1 /* the leading term is n^p */
};

/* Parameters in this order: a coefficient for each term, in units of the largest value at the largest length (the fixed
 * cost: of the smallest value); delta of each crossed level, the logarithm of its factor; where there are points enough, the
 * shift of each level in octaves; and p where it is free. */
struct growth_model {
    struct growth_data data;
    int leading, lower; /* classes; leading 0 the constant alone, lower -1 none */
    int terms, shifts;
    bool fixed;                          /* there may be a fixed cost; otherwise its coefficient is 0 */
    double steepness[GROWTH_LEVELS_MAX]; /* of each step: how fast the share beyond a level rises with log2 */
    double log_unit[GROWTH_TERMS_MAX];   /* logarithm of a term of coefficient 1 at the largest measured length */
    double log_largest;                  /* the logarithm of that length */
    double log_term[GROWTH_TERMS_MAX][GROWTH_POINTS_MAX];
    struct fit_problem problem;
    double parameters[FIT_PARAMETERS_MAX];
    double loss;
    int used; /* terms that are not 0, and the power; cache steps do not tell classes apart */
};

/* log of the growth of a class at a length: power log n + log_power log log2 n. */
double growth_log_term(int class_index, double log_length);

/* Which parts beside the growing one a fit has. */
enum { GROWTH_STEPS = 1, GROWTH_FIXED = 2, GROWTH_WHOLE = GROWTH_STEPS | GROWTH_FIXED };

/* False where there are too few points. The model refers to itself: it is not copied. */
bool growth_model_fit(struct growth_model *model, const struct growth_series *series, int leading, int lower, int parts);

/* The same whole, with a leading coefficient of at least `least`. */
bool growth_model_fit_claim(struct growth_model *model, const struct growth_series *series, int leading, int lower,
                            double least);

/* Akaike's criterion N log(loss/N) + 2k, k the terms used; `corrected` for few points: + 2k(k+1)/(N-k-1). */
double growth_model_criterion(const struct growth_model *model, double resolution, bool corrected);

/* Share of the leading term in the value at the largest measured length. */
double growth_model_share(const struct growth_model *model);

/* log of the curve with other parameters at any length; `octaves` (levels of data) beyond each level. */
double growth_model_at(double *gradient, const struct growth_model *model, const double *parameters, double log_length,
                       const double *octaves);

/* Mean exponent over the measured lengths of the growing part, cache steps left out. */
double growth_model_exponent(const struct growth_model *model, const double *parameters);

/* Mean |log error| of lengths predicted by fits to the shorter ones (rolling origin, 50 % to 90 % of the lengths), with the
 * cache steps and the power of the whole; NaN where there are too few. */
double growth_model_held_out(const struct growth_model *model);

#endif
