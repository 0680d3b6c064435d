/* h3_filter.c - everything that depends on the weights alone: the diagonal SSMs' impulse responses as spectra, and the
 * shift SSMs as taps.
 */
#include "h3/h3.h"

#include <math.h>
#include <omp.h>

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

static void make_spectrum(const struct seq_plan *plan, const struct h3_weights *weights, float *spectrum, float *memory,
                          int64_t c)
{
    const struct h3_shape *const shape = &plan->shape;
    const struct h3_scratch_layout layout = h3_scratch_layout_get(shape);
    struct h3_mode *const modes = (struct h3_mode *)(void *)(memory + layout.modes);
    for (int64_t m = 0; m < shape->M / 2; ++m)
        modes[m] = mode_get(shape, weights, c, m);
    float *const sequence = memory + layout.sequence;
    plan->kernel->response(sequence, modes, shape->M / 2, fftconv_scale(plan->conv), shape->L);
    fftconv_pad(plan->conv, sequence);
    fftconv_transform(plan->conv, spectrum, sequence);
}

/* The shift SSM moves its state down by one and puts B k_t on top: tap l is the sum over m of B[m] C[m + l]. The skip
 * belongs to tap 0. */
static void make_taps(const struct h3_shape *shape, const struct h3_weights *weights, float *taps, int64_t d)
{
    const float *const b = weights->shift_B + d * shape->M, *const c = weights->shift_C + d * shape->M;
    for (int64_t l = 0; l < shape->M; ++l) {
        double sum = l == 0 ? weights->shift_skip[d] : 0.0;
        for (int64_t m = 0; m + l < shape->M; ++m)
            sum += (double)b[m] * (double)c[m + l];
        taps[l] = (float)sum;
    }
}

enum seq_status h3_prepare(const struct seq_plan *plan, const struct seq_run *run)
{
    const struct h3_shape *const shape = &plan->shape;
    const struct h3_weights weights = h3_weights_get(shape, run->parameters);
    const int64_t stride = fftconv_spectrum_floats(shape->L);
    float *const spectra = run->prepared;
    float *const taps = spectra + h3_taps_offset(shape);

    seq_phase(run, "filter");
#pragma omp parallel num_threads(run->threads)
    {
#pragma omp for schedule(static) nowait
        for (int64_t c = 0; c < shape->H; ++c)
            make_spectrum(plan, &weights, spectra + c * stride, seq_thread_scratch(run, omp_get_thread_num()), c);
#pragma omp for schedule(static)
        for (int64_t d = 0; d < shape->D; ++d)
            make_taps(shape, &weights, taps + d * shape->M, d);
    }
    return SEQ_OK;
}
