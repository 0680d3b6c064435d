/* attention_ref.c - softmax attention in plain double precision, from the definition: whole rows of scores, largest one
 * subtracted, no blocks. Positions are computed here anew, token by token; nothing is shared with the fast path but the
 * order of the parameters and the reading of the options.
 */
#include "attention/attention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is needed of one sequence, and work space. */
struct reference {
    struct attention_shape shape;
    const struct seq_run *run;
    double *in_weight, *out_weight; /* transposed: (D, 3D), (D, D) */
    double *x;                      /* (D): a token, positions added */
    double *tokens;                 /* (L, 3D): k and v of the current sequence, and q of the wanted rows */
    double *scores;                 /* (L) */
    double *mixed;                  /* (D) */
};

/* The weights transposed, so that the inner loop of a product runs along memory. */
static void transpose(double *to, const float *weight, int64_t outputs, int64_t inputs)
{
    for (int64_t o = 0; o < outputs; ++o)
        for (int64_t i = 0; i < inputs; ++i)
            to[i * outputs + o] = weight[o * inputs + i];
}

/* y = W x + b for `outputs` of the `stride` outputs of W. */
static void affine(double *y, const double *transposed, int64_t stride, const float *bias, const double *x, int64_t outputs,
                   int64_t inputs)
{
    for (int64_t o = 0; o < outputs; ++o)
        y[o] = bias[o];
    int64_t i = 0;
    for (; i + 4 <= inputs; i += 4) { /* four at a time, because y is read and written once for them */
        const double *const w = transposed + i * stride;
        for (int64_t o = 0; o < outputs; ++o)
            y[o] += w[o] * x[i] + w[stride + o] * x[i + 1] + w[2 * stride + o] * x[i + 2] + w[3 * stride + o] * x[i + 3];
    }
    for (; i < inputs; ++i)
        for (int64_t o = 0; o < outputs; ++o)
            y[o] += transposed[i * stride + o] * x[i];
}

static void add_sinusoids(double *x, int64_t t, int64_t D)
{
    for (int64_t c = 0; c < D; ++c) {
        const double frequency = pow(10000.0, -(double)(c - c % 2) / (double)D);
        x[c] += c % 2 == 0 ? sin((double)t * frequency) : cos((double)t * frequency);
    }
}

static void rotate(double *head, int64_t t, int64_t width)
{
    for (int64_t i = 0; i < width / 2; ++i) {
        const double turn = (double)t / pow(10000.0, 2.0 * (double)i / (double)width);
        const double a = head[i], b = head[i + width / 2];
        head[i] = a * cos(turn) - b * sin(turn);
        head[i + width / 2] = a * sin(turn) + b * cos(turn);
    }
}

/* Slopes 2^(-8k/n), k = 1 .. n, for n heads a power of two; else those of the next lower power, then every other one of
 * the next higher. */
static double slope_of(int64_t head, int64_t heads)
{
    if ((heads & (heads - 1)) == 0)
        return pow(2.0, -8.0 * (double)(head + 1) / (double)heads);
    int64_t lower = 1;
    while (lower * 2 < heads)
        lower *= 2;
    return head < lower ? slope_of(head, lower) : slope_of(2 * (head - lower), 2 * lower);
}

/* `count` of a token's q, k and v from the `first` on (0, 1, 2). */
static void compute_token(const struct reference *reference, int64_t b, int64_t t, int64_t first, int64_t count)
{
    const struct attention_shape *const shape = &reference->shape;
    const int64_t D = shape->D;
    double *const token = reference->tokens + (3 * t + first) * D;
    for (int64_t c = 0; c < D; ++c)
        reference->x[c] = reference->run->input[(b * shape->L + t) * D + c];
    if (shape->position == POSITION_SINUSOIDAL)
        add_sinusoids(reference->x, t, D);
    if (shape->scope == SEQ_LAYER)
        affine(token, reference->in_weight + first * D, 3 * D, reference->run->parameters[IN_PROJ_BIAS] + first * D, reference->x,
               count * D, D);
    else
        for (int64_t c = 0; c < count * D; ++c)
            token[c] = reference->x[c % D];
    for (int64_t h = 0; shape->position == POSITION_ROTARY && h < shape->heads; ++h) /* q, or k, which comes first here */
        rotate(token + h * shape->width, t, shape->width);
}

/* One query of one head: `mixed` (width). */
static void attend(const struct reference *reference, int64_t t, int64_t h, double *mixed)
{
    const struct attention_shape *const shape = &reference->shape;
    const int64_t keys = shape->causal ? t + 1 : shape->L, width = shape->width, stride = 3 * shape->D;
    const double *const q = reference->tokens + t * stride + h * width;
    const double *const k = reference->tokens + shape->D + h * width, *const v = k + shape->D;
    const double slope = shape->position == POSITION_ALIBI ? slope_of(h, shape->heads) : 0.0;
    double largest = -INFINITY, sum = 0.0;
    for (int64_t j = 0; j < keys; ++j) {
        double dot = 0.0;
        for (int64_t c = 0; c < width; ++c)
            dot += q[c] * k[j * stride + c];
        reference->scores[j] = dot / sqrt((double)width) - slope * fabs((double)(t - j));
        largest = fmax(largest, reference->scores[j]);
    }
    for (int64_t c = 0; c < width; ++c)
        mixed[c] = 0.0;
    for (int64_t j = 0; j < keys; ++j) {
        const double p = exp(reference->scores[j] - largest);
        sum += p;
        for (int64_t c = 0; c < width; ++c)
            mixed[c] += p * v[j * stride + c];
    }
    for (int64_t c = 0; c < width; ++c)
        mixed[c] /= sum;
}

static void compute_row(const struct reference *reference, int64_t t, double *output)
{
    const struct attention_shape *const shape = &reference->shape;
    for (int64_t h = 0; h < shape->heads; ++h)
        attend(reference, t, h, reference->mixed + h * shape->width);
    if (shape->scope == SEQ_LAYER)
        affine(output, reference->out_weight, shape->D, reference->run->parameters[OUT_PROJ_BIAS], reference->mixed, shape->D,
               shape->D);
    else
        memcpy(output, reference->mixed, (size_t)shape->D * sizeof *output);
}

/* Rows come sorted: the tokens of each sequence are computed once, under the causal mask up to its last wanted row. */
static void compute_rows(const struct reference *reference, const struct seq_rows *rows, double *output)
{
    const struct attention_shape *const shape = &reference->shape;
    int64_t known = 0; /* tokens of the current sequence */
    for (size_t i = 0; i < rows->count; ++i) {
        if (i == 0 || rows->b[i] != rows->b[i - 1])
            known = 0;
        for (const int64_t end = shape->causal ? rows->t[i] + 1 : shape->L; known < end; ++known)
            compute_token(reference, rows->b[i], known, 1, 2);
        compute_token(reference, rows->b[i], rows->t[i], 0, 1);
        compute_row(reference, rows->t[i], output + (int64_t)i * shape->D);
    }
}

enum seq_status attention_reference(const struct seq_problem *problem, const struct seq_run *run,
                                    const struct seq_rows *rows, double *output)
{
    struct seq_message message;
    struct reference reference = {.run = run};
    const enum seq_status status = attention_shape_get(problem, &reference.shape, &message);
    if (status != SEQ_OK)
        return status;
    const int64_t D = problem->D, L = problem->L, weights = problem->scope == SEQ_LAYER ? D * D : 0;
    double *const memory = calloc((size_t)(4 * weights + 2 * D + L * (3 * D + 1)), sizeof *memory);
    if (!memory)
        return SEQ_NO_MEMORY;
    reference.in_weight = memory;
    reference.out_weight = reference.in_weight + 3 * weights;
    reference.x = reference.out_weight + weights;
    reference.mixed = reference.x + D;
    reference.scores = reference.mixed + D;
    reference.tokens = reference.scores + L;
    if (weights) {
        transpose(reference.in_weight, run->parameters[IN_PROJ_WEIGHT], 3 * D, D);
        transpose(reference.out_weight, run->parameters[OUT_PROJ_WEIGHT], D, D);
    }
    compute_rows(&reference, rows, output);
    free(memory);
    return SEQ_OK;
}
