/* growth.h - how time or memory grows with length: an exponent with its interval, and the growth classes that the data
 * cannot tell apart. Pure functions; the random numbers of the bootstrap are a function of the seed alone.
 *
 * Time is modelled as a fixed cost plus a term that grows and is dearer beyond each cache level: covariates made of the
 * working set and the levels' sizes, so that a step at a cache is not taken for growth. Errors are relative. A point that is
 * only known to be larger than a bound pulls while the curve is below it.
 */
#ifndef HARNESS_ANALYSE_GROWTH_H
#define HARNESS_ANALYSE_GROWTH_H

#include "analyse/statistics.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    GROWTH_POINTS_MAX = 160,
    GROWTH_LEVELS_MAX = 3,
    GROWTH_CLASSES = 8,
    GROWTH_MEASURED_MIN = 3 /* lengths below which nothing is said of growth */
};

struct growth_point {
    double length;
    double value;             /* seconds or bytes; the limit where `bound` */
    double working_set;       /* bytes that the call touches; NaN unknown */
    bool bound;               /* cut off: the true value is at least `value` */
    const double *replicates; /* one per process; NULL where there is none or one */
    int replicate_count;
};

struct growth_series {
    const struct growth_point *points; /* (count), lengths ascending and different, values positive */
    int count;
    double levels[GROWTH_LEVELS_MAX]; /* bytes of the caches that one call can use, ascending */
    int level_count;
    double resolution; /* relative error below which differences mean nothing */
    bool exact;        /* values are counted, not measured: no cache terms */
    int resamples;     /* of each bootstrap */
    uint64_t seed;
};

/* Whether there are enough lengths, and lengths that differ enough, for the functions below. */
bool growth_enough(const struct growth_series *series);

/* How far a working set is beyond a cache level, 0 to 1: logistic in log2, half at the level, from 5 % to 95 % within two
 * octaves. */
double growth_beyond(double working_set, double level);

/* ---------------------------------------------------------------- classes */

struct growth_class {
    double power, log_power; /* n^power log(n)^log_power */
    const char *name;        /* "n log n" */
};

extern const struct growth_class growth_classes[GROWTH_CLASSES]; /* from slow to fast */

struct growth_candidate {
    int index;                                /* in growth_classes */
    bool possible;                            /* the leading term takes part at all */
    bool chosen;                              /* in the set that the data cannot separate */
    int lower;                                /* class of the lower-order term, -1 none */
    double criterion;                         /* AICc, less the least */
    double plain;                             /* AIC, less the least */
    double residual;                          /* root mean square of the relative residuals */
    double held_out;                          /* mean |log error| of lengths predicted from shorter ones; NaN unknown */
    double fixed, leading, lower_coefficient; /* value = fixed + leading n^.. log2(n)^.. + lower_coefficient .. */
    double steps[GROWTH_LEVELS_MAX];          /* factors, NaN not crossed */
    double exponent;                          /* mean one of the growing part over the measured lengths */
};

struct growth_choice {
    struct growth_candidate candidates[GROWTH_CLASSES];
    int best;     /* of the set, the one that predicts the longer lengths best from the shorter; -1 none */
    int chosen;   /* size of the set */
    double least; /* smallest AIC */
};

/* Needs growth_enough. */
void growth_choose_class(struct growth_choice *choice, const struct growth_series *series);

/* The class n^power log(n)^log_power, -1 where there is none. */
int growth_class_find(double power, double log_power);

/* Whether the data allow a claim of that class: whether a curve of it, with any lower-order term and no less than a fifth of
 * the largest value in its leading term, fits nearly as well as the best. Wider than the set: a leading term that would only
 * show at longer lengths is not refuted by these. `choice` is that of the series. */
bool growth_consistent(const struct growth_series *series, const struct growth_choice *choice, int class_index);

/* ---------------------------------------------------------------- exponent */

struct growth_exponent {
    struct interval exponent;        /* of n^p over the measured lengths */
    struct interval fixed;           /* the fixed cost; NaN where it cannot be told from the rest */
    double steps[GROWTH_LEVELS_MAX]; /* factor of each cache level; NaN where it is not crossed */
    double residual;                 /* root mean square of the relative residuals */
    int free_points;                 /* points less parameters */
    bool lack_of_fit_only;           /* one value per length: the interval knows nothing of repetition */
};

/* Needs growth_enough, and the choice for the same series. */
struct growth_exponent growth_fit_exponent(const struct growth_series *series, const struct growth_choice *choice);

/* Local slope d log value / d log length around a point: the median of the slopes between pairs of points in a window of 1.5
 * octaves, neighbours included (Theil and Sen); NaN where the point is alone. */
double growth_local_slope(const struct growth_series *series, int point);

/* ---------------------------------------------------------------- prediction */

struct growth_prediction {
    struct interval value; /* NaN where it is refused */
    int new_level;         /* the cache level that would be crossed and was not seen, 0 first; -1 none */
};

/* At a length outside the measured ones: the hull of the classes in the set, each with its 95 % prediction interval.
 * `working_set` is that at the new length, NaN unknown. */
struct growth_prediction growth_predict(const struct growth_series *series, const struct growth_choice *choice,
                                        double length, double working_set);

#endif
