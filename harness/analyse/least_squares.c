/* least_squares.c - see least_squares.h.
 *
 * Non-negative least squares by trying every set of columns that may be positive: at most 2^6 normal equations of size 6.
 * Simpler than the active-set method of Lawson and Hanson ("Solving Least Squares Problems", chapter 23), and it cannot
 * cycle. Columns are scaled to length 1 first, because powers of n differ by ten orders of magnitude.
 */
#include "analyse/least_squares.h"

#include <assert.h>
#include <math.h>

/* A pivot below this share of its diagonal means that columns are the same to working precision (16 digits, squared). */
static const double PIVOT_MIN = 1e-13;

bool least_squares_solve(double *vector, double *matrix, int size)
{
    for (int i = 0; i < size; ++i) {
        const double diagonal = matrix[i * size + i];
        for (int j = 0; j <= i; ++j) {
            double sum = matrix[i * size + j];
            for (int k = 0; k < j; ++k)
                sum -= matrix[i * size + k] * matrix[j * size + k];
            if (j < i)
                matrix[i * size + j] = sum / matrix[j * size + j];
            else if (!(sum > PIVOT_MIN * diagonal))
                return false;
            else
                matrix[i * size + i] = sqrt(sum);
        }
    }
    for (int i = 0; i < size; ++i) {
        for (int k = 0; k < i; ++k)
            vector[i] -= matrix[i * size + k] * vector[k];
        vector[i] /= matrix[i * size + i];
    }
    for (int i = size - 1; i >= 0; --i) {
        for (int k = i + 1; k < size; ++k)
            vector[i] -= matrix[k * size + i] * vector[k];
        vector[i] /= matrix[i * size + i];
    }
    return true;
}

struct normal {
    double gram[LEAST_SQUARES_MAX][LEAST_SQUARES_MAX], right[LEAST_SQUARES_MAX], norm[LEAST_SQUARES_MAX];
    double square; /* of the right-hand side */
};

static void make_normal(struct normal *normal, const double *matrix, const double *right, int rows, int columns)
{
    *normal = (struct normal){.square = 0.0};
    for (int i = 0; i < rows; ++i) {
        normal->square += right[i] * right[i];
        for (int k = 0; k < columns; ++k)
            normal->norm[k] += matrix[i * columns + k] * matrix[i * columns + k];
    }
    for (int k = 0; k < columns; ++k)
        normal->norm[k] = normal->norm[k] > 0.0 ? sqrt(normal->norm[k]) : 1.0;
    for (int i = 0; i < rows; ++i) {
        for (int k = 0; k < columns; ++k) {
            const double scaled = matrix[i * columns + k] / normal->norm[k];
            normal->right[k] += scaled * right[i];
            for (int l = 0; l < columns; ++l)
                normal->gram[k][l] += scaled * matrix[i * columns + l] / normal->norm[l];
        }
    }
}

/* Least squares over the columns of `set` alone; false where one is negative or they depend on each other. */
static bool solve_set(double *x, double *gain, const struct normal *normal, int set, int columns)
{
    int index[LEAST_SQUARES_MAX], size = 0;
    double matrix[LEAST_SQUARES_MAX * LEAST_SQUARES_MAX], vector[LEAST_SQUARES_MAX];
    for (int k = 0; k < columns; ++k)
        if (set >> k & 1)
            index[size++] = k;
    for (int i = 0; i < size; ++i) {
        vector[i] = normal->right[index[i]];
        for (int j = 0; j < size; ++j)
            matrix[i * size + j] = normal->gram[index[i]][index[j]];
    }
    if (!least_squares_solve(vector, matrix, size))
        return false;
    *gain = 0.0;
    for (int i = 0; i < size; ++i) {
        if (!(vector[i] >= 0.0))
            return false;
        *gain += vector[i] * normal->right[index[i]];
    }
    for (int k = 0; k < columns; ++k)
        x[k] = 0.0;
    for (int i = 0; i < size; ++i)
        x[index[i]] = vector[i] / normal->norm[index[i]];
    return true;
}

double least_squares_nonnegative(double *x, const double *matrix, const double *right, int rows, int columns)
{
    assert(columns >= 1 && columns <= LEAST_SQUARES_MAX);
    struct normal normal;
    make_normal(&normal, matrix, right, rows, columns);
    double best = 0.0;
    for (int k = 0; k < columns; ++k)
        x[k] = 0.0;
    for (int set = 1; set < 1 << columns; ++set) {
        double candidate[LEAST_SQUARES_MAX], gain;
        if (!solve_set(candidate, &gain, &normal, set, columns) || !(gain > best))
            continue;
        best = gain;
        for (int k = 0; k < columns; ++k)
            x[k] = candidate[k];
    }
    double sum = 0.0; /* from the residuals: square - gain would cancel */
    for (int i = 0; i < rows; ++i) {
        double residual = right[i];
        for (int k = 0; k < columns; ++k)
            residual -= matrix[i * columns + k] * x[k];
        sum += residual * residual;
    }
    return sum;
}
