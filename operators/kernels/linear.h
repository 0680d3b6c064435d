/* linear.h - y = x W^T + b, the projection of every layer, and its sum over taps, the dense causal convolution.
 *
 * Weights are packed once (`prepare`). Method "tiles" is ours (gemm_kernel.c): x is read and y written where they lie, in
 * either layout of matrix.h. Method "openblas" calls sgemm with as many rows as there are, or, where x or y are panels,
 * on copies of a block of rows.
 *
 * An output's sum runs over taps and inputs in one fixed order, however rows and outputs are split among threads: the
 * bits do not depend on it (method tiles; a BLAS promises less).
 */
#ifndef KERNELS_LINEAR_H
#define KERNELS_LINEAR_H

#include "kernels/isa.h"
#include "kernels/matrix.h"

#include <stdbool.h>

enum linear_method { LINEAR_TILES = 0, LINEAR_OPENBLAS };

struct linear {
    int64_t inputs, outputs;
    int64_t taps; /* 1; more: y[r] = b + sum over j < taps of W_j x[r + j], rows r + j of x must exist */
    enum linear_method method;
    bool add; /* callers may set it: add the product to y and leave the bias out; false: overwrite y */
    bool finer; /* callers may set it: shorter sums leave two thirds of the rounding error, for 1 to 2 % of the time; tiles only */
    const struct gemm_kernel *kernel;
    int64_t regular;              /* panels of the usual width (gemm.h) */
    const struct gemm_tile *last; /* of the panel behind them; NULL: there is none */
};

/* The threads of a call and what each has for itself. */
struct linear_team {
    int threads;
    float *scratch;         /* thread k's begins at k * scratch_stride; NULL where linear_scratch_floats() is 0 */
    int64_t scratch_stride; /* in floats */
};

struct linear linear_create(int64_t inputs, int64_t outputs, enum seq_isa isa, enum linear_method method);

/* A few words that name the method and its tile: what snprintf would return. */
int linear_describe(const struct linear *linear, char *text, size_t capacity);

/* Floats of the packed weight and bias; belongs to the region PREPARED. */
int64_t linear_packed_floats(const struct linear *linear);

/* packed = weight (outputs, inputs, taps; `stride` floats from output to output) and bias (outputs; NULL: zeros). Opens a
 * parallel region of `threads`. */
void linear_pack(const struct linear *linear, float *packed, const float *weight, int64_t stride, const float *bias,
                 int threads);

/* The same where an input's weight is made of `taps` ones, sum over j of mix[j] weight[..][..][j] (double precision), and the
 * product itself has one tap; `weight` is (outputs, inputs, taps), without gaps. */
void linear_pack_mixed(const struct linear *linear, float *packed, const float *weight, const double *mix, int64_t taps,
                       const float *bias, int threads);

/* Floats of scratch that each thread needs for calls of at most `rows` rows: 0 with method tiles. */
int64_t linear_scratch_floats(const struct linear *linear, int64_t rows);

/* Rows [0, rows) of y from those of x, by the calling thread alone, inside a parallel region or not. Of x and y only the
 * columns that exist are touched, but that the last panel of a y in panels (of two rows or more: a single row looks the same
 * in both layouts) is completed with zeros. x and y must not overlap. */
void linear_rows(const struct linear *linear, struct matrix y, struct matrix_in x, const float *packed, int64_t rows,
                 float *scratch);

/* Thread `thread`'s share of the same, for a team that is already running; all of them call it. No barrier. */
void linear_share(const struct linear *linear, struct matrix y, struct matrix_in x, const float *packed, int64_t rows,
                  struct linear_team team, int thread);

/* All of it, by a parallel region of its own. */
void linear_apply(const struct linear *linear, struct matrix y, struct matrix_in x, const float *packed, int64_t rows,
                  struct linear_team team);

/* The operators' option `gemm`; its value is an enum linear_method. `linear_method_words` are its choices. */
extern const char *const linear_method_words[];
#define LINEAR_OPTION                                                                                      \
    {.name = "gemm",                                                                                       \
     .help = "matrix products by tiles: our kernels on weights packed once; openblas: sgemm of OpenBLAS", \
     .type = SEQ_CHOICE,                                                                                   \
     .value = LINEAR_TILES,                                                                                \
     .choices = linear_method_words}

#endif
