/* fftconv.h - causal convolution of long sequences by FFT: y[t] = sum of k[s] x[t - s] over s = 0 .. t, for t < L.
 *
 * Method: real transforms of n points, n at least 2L - 1, so that nothing wraps around into the first L results; n is the
 * smallest even 2^a 3^b 5^c. One sequence at a time: the caller gives each thread two buffers, which stay in its cache, and
 * fuses its own arithmetic into filling the one and emptying the other. A filter is transformed once, with the inverse
 * transform's 1/n folded in.
 *
 * Buffers are 64-byte aligned. Only fftconv_create, fftconv_destroy, export and import touch FFTW's planner, which is not
 * thread-safe; the rest may run on any number of threads. Forward errors are those of FFTW, about 3e-7 of max |y|, spread
 * evenly over all t: results are causal within rounding.
 */
#ifndef KERNELS_FFTCONV_H
#define KERNELS_FFTCONV_H

#include "operator.h"

struct fftconv;

#define FFTCONV_MAX_LENGTH ((int64_t)1 << 29) /* n then fits FFTW's int */

int64_t fftconv_points(int64_t L);          /* n */
int64_t fftconv_sequence_floats(int64_t L); /* of a sequence buffer: n values, then room up to a whole cache line */
int64_t fftconv_spectrum_floats(int64_t L); /* of a spectrum buffer: n/2 + 1 complex values, likewise */

/* Makes the plans. FFTW measures candidates, which takes up to a second below L = 32768 and 20 s at 524288, or no time when
 * its wisdom was imported; for longer sequences it estimates. The arena owns *conv. L is at most FFTCONV_MAX_LENGTH. */
enum seq_status fftconv_create(struct fftconv **conv, int64_t L, enum seq_isa isa, struct seq_arena *arena,
                               struct seq_message *message);
void fftconv_destroy(struct fftconv *conv); /* what FFTW holds; NULL is allowed */

/* 1/n: what a filter's values are to be multiplied by before fftconv_transform(). */
double fftconv_scale(const struct fftconv *conv);

/* Zeroes values L .. n-1 of a sequence buffer. They stay zero through fftconv_transform and fftconv_apply. */
void fftconv_pad(const struct fftconv *conv, float *sequence);

/* spectrum = transform of a padded sequence. */
void fftconv_transform(const struct fftconv *conv, float *spectrum, float *sequence);

/* y, a spectrum buffer, begins with the L results. `sequence` is padded and keeps its values. */
void fftconv_apply(const struct fftconv *conv, float *y, float *sequence, const float *filter_spectrum);

/* Hooks as they stand in an operator's table: FFTW's wisdom as text. */
size_t fftconv_plan_export(const struct seq_plan *plan, void *blob, size_t capacity);
enum seq_status fftconv_plan_import(const void *blob, size_t bytes);

#endif
