/* longconv.h - causal convolution of 16 channels along a whole sequence: y[t] = gate[t] * sum of h[s] x[t - s] over s = 0 .. t,
 * for t < L, each channel with its own h.
 *
 * Methods: our own transforms (`ring`, ring.h), FFTW's real transforms of at least 2L - 1 points (`fftw`), sums as they stand
 * (`direct`: for short sequences), or whichever is the fastest for L (`auto`). A filter is prepared once, into a spectrum or
 * taps.
 *
 * The channels of a group lie in memory as the method wants them: PANELS is (L, 16), value (t, c) at t * 16 + c (matrix.h);
 * ROWS is 16 rows, at c * row_stride + t. A caller who has or wants panels of some tokens uses longconv_panel(),
 * longconv_put() and longconv_get(), and need not know which it is. Lanes without a channel hold finite values.
 *
 * Everything but create and destroy may run on any number of threads, each with its own scratch. Groups, filters and scratch
 * are 64-byte aligned.
 */
#ifndef KERNELS_LONGCONV_H
#define KERNELS_LONGCONV_H

#include "kernels/panel_kernel.h"
#include "kernels/ring.h"
#include "operator.h"

enum longconv_method { LONGCONV_AUTO = 0, LONGCONV_RING, LONGCONV_FFTW, LONGCONV_DIRECT };

enum longconv_layout { LONGCONV_PANELS = 0, LONGCONV_ROWS };

#define LONGCONV_MAX_LENGTH ((int64_t)1 << 29)

/* What convolutions of L tokens need: a function of longconv_shape_get()'s arguments alone. */
struct longconv_shape {
    int64_t L;
    enum seq_isa isa;
    enum longconv_method method; /* the one chosen: not AUTO */
    enum longconv_layout layout;
    enum ring_mode ring;    /* method ring */
    int64_t row_stride;     /* floats from channel to channel; ROWS only */
    int64_t group_floats;   /* from one group of sequences to the next */
    int64_t filter_floats;  /* of a group's prepared filters */
    int64_t scratch_floats; /* of each thread */
};

struct longconv;

/* The operators' option `conv`; its value is an enum longconv_method. `longconv_method_words` are its choices. */
extern const char *const longconv_method_words[];
#define LONGCONV_OPTION                                                                                           \
    {.name = "conv",                                                                                              \
     .help = "long convolutions by our ring transforms, by FFTW's, or as sums; auto: the fastest for the length",  \
     .type = SEQ_CHOICE,                                                                                          \
     .value = LONGCONV_AUTO,                                                                                      \
     .choices = longconv_method_words}

/* L is 1 to LONGCONV_MAX_LENGTH. */
struct longconv_shape longconv_shape_get(int64_t L, enum seq_isa isa, enum longconv_method method);

/* Makes the tables; with method fftw, FFTW's plans, see fftconv.h. The arena owns *conv. */
enum seq_status longconv_create(struct longconv **conv, const struct longconv_shape *shape, struct seq_arena *arena,
                                struct seq_message *message);
void longconv_destroy(struct longconv *conv); /* what libraries hold; NULL is allowed */

/* Hooks as they stand in an operator's table: FFTW's wisdom as text. */
size_t longconv_plan_export(const struct seq_plan *plan, void *blob, size_t capacity);
enum seq_status longconv_plan_import(const void *blob, size_t bytes);

/* A few words that name the method and its variant. */
void longconv_describe(const struct longconv *conv, char *text, size_t capacity);

/* prepared = a group of filters h, which are in the layout of a group of sequences. They must not overlap. */
void longconv_prepare(const struct longconv *conv, float *prepared, const float *filters, float *scratch);

/* y = gate times (h convolved with x); gate NULL: 1. y may be x or gate. */
void longconv_apply(const struct longconv *conv, float *y, const float *x, const float *gate, const float *prepared,
                    float *scratch);

/* Where the panel of tokens t, t + 1, ... of a group is to be written: in the group itself, or, in layout ROWS, in `buffer`.
 * longconv_put() then brings it where it belongs. */
float *longconv_panel(const struct longconv *conv, float *group, int64_t t, float *buffer);
void longconv_put(const struct longconv *conv, float *group, int64_t t, const float *panel, int64_t rows);

/* The panel of tokens t .. t + rows - 1: in the group itself, or, in layout ROWS, copied to `buffer`. */
const float *longconv_get(const struct longconv *conv, const float *group, int64_t t, float *buffer, int64_t rows);

#endif
