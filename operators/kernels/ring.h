/* ring.h - causal convolution of 16 sequences at once: y[t] = gate[t] * sum of h[s] x[t - s] over s = 0 .. t, for t < L.
 *
 * Method: polynomials modulo z^n - i instead of zero padding to 2n: real input of n points, complex values all the way,
 * and the real part of the result is the linear convolution's first half (the right-angle convolution). No bit reversal:
 * blocks are split depth first into blocks modulo z^(n/8) - e^(i phi) and joined again on the way back, so that all but the
 * first levels stay in the inner caches. n is the smallest 2^a 3^b 5^c that is at least L (RING_SAMPLES: 256 times one).
 *
 * Two modes: RING_CHANNELS has one sequence in each lane of a vector and takes the 16 as a panel (L, 16); its scratch is
 * 128 n bytes. RING_SAMPLES has 16 consecutive samples of one sequence in a vector and takes rows (16, stride); it does one
 * sequence after the other in a scratch of 8 n bytes.
 *
 * Planning computes sines, nothing is searched or measured. Forward errors are FFTW's, 2e-7 of the largest result (rms),
 * spread evenly over all t: results are causal within rounding. Any number of threads may use a ring, each with a scratch
 * of its own. All buffers are 64-byte aligned.
 */
#ifndef KERNELS_RING_H
#define KERNELS_RING_H

#include "operator.h"

#define RING_MAX_LENGTH ((int64_t)1 << 29)

enum ring_mode { RING_CHANNELS = 0, RING_SAMPLES };

struct ring;

/* The arena owns *ring; nothing is to be destroyed. L is 1 .. RING_MAX_LENGTH. */
enum seq_status ring_create(struct ring **ring, int64_t L, enum ring_mode mode, enum seq_isa isa, struct seq_arena *arena,
                            struct seq_message *message);

int64_t ring_points_for(int64_t L, enum ring_mode mode); /* n, without making a ring */

int64_t ring_points(const struct ring *ring);         /* n */
int64_t ring_stride(const struct ring *ring);         /* RING_SAMPLES: floats between sequences; RING_CHANNELS: 1 */
int64_t ring_group_floats(const struct ring *ring);   /* of 16 sequences */
int64_t ring_filter_floats(const struct ring *ring);  /* of 16 prepared filters */
int64_t ring_scratch_floats(const struct ring *ring); /* of one thread */

/* prepared = spectra of the 16 filters, which lie like sequences. */
void ring_prepare(const struct ring *ring, float *prepared, const float *filters);

/* gate NULL: 1. y may be x, and it may be the gate. */
void ring_apply(const struct ring *ring, float *y, const float *x, const float *gate, const float *prepared,
                float *scratch);

/* Such as "ring 4096 = 8x8x8x8, 16 channels a vector". */
void ring_describe(const struct ring *ring, char *text, size_t capacity);

#endif
