/* attention_project.c - from the input to queries, keys and values, and from the mixed heads to the output: the projections
 * and the positions that enter outside the scores. Conventions, all with base 10000:
 *
 *   sinusoidal  added to the layer's input: sin(t / base^(2i/D)) at channel 2i, the cosine at 2i + 1 (Vaswani et al. 2017,
 *               section 3.5)
 *   rotary      queries and keys, channels i and i + width/2 of a head turned by t / base^(2i/width) (Su et al. 2021,
 *               arXiv:2104.09864, in the pairing of GPT-NeoX)
 *   ALiBi       enters the scores; its slopes are here (Press et al. 2021, arXiv:2108.12409, section 3)
 */
#include "attention/attention.h"

#include "kernels/linear.h"

#include <math.h>

#define POSITION_BASE 10000.0

/* ---------------------------------------------------------------- tables */

int64_t attention_table_floats(const struct attention_shape *shape)
{
    switch (shape->position) {
    case POSITION_SINUSOIDAL:
        return shape->L * shape->D;
    case POSITION_ROTARY:
        return shape->L * shape->width;
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

void attention_table_fill(const struct attention_shape *shape, float *table)
{
    if (attention_table_floats(shape) == 0)
        return;
#pragma omp parallel for num_threads(shape->threads) schedule(static)
    for (int64_t t = 0; t < shape->L; ++t) {
        if (shape->position == POSITION_ROTARY)
            fill_rotation(table + t * shape->width, t, shape->width);
        else
            fill_sinusoids(table + t * shape->D, t, shape->D);
    }
}

double attention_slope(const struct attention_shape *shape, int64_t head)
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

/* ---------------------------------------------------------------- moving tokens */

static void add_row(float *restrict to, const float *restrict x, const float *restrict sinusoids, int64_t D)
{
    for (int64_t c = 0; c < D; ++c)
        to[c] = x[c] + sinusoids[c];
}

/* `to` may be `x`. */
static void rotate_row(float *to, const float *x, const float *rotation, const struct attention_shape *shape)
{
    const int64_t half = shape->width / 2;
    for (int64_t head = 0; head < shape->heads; ++head, to += shape->width, x += shape->width) {
        for (int64_t i = 0; i < half; ++i) {
            const float cosine = rotation[i], sine = rotation[half + i], a = x[i], b = x[half + i];
            to[i] = a * cosine - b * sine;
            to[half + i] = b * cosine + a * sine;
        }
    }
}

struct move {
    float *to;
    const float *from;
    int64_t stride; /* of both */
    int64_t first, count;
};

/* Adds or turns each token by its position. */
static void move_tokens(const struct seq_plan *plan, const struct seq_run *run, const struct move *move)
{
    const struct attention_shape *const shape = &plan->shape;
    const float *const table = run->prepared;
#pragma omp parallel for num_threads(shape->threads) schedule(static)
    for (int64_t r = 0; r < move->count; ++r) {
        const int64_t t = (move->first + r) % shape->L;
        float *const to = move->to + r * move->stride;
        const float *const from = move->from + r * move->stride;
        if (shape->position == POSITION_ROTARY)
            rotate_row(to, from, table + t * shape->width, shape);
        else
            add_row(to, from, table + t * shape->D, shape->D);
    }
}

bool attention_moves_input(const struct attention_shape *shape)
{
    return shape->position == POSITION_SINUSOIDAL || (shape->position == POSITION_ROTARY && shape->scope == SEQ_CORE);
}

/* ---------------------------------------------------------------- projections */

static struct attention_tokens project_layer(const struct seq_plan *plan, const struct seq_run *run, const float *x,
                                             int64_t first, int64_t count, float *projected)
{
    const int64_t D = plan->shape.D;
    linear_forward(projected, 3 * D, x, D, run->parameters[IN_PROJ_WEIGHT], run->parameters[IN_PROJ_BIAS], count, D, 3 * D);
    for (int part = 0; plan->shape.position == POSITION_ROTARY && part < 2; ++part) { /* queries, keys */
        float *const rows = projected + part * D;
        const struct move move = {.to = rows, .from = rows, .stride = 3 * D, .first = first, .count = count};
        move_tokens(plan, run, &move);
    }
    return (struct attention_tokens){.q = projected, .k = projected + D, .v = projected + 2 * D, .stride = 3 * D};
}

struct attention_tokens attention_project(const struct seq_plan *plan, const struct seq_run *run, int64_t first,
                                          int64_t count, const struct attention_space *space)
{
    const struct attention_shape *const shape = &plan->shape;
    const float *const input = run->input + first * shape->D;
    if (attention_moves_input(shape)) {
        const struct move move = {.to = space->moved, .from = input, .stride = shape->D, .first = first, .count = count};
        move_tokens(plan, run, &move);
    }
    const float *const x = shape->position == POSITION_SINUSOIDAL ? space->moved : input;
    if (shape->scope == SEQ_LAYER)
        return project_layer(plan, run, x, first, count, space->projected);
    const float *const turned = shape->position == POSITION_ROTARY ? space->moved : x;
    return (struct attention_tokens){.q = turned, .k = turned, .v = x, .stride = shape->D};
}

void attention_project_out(const struct seq_plan *plan, const struct seq_run *run, const float *mixed)
{
    const struct attention_shape *const shape = &plan->shape;
    linear_forward(run->output, shape->D, mixed, shape->D, run->parameters[OUT_PROJ_WEIGHT], run->parameters[OUT_PROJ_BIAS],
                   shape->B * shape->L, shape->D, shape->D);
}
