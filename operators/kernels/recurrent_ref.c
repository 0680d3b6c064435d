/* recurrent_ref.c - see recurrent_ref.h. */
#include "kernels/recurrent_ref.h"

#include "kernels/recurrent.h"
#include "kernels/reference_dot.h"

#include <stdlib.h>
#include <string.h>

struct walk {
    int64_t D, rows; /* rows = gates * D */
    struct recurrent_weights weights;
    double *x, *hidden; /* (gates, D) */
    double *token, *h;  /* (D) */
    double *c;          /* (D); NULL where the cell has one state */
    recurrent_ref_cell *cell;
};

/* y = W v + b, in double. */
static void affine(double *y, const float *weight, const float *bias, const double *v, int64_t rows, int64_t D)
{
    for (int64_t r = 0; r < rows; ++r)
        y[r] = bias[r] + reference_dot(weight + r * D, v, D);
}

static void step(const struct walk *walk, const float *token)
{
    for (int64_t j = 0; j < walk->D; ++j)
        walk->token[j] = token[j];
    if (walk->weights.weight_ih)
        affine(walk->x, walk->weights.weight_ih, walk->weights.bias_ih, walk->token, walk->rows, walk->D);
    else
        for (int64_t r = 0; r < walk->rows; ++r)
            walk->x[r] = walk->token[r % walk->D];
    affine(walk->hidden, walk->weights.weight_hh, walk->weights.bias_hh, walk->h, walk->rows, walk->D);
    walk->cell(walk->D, walk->x, walk->hidden, walk->h, walk->c);
}

/* The state of sequence b before its first token. */
static void begin(const struct walk *walk, const struct seq_problem *problem, const float *state_in, int64_t b)
{
    for (int64_t j = 0; j < walk->D; ++j) {
        walk->h[j] = state_in ? state_in[b * walk->D + j] : 0.0;
        if (walk->c)
            walk->c[j] = state_in ? state_in[(problem->B + b) * walk->D + j] : 0.0;
    }
}

/* Rows come sorted: each sequence is walked once, up to its last wanted row. */
static void walk_rows(const struct walk *walk, const struct seq_problem *problem, const struct seq_run *run,
                      const struct seq_rows *rows, double *output)
{
    int64_t t = 0; /* tokens of the current sequence that h has seen */
    for (size_t i = 0; i < rows->count; ++i) {
        if (i == 0 || rows->b[i] != rows->b[i - 1]) {
            begin(walk, problem, run->state_in, rows->b[i]);
            t = 0;
        }
        for (; t <= rows->t[i]; ++t)
            step(walk, run->input + (rows->b[i] * problem->L + t) * walk->D);
        memcpy(output + (int64_t)i * walk->D, walk->h, (size_t)walk->D * sizeof *output);
    }
}

enum seq_status recurrent_reference(const struct seq_problem *problem, const struct seq_run *run,
                                    const struct seq_rows *rows, double *output, int64_t gates, int64_t states,
                                    recurrent_ref_cell *cell)
{
    const int64_t D = problem->D;
    double *const memory = calloc((size_t)(2 * gates + 1 + states), (size_t)D * sizeof *memory);
    if (!memory)
        return SEQ_NO_MEMORY;
    const struct walk walk = {
        .D = D,
        .rows = gates * D,
        .weights = recurrent_weights_get(problem->scope, run->parameters),
        .x = memory,
        .hidden = memory + gates * D,
        .token = memory + 2 * gates * D,
        .h = memory + (2 * gates + 1) * D,
        .c = states > 1 ? memory + (2 * gates + 2) * D : NULL,
        .cell = cell,
    };
    walk_rows(&walk, problem, run, rows, output);
    free(memory);
    return SEQ_OK;
}
