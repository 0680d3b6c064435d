/* hyena_ref.c - the definition in double precision: filters from the network, convolutions as sums.
 *
 * Channel by channel, so that memory grows with L and not with L * D. Intermediate orders need every position; the last
 * convolution and what follows only the wanted rows.
 */
#include "hyena/hyena.h"

#include "kernels/reference_dot.h"

#include <math.h>
#include <stdlib.h>

struct reference {
    struct hyena_shape shape;
    struct hyena_weights weights;
    const float *input;
    const struct seq_rows *rows;
    int64_t T;            /* positions that some wanted row depends on */
    const double *hidden; /* (T, W): the filter network before its last layer */
    double *mixed;        /* (rows, D): before the output projection */
};

/* One thread's working memory, T values each. */
struct channel {
    double *stream, *v, *gated, *filter;
};

/* ---------------------------------------------------------------- filters */

/* Position t through the network: z, then Linear and sin(freq *) in turn. x and y have room for max(E, W). */
static void network(const struct reference *ref, double *x, double *y, int64_t t)
{
    for (int64_t i = 0; i < ref->shape.E; ++i)
        x[i] = ref->weights.z[t * ref->shape.E + i];
    for (int64_t l = 0; l <= ref->shape.I; ++l) {
        const struct hyena_layer *const layer = &ref->weights.layers[l];
        for (int64_t i = 0; i < ref->shape.W; ++i)
            y[i] = sin(layer->freq[i] * (layer->bias[i] + reference_dot(layer->weight + i * layer->inputs, x, layer->inputs)));
        for (int64_t i = 0; i < ref->shape.W; ++i)
            x[i] = y[i];
    }
}

static double *hidden_create(const struct reference *ref)
{
    const int64_t W = ref->shape.W, room = ref->shape.E > W ? ref->shape.E : W;
    double *const hidden = malloc((size_t)(ref->T * W) * sizeof *hidden);
    double *const x = calloc((size_t)(room + W), sizeof *x);
    for (int64_t t = 0; hidden && x && t < ref->T; ++t) {
        network(ref, x, x + room, t);
        for (int64_t i = 0; i < W; ++i)
            hidden[t * W + i] = x[i];
    }
    const int complete = hidden && x;
    free(x);
    if (complete)
        return hidden;
    free(hidden);
    return NULL;
}

static void long_filter(const struct reference *ref, double *filter, int64_t index)
{
    const int64_t W = ref->shape.W;
    const double rate = fabs((double)ref->weights.deltas[index]);
    for (int64_t t = 0; t < ref->T; ++t) {
        const double raw = reference_dot(ref->weights.filter_weight + index * W, ref->hidden + t * W, W);
        filter[t] = raw * (exp(-ref->weights.t[t] * rate) + (double)ref->shape.shift);
    }
}

/* ---------------------------------------------------------------- streams */

/* Stream i of channel d, sequence b, behind its short filter; `raw` is working memory. */
static void short_filtered(const struct reference *ref, double *out, double *raw, int64_t i, int64_t d, int64_t b)
{
    const int64_t D = ref->shape.D, K = ref->shape.K, row = i * D + d;
    const float *const x = ref->input + b * ref->shape.L * D;
    const float *const taps = ref->weights.short_weight + row * K;
    for (int64_t t = 0; t < ref->T; ++t)
        raw[t] = ref->shape.core ? x[t * D + d]
                                 : ref->weights.in_bias[row] + reference_dot_floats(ref->weights.in_weight + row * D, x + t * D, D);
    for (int64_t t = 0; t < ref->T; ++t) {
        out[t] = ref->weights.short_bias[row];
        for (int64_t j = 0; j < K && j <= t; ++j)
            out[t] += taps[K - 1 - j] * raw[t - j];
    }
}

static double convolved(const double *filter, const double *x, double skip, int64_t t)
{
    double sum = skip * x[t];
    for (int64_t s = 0; s <= t; ++s)
        sum += filter[t - s] * x[s];
    return sum;
}

/* Channel d of the wanted rows [first, last), which are all of sequence b. */
static void mix_sequence(const struct reference *ref, const struct channel *work, int64_t d, size_t first, size_t last)
{
    const int64_t N = ref->shape.N, D = ref->shape.D, b = ref->rows->b[first];
    short_filtered(ref, work->v, work->filter, N, d, b);
    for (int64_t order = 0; order < N - 1; ++order) {
        const int64_t index = order * D + d;
        const double skip = ref->weights.skip[index];
        short_filtered(ref, work->stream, work->filter, N - 1 - order, d, b);
        for (int64_t t = 0; t < ref->T; ++t)
            work->gated[t] = work->v[t] * work->stream[t];
        long_filter(ref, work->filter, index);
        if (order < N - 2)
            for (int64_t t = 0; t < ref->T; ++t)
                work->v[t] = convolved(work->filter, work->gated, skip, t);
        else
            for (size_t r = first; r < last; ++r)
                work->v[ref->rows->t[r]] = convolved(work->filter, work->gated, skip, ref->rows->t[r]);
    }
    short_filtered(ref, work->stream, work->filter, 0, d, b);
    for (size_t r = first; r < last; ++r)
        ref->mixed[(int64_t)r * D + d] = work->v[ref->rows->t[r]] * work->stream[ref->rows->t[r]];
}

static void mix_channel(const struct reference *ref, const struct channel *work, int64_t d)
{
    size_t last;
    for (size_t first = 0; first < ref->rows->count; first = last) {
        for (last = first; last < ref->rows->count && ref->rows->b[last] == ref->rows->b[first];)
            ++last;
        mix_sequence(ref, work, d, first, last);
    }
}

static enum seq_status mix(const struct reference *ref, int threads)
{
    int failed = 0;
#pragma omp parallel num_threads(threads) reduction(| : failed)
    {
        double *const memory = malloc(4 * (size_t)ref->T * sizeof *memory);
        const struct channel work = {
            .stream = memory, .v = memory + ref->T, .gated = memory + 2 * ref->T, .filter = memory + 3 * ref->T};
        failed = memory == NULL;
#pragma omp for schedule(static)
        for (int64_t d = 0; d < ref->shape.D; ++d)
            if (memory)
                mix_channel(ref, &work, d);
        free(memory);
    }
    return failed ? SEQ_NO_MEMORY : SEQ_OK;
}

/* ---------------------------------------------------------------- rows */

static void project(const struct reference *ref, double *output)
{
    const int64_t D = ref->shape.D;
    for (size_t r = 0; r < ref->rows->count; ++r)
        for (int64_t d = 0; d < D; ++d) {
            const double *const row = ref->mixed + (int64_t)r * D;
            output[(int64_t)r * D + d] =
                ref->shape.core ? row[d] : ref->weights.out_bias[d] + reference_dot(ref->weights.out_weight + d * D, row, D);
        }
}

enum seq_status hyena_reference(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                                double *output)
{
    struct reference ref = {.shape = hyena_shape_get(problem), .input = run->input, .rows = rows};
    ref.weights = hyena_weights_get(&ref.shape, run->parameters);
    for (size_t r = 0; r < rows->count; ++r)
        ref.T = rows->t[r] + 1 > ref.T ? rows->t[r] + 1 : ref.T;
    if (ref.T == 0)
        return SEQ_OK;
    double *const hidden = hidden_create(&ref);
    ref.hidden = hidden;
    ref.mixed = malloc(rows->count * (size_t)problem->D * sizeof *ref.mixed);
    const enum seq_status status = hidden && ref.mixed ? mix(&ref, problem->threads) : SEQ_NO_MEMORY;
    if (status == SEQ_OK)
        project(&ref, output);
    free(ref.mixed);
    free(hidden);
    return status;
}
