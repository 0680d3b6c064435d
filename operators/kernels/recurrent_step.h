/* recurrent_step.h - one step of a recurrence over packed panels, to be instantiated by a kernel file with its own cell.
 *
 *     RECURRENT_INLINE void cell(float *h, float *memory, const float *x, const float *hidden,
 *                                const float *before) {...}
 *     static void step(const struct recurrent_step *s) { recurrent_step_panels(s, GATES, cell); }
 *
 * Method: a panel is one vector wide, so a step is `sum += row of weights * h[k]` down the panel, with the sums in
 * registers. A single sum would wait for the latency of its own addition, so each is kept in several independent chains
 * over k, or each row of weights is used for several sequences. Gates, chains and sequences are constants after inlining.
 */
#ifndef KERNELS_RECURRENT_STEP_H
#define KERNELS_RECURRENT_STEP_H

#include "kernels/recurrent.h"

#include <string.h>

#if defined(__AVX512F__)
#define RECURRENT_LANES 16
#define RECURRENT_REGISTERS 32
#elif defined(__AVX2__)
#define RECURRENT_LANES 8
#define RECURRENT_REGISTERS 16
#else
#define RECURRENT_LANES 4
#define RECURRENT_REGISTERS 16
#endif

#define RECURRENT_CHAINS 8 /* independent sums in flight: additions of latency 4, two per cycle */
#define RECURRENT_MAX_SUMS 16
#define RECURRENT_MAX_BATCH 4
#define RECURRENT_INLINE static inline __attribute__((always_inline))

typedef float recurrent_vector __attribute__((vector_size(RECURRENT_LANES * sizeof(float))));

/* For `lanes` units of one sequence: h after the step (written) and the memory (updated, NULL without one), from the input
 * parts and hidden parts (gates, lanes) and h before the step. */
typedef void recurrent_cell(float *h, float *memory, const float *x, const float *hidden, const float *before);

RECURRENT_INLINE recurrent_vector recurrent_load(const float *from)
{
    recurrent_vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

RECURRENT_INLINE void recurrent_store(float *to, recurrent_vector v)
{
    memcpy(to, &v, sizeof v);
}

/* The first `count` lanes from memory, the rest zero. */
RECURRENT_INLINE void recurrent_load_part(float *to, const float *from, int64_t count)
{
    if (count == RECURRENT_LANES) {
        recurrent_store(to, recurrent_load(from));
        return;
    }
    recurrent_store(to, (recurrent_vector){0});
    memcpy(to, from, (size_t)count * sizeof *to);
}

RECURRENT_INLINE void recurrent_store_part(float *to, const float *from, int64_t count)
{
    if (count == RECURRENT_LANES)
        recurrent_store(to, recurrent_load(from));
    else
        memcpy(to, from, (size_t)count * sizeof *to);
}

/* Adds `rows` rows of weights times h to the sums, row r to chain r. `sums` is (chains, batch, gates). */
RECURRENT_INLINE void recurrent_add_rows(recurrent_vector *sums, const float *row, const float *const *h, int64_t k,
                                         const int64_t rows, const int64_t batch, const int64_t gates)
{
#pragma GCC unroll 8
    for (int64_t r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int64_t b = 0; b < batch; ++b)
#pragma GCC unroll 4
            for (int64_t g = 0; g < gates; ++g)
                sums[(r * batch + b) * gates + g] += recurrent_load(row + (r * gates + g) * RECURRENT_LANES) * h[b][k + r];
}

/* hidden (batch, gates, lanes) = b_hh + W_hh h for the units of one panel and `batch` sequences. */
RECURRENT_INLINE void recurrent_hidden_parts(float *hidden, const float *panel, const float *const *h, int64_t D,
                                             const int64_t batch, const int64_t gates)
{
    const int64_t sums_of_chain = batch * gates;
    const int64_t chains = (RECURRENT_CHAINS + sums_of_chain - 1) / sums_of_chain;
    const int64_t row_floats = gates * RECURRENT_LANES;
    recurrent_vector sums[RECURRENT_MAX_SUMS];
#pragma GCC unroll 16
    for (int64_t i = 0; i < chains * sums_of_chain; ++i)
        sums[i] = i < sums_of_chain ? recurrent_load(panel + (i % gates) * RECURRENT_LANES) : (recurrent_vector){0};

    const float *row = panel + row_floats;
    int64_t k = 0;
    for (; k + chains <= D; k += chains, row += chains * row_floats)
        recurrent_add_rows(sums, row, h, k, chains, batch, gates);
    for (; k < D; ++k, row += row_floats)
        recurrent_add_rows(sums, row, h, k, 1, batch, gates);

    for (int64_t left = chains; left > 1; left = (left + 1) / 2) { /* a tree: shallow, and always in the same order */
        const int64_t kept = (left + 1) / 2 * sums_of_chain;
#pragma GCC unroll 16
        for (int64_t i = kept; i < left * sums_of_chain; ++i)
            sums[i - kept] += sums[i];
    }
#pragma GCC unroll 16
    for (int64_t i = 0; i < sums_of_chain; ++i)
        recurrent_store(hidden + i * RECURRENT_LANES, sums[i]);
}

/* The cell for one panel of sequence b, whose hidden parts are ready. */
RECURRENT_INLINE void recurrent_apply_cell(const struct recurrent_step *step, int64_t panel, int64_t b, const float *hidden,
                                           const int64_t gates, recurrent_cell *cell)
{
    const int64_t unit = panel * RECURRENT_LANES;
    const int64_t left = step->D - unit;
    const int64_t count = left < RECURRENT_LANES ? left : RECURRENT_LANES;
    float x[RECURRENT_MAX_GATES * RECURRENT_LANES], before[RECURRENT_LANES], after[RECURRENT_LANES];
    for (int64_t g = 0; g < gates; ++g)
        recurrent_load_part(x + g * RECURRENT_LANES, step->x + b * step->x_batch + g * step->x_gate + unit, count);
    recurrent_load_part(before, step->h + b * step->h_batch + unit, count);
    cell(after, step->memory ? step->memory + b * step->memory_batch + unit : NULL, x, hidden, before);
    recurrent_store_part(step->out + b * step->out_batch + unit, after, count);
}

/* One panel for sequences b .. b + batch - 1. */
RECURRENT_INLINE void recurrent_step_panel(const struct recurrent_step *step, int64_t panel, int64_t b, const int64_t batch,
                                           const int64_t gates, recurrent_cell *cell)
{
    const float *const weights = step->packed + panel * (1 + step->D) * gates * RECURRENT_LANES;
    const float *h[RECURRENT_MAX_BATCH];
    float hidden[RECURRENT_MAX_SUMS * RECURRENT_LANES];
    for (int64_t i = 0; i < batch; ++i)
        h[i] = step->h + (b + i) * step->h_batch;
    recurrent_hidden_parts(hidden, weights, h, step->D, batch, gates);
    for (int64_t i = 0; i < batch; ++i)
        recurrent_apply_cell(step, panel, b + i, hidden + i * gates * RECURRENT_LANES, gates, cell);
}

/* One step: panels [first, last) for all sequences. */
RECURRENT_INLINE void recurrent_step_panels(const struct recurrent_step *step, const int64_t gates, recurrent_cell *cell)
{
    /* As many sequences at a time as have room for their sums beside weights and h in the vector registers. */
    const int64_t batch = RECURRENT_REGISTERS / gates > RECURRENT_MAX_BATCH ? RECURRENT_MAX_BATCH : RECURRENT_MAX_BATCH / 2;
    for (int64_t panel = step->first; panel < step->last; ++panel) {
        int64_t b = 0;
        for (; b + batch <= step->B; b += batch)
            recurrent_step_panel(step, panel, b, batch, gates, cell);
        for (; b < step->B; ++b)
            recurrent_step_panel(step, panel, b, 1, gates, cell);
    }
}

#endif
