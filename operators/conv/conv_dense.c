/* conv_dense.c - dense and grouped convolution: one product over all taps and inputs of a group (kernels/linear.h).
 *
 * Method: a tap is the input shifted by whole rows, so the product reads each tap's rows where they lie; nothing is copied
 * (no im2col), and a tile of outputs is written once for as many taps as fit a block. The first tokens look back before
 * the sequence: they, and what they see, are joined with the history in each thread's scratch. Threads share out tokens,
 * and where there are few, outputs.
 */
#include "conv/conv.h"

#include <omp.h>
#include <string.h>

#define HEAD_ROWS 12        /* tokens computed from the joined rows, at least: a full tile */
#define LEAST_WORK 65536.0  /* products a thread that a team is started for: microseconds, starting it takes one */

static int64_t head_rows(const struct conv_shape *shape, int64_t tokens)
{
    const int64_t wanted = shape->taps - 1 > HEAD_ROWS ? shape->taps - 1 : HEAD_ROWS;
    return shape->taps == 1 ? 0 : wanted < tokens ? wanted : tokens;
}

size_t conv_dense_scratch_bytes(const struct conv_shape *shape)
{
    return (size_t)((shape->taps - 1 + head_rows(shape, shape->L)) * shape->D) * sizeof(float);
}

size_t conv_dense_prepared_bytes(const struct conv_shape *shape)
{
    return (size_t)(shape->groups * linear_packed_floats(&shape->linear)) * sizeof(float);
}

void conv_dense_prepare(const struct conv_shape *shape, const struct seq_run *run)
{
    const int64_t channels = shape->channels, stride = channels * shape->taps;
    float *packed = run->prepared;
    for (int64_t group = 0; group < shape->groups; ++group) {
        linear_pack(&shape->linear, packed, run->parameters[CONV_WEIGHT] + group * channels * stride, stride,
                    run->parameters[CONV_BIAS] + group * channels, shape->threads);
        packed += linear_packed_floats(&shape->linear);
    }
}

void conv_join_rows(const struct conv_shape *shape, float *joined, const float *history, const float *x, int64_t rows)
{
    const int64_t before = (shape->taps - 1) * shape->D;
    if (history)
        memcpy(joined, history, (size_t)before * sizeof *joined);
    else
        memset(joined, 0, (size_t)before * sizeof *joined);
    memcpy(joined + before, x, (size_t)(rows * shape->D) * sizeof *joined);
}

/* This thread's share of `rows` tokens of all groups; x begins taps - 1 rows before the first. */
static void multiply_groups(const struct conv_shape *shape, const struct seq_run *run, float *y, const float *x,
                            int64_t rows, int threads)
{
    const float *packed = run->prepared;
    for (int64_t channel = 0; channel < shape->D && rows > 0; channel += shape->channels) {
        linear_share(&shape->linear, matrix_rows(y + channel, shape->D), matrix_rows_in(x + channel, shape->D), packed,
                     rows, (struct linear_team){.threads = threads}, omp_get_thread_num());
        packed += linear_packed_floats(&shape->linear);
    }
}

static void convolve_share(const struct conv_shape *shape, const struct seq_run *run, int64_t tokens, int threads)
{
    const int64_t before = shape->taps - 1, head = head_rows(shape, tokens), D = shape->D;
    float *const joined = seq_thread_scratch(run, omp_get_thread_num());
    for (int64_t b = 0; b < shape->B; ++b) {
        const float *const x = run->input + b * tokens * D;
        float *const y = run->output + b * tokens * D;
        if (head > 0)
            conv_join_rows(shape, joined, run->state_in ? (const float *)run->state_in + b * before * D : NULL, x, head);
        multiply_groups(shape, run, y, joined, head, threads);
        multiply_groups(shape, run, y + head * D, x + (head - before) * D, tokens - head, threads);
    }
}

int conv_dense_team(const struct conv_shape *shape, int64_t tokens)
{
    const double work = (double)(shape->B * tokens) * (double)(shape->D * shape->channels * shape->taps) / LEAST_WORK;
    return work < (double)shape->threads ? (int)work + 1 : shape->threads;
}

void conv_dense(const struct conv_shape *shape, const struct seq_run *run, int64_t tokens)
{
#pragma omp parallel num_threads(conv_dense_team(shape, tokens))
    convolve_share(shape, run, tokens, omp_get_num_threads());
}
