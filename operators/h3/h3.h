/* h3.h - what the files of this operator share: its sizes, its tensors, its plan and its kernels.
 *
 * Symbols as in the README: P = head_dim channels share one diagonal SSM, of which there are H = D / P; M = d_state, the
 * taps of the shift SSM and twice the complex modes of a diagonal one. Channel c * P + i is channel i of head c.
 */
#ifndef H3_H3_H
#define H3_H3_H

#include "kernels/fftconv.h"
#include "kernels/isa.h"
#include "operator.h"

#include <stdbool.h>

enum h3_option { H3_D_STATE = 0, H3_HEAD_DIM, H3_DISC, H3_OPTION_COUNT };

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

/* Beginnings within THREAD_SCRATCH, in floats, each on a cache line. */
struct h3_scratch_layout {
    size_t sequence, spectrum; /* the buffers of fftconv */
    size_t history;            /* k of one channel behind M - 1 zeros, and room for a whole block of the FIR */
    size_t shifted;            /* (P, shifted_stride): k behind the shift SSM */
    size_t shifted_stride;
    size_t sum;   /* (L): a result under way, where P > 1 */
    size_t modes; /* (M/2) struct h3_mode, used by prepare only: in place of `history` */
    size_t floats;
};

#define H3_FIR_BLOCK 128 /* outputs of the FIR are made in whole blocks: eight vectors of 16 floats */

struct h3_kernel {
    /* out[t] = sum over m of taps[m] * history[t - m]. history has M - 1 values before its beginning; it and out have room
     * up to a multiple of H3_FIR_BLOCK */
    void (*fir)(float *out, const float *history, const float *taps, int64_t M, int64_t L);
    /* out[l] = scale * sum over the modes of 2 Re(gain * pole^l) */
    void (*response)(float *out, const struct h3_mode *modes, int64_t count, double scale, int64_t L);
    /* out[t] = x[t] + bias */
    void (*add)(float *out, const float *x, float bias, int64_t L);
    /* out[t] = a[t] * (b[t] + bias) */
    void (*product)(float *out, const float *a, const float *b, float bias, int64_t L);
    /* out[t] = (y[t] + skip * x[t]) * (q[t] + bias) + sum[t]; sum NULL: 0. out may be sum */
    void (*gate)(float *out, const float *y, float skip, const float *x, const float *q, float bias, const float *sum,
                 int64_t L);
};

ISA_DECLARE(struct h3_kernel, h3_kernel);

struct seq_plan {
    struct h3_shape shape;
    const struct h3_kernel *kernel;
    struct fftconv *conv;
    struct seq_parameter parameters[H3_MAX_PARAMETERS];
    size_t parameter_count;
};

/* h3_shape.c: sizes and tensors, as functions of the problem alone */
struct h3_shape h3_shape_get(const struct seq_problem *problem);
struct h3_weights h3_weights_get(const struct h3_shape *shape, const float *const *parameters);
void h3_list_parameters(struct seq_plan *plan);
enum seq_status h3_fill_parameter(const struct seq_plan *plan, size_t index, float *values);
struct h3_scratch_layout h3_scratch_layout_get(const struct h3_shape *shape);
void h3_region_sizes(const struct h3_shape *shape, size_t bytes[SEQ_REGION_COUNT]);

/* PREPARED: H spectra of the diagonal SSMs, then D rows of M taps of the shift SSMs. */
static inline int64_t h3_taps_offset(const struct h3_shape *shape)
{
    return shape->H * fftconv_spectrum_floats(shape->L);
}

/* h3_filter.c, h3_forward.c, h3_ref.c: the hooks */
enum seq_status h3_prepare(const struct seq_plan *plan, const struct seq_run *run);
enum seq_status h3_forward(const struct seq_plan *plan, const struct seq_run *run);
enum seq_status h3_reference(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                             double *output);

#endif
