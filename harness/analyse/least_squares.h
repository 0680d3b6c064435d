/* least_squares.h - small dense least squares: positive definite systems, and least squares with coefficients that are not
 * negative. Pure functions; matrices are row-major. */
#ifndef HARNESS_ANALYSE_LEAST_SQUARES_H
#define HARNESS_ANALYSE_LEAST_SQUARES_H

#include <stdbool.h>

#define LEAST_SQUARES_MAX 6 /* columns of a non-negative problem: 2^6 sets of them are tried */

/* Solves matrix x = vector for a positive definite matrix (size, size) by Cholesky's method; the matrix is overwritten and
 * vector becomes x. False, with `vector` unspecified, where the matrix is not positive definite to working precision. */
bool least_squares_solve(double *vector, double *matrix, int size);

/* Minimises sum over rows of (right[i] - sum_k matrix[i,k] x[k])^2 with all x[k] >= 0; returns that sum. Zero rows: x = 0. */
double least_squares_nonnegative(double *x, const double *matrix, const double *right, int rows, int columns);

#endif
