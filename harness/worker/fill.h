/* fill.h - parameters and inputs as functions of (seed, tensor, index): the same values in any process and on any number
 * of threads. */
#ifndef HARNESS_WORKER_FILL_H
#define HARNESS_WORKER_FILL_H

#include "operator.h"

#include <stdint.h>

/* Nearly normal values, mean 0, variance 1: inputs of ones would hide FFT rounding and the cost of softmax. */
void fill_input(float *values, size_t count, uint64_t seed);

/* By the parameter's initialiser; SEQ_INIT_COMPUTED is not filled here. `stream` tells tensors apart. */
void fill_parameter(float *values, size_t count, const struct seq_parameter *parameter, uint64_t seed, uint64_t stream);

#endif
