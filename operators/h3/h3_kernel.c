/* h3_kernel.c - the shift SSM as an FIR, the impulse response of a diagonal SSM, and the gates, compiled once per
 * instruction set.
 */
#include "h3/h3.h"

#include <assert.h>
#include <string.h>

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif

#define INLINE static inline __attribute__((always_inline))
#define FIR_VECTORS 8 /* sums in registers: additions of latency 4, two per cycle */
#define MODES 4       /* taken together, so that their multiplications overlap */
#define RESTART 16    /* steps of LANES values until a mode's power starts anew from double: bounds rounding to 1e-6 */
#define FIR_STEP ((int64_t)FIR_VECTORS * LANES)
#define CHUNK ((int64_t)RESTART * LANES)

static_assert(H3_FIR_BLOCK % FIR_STEP == 0, "a block is whole vectors");

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

INLINE vector load(const float *from)
{
    vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* ---------------------------------------------------------------- shift SSM */

static void fir(float *out, const float *history, const float *taps, int64_t M, int64_t L)
{
    for (int64_t t = 0; t < L; t += FIR_STEP) {
        vector sums[FIR_VECTORS] = {{0}};
        for (int64_t m = 0; m < M; ++m)
#pragma GCC unroll 8
            for (int64_t i = 0; i < FIR_VECTORS; ++i)
                sums[i] += load(history + t - m + i * LANES) * taps[m];
        memcpy(out + t, sums, sizeof sums);
    }
}

/* ---------------------------------------------------------------- diagonal SSM */

/* Powers of one mode: `power` holds 2 gain pole^l for the LANES values of l at hand. */
struct powers {
    vector re, im;            /* pole^0 .. pole^(LANES - 1) */
    float step_re, step_im;   /* pole^LANES */
    struct h3_complex start;  /* 2 gain scale pole^l0 for the chunk that begins at l0 */
    struct h3_complex stride; /* pole^CHUNK */
};

INLINE struct h3_complex times(struct h3_complex a, struct h3_complex b)
{
    return (struct h3_complex){.re = a.re * b.re - a.im * b.im, .im = a.re * b.im + a.im * b.re};
}

static struct powers powers_get(const struct h3_mode *mode, double scale)
{
    struct powers p = {.start = {.re = 2.0 * scale * mode->gain.re, .im = 2.0 * scale * mode->gain.im}};
    struct h3_complex power = {.re = 1.0};
    for (int i = 0; i < LANES; ++i) {
        p.re[i] = (float)power.re;
        p.im[i] = (float)power.im;
        power = times(power, mode->pole);
    }
    p.step_re = (float)power.re;
    p.step_im = (float)power.im;
    for (int steps = 1; steps < RESTART; steps *= 2)
        power = times(power, power);
    p.stride = power;
    return p;
}

/* Values of one chunk from MODES modes, whose starts move on to the next chunk. */
INLINE void chunk_of_modes(vector *chunk, struct powers *modes)
{
    vector re[MODES], im[MODES];
#pragma GCC unroll 4
    for (int i = 0; i < MODES; ++i) {
        const float start_re = (float)modes[i].start.re, start_im = (float)modes[i].start.im;
        re[i] = modes[i].re * start_re - modes[i].im * start_im;
        im[i] = modes[i].re * start_im + modes[i].im * start_re;
        modes[i].start = times(modes[i].start, modes[i].stride);
    }
    for (int s = 0; s < RESTART; ++s) {
        chunk[s] = (re[0] + re[1]) + (re[2] + re[3]);
#pragma GCC unroll 4
        for (int i = 0; i < MODES; ++i) {
            const vector moved = re[i] * modes[i].step_re - im[i] * modes[i].step_im;
            im[i] = re[i] * modes[i].step_im + im[i] * modes[i].step_re;
            re[i] = moved;
        }
    }
}

static void response(float *out, const struct h3_mode *modes, int64_t count, double scale, int64_t L)
{
    memset(out, 0, (size_t)L * sizeof *out);
    for (int64_t first = 0; first < count; first += MODES) {
        struct powers powers[MODES] = {{.step_re = 0.0f}}; /* a mode beyond the last one adds zero */
        for (int64_t i = 0; i < MODES && first + i < count; ++i)
            powers[i] = powers_get(&modes[first + i], scale);
        for (int64_t l = 0; l < L; l += CHUNK) {
            vector chunk[RESTART];
            float values[CHUNK];
            const int64_t left = L - l < CHUNK ? L - l : CHUNK;
            chunk_of_modes(chunk, powers);
            memcpy(values, chunk, sizeof values);
#pragma omp simd
            for (int64_t i = 0; i < left; ++i)
                out[l + i] += values[i];
        }
    }
}

/* ---------------------------------------------------------------- gates */

static void add(float *out, const float *x, float bias, int64_t L)
{
#pragma omp simd
    for (int64_t t = 0; t < L; ++t)
        out[t] = x[t] + bias;
}

static void product(float *out, const float *a, const float *b, float bias, int64_t L)
{
#pragma omp simd
    for (int64_t t = 0; t < L; ++t)
        out[t] = a[t] * (b[t] + bias);
}

static void gate(float *out, const float *y, float skip, const float *x, const float *q, float bias, const float *sum,
                 int64_t L)
{
    if (sum) {
#pragma omp simd
        for (int64_t t = 0; t < L; ++t)
            out[t] = (y[t] + skip * x[t]) * (q[t] + bias) + sum[t];
    } else {
#pragma omp simd
        for (int64_t t = 0; t < L; ++t)
            out[t] = (y[t] + skip * x[t]) * (q[t] + bias);
    }
}

const struct h3_kernel ISA_NAME(h3_kernel) = {
    .fir = fir,
    .response = response,
    .add = add,
    .product = product,
    .gate = gate,
};
