/* linear_blas.c - the method "openblas": one sgemm per tap, added onto rows preset with the bias.
 *
 * BLAS knows rows only. Panels are copied to rows and back, BLOCK_ROWS at a time, so that the copies stay in cache.
 */
#include "kernels/linear_blas.h"

#include <cblas.h>
#include <string.h>

#define BLOCK_ROWS 256 /* tall enough for sgemm's usual speed */

static bool is_rows(int64_t group_stride)
{
    return group_stride == MATRIX_GROUP;
}

/* Leading dimension for BLAS. Panels of a single row look like rows less than `columns` apart, which BLAS refuses. */
static blasint leading(int64_t row_stride, int64_t columns)
{
    return (blasint)(row_stride > columns ? row_stride : columns);
}

static int64_t block_rows(int64_t rows)
{
    return rows < BLOCK_ROWS ? rows : BLOCK_ROWS;
}

int64_t linear_blas_scratch_floats(const struct linear *linear, int64_t rows)
{
    const int64_t block = block_rows(rows);
    return (block + linear->taps - 1) * linear->inputs + block * linear->outputs;
}

/* Copies `columns` columns; to a matrix in panels, zeros behind the last. */
static void copy(struct matrix to, struct matrix_in from, int64_t rows, int64_t columns)
{
    for (int64_t group = 0; group < matrix_groups(columns); ++group) {
        const int64_t left = columns - group * MATRIX_GROUP, count = left < MATRIX_GROUP ? left : MATRIX_GROUP;
        for (int64_t r = 0; r < rows; ++r) {
            float *const row = to.data + r * to.row_stride + group * to.group_stride;
            memcpy(row, from.data + r * from.row_stride + group * from.group_stride, (size_t)count * sizeof *row);
            if (!is_rows(to.group_stride))
                memset(row + count, 0, (size_t)(MATRIX_GROUP - count) * sizeof *row);
        }
    }
}

/* x and y in rows. */
static void multiply(const struct linear *linear, struct matrix y, struct matrix_in x, const float *packed, int64_t rows)
{
    const int64_t inputs = linear->inputs, outputs = linear->outputs;
    const float *const bias = packed + linear->taps * inputs * outputs;
    for (int64_t r = 0; r < rows && !linear->add; ++r)
        memcpy(y.data + r * y.row_stride, bias, (size_t)outputs * sizeof *bias);
    for (int64_t j = 0; j < linear->taps; ++j)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)rows, (blasint)outputs, (blasint)inputs, 1.0f,
                    x.data + j * x.row_stride, leading(x.row_stride, inputs), packed + j * inputs * outputs, (blasint)outputs, 1.0f,
                    y.data, leading(y.row_stride, outputs));
}

static void multiply_copies(const struct linear *linear, struct matrix y, struct matrix_in x, const float *packed,
                            int64_t rows, float *scratch)
{
    const int64_t needed = rows + linear->taps - 1;
    struct matrix_in x_rows = x;
    if (!is_rows(x.group_stride)) {
        copy(matrix_rows(scratch, linear->inputs), x, needed, linear->inputs);
        x_rows = matrix_rows_in(scratch, linear->inputs);
    }
    if (is_rows(y.group_stride)) {
        multiply(linear, y, x_rows, packed, rows);
        return;
    }
    const struct matrix y_rows = matrix_rows(scratch + needed * linear->inputs, linear->outputs);
    if (linear->add)
        copy(y_rows, matrix_as_in(y), rows, linear->outputs);
    multiply(linear, y_rows, x_rows, packed, rows);
    copy(y, matrix_as_in(y_rows), rows, linear->outputs);
}

void linear_blas_rows(const struct linear *linear, struct matrix y, struct matrix_in x, const float *packed, int64_t rows,
                      float *scratch)
{
    if (is_rows(x.group_stride) && is_rows(y.group_stride)) {
        multiply(linear, y, x, packed, rows);
        return;
    }
    for (int64_t r = 0; r < rows; r += BLOCK_ROWS)
        multiply_copies(linear, matrix_from_row(y, r), matrix_from_row_in(x, r), packed, block_rows(rows - r), scratch);
}
