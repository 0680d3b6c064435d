/* conv_ref.c - the definition of conv.h in plain double precision, output by output. */
#include "conv/conv.h"

/* Input channel `channel` of token t, which may lie before the sequence. */
static double input_at(const struct conv_shape *shape, const struct seq_run *run, int64_t b, int64_t t, int64_t channel)
{
    if (t >= 0)
        return run->input[(b * shape->L + t) * shape->D + channel];
    const int64_t rows = shape->taps - 1;
    const float *const history = run->state_in;
    return history ? history[(b * rows + rows + t) * shape->D + channel] : 0.0;
}

static double output_at(const struct conv_shape *shape, const struct seq_run *run, int64_t b, int64_t t, int64_t channel)
{
    const float *const weight = run->parameters[CONV_WEIGHT] + channel * shape->channels * shape->taps;
    const int64_t first = channel / shape->channels * shape->channels; /* of the group */
    double sum = run->parameters[CONV_BIAS][channel];
    for (int64_t i = 0; i < shape->channels; ++i)
        for (int64_t j = 0; j < shape->taps; ++j)
            sum += (double)weight[i * shape->taps + j] * input_at(shape, run, b, t - (shape->taps - 1) + j, first + i);
    return sum;
}

enum seq_status conv_reference(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                               double *output)
{
    struct conv_shape shape;
    struct seq_message message;
    const enum seq_status status = conv_shape_get(problem, &shape, &message);
    if (status != SEQ_OK)
        return status;
    for (size_t i = 0; i < rows->count; ++i)
        for (int64_t channel = 0; channel < shape.D; ++channel)
            output[(int64_t)i * shape.D + channel] = output_at(&shape, run, rows->b[i], rows->t[i], channel);
    return SEQ_OK;
}
