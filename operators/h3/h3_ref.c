/* h3_ref.c - the definition in double precision: both SSMs as the recurrences they are, without kernels or convolutions.
 *
 * Head by head, so that memory grows with L and not with L * D.
 */
#include "h3/h3.h"

#include "kernels/reference_dot.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reference {
    struct h3_shape shape;
    struct h3_weights weights;
    const float *input;
    const struct seq_rows *rows;
    int64_t T;     /* positions that some wanted row depends on */
    double *mixed; /* (rows, D): before the output projection, in its order of channels */
};

/* x becomes A x + B u, and C x is read; C is in the gain, B and C being scalars. */
struct mode {
    complex double pole, gain;
};

/* One thread's working memory. */
struct head {
    double *shifted;       /* (P, T) */
    double *v, *answer;    /* (T) */
    double *shift_state;   /* (M) */
    complex double *state; /* (M/2) */
    struct mode *modes;    /* (M/2) */
    void *memory;
};

static enum seq_status head_create(struct head *head, const struct h3_shape *shape, int64_t T)
{
    const size_t modes = (size_t)(shape->M / 2), steps = (size_t)T, P = (size_t)shape->P;
    const size_t doubles = (P + 2) * steps + (size_t)shape->M;
    head->memory = malloc(doubles * sizeof(double) + modes * (sizeof *head->state + sizeof *head->modes));
    if (!head->memory)
        return SEQ_NO_MEMORY;
    head->shifted = head->memory;
    head->v = head->shifted + P * steps;
    head->answer = head->v + steps;
    head->shift_state = head->answer + steps;
    head->state = (complex double *)(void *)(head->shift_state + shape->M);
    head->modes = (struct mode *)(void *)(head->state + modes);
    return SEQ_OK;
}

/* One channel of a projection at position t; in scope core the input. */
static double projected(const struct reference *ref, const float *weight, const float *bias, int64_t channel, int64_t b,
                        int64_t t)
{
    const int64_t D = ref->shape.D;
    const float *const x = ref->input + (b * ref->shape.L + t) * D;
    if (ref->shape.core)
        return x[channel];
    return bias[channel] + reference_dot_floats(weight + channel * D, x, D);
}

/* The shift SSM: the state moves down by one, B k_t is added, C reads it, and the skip adds k_t itself. */
static void shift_channel(const struct reference *ref, const struct head *head, double *out, int64_t channel, int64_t b)
{
    const int64_t M = ref->shape.M;
    const float *const shift_B = ref->weights.shift_B + channel * M, *const shift_C = ref->weights.shift_C + channel * M;
    double *const state = head->shift_state;
    memset(state, 0, (size_t)M * sizeof *state);
    for (int64_t t = 0; t < ref->T; ++t) {
        const double k = projected(ref, ref->weights.k_weight, ref->weights.k_bias, channel, b, t);
        memmove(state + 1, state, (size_t)(M - 1) * sizeof *state);
        state[0] = 0.0;
        out[t] = ref->weights.shift_skip[channel] * k;
        for (int64_t m = 0; m < M; ++m) {
            state[m] += shift_B[m] * k;
            out[t] += shift_C[m] * state[m];
        }
    }
}

/* Mode m of head c, discretised: x' = A x + B u over steps of dt. */
static struct mode mode_get(const struct reference *ref, int64_t c, int64_t m)
{
    const int64_t i = c * (ref->shape.M / 2) + m;
    const double dt = exp((double)ref->weights.log_dt[c]);
    const complex double A = -exp((double)ref->weights.inv_A_real[i]) + I * (double)ref->weights.A_imag[i];
    const complex double B = (double)ref->weights.B[2 * i] + I * (double)ref->weights.B[2 * i + 1];
    const complex double C = (double)ref->weights.C[2 * i] + I * (double)ref->weights.C[2 * i + 1];
    const complex double z = dt * A;
    if (ref->shape.disc == H3_ZOH && cabs(z) < 1e-6) /* e^z - 1 would lose its digits: its series, to z^3 */
        return (struct mode){.pole = cexp(z), .gain = C * B * dt * (1.0 + z / 2.0 + z * z / 6.0)};
    if (ref->shape.disc == H3_ZOH)
        return (struct mode){.pole = cexp(z), .gain = C * B * (cexp(z) - 1.0) / A};
    return (struct mode){.pole = (1.0 + z / 2.0) / (1.0 - z / 2.0), .gain = C * B * dt / (1.0 - z / 2.0)};
}

/* Each state is multiplied by its pole and takes the input. Conjugate partners are left out: twice the real part. */
static double diagonal_step(const struct head *head, int64_t modes, double u)
{
    double sum = 0.0;
    for (int64_t m = 0; m < modes; ++m) {
        head->state[m] = head->modes[m].pole * head->state[m] + u;
        sum += 2.0 * creal(head->modes[m].gain * head->state[m]);
    }
    return sum;
}

/* answer[t] = diagonal SSM of shifted k_i times v, with its skip. */
static void diagonal_answer(const struct reference *ref, const struct head *head, int64_t c, int64_t i)
{
    const int64_t modes = ref->shape.M / 2;
    for (int64_t m = 0; m < modes; ++m)
        head->state[m] = 0.0;
    for (int64_t t = 0; t < ref->T; ++t) {
        const double x = head->shifted[i * ref->T + t] * head->v[t];
        head->answer[t] = diagonal_step(head, modes, x) + ref->weights.skip[c] * x;
    }
}

/* Head c of the wanted rows [first, last), which are all of sequence b. */
static void mix_sequence(const struct reference *ref, const struct head *head, int64_t c, size_t first, size_t last)
{
    const int64_t P = ref->shape.P, D = ref->shape.D, b = ref->rows->b[first];
    for (int64_t i = 0; i < P; ++i)
        shift_channel(ref, head, head->shifted + i * ref->T, c * P + i, b);
    for (int64_t j = 0; j < P; ++j) {
        double *const mixed = ref->mixed + j * ref->shape.H + c;
        for (int64_t t = 0; t < ref->T; ++t)
            head->v[t] = projected(ref, ref->weights.v_weight, ref->weights.v_bias, c * P + j, b, t);
        for (int64_t i = 0; i < P; ++i) {
            diagonal_answer(ref, head, c, i);
            for (size_t r = first; r < last; ++r) {
                const int64_t t = ref->rows->t[r];
                const double q = projected(ref, ref->weights.q_weight, ref->weights.q_bias, c * P + i, b, t);
                mixed[(int64_t)r * D] = (i == 0 ? 0.0 : mixed[(int64_t)r * D]) + q * head->answer[t];
            }
        }
    }
}

static void mix_head(const struct reference *ref, const struct head *head, int64_t c)
{
    for (int64_t m = 0; m < ref->shape.M / 2; ++m)
        head->modes[m] = mode_get(ref, c, m);
    size_t last;
    for (size_t first = 0; first < ref->rows->count; first = last) {
        for (last = first; last < ref->rows->count && ref->rows->b[last] == ref->rows->b[first];)
            ++last;
        mix_sequence(ref, head, c, first, last);
    }
}

static enum seq_status mix(const struct reference *ref, int threads)
{
    int failed = 0;
#pragma omp parallel num_threads(threads) reduction(| : failed)
    {
        struct head head = {.memory = NULL};
        failed = head_create(&head, &ref->shape, ref->T) != SEQ_OK;
#pragma omp for schedule(static)
        for (int64_t c = 0; c < ref->shape.H; ++c)
            if (!failed)
                mix_head(ref, &head, c);
        free(head.memory);
    }
    return failed ? SEQ_NO_MEMORY : SEQ_OK;
}

static void project(const struct reference *ref, double *output)
{
    const int64_t D = ref->shape.D;
    for (size_t r = 0; r < ref->rows->count; ++r) {
        const double *const mixed = ref->mixed + (int64_t)r * D;
        for (int64_t d = 0; d < D; ++d) {
            double sum = ref->shape.core ? mixed[d] : ref->weights.output_bias[d];
            for (int64_t i = 0; i < D && !ref->shape.core; ++i)
                sum += ref->weights.output_weight[d * D + i] * mixed[i];
            output[(int64_t)r * D + d] = sum;
        }
    }
}

enum seq_status h3_reference(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                             double *output)
{
    struct reference ref = {.shape = h3_shape_get(problem), .input = run->input, .rows = rows};
    ref.weights = h3_weights_get(&ref.shape, run->parameters);
    for (size_t r = 0; r < rows->count; ++r)
        ref.T = rows->t[r] + 1 > ref.T ? rows->t[r] + 1 : ref.T;
    if (ref.T == 0)
        return SEQ_OK;
    ref.mixed = malloc(rows->count * (size_t)problem->D * sizeof *ref.mixed);
    const enum seq_status status = ref.mixed ? mix(&ref, problem->threads) : SEQ_NO_MEMORY;
    if (status == SEQ_OK)
        project(&ref, output);
    free(ref.mixed);
    return status;
}
