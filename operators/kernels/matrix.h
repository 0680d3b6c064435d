/* matrix.h - how kernels see a matrix of rows (tokens) and columns (channels).
 *
 * Columns come in groups of 16, one cache line or one AVX-512 vector; the 16 of a group lie side by side:
 *
 *     element (r, c) = data[r * row_stride + c / 16 * group_stride + c % 16]
 *
 * Two layouts matter, and both are this: rows (row-major, where only the matrix's own columns exist) and panels, where each
 * group is a contiguous (rows, 16), so that work along the tokens has channels in the lanes and needs no shuffle. The last
 * panel is whole: who writes it sets its lanes beyond the last column to finite values.
 */
#ifndef KERNELS_MATRIX_H
#define KERNELS_MATRIX_H

#include <stdint.h>

#define MATRIX_GROUP 16

struct matrix {
    float *data;
    int64_t row_stride, group_stride; /* in floats */
};

/* The same, only read. */
struct matrix_in {
    const float *data;
    int64_t row_stride, group_stride;
};

static inline int64_t matrix_groups(int64_t columns)
{
    return (columns + MATRIX_GROUP - 1) / MATRIX_GROUP;
}

#define MATRIX_PAGE_FLOATS 1024

/* Floats from row to row of a matrix whose rows begin with a cache line, never whole pages apart: such rows share the sets of
 * a first-level cache. */
static inline int64_t matrix_row_stride(int64_t columns)
{
    const int64_t lines = matrix_groups(columns) * MATRIX_GROUP;
    return lines % MATRIX_PAGE_FLOATS == 0 ? lines + MATRIX_GROUP : lines;
}

/* Row-major, `stride` floats from row to row. */
static inline struct matrix matrix_rows(float *data, int64_t stride)
{
    return (struct matrix){.data = data, .row_stride = stride, .group_stride = MATRIX_GROUP};
}

static inline struct matrix_in matrix_rows_in(const float *data, int64_t stride)
{
    return (struct matrix_in){.data = data, .row_stride = stride, .group_stride = MATRIX_GROUP};
}

/* Panels of `rows` rows each: (groups, rows, 16). */
static inline struct matrix matrix_panels(float *data, int64_t rows)
{
    return (struct matrix){.data = data, .row_stride = MATRIX_GROUP, .group_stride = MATRIX_GROUP * rows};
}

static inline struct matrix_in matrix_panels_in(const float *data, int64_t rows)
{
    return (struct matrix_in){.data = data, .row_stride = MATRIX_GROUP, .group_stride = MATRIX_GROUP * rows};
}

static inline struct matrix_in matrix_as_in(struct matrix m)
{
    return (struct matrix_in){.data = m.data, .row_stride = m.row_stride, .group_stride = m.group_stride};
}

/* The matrix from row `row` on; it may be negative where rows before the first exist. */
static inline struct matrix matrix_from_row(struct matrix m, int64_t row)
{
    m.data += row * m.row_stride;
    return m;
}

static inline struct matrix_in matrix_from_row_in(struct matrix_in m, int64_t row)
{
    m.data += row * m.row_stride;
    return m;
}

/* The matrix from column 16 * group on. */
static inline struct matrix matrix_from_group(struct matrix m, int64_t group)
{
    m.data += group * m.group_stride;
    return m;
}

static inline struct matrix_in matrix_from_group_in(struct matrix_in m, int64_t group)
{
    m.data += group * m.group_stride;
    return m;
}

#endif
