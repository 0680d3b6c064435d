/* hyena.h - what the files of this operator share: its sizes, its tensors, its plan and its kernels.
 *
 * Symbols as in the README: N orders, hence N + 1 streams x_0 .. x_{N-1}, v and N - 1 long filters per channel; K taps of
 * the short filter; E features of a position; W units of the filter network, which has I inner layers.
 */
#ifndef HYENA_HYENA_H
#define HYENA_HYENA_H

#include "kernels/isa.h"
#include "kernels/mixer.h"
#include "operator.h"

#include <stdbool.h>

enum hyena_option {
    HYENA_ORDER = 0,
    HYENA_FILTER_ORDER,
    HYENA_EMB_DIM,
    HYENA_W,
    HYENA_NUM_INNER_MLPS,
    HYENA_SHORT_FILTER_ORDER,
    HYENA_FAST_DECAY_PCT,
    HYENA_SLOW_DECAY_PCT,
    HYENA_TARGET,
    HYENA_SHIFT,
    HYENA_L_MAX,
    HYENA_GEMM,
    HYENA_CONV,
    HYENA_OPTION_COUNT
};

#define HYENA_MAX_INNER 16
#define HYENA_MAX_PARAMETERS (11 + 3 * (HYENA_MAX_INNER + 1))
#define HYENA_NAME_BYTES 48
#define HYENA_FILTER_ROWS 64 /* positions that a thread takes through the filter network at once: stays in its cache */
#define HYENA_UNITS 32       /* units of the network are padded to a multiple of it: four vectors of doubles at most */
#define HYENA_PIECE_ROWS 64  /* tokens of v that are filtered before they are multiplied: stay in the first-level cache */

struct hyena_shape {
    int64_t B, L, D;
    int64_t N, K, E, W, I;
    int64_t l_max;   /* positions that the filter knows, at least L */
    int64_t filters; /* (N - 1) * D; order o of channel d is filter o * D + d */
    bool core;       /* no projections: every stream is the input itself */
    float shift;     /* added to the decay window */
};

/* A linear layer of the filter network and the frequencies of the sine behind it. */
struct hyena_layer {
    const float *weight; /* (W, inputs) */
    const float *bias;   /* (W) */
    const float *freq;   /* (W) */
    int64_t inputs;
};

/* The tensors by name. In scope core there are no projections: NULL. */
struct hyena_weights {
    const float *in_weight, *in_bias;               /* ((N+1) D, D), ((N+1) D) */
    const float *out_weight, *out_bias;             /* (D, D), (D) */
    const float *short_weight, *short_bias;         /* ((N+1) D, K), ((N+1) D) */
    const float *skip;                              /* (filters) */
    const float *z, *t;                             /* (l_max, E), (l_max) */
    struct hyena_layer layers[HYENA_MAX_INNER + 1]; /* I + 1 of them */
    const float *filter_weight;                     /* (filters, W) */
    const float *deltas;                            /* (filters) */
};

/* Beginnings within PREPARED, in floats; the packed projections come first. */
struct hyena_layout {
    int64_t taps;        /* (N+1, groups): of each a bias (16), then taps (K, 16), the newest token's first */
    int64_t taps_floats; /* of one stream's group */
    int64_t spectra;     /* (N-1, groups) */
    int64_t end;
};

/* A sine layer of the filter network in double, its units in the lanes of vectors: W and zeros up to `units`. */
struct hyena_sines {
    const double *weight; /* (inputs, units) */
    const double *bias;   /* (units) */
    const double *freq;   /* (units) */
    int64_t inputs, units;
};

/* The filter network, packed at the beginning of SCRATCH. */
struct hyena_network {
    int64_t units;
    int64_t doubles; /* of all sine layers */
    int64_t floats;  /* of the last layer of one order, all of which follow */
};

/* What a thread needs to take positions through it: beginnings within THREAD_SCRATCH, in doubles. */
struct hyena_network_layout {
    int64_t x, y;    /* (rows, max(E, units)): values before and behind a layer, in turn */
    int64_t filters; /* (groups, rows, 16) floats, where the convolution wants rows */
    int64_t scratch; /* of the last layer's product */
    int64_t doubles;
};

/* Decay windows of 16 filters. */
struct hyena_window {
    const float *deltas; /* (lanes) */
    int64_t lanes;       /* that have a filter */
    float shift;
};

struct hyena_kernel {
    /* y (rows, units) = sin(freq * (x weight + bias)), to about 1e-11 up to |1e8|; x has row stride ldx */
    void (*sines)(double *y, const double *x, int64_t ldx, const struct hyena_sines *layer, int64_t rows);
    /* h[i] (a row of 16) *= exp(-t[i] * |delta|) + shift */
    void (*window)(float *h, const float *t, const struct hyena_window *window, int64_t rows);
};

ISA_DECLARE(struct hyena_kernel, hyena_kernel);

struct seq_plan {
    struct hyena_shape shape;
    double options[HYENA_OPTION_COUNT];
    struct mixer mixer;
    struct hyena_layout layout;
    struct linear filter; /* the network's last layer, of one order */
    const struct hyena_kernel *kernel;
    const struct panel_kernel *panels;
    struct longconv *conv;
    struct seq_parameter parameters[HYENA_MAX_PARAMETERS];
    size_t parameter_count;
    char names[HYENA_MAX_PARAMETERS][HYENA_NAME_BYTES];
};

/* hyena_shape.c: sizes and tensors, as functions of the problem alone */
struct hyena_shape hyena_shape_get(const struct seq_problem *problem);
struct mixer hyena_mixer_get(const struct seq_problem *problem);
struct hyena_layout hyena_layout_get(const struct hyena_shape *shape, const struct mixer *mixer);
struct linear hyena_filter_layer_get(const struct seq_problem *problem);
struct hyena_weights hyena_weights_get(const struct hyena_shape *shape, const float *const *parameters);
struct hyena_network hyena_network_get(const struct hyena_shape *shape, const struct linear *filter);
struct hyena_network_layout hyena_network_layout_get(const struct hyena_shape *shape, const struct mixer *mixer,
                                                     const struct linear *filter);
void hyena_list_parameters(struct seq_plan *plan);
enum seq_status hyena_fill_parameter(const struct seq_plan *plan, size_t index, float *values);
void hyena_region_sizes(const struct hyena_shape *shape, const struct mixer *mixer, const struct linear *filter,
                        size_t bytes[SEQ_REGION_COUNT]);

/* hyena_filter.c, hyena_forward.c, hyena_ref.c: the hooks */
enum seq_status hyena_prepare(const struct seq_plan *plan, const struct seq_run *run);
enum seq_status hyena_forward(const struct seq_plan *plan, const struct seq_run *run);
enum seq_status hyena_reference(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                                double *output);

#endif
