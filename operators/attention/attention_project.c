/* attention_project.c - from the input to the queries, keys and values of every head, and from the mixed heads to the
 * output: the projections, and the positions that enter outside the scores. Conventions of these, all with base 10000:
 *
 *   sinusoidal  added to the layer's input: sin(t / base^(2i/D)) at channel 2i, the cosine at 2i + 1 (Vaswani et al. 2017,
 *               section 3.5)
 *   rotary      queries and keys, channels i and i + width/2 of a head turned by t / base^(2i/width) (Su et al. 2021,
 *               arXiv:2104.09864, in the pairing of GPT-NeoX)
 *   ALiBi       enters the scores; its slopes are here (Press et al. 2021, arXiv:2108.12409, section 3)
 *
 * Method: the projection writes panels (kernels/matrix.h) in which every head begins with a group, so that a kernel reads
 * keys and values forward, whole lines at a time. Heads as wide as some groups are one product; else each head is its own.
 */
#include "attention/attention.h"

#include <math.h>
#include <string.h>

#define POSITION_BASE 10000.0
#define LOG2_E 1.4426950408889634
#define PLACE_TOKENS 64 /* of the input, which stay in the L2 cache while their panels are written: up to 4096 channels */

/* ---------------------------------------------------------------- tables */

static int64_t table_floats(const struct attention_shape *shape)
{
    switch (shape->position) {
    case POSITION_SINUSOIDAL:
        return attention_aligned(shape->L * shape->D);
    case POSITION_ROTARY:
        return attention_aligned(shape->L * shape->width);
    case POSITION_NONE:
    case POSITION_ALIBI:
        break;
    }
    return 0;
}

/* Angle of pair i of `channels` at position t. */
static double angle(int64_t t, int64_t i, int64_t channels)
{
    return (double)t * pow(POSITION_BASE, -2.0 * (double)i / (double)channels);
}

static void fill_sinusoids(float *row, int64_t t, int64_t D)
{
    for (int64_t c = 0; c < D; ++c)
        row[c] = (float)(c % 2 == 0 ? sin(angle(t, c / 2, D)) : cos(angle(t, c / 2, D)));
}

/* width / 2 cosines, then as many sines. */
static void fill_rotation(float *row, int64_t t, int64_t width)
{
    for (int64_t i = 0; i < width / 2; ++i) {
        row[i] = (float)cos(angle(t, i, width));
        row[width / 2 + i] = (float)sin(angle(t, i, width));
    }
}

static void fill_table(const struct attention_shape *shape, float *table)
{
    if (table_floats(shape) == 0)
        return;
#pragma omp parallel for num_threads(shape->threads) schedule(static)
    for (int64_t t = 0; t < shape->L; ++t) {
        if (shape->position == POSITION_ROTARY)
            fill_rotation(table + t * shape->width, t, shape->width);
        else
            fill_sinusoids(table + t * shape->D, t, shape->D);
    }
}

/* ALiBi's slope of a head; 0 where the shape has none. */
static double slope_of(const struct attention_shape *shape, int64_t head)
{
    if (shape->position != POSITION_ALIBI)
        return 0.0;
    int64_t power = 1; /* the largest power of two not above the heads */
    while (power * 2 <= shape->heads)
        power *= 2;
    if (head < power)
        return exp2(-8.0 * (double)(head + 1) / (double)power);
    /* Further heads take every other slope of twice as many. */
    return exp2(-8.0 * (double)(2 * (head - power) + 1) / (double)(2 * power));
}

/* ---------------------------------------------------------------- sizes */

/* The input projection: one product, or, where heads end within a group, one per head of q, of k and of v. */
static int64_t product_count(const struct attention_shape *shape)
{
    return shape->width % MATRIX_GROUP == 0 ? 1 : 3 * shape->heads;
}

static struct linear input_linear(const struct attention_shape *shape)
{
    return linear_create(shape->D, 3 * shape->D / product_count(shape), shape->isa, shape->method);
}

static struct linear output_linear(const struct attention_shape *shape)
{
    return linear_create(shape->D, shape->D, shape->isa, shape->method);
}

int64_t attention_prepared_floats(const struct attention_shape *shape)
{
    if (shape->scope == SEQ_CORE)
        return table_floats(shape);
    const struct linear in = input_linear(shape), out = output_linear(shape);
    return table_floats(shape) + product_count(shape) * attention_aligned(linear_packed_floats(&in)) +
           attention_aligned(linear_packed_floats(&out));
}

/* Of q, k or v: (heads, groups, B * L, 16). */
static int64_t part_floats(const struct attention_shape *shape)
{
    return shape->heads * matrix_groups(shape->width) * MATRIX_GROUP * shape->B * shape->L;
}

/* In scope core the input serves as all three where a head's rows are whole groups, one after the other; else it is copied,
 * and once more where queries and keys are turned. */
static int64_t part_count(const struct attention_shape *shape)
{
    if (shape->scope == SEQ_LAYER)
        return 3;
    if (shape->heads == 1 && shape->width % MATRIX_GROUP == 0 && table_floats(shape) == 0)
        return 0;
    return shape->position == POSITION_ROTARY ? 2 : 1;
}

/* Results lie where the queries did, unless heads end within a group: then the output projection wants them row by row. */
static bool mixed_apart(const struct attention_shape *shape)
{
    return shape->scope == SEQ_LAYER && shape->width % MATRIX_GROUP != 0;
}

int64_t attention_operand_floats(const struct attention_shape *shape)
{
    const int64_t mixed = mixed_apart(shape) ? attention_aligned(shape->B * shape->L * shape->D) : 0;
    return part_count(shape) * part_floats(shape) + mixed;
}

int64_t attention_moved_floats(const struct attention_shape *shape)
{
    return shape->scope == SEQ_LAYER && shape->position == POSITION_SINUSOIDAL ? shape->B * shape->L * shape->D : 0;
}

int64_t attention_linear_scratch_floats(const struct attention_shape *shape)
{
    if (shape->scope == SEQ_CORE)
        return 0;
    const struct linear in = input_linear(shape), out = output_linear(shape);
    const int64_t rows = shape->B * shape->L, a = linear_scratch_floats(&in, rows), b = linear_scratch_floats(&out, rows);
    return a > b ? a : b;
}

/* ---------------------------------------------------------------- prepare */

void attention_prepare(const struct seq_plan *plan, const struct seq_run *run)
{
    const struct attention_shape *const shape = &plan->shape;
    float *packed = run->prepared;
    fill_table(shape, packed);
    packed += table_floats(shape);
    if (shape->scope == SEQ_CORE)
        return;
    const struct linear in = input_linear(shape), out = output_linear(shape);
    for (int64_t i = 0; i < product_count(shape); ++i) {
        linear_pack(&in, packed, run->parameters[IN_PROJ_WEIGHT] + i * in.outputs * shape->D, shape->D,
                    run->parameters[IN_PROJ_BIAS] + i * in.outputs, shape->threads);
        packed += attention_aligned(linear_packed_floats(&in));
    }
    linear_pack(&out, packed, run->parameters[OUT_PROJ_WEIGHT], shape->D, run->parameters[OUT_PROJ_BIAS], shape->threads);
}

/* ---------------------------------------------------------------- moving tokens */

static float *element(struct matrix m, int64_t row, int64_t column)
{
    return m.data + row * m.row_stride + column / MATRIX_GROUP * m.group_stride + column % MATRIX_GROUP;
}

static void add_row(float *restrict to, const float *restrict x, const float *restrict sinusoids, int64_t D)
{
    for (int64_t c = 0; c < D; ++c)
        to[c] = x[c] + sinusoids[c];
}

static void add_sinusoids(const struct attention_shape *shape, const struct seq_run *run, float *moved)
{
    const float *const table = run->prepared;
#pragma omp parallel for num_threads(shape->threads) schedule(static)
    for (int64_t token = 0; token < shape->B * shape->L; ++token)
        add_row(moved + token * shape->D, run->input + token * shape->D, table + token % shape->L * shape->D, shape->D);
}

/* Turns all heads of one token; `m` begins with head 0. */
static void rotate_token(struct matrix m, int64_t token, const float *rotation, const struct attention_shape *shape)
{
    const int64_t half = shape->width / 2;
    for (int64_t head = 0; head < shape->heads; ++head, m = matrix_from_group(m, matrix_groups(shape->width))) {
        for (int64_t i = 0; i < half; ++i) {
            float *const low = element(m, token, i), *const high = element(m, token, half + i);
            const float cosine = rotation[i], sine = rotation[half + i], a = *low, b = *high;
            *low = a * cosine - b * sine;
            *high = b * cosine + a * sine;
        }
    }
}

static void rotate(const struct attention_shape *shape, const struct seq_run *run, struct matrix m)
{
    const float *const table = run->prepared;
#pragma omp parallel for num_threads(shape->threads) schedule(static)
    for (int64_t token = 0; token < shape->B * shape->L; ++token)
        rotate_token(m, token, table + token % shape->L * shape->width, shape);
}

/* Channels [channel, channel + count) of one token, `count` at most a group, to a row of a panel. */
static void place_group(float *to, const float *x, const float *sinusoids, int64_t channel, int64_t count)
{
    if (count == MATRIX_GROUP) { /* a size that the compiler knows: a few moves, where a call each group took as long again */
        memcpy(to, x + channel, MATRIX_GROUP * sizeof *to);
    } else {
        memcpy(to, x + channel, (size_t)count * sizeof *to);
        memset(to + count, 0, (size_t)(MATRIX_GROUP - count) * sizeof *to);
    }
    for (int64_t i = 0; sinusoids && i < count; ++i)
        to[i] += sinusoids[channel + i];
}

/* Tokens [first, end) of the input, by heads, to panels: panel by panel, so that lines are written one after the other. They
 * are read by strides that no hardware foresees, so the next tokens are fetched meanwhile. */
static void place_tokens(struct matrix m, const struct attention_shape *shape, const struct seq_run *run, int64_t first,
                         int64_t end)
{
    const float *const table = shape->position == POSITION_SINUSOIDAL ? run->prepared : NULL;
    const float *ahead = run->input + end * shape->D;
    for (int64_t head = 0; head < shape->heads; ++head)
        for (int64_t c = 0; c < shape->width; c += MATRIX_GROUP, m = matrix_from_group(m, 1))
            for (int64_t token = first; token < end; ++token, ahead += MATRIX_GROUP) {
                __builtin_prefetch(ahead);
                const int64_t left = shape->width - c, count = left < MATRIX_GROUP ? left : MATRIX_GROUP;
                place_group(m.data + token * m.row_stride, run->input + token * shape->D,
                            table ? table + token % shape->L * shape->D : NULL, head * shape->width + c, count);
            }
}

static void place_input(const struct attention_shape *shape, const struct seq_run *run, struct matrix m)
{
    const int64_t tokens = shape->B * shape->L;
#pragma omp parallel for num_threads(shape->threads) schedule(static)
    for (int64_t first = 0; first < tokens; first += PLACE_TOKENS)
        place_tokens(m, shape, run, first, first + PLACE_TOKENS < tokens ? first + PLACE_TOKENS : tokens);
}

/* ---------------------------------------------------------------- projections */

static struct linear_team team_of(const struct attention_shape *shape, const struct seq_run *run)
{
    return (struct linear_team){.threads = shape->threads,
                                .scratch = run->thread_scratch,
                                .scratch_stride = (int64_t)(run->thread_scratch_stride / sizeof(float))};
}

/* q, k and v one after the other, each (heads, groups, B * L, 16). */
static void project_layer(const struct attention_shape *shape, const struct seq_run *run, struct matrix panels)
{
    const struct linear in = input_linear(shape);
    const float *x = run->input, *packed = (const float *)run->prepared + table_floats(shape);
    if (attention_moved_floats(shape)) {
        add_sinusoids(shape, run, run->scratch);
        x = run->scratch;
    }
    for (int64_t i = 0; i < product_count(shape); ++i) {
        linear_apply(&in, panels, matrix_rows_in(x, shape->D), packed, shape->B * shape->L, team_of(shape, run));
        packed += attention_aligned(linear_packed_floats(&in));
        panels = matrix_from_group(panels, matrix_groups(in.outputs));
    }
}

struct attention_operands attention_project(const struct seq_plan *plan, const struct seq_run *run)
{
    const struct attention_shape *const shape = &plan->shape;
    const int64_t rows = shape->B * shape->L, parts = part_count(shape), groups = matrix_groups(shape->width);
    const struct matrix output = matrix_rows(run->output, shape->D);
    const struct matrix_in input = matrix_rows_in(run->input, shape->D);
    if (parts == 0)
        return (struct attention_operands){.q = input, .k = input, .v = input, .mixed = output};
    const struct matrix q = matrix_panels(run->activations, rows), second = matrix_from_group(q, shape->heads * groups);
    if (shape->scope == SEQ_LAYER)
        project_layer(shape, run, q);
    else
        for (int64_t i = 0; i < parts; ++i)
            place_input(shape, run, i == 0 ? q : second);
    if (shape->position == POSITION_ROTARY)
        rotate(shape, run, q);
    if (shape->position == POSITION_ROTARY && shape->scope == SEQ_LAYER)
        rotate(shape, run, second);
    struct attention_operands operands = {.q = matrix_as_in(q), .mixed = output, .mixed_head_stride = shape->width};
    operands.k = shape->scope == SEQ_LAYER ? matrix_as_in(second) : operands.q;
    operands.v = matrix_from_group_in(operands.q, (parts - 1) * shape->heads * groups);
    operands.head_stride = groups * q.group_stride;
    if (mixed_apart(shape)) {
        operands.mixed = matrix_rows(q.data + parts * part_floats(shape), shape->D);
    } else if (shape->scope == SEQ_LAYER) {
        operands.mixed = q;
        operands.mixed_head_stride = operands.head_stride;
    }
    return operands;
}

void attention_project_out(const struct seq_plan *plan, const struct seq_run *run,
                           const struct attention_operands *operands)
{
    const struct attention_shape *const shape = &plan->shape;
    const struct linear in = input_linear(shape), out = output_linear(shape);
    const float *const packed = (const float *)run->prepared + table_floats(shape) +
                                product_count(shape) * attention_aligned(linear_packed_floats(&in));
    linear_apply(&out, matrix_rows(run->output, shape->D), matrix_as_in(operands->mixed), packed, shape->B * shape->L,
                 team_of(shape, run));
}

struct attention_tile attention_tile_get(const struct attention_shape *shape, const struct attention_operands *operands,
                                         int64_t head, int64_t first, int64_t rows)
{
    const int64_t row = head / shape->heads * shape->L, h = head % shape->heads, at = h * operands->head_stride;
    struct attention_tile tile = {
        .out = matrix_from_row(operands->mixed, row + first),
        .q = matrix_from_row_in(operands->q, row + first),
        .keys = matrix_from_row_in(operands->k, row),
        .values = matrix_from_row_in(operands->v, row),
        .count = first + rows <= shape->L ? rows : shape->L - first,
        .first = first,
        .L = shape->L,
        .width = shape->width,
        .causal = shape->causal,
        .slope = (float)(slope_of(shape, h) * LOG2_E),
    };
    tile.out.data += h * operands->mixed_head_stride;
    tile.q.data += at;
    tile.keys.data += at;
    tile.values.data += at;
    return tile;
}
