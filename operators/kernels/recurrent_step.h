/* recurrent_step.h - one thread's walk through the steps of a recurrence, to be instantiated by a kernel file with its cell
 * and its products, which it makes of recurrent_multiply():
 *
 *     RECURRENT_OUTLINE void block(const struct recurrent_product *p) { recurrent_multiply(p, SHAPE); }
 *     static void walk(const struct recurrent_walk *w) { recurrent_walk_steps(w, (struct recurrent_form){...}); }
 *
 * Method: a panel is one vector wide, so a step is `sum += row of weights * h[k]` down a block of panels, with the sums in
 * registers. A sum waits for the latency of its own addition, so at least RECURRENT_SUMS of them run side by side: gates,
 * panels of a block, sequences, and where these are too few several chains over k. All are constants after inlining. The
 * products are functions of their own because among the walk's many pointers gcc 12 spills inside their loops.
 *
 * The blocks are walked forward in one step and backward in the next: what the caches still hold of the end of a step is
 * then used first, where a cyclic walk through more than the cache would find nothing. A member of a team multiplies the
 * units that are its own first, for as many blocks as take the time that the others' need to arrive.
 */
#ifndef KERNELS_RECURRENT_STEP_H
#define KERNELS_RECURRENT_STEP_H

#include "kernels/progress.h"
#include "kernels/recurrent.h"
#include "kernels/recurrent_vector.h"

#include <stdbool.h>

#define RECURRENT_SUMS 8 /* independent sums in flight: additions of latency 4, two per cycle */
#define RECURRENT_MAX_SUMS 16
#define RECURRENT_MAX_GATES 4
#define RECURRENT_MAX_BATCH 4
#define RECURRENT_NONE_APART (-1)
#define RECURRENT_PIECE 256 /* rows in a product: that many weights serve all sequences while they are near */
#define RECURRENT_LINE_FLOATS 16

/* Panels of a block, so that a loaded h serves four to six multiply-adds, and sequences that share a loaded weight: as many
 * as leave registers for one row of weights and one h. */
#define RECURRENT_PANELS(gates) ((gates) == 1 ? 4 : (gates) == 3 && RECURRENT_REGISTERS == 32 ? 2 : 1)
#define RECURRENT_BATCH ((RECURRENT_REGISTERS) == 32 ? 4 : 2)

/* Products in one sum before it joins the rest: a long sum loses more to rounding. Where gates damp what comes back, 64 would
 * take 7 % off the largest error for 3 % of the time: there a product is one sum. */
#define RECURRENT_CHAIN(gates) ((gates) == 1 ? 64 : RECURRENT_PIECE)

/* sums (batch, panels, gates) += rows of weights times h, for `count` values of k. */
struct recurrent_product {
    float *sums;
    int64_t sums_batch; /* from sequence to sequence */
    const float *row;     /* the first k's, of the first panel */
    int64_t panel_floats; /* from panel to panel */
    const float *h;       /* the first k's, of the first sequence */
    int64_t h_batch;
    int64_t count;
};

typedef void recurrent_multiply_function(const struct recurrent_product *product);

/* For one vector of units of one sequence: h after the step; the memory is updated (NULL without one). a (gates) are the
 * sums of input and hidden parts, but for the gate `apart` the hidden part alone, whose input part is `apart`. */
typedef recurrent_vector recurrent_cell(recurrent_vector *memory, const recurrent_vector *a, recurrent_vector apart,
                                        recurrent_vector before);

/* What a kernel file fills in; constant after inlining. */
struct recurrent_form {
    int64_t gates;
    int64_t apart; /* the gate whose input part the cell wants by itself, or RECURRENT_NONE_APART */
    recurrent_cell *cell;
    recurrent_multiply_function *block, *block_batch; /* RECURRENT_PANELS panels; one sequence, RECURRENT_BATCH. No
                                                         block_batch where its sums leave no registers: panel by panel */
    recurrent_multiply_function *panel, *panel_batch; /* one panel */
};

/* What is the same for all blocks of a step. */
struct recurrent_now {
    const float *x, *h;
    int64_t h_batch;
    float *out;
    int64_t own_first, own_last; /* units [own_first, own_last) are the thread's own */
};

/* A block: `panels` is RECURRENT_PANELS or 1. */
struct recurrent_block {
    float *sums; /* (B, panels, gates, lanes) */
    int64_t first, panels;
};

/* ---------------------------------------------------------------- products */

/* The shape of a product, constant in every instance. */
struct recurrent_shape {
    int64_t panels, batch, gates;
};

/* Row r of weights times `value`, which is h of sequence b in all lanes, to the sums (batch, panels, gates) of a chain. */
RECURRENT_INLINE void recurrent_add_row(recurrent_vector *sums, const float *row, int64_t panel_floats, int64_t b,
                                        recurrent_vector value, const struct recurrent_shape s)
{
#pragma GCC unroll 4
    for (int64_t p = 0; p < s.panels; ++p)
#pragma GCC unroll 4
        for (int64_t g = 0; g < s.gates; ++g)
            sums[(b * s.panels + p) * s.gates + g] += recurrent_load(row + p * panel_floats + g * RECURRENT_LANES) * value;
}

/* `rows` rows times h, row r to chain r. */
RECURRENT_INLINE void recurrent_add_rows(recurrent_vector *sums, const float *row, int64_t panel_floats,
                                         const float *const *h, const int64_t rows, const struct recurrent_shape s)
{
#pragma GCC unroll 8
    for (int64_t r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int64_t b = 0; b < s.batch; ++b)
            recurrent_add_row(sums + r * s.batch * s.panels * s.gates, row + r * s.gates * RECURRENT_LANES, panel_floats, b,
                              recurrent_broadcast(h[b][r]), s);
}

/* Adds all chains into the first, as a tree: shallow, and always in the same order. */
RECURRENT_INLINE void recurrent_join_chains(recurrent_vector *sums, const int64_t chains, const int64_t width)
{
#pragma GCC unroll 4
    for (int64_t distance = RECURRENT_SUMS / 2; distance > 0; distance /= 2)
#pragma GCC unroll 4
        for (int64_t c = 0; c < RECURRENT_SUMS / 2; ++c)
#pragma GCC unroll 12
            for (int64_t i = 0; i < width; ++i)
                if (c < distance && c + distance < chains)
                    sums[c * width + i] += sums[(c + distance) * width + i];
}

/* The sums in memory, (batch, panels, gates), += those in registers. */
RECURRENT_INLINE void recurrent_add_sums(const struct recurrent_product *product, const recurrent_vector *sums,
                                         const struct recurrent_shape s)
{
    const int64_t width = s.panels * s.gates, batch = product->sums_batch;
    float *const first = product->sums;
#pragma GCC unroll 16
    for (int64_t i = 0; i < s.batch * width; ++i) {
        float *const to = first + i / width * batch + i % width * RECURRENT_LANES;
        recurrent_store(to, recurrent_load(to) + sums[i]);
    }
}

RECURRENT_INLINE int64_t recurrent_chains(const struct recurrent_shape s)
{
    const int64_t width = s.panels * s.batch * s.gates;
    return (RECURRENT_SUMS + width - 1) / width;
}

/* `count` rows from row `from` on. */
RECURRENT_INLINE void recurrent_multiply_rows(const struct recurrent_product *product, int64_t from, int64_t count,
                                              const struct recurrent_shape s)
{
    const int64_t width = s.panels * s.batch * s.gates, chains = recurrent_chains(s);
    const int64_t row_floats = s.gates * RECURRENT_LANES, panel_floats = product->panel_floats;
    const float *h[RECURRENT_MAX_BATCH], *row = product->row + from * row_floats;
    recurrent_vector sums[RECURRENT_MAX_SUMS];
#pragma GCC unroll 4
    for (int64_t b = 0; b < s.batch; ++b)
        h[b] = product->h + from + b * product->h_batch;
#pragma GCC unroll 16
    for (int64_t i = 0; i < chains * width; ++i)
        sums[i] = (recurrent_vector){0};

    int64_t left = count;
#pragma GCC unroll 4 /* what counts and steps takes turns with the products: 8 to 10 % of a batch of four */
    for (; left >= chains; left -= chains, row += chains * row_floats) {
        recurrent_add_rows(sums, row, panel_floats, h, chains, s);
#pragma GCC unroll 4
        for (int64_t b = 0; b < s.batch; ++b)
            h[b] += chains;
    }
    for (; chains > 1 && left > 0; --left, row += row_floats) {
        recurrent_add_rows(sums, row, panel_floats, h, 1, s);
#pragma GCC unroll 4
        for (int64_t b = 0; b < s.batch; ++b)
            ++h[b];
    }
    recurrent_join_chains(sums, chains, width);
    recurrent_add_sums(product, sums, s);
}

/* The body of a product; panels, batch and gates are constants. Whole chains are apart from the rest, and what is known of one
 * stretch is forgotten in the next: else gcc keeps what all have in common and reloads pointers inside the loop over rows. */
RECURRENT_INLINE void recurrent_multiply(const struct recurrent_product *product, const struct recurrent_shape s)
{
    const int64_t step = recurrent_chains(s) * RECURRENT_CHAIN(s.gates);
    int64_t from = 0;
    for (; step < RECURRENT_PIECE && from + step <= product->count; from += step) {
        __asm__("" : "+r"(product)::"memory");
        recurrent_multiply_rows(product, from, step, s);
    }
    if (from < product->count)
        recurrent_multiply_rows(product, from, product->count - from, s);
}

/* A batch of sequences, by one product or panel by panel. */
RECURRENT_INLINE void recurrent_multiply_batch(struct recurrent_product product, const struct recurrent_block *block,
                                               const struct recurrent_form form)
{
    if (form.block_batch && block->panels == RECURRENT_PANELS(form.gates)) {
        form.block_batch(&product);
        return;
    }
    for (int64_t p = 0; p < block->panels; ++p) {
        form.panel_batch(&product);
        product.sums += form.gates * RECURRENT_LANES;
        product.row += product.panel_floats;
    }
}

/* Adds the products of k in [from, to), at most RECURRENT_PIECE, to the sums of a block, for all sequences. */
RECURRENT_INLINE void recurrent_add_piece(const struct recurrent_walk *walk, const struct recurrent_now *now,
                                          const struct recurrent_block *block, int64_t from, int64_t to,
                                          const struct recurrent_form form)
{
    const int64_t row_floats = form.gates * RECURRENT_LANES, panel_floats = (1 + walk->D) * row_floats;
    struct recurrent_product product = {
        .sums = block->sums,
        .sums_batch = block->panels * row_floats,
        .row = walk->packed + block->first * panel_floats + (1 + from) * row_floats, /* row 0 is the bias */
        .panel_floats = panel_floats,
        .h = now->h + from,
        .h_batch = now->h_batch,
        .count = to - from,
    };
    for (int64_t b = 0, step; b < walk->B; b += step) {
        step = b + RECURRENT_BATCH <= walk->B ? RECURRENT_BATCH : 1;
        if (step > 1)
            recurrent_multiply_batch(product, block, form);
        else
            (block->panels == RECURRENT_PANELS(form.gates) ? form.block : form.panel)(&product);
        product.sums += step * product.sums_batch;
        product.h += step * now->h_batch;
    }
}

/* The same of any number. */
RECURRENT_INLINE void recurrent_add_range(const struct recurrent_walk *walk, const struct recurrent_now *now,
                                          const struct recurrent_block *block, int64_t from, int64_t to,
                                          const struct recurrent_form form)
{
    for (; from < to; from += RECURRENT_PIECE)
        recurrent_add_piece(walk, now, block, from, to - from < RECURRENT_PIECE ? to : from + RECURRENT_PIECE, form);
}

/* ---------------------------------------------------------------- a block */

RECURRENT_INLINE int64_t recurrent_units(const struct recurrent_walk *walk, int64_t panel)
{
    const int64_t left = walk->D - panel * RECURRENT_LANES;
    return left < RECURRENT_LANES ? left : RECURRENT_LANES;
}

/* The input part of a gate; the next step's is asked for, because it lies where no prefetcher expects it. */
RECURRENT_INLINE recurrent_vector recurrent_x(const struct recurrent_walk *walk, const struct recurrent_now *now,
                                              int64_t panel, int64_t b, int64_t g)
{
    const float *const from = now->x + b * walk->x_batch + g * walk->x_gate + panel * RECURRENT_LANES;
    __builtin_prefetch(from + walk->x_step, 0, 3);
    return recurrent_load_part(from, recurrent_units(walk, panel));
}

/* Sums = bias + input part, then the products of the thread's own units. */
RECURRENT_INLINE void recurrent_begin(const struct recurrent_walk *walk, const struct recurrent_now *now,
                                      const struct recurrent_block *block, const struct recurrent_form form)
{
    const int64_t panel_floats = (1 + walk->D) * form.gates * RECURRENT_LANES;
    float *sum = block->sums;
    for (int64_t b = 0; b < walk->B; ++b)
        for (int64_t panel = block->first; panel < block->first + block->panels; ++panel)
#pragma GCC unroll 4
            for (int64_t g = 0; g < form.gates; ++g, sum += RECURRENT_LANES) {
                recurrent_vector start = recurrent_load(walk->packed + panel * panel_floats + g * RECURRENT_LANES);
                if (g != form.apart)
                    start += recurrent_x(walk, now, panel, b, g);
                recurrent_store(sum, start);
            }
    recurrent_add_range(walk, now, block, now->own_first, now->own_last, form);
}

/* The cell for one panel of sequence b. */
RECURRENT_INLINE void recurrent_apply_cell(const struct recurrent_walk *walk, const struct recurrent_now *now,
                                           const float *sums, int64_t panel, int64_t b, const struct recurrent_form form)
{
    const int64_t unit = panel * RECURRENT_LANES, units = recurrent_units(walk, panel);
    recurrent_vector a[RECURRENT_MAX_GATES], memory = {0}, apart = {0};
#pragma GCC unroll 4
    for (int64_t g = 0; g < form.gates; ++g)
        a[g] = recurrent_load(sums + g * RECURRENT_LANES);
    if (form.apart != RECURRENT_NONE_APART)
        apart = recurrent_x(walk, now, panel, b, form.apart);
    float *const kept = walk->memory ? walk->memory + b * walk->memory_batch + unit : NULL;
    if (kept)
        memory = recurrent_load(kept);
    const recurrent_vector before = recurrent_load_part(now->h + b * now->h_batch + unit, units);
    const recurrent_vector after = form.cell(&memory, a, apart, before);
    if (kept)
        recurrent_store(kept, memory);
    recurrent_store_part(now->out + b * walk->out_batch + unit, after, units);
}

/* The products of the others' units, then the cells. */
RECURRENT_INLINE void recurrent_end(const struct recurrent_walk *walk, const struct recurrent_now *now,
                                    const struct recurrent_block *block, const struct recurrent_form form)
{
    const float *sums = block->sums;
    recurrent_add_range(walk, now, block, 0, now->own_first, form);
    recurrent_add_range(walk, now, block, now->own_last, walk->D, form);
    for (int64_t b = 0; b < walk->B; ++b)
        for (int64_t p = 0; p < block->panels; ++p, sums += form.gates * RECURRENT_LANES)
            recurrent_apply_cell(walk, now, sums, block->first + p, b, form);
}

/* ---------------------------------------------------------------- a step */

/* Block i of a step: whole blocks, then what is left panel by panel; backward the other way round. */
RECURRENT_INLINE struct recurrent_block recurrent_pick(const struct recurrent_walk *walk, int64_t i, int64_t blocks,
                                                       bool backward, const struct recurrent_form form)
{
    const int64_t panels = RECURRENT_PANELS(form.gates), whole = (walk->last - walk->first) / panels;
    const int64_t place = backward ? blocks - 1 - i : i, slot = i < walk->ahead ? i : walk->ahead;
    struct recurrent_block block = {.first = walk->first + place * panels, .panels = panels};
    if (place >= whole)
        block = (struct recurrent_block){.first = walk->first + whole * panels + place - whole, .panels = 1};
    block.sums = walk->sums + slot * walk->B * panels * form.gates * RECURRENT_LANES;
    return block;
}

/* Asks for the units of the others, all at once: one by one in the products each would be waited for. */
RECURRENT_INLINE void recurrent_fetch_others(const struct recurrent_walk *walk, const struct recurrent_now *now)
{
    for (int64_t b = 0; b < walk->B; ++b) {
        for (int64_t k = 0; k < now->own_first; k += RECURRENT_LINE_FLOATS)
            __builtin_prefetch(now->h + b * now->h_batch + k, 0, 3);
        for (int64_t k = now->own_last; k < walk->D; k += RECURRENT_LINE_FLOATS)
            __builtin_prefetch(now->h + b * now->h_batch + k, 0, 3);
    }
}

/* All blocks of step t. */
RECURRENT_INLINE void recurrent_step(const struct recurrent_walk *walk, const struct recurrent_now *now, int64_t t,
                                     const struct recurrent_form form)
{
    const int64_t panels = RECURRENT_PANELS(form.gates), owned = walk->last - walk->first;
    const int64_t blocks = owned / panels + owned % panels, ahead = walk->ahead < blocks ? walk->ahead : blocks;
    const bool backward = t % 2 != 0;
    bool fetched = false;
    for (int64_t i = 0; i < ahead; ++i) {
        const struct recurrent_block block = recurrent_pick(walk, i, blocks, backward, form);
        recurrent_begin(walk, now, &block, form);
        if (!fetched && progress_reached(walk->progress, walk->team, t)) {
            recurrent_fetch_others(walk, now);
            fetched = true;
        }
    }
    if (walk->team > 1) {
        progress_wait_all(walk->progress, walk->team, t);
        if (!fetched)
            recurrent_fetch_others(walk, now);
    }
    for (int64_t i = 0; i < blocks; ++i) {
        const struct recurrent_block block = recurrent_pick(walk, i, blocks, backward, form);
        if (i >= ahead)
            recurrent_begin(walk, now, &block, form);
        recurrent_end(walk, now, &block, form);
    }
}

RECURRENT_INLINE void recurrent_walk_steps(const struct recurrent_walk *walk, const struct recurrent_form form)
{
    struct recurrent_now now = {
        .x = walk->x, .h = walk->h, .h_batch = walk->h_batch, .out = walk->out, .own_last = walk->D};
    if (walk->team > 1) {
        now.own_first = walk->first * RECURRENT_LANES;
        now.own_last = walk->last * RECURRENT_LANES < walk->D ? walk->last * RECURRENT_LANES : walk->D;
    }
    for (int64_t t = 0; t < walk->steps; ++t) {
        recurrent_step(walk, &now, t, form);
        if (walk->team > 1)
            progress_publish(&walk->progress[walk->thread], t + 1);
        now.x += walk->x_step;
        now.h = now.out;
        now.h_batch = walk->out_batch;
        now.out += walk->D;
    }
}

#endif
