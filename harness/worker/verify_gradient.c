/* verify_gradient.c - backward against central differences of the double-precision reference.
 *
 * For loss = sum(output * grad_output), the derivative along a random direction of the input and of every trainable
 * parameter is compared with (loss(x + h v) - loss(x - h v)) / 2h. The reference computes in double from float32 tensors, so
 * h is large enough for x + h v to be exact to about 1e-4 of the step.
 */
#include "base/random.h"
#include "worker/check.h"
#include "worker/verify_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEP 0x1p-7         /* truncation h^2/6 f''' ~ 1e-5, representation 2^-24 / 2^-7 ~ 1e-5 */
#define GRADIENT_TOLERANCE 2e-3 /* of the direction's derivative scale; a dropped term is of order 1 */

static enum status loss(const struct instance *instance, double *value, struct error *error)
{
    const int64_t B = instance->problem.B, L = instance->problem.L, D = instance->problem.D;
    int64_t b[256], t[256];
    for (int64_t i = 0; i < B * L; ++i) {
        b[i] = i / L;
        t[i] = i % L;
    }
    const struct seq_rows rows = {.count = (size_t)(B * L), .b = b, .t = t};
    double *output = NULL;
    const enum status status = check_reference(instance, &rows, &output, error);
    *value = 0.0;
    for (int64_t i = 0; status == STATUS_OK && i < B * L * D; ++i)
        *value += output[i] * (double)instance->run.grad_output[i];
    free(output);
    return status;
}

static void move(float *values, const float *start, size_t count, uint64_t stream, double h)
{
    for (size_t i = 0; i < count; ++i)
        values[i] = (float)((double)start[i] + h * random_normal(7, stream, i));
}

/* One tensor: derivative along a direction, from backward and from differences. */
static enum outcome compare_direction(const struct instance *instance, float *values, const float *gradient, size_t count,
                                      uint64_t stream, const char *name, struct error *error)
{
    float *start = malloc(count * sizeof *start);
    if (!start)
        return verify_fail(error, "out of memory while verifying gradients");
    memcpy(start, values, count * sizeof *start);
    double plus = 0.0, minus = 0.0, claimed = 0.0, scale = 0.0;
    for (size_t i = 0; i < count; ++i) {
        claimed += (double)gradient[i] * random_normal(7, stream, i);
        scale += (double)gradient[i] * (double)gradient[i];
    }
    move(values, start, count, stream, STEP);
    enum status status = loss(instance, &plus, error);
    move(values, start, count, stream, -STEP);
    if (status == STATUS_OK)
        status = loss(instance, &minus, error);
    memcpy(values, start, count * sizeof *start);
    free(start);
    if (status != STATUS_OK)
        return OUTCOME_FAIL;
    const double measured = (plus - minus) / (2.0 * STEP), off = fabs(claimed - measured);
    if (!(off <= GRADIENT_TOLERANCE * fmax(sqrt(scale), fabs(measured)) + 1e-6))
        return verify_fail(error, "the gradient of %s gives %.6g along a direction where differences give %.6g", name, claimed,
                           measured);
    return OUTCOME_PASS;
}

static enum outcome compare_gradients(struct instance *instance, struct error *error)
{
    float *input = (float *)(void *)instance->regions[SEQ_INPUT].data;
    enum outcome outcome = compare_direction(instance, input, instance->run.grad_input, verify_output_count(instance), 1,
                                             "the input", error);
    for (size_t i = 0; i < instance->parameter_count && outcome == OUTCOME_PASS; ++i)
        if (instance->gradient_data[i])
            outcome = compare_direction(instance, instance->parameter_data[i], instance->gradient_data[i],
                                        instance->parameter_elements[i], i + 2, instance->parameters[i].name, error);
    return outcome;
}

enum outcome verify_gradient(const struct verify *verify, struct error *error)
{
    if (!verify->module->table.backward || verify->silent)
        return verify_skip(error, "it has no backward");
    const struct variation variation = {.B = 2, .L = 13, .mode = SEQ_TRAIN};
    struct instance *instance = NULL;
    enum outcome outcome = verify_make(verify, &variation, &instance, error);
    if (outcome == OUTCOME_PASS)
        outcome = verify_outcome(instance_call_checked(instance, error));
    if (outcome == OUTCOME_PASS)
        outcome = compare_gradients(instance, error);
    if (outcome == OUTCOME_PASS)
        outcome = verify_outcome(check_red_zones(instance, error));
    instance_destroy(instance);
    return outcome;
}
