/* h3.h - what the files of this operator share: its sizes, its tensors, its plan and its kernels.
 *
 * Symbols as in the README: P = head_dim channels share one diagonal SSM, of which there are H = D / P; M = d_state, the
 * taps of the shift SSM and twice the complex modes of a diagonal one. Channel c * P + i is channel i of head c.
 */
#ifndef H3_H3_H
#define H3_H3_H

#include "kernels/isa.h"
#include "kernels/mixer.h"
#include "operator.h"

#include <stdbool.h>

enum h3_option { H3_D_STATE = 0, H3_HEAD_DIM, H3_DISC, H3_GEMM, H3_CONV, H3_OPTION_COUNT };

enum h3_disc { H3_BILINEAR = 0, H3_ZOH };

#define H3_MAX_PARAMETERS 17

struct h3_shape {
    int64_t B, L, D;
    int64_t H, P, M;
    enum h3_disc disc;
    bool core; /* no projections: q, k and v are the input itself */
};

/* The tensors by name. In scope core there are no projections: NULL. */
struct h3_weights {
    const float *shift_skip, *skip; /* ssm_k_D (D), D (H) */
    const float *q_weight, *q_bias; /* (D, D), (D); k, v and output likewise */
    const float *k_weight, *k_bias;
    const float *v_weight, *v_bias;
    const float *shift_B, *shift_C;   /* (D, M) */
    const float *C, *log_dt, *B;      /* (H, M/2, 2), (H), (H, M/2, 2) */
    const float *inv_A_real, *A_imag; /* (H, M/2) */
    const float *output_weight, *output_bias;
};

struct h3_complex {
    double re, im;
};

/* One mode of a discretised diagonal SSM: it adds 2 Re(gain * pole^l) to the response. */
struct h3_mode {
    struct h3_complex pole, gain; /* gain = C * B_discrete */
};

/* Beginnings within PREPARED, in floats; the packed projections come first. */
struct h3_layout {
    int64_t taps;    /* (groups, M, 16): of the shift SSMs, the newest token's first */
    int64_t spectra; /* (groups): of the diagonal SSMs of the result's channels */
    int64_t end;
};

enum h3_stream { H3_STREAM_K = 0, H3_STREAM_V, H3_STREAM_Q, H3_STREAM_COUNT };

/* Kept streams, with head_dim 1 and more. */
enum h3_kept { H3_GATED = 0, H3_GATE, H3_KEPT_COUNT };
enum h3_head_kept { H3_SHIFTED = 0, H3_V, H3_Q, H3_RESULT, H3_HEAD_KEPT_COUNT };

/* Impulse responses of 16 diagonal SSMs are products of two factors: 2 Re(gain pole^(aS + b)) summed over the modes, with the
 * powers (gain pole^aS) of H3_LEFT values of a, and pole^b of all b < S. What a thread needs: beginnings within its scratch, in
 * doubles. A factor is (powers, modes, re and im, 16) floats, a state (modes, re and im, 16) doubles. */
struct h3_response_layout {
    int64_t steps;       /* S */
    int64_t power, step; /* states: the next power, and by what it is multiplied */
    int64_t left, right; /* factors */
    int64_t values;      /* (H3_LEFT * S, 16) floats */
    int64_t doubles;
};

#define H3_LEFT 4 /* powers on the left that are taken at once */

struct h3_kernel {
    /* table[i] = power as float, power *= step, for i < count */
    void (*powers)(float *table, double *power, const double *step, int64_t modes, int64_t count);
    /* values[a * steps + b] = sum over modes of Re(left[a] right[b]), for a < H3_LEFT and b < steps, a multiple of 4; left
     * holds conjugates */
    void (*product)(float *values, const float *left, const float *right, int64_t modes, int64_t steps);
};

ISA_DECLARE(struct h3_kernel, h3_kernel);

struct seq_plan {
    struct h3_shape shape;
    struct mixer mixer;
    struct h3_layout layout;
    const struct h3_kernel *kernel;
    const struct panel_kernel *panels;
    struct longconv *conv;
    struct seq_parameter parameters[H3_MAX_PARAMETERS];
    size_t parameter_count;
};

/* h3_shape.c: sizes and tensors, as functions of the problem alone */
struct h3_shape h3_shape_get(const struct seq_problem *problem);
struct mixer h3_mixer_get(const struct seq_problem *problem);
struct h3_layout h3_layout_get(const struct h3_shape *shape, const struct mixer *mixer);
struct h3_response_layout h3_response_layout_get(const struct h3_shape *shape);
struct h3_weights h3_weights_get(const struct h3_shape *shape, const float *const *parameters);
void h3_list_parameters(struct seq_plan *plan);
enum seq_status h3_fill_parameter(const struct seq_plan *plan, size_t index, float *values);
void h3_region_sizes(const struct h3_shape *shape, const struct mixer *mixer, size_t bytes[SEQ_REGION_COUNT]);

/* h3_filter.c, h3_forward.c, h3_ref.c: the hooks */
enum seq_status h3_prepare(const struct seq_plan *plan, const struct seq_run *run);
enum seq_status h3_forward(const struct seq_plan *plan, const struct seq_run *run);
enum seq_status h3_reference(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                             double *output);

#endif
