/* h3_filter.c - everything that depends on the weights alone: the diagonal SSMs' impulse responses, prepared for their
 * convolutions, the shift SSMs as taps, and the packed projections.
 *
 * A response is a sum of powers of its modes' poles, 16 channels side by side. Every S-th power of a pole, and the S first
 * ones, are made in double, one from the other; all others are products of two of these, and with the sum over the modes that
 * is a matrix product of (L / S, M) and (M, S), in float32: its only errors are the roundings of the factors and of the sum.
 */
#include "h3/h3.h"

#include <math.h>
#include <omp.h>
#include <string.h>

static struct h3_complex times(struct h3_complex a, struct h3_complex b)
{
    return (struct h3_complex){.re = a.re * b.re - a.im * b.im, .im = a.re * b.im + a.im * b.re};
}

static struct h3_complex over(struct h3_complex a, struct h3_complex b)
{
    const double size = b.re * b.re + b.im * b.im;
    const struct h3_complex conjugate = {.re = b.re / size, .im = -b.im / size};
    return times(a, conjugate);
}

/* e^z - 1 without cancellation: e^x cos y - 1 = expm1(x) cos y - 2 sin^2(y / 2). */
static struct h3_complex exponential_minus_one(struct h3_complex z)
{
    const double grown = expm1(z.re), half = sin(0.5 * z.im);
    return (struct h3_complex){.re = grown * cos(z.im) - 2.0 * half * half, .im = (grown + 1.0) * sin(z.im)};
}

/* With z = dt A: bilinear has pole (1 + z/2) / (1 - z/2) and B dt / (1 - z/2); zoh has pole e^z and B (e^z - 1) / A. */
static struct h3_mode mode_get(const struct h3_shape *shape, const struct h3_weights *weights, int64_t c, int64_t m)
{
    const int64_t index = c * (shape->M / 2) + m;
    const double dt = exp((double)weights->log_dt[c]);
    const struct h3_complex z = {
        .re = -dt * exp((double)weights->inv_A_real[index]),
        .im = dt * (double)weights->A_imag[index],
    };
    const struct h3_complex b = {.re = dt * weights->B[2 * index], .im = dt * weights->B[2 * index + 1]};
    const struct h3_complex cb =
        times((struct h3_complex){.re = weights->C[2 * index], .im = weights->C[2 * index + 1]}, b);
    if (shape->disc == H3_BILINEAR) {
        const struct h3_complex above = {.re = 1.0 + 0.5 * z.re, .im = 0.5 * z.im};
        const struct h3_complex below = {.re = 1.0 - 0.5 * z.re, .im = -0.5 * z.im};
        return (struct h3_mode){.pole = over(above, below), .gain = over(cb, below)};
    }
    const struct h3_complex grown = exponential_minus_one(z);
    const bool vanishes = z.re * z.re + z.im * z.im < 1e-200; /* over() would divide by 0; (e^z - 1) / z is 1 there */
    return (struct h3_mode){
        .pole = {.re = exp(z.re) * cos(z.im), .im = exp(z.re) * sin(z.im)},
        .gain = vanishes ? cb : times(cb, over(grown, z)),
    };
}

/* ---------------------------------------------------------------- responses */

/* The result's channel j * H + c belongs to head c. */
static int64_t head_of(const struct h3_shape *shape, int64_t channel)
{
    return channel % shape->H;
}

static struct h3_complex power_of(struct h3_complex z, int64_t exponent)
{
    struct h3_complex power = {.re = 1.0};
    for (int64_t bits = exponent; bits > 0; bits /= 2, z = times(z, z))
        if (bits % 2 != 0)
            power = times(power, z);
    return power;
}

static void set(double *state, int64_t mode, int64_t lane, struct h3_complex value)
{
    state[(2 * mode) * MATRIX_GROUP + lane] = value.re;
    state[(2 * mode + 1) * MATRIX_GROUP + lane] = value.im;
}

/* The states at position 0, of the left factor if `left`: 2 gain in steps of pole^S, conjugated; else 1 in steps of pole. */
static void set_states(const struct seq_plan *plan, const struct h3_weights *weights, double *power, double *step,
                       int64_t group, bool left)
{
    const struct h3_shape *const shape = &plan->shape;
    const int64_t steps = h3_response_layout_get(shape).steps;
    for (int64_t lane = 0; lane < MATRIX_GROUP; ++lane) {
        const int64_t channel = group * MATRIX_GROUP + lane;
        for (int64_t m = 0; m < shape->M / 2; ++m) {
            struct h3_complex first = {.re = 0.0}, factor = {.re = 0.0}; /* a lane without a channel: zeros */
            if (channel < shape->D) {
                const struct h3_mode mode = mode_get(shape, weights, head_of(shape, channel), m);
                const struct h3_complex stride = power_of(mode.pole, steps);
                first = (struct h3_complex){.re = left ? 2.0 * mode.gain.re : 1.0, .im = left ? -2.0 * mode.gain.im : 0.0};
                factor = (struct h3_complex){.re = left ? stride.re : mode.pole.re, .im = left ? -stride.im : mode.pole.im};
            }
            set(power, m, lane, first);
            set(step, m, lane, factor);
        }
    }
}

/* Rows [first, first + rows) of a group of filters. */
static void store_values(const struct seq_plan *plan, float *group, const float *values, int64_t first, int64_t rows)
{
    if (plan->mixer.conv.layout == LONGCONV_PANELS)
        memcpy(group + first * MATRIX_GROUP, values, (size_t)(rows * MATRIX_GROUP) * sizeof *values);
    else
        longconv_put(plan->conv, group, first, values, rows);
}

static void make_responses(const struct seq_plan *plan, const struct h3_weights *weights, float *filters, double *memory,
                           int64_t group)
{
    const struct h3_shape *const shape = &plan->shape;
    const struct h3_response_layout layout = h3_response_layout_get(shape);
    const int64_t modes = shape->M / 2, chunk = H3_LEFT * layout.steps;
    double *const power = memory + layout.power, *const step = memory + layout.step;
    float *const left = (float *)(void *)(memory + layout.left), *const right = (float *)(void *)(memory + layout.right);
    float *const values = (float *)(void *)(memory + layout.values);
    set_states(plan, weights, power, step, group, false);
    plan->kernel->powers(right, power, step, modes, layout.steps);
    set_states(plan, weights, power, step, group, true);
    for (int64_t first = 0; first < shape->L; first += chunk) {
        const int64_t rows = shape->L - first < chunk ? shape->L - first : chunk;
        plan->kernel->powers(left, power, step, modes, H3_LEFT);
        plan->kernel->product(values, left, right, modes, layout.steps);
        for (int64_t lane = 0; first == 0 && lane < MATRIX_GROUP && group * MATRIX_GROUP + lane < shape->D; ++lane)
            values[lane] += weights->skip[head_of(shape, group * MATRIX_GROUP + lane)];
        store_values(plan, filters, values, first, rows);
    }
}

/* ---------------------------------------------------------------- weights */

/* The shift SSM moves its state down by one and puts B k_t on top: tap l is the sum over m of B[m] C[m + l]. The skip
 * belongs to tap 0. */
static float tap_get(const struct h3_shape *shape, const struct h3_weights *weights, int64_t d, int64_t l)
{
    const float *const b = weights->shift_B + d * shape->M, *const c = weights->shift_C + d * shape->M;
    double sum = l == 0 ? weights->shift_skip[d] : 0.0;
    for (int64_t m = 0; m + l < shape->M; ++m)
        sum += (double)b[m] * (double)c[m + l];
    return (float)sum;
}

static void make_taps(const struct h3_shape *shape, const struct h3_weights *weights, float *taps, int64_t group)
{
    for (int64_t lane = 0; lane < MATRIX_GROUP; ++lane)
        for (int64_t l = 0; l < shape->M; ++l) {
            const int64_t d = group * MATRIX_GROUP + lane;
            taps[l * MATRIX_GROUP + lane] = d < shape->D ? tap_get(shape, weights, d, l) : 0.0f;
        }
}

static void pack(const struct seq_plan *plan, const struct h3_weights *weights, const struct seq_run *run)
{
    mixer_pack_stream(&plan->mixer, run, H3_STREAM_K, weights->k_weight, weights->k_bias);
    mixer_pack_stream(&plan->mixer, run, H3_STREAM_V, weights->v_weight, weights->v_bias);
    mixer_pack_stream(&plan->mixer, run, H3_STREAM_Q, weights->q_weight, weights->q_bias);
    mixer_pack_output(&plan->mixer, run, weights->output_weight, weights->output_bias);
}

enum seq_status h3_prepare(const struct seq_plan *plan, const struct seq_run *run)
{
    const struct h3_shape *const shape = &plan->shape;
    const struct h3_weights weights = h3_weights_get(shape, run->parameters);
    const struct mixer *const mixer = &plan->mixer;
    float *const taps = (float *)run->prepared + plan->layout.taps;

    seq_phase(run, "weights");
    if (!shape->core)
        pack(plan, &weights, run);
    seq_phase(run, "filter");
#pragma omp parallel for num_threads(run->threads) schedule(static)
    for (int64_t group = 0; group < mixer->groups; ++group) {
        make_taps(shape, &weights, taps + group * shape->M * MATRIX_GROUP, group);
        make_responses(plan, &weights, (float *)run->activations + group * mixer->conv.group_floats,
                       seq_thread_scratch(run, omp_get_thread_num()), group);
    }
    seq_phase(run, "filter spectrum");
    mixer_prepare_filters(mixer, plan->conv, run, (float *)run->prepared + plan->layout.spectra);
    return SEQ_OK;
}
