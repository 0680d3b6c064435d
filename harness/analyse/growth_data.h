/* growth_data.h - a series of growth.h as the fits see it: logarithms, and the cache levels that are crossed. Shared by the
 * files growth_*.c alone. */
#ifndef HARNESS_ANALYSE_GROWTH_DATA_H
#define HARNESS_ANALYSE_GROWTH_DATA_H

#include "analyse/growth.h"

struct growth_data {
    int points, measured; /* all, and those that are no bounds */
    double log_length[GROWTH_POINTS_MAX], log_value[GROWTH_POINTS_MAX];
    bool bound[GROWTH_POINTS_MAX];
    double octaves[GROWTH_POINTS_MAX][GROWTH_LEVELS_MAX]; /* of the working set beyond each crossed level */
    int level[GROWTH_LEVELS_MAX];                         /* their indices in the series */
    int levels;
};

/* Levels are kept while `parameters` others and they leave 3 points free. */
void growth_data_make(struct growth_data *data, const struct growth_series *series, int parameters);

/* growth_beyond by octaves. */
double growth_share_beyond(double octaves, double steepness);

/* From 5 % to 95 % of a step within two octaves. */
#define GROWTH_STEEPNESS 3.0

/* Scale of soft-L1 on relative errors: beyond 5 % a residual is an outlier rather than noise (measurement by medians). */
#define GROWTH_SCALE 0.05

#endif
