/* longconv.c - see longconv.h. */
#include "kernels/longconv.h"

#include "kernels/fftconv.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DIRECT_MOST 96 /* longest sequence that is fastest as sums */

/* Longest ring that takes 16 channels at once: its scratch of 128 bytes a point is then 1 MiB, the second-level cache of
 * smaller machines and half of that of larger ones. */
#define CHANNELS_MOST 8192

/* Groups of panels a power of two apart would compete for the same cache sets: rows from group to group modulo 64, the sets
 * of a first-level cache. */
#define SETS 64
#define SETS_APART 17

struct longconv {
    struct longconv_shape shape;
    const struct panel_kernel *panels;
    struct ring *ring;    /* method ring */
    struct fftconv *fftw; /* method fftw */
};

const char *const longconv_method_words[] = {
    [LONGCONV_AUTO] = "auto",
    [LONGCONV_RING] = "ring",
    [LONGCONV_FFTW] = "fftw",
    [LONGCONV_DIRECT] = "direct",
    NULL,
};

/* ---------------------------------------------------------------- shapes */

/* Rows from one group of panels to the next. */
static int64_t panel_rows(int64_t L)
{
    const int64_t place = L % SETS;
    const bool apart = place >= SETS_APART && place <= SETS - SETS_APART;
    if (L <= SETS) /* two at least, so that panels do not look like rows of 16 (matrix.h) */
        return L > 1 ? L : 2;
    return apart ? L : L - place + (place < SETS_APART ? SETS_APART : SETS + SETS_APART);
}

static void shape_panels(struct longconv_shape *shape)
{
    shape->layout = LONGCONV_PANELS;
    shape->group_floats = panel_rows(shape->L) * PANEL_LANES;
}

static void shape_rows(struct longconv_shape *shape)
{
    shape->layout = LONGCONV_ROWS;
    shape->row_stride = matrix_row_stride(shape->L);
    shape->group_floats = shape->row_stride * PANEL_LANES;
}

static void shape_direct(struct longconv_shape *shape)
{
    shape_panels(shape);
    shape->filter_floats = shape->L * PANEL_LANES;
}

static void shape_ring(struct longconv_shape *shape)
{
    const int64_t channels = ring_points_for(shape->L, RING_CHANNELS);
    shape->ring = channels <= CHANNELS_MOST ? RING_CHANNELS : RING_SAMPLES;
    const int64_t points = shape->ring == RING_CHANNELS ? channels : ring_points_for(shape->L, RING_SAMPLES);
    if (shape->ring == RING_CHANNELS)
        shape_panels(shape);
    else
        shape_rows(shape);
    shape->filter_floats = 2 * PANEL_LANES * points;
    shape->scratch_floats = 2 * points * (shape->ring == RING_CHANNELS ? PANEL_LANES : 1);
}

static void shape_fftw(struct longconv_shape *shape)
{
    shape_rows(shape);
    shape->filter_floats = fftconv_spectrum_floats(shape->L) * PANEL_LANES;
    shape->scratch_floats = fftconv_sequence_floats(shape->L) + fftconv_spectrum_floats(shape->L);
}

struct longconv_shape longconv_shape_get(int64_t L, enum seq_isa isa, enum longconv_method method)
{
    static void (*const shapes[])(struct longconv_shape *) = {
        [LONGCONV_RING] = shape_ring, [LONGCONV_FFTW] = shape_fftw, [LONGCONV_DIRECT] = shape_direct};
    struct longconv_shape shape = {.L = L, .isa = isa, .method = method};
    if (method == LONGCONV_AUTO)
        shape.method = L <= DIRECT_MOST ? LONGCONV_DIRECT : LONGCONV_RING;
    shapes[shape.method](&shape);
    return shape;
}

/* ---------------------------------------------------------------- life */

enum seq_status longconv_create(struct longconv **conv, const struct longconv_shape *shape, struct seq_arena *arena,
                                struct seq_message *message)
{
    struct longconv *const made = arena->allocate(arena, sizeof *made);
    if (!made) {
        snprintf(message->text, sizeof message->text, "no memory for the plan of a convolution");
        return SEQ_NO_MEMORY;
    }
    *made = (struct longconv){.shape = *shape, .panels = ISA_SELECT(panel_kernel, shape->isa)};
    *conv = made;
    if (shape->method == LONGCONV_RING)
        return ring_create(&made->ring, shape->L, shape->ring, shape->isa, arena, message);
    if (shape->method == LONGCONV_FFTW)
        return fftconv_create(&made->fftw, shape->L, shape->isa, arena, message);
    return SEQ_OK;
}

void longconv_destroy(struct longconv *conv)
{
    if (conv)
        fftconv_destroy(conv->fftw);
}

size_t longconv_plan_export(const struct seq_plan *plan, void *blob, size_t capacity)
{
    return fftconv_plan_export(plan, blob, capacity);
}

enum seq_status longconv_plan_import(const void *blob, size_t bytes)
{
    return fftconv_plan_import(blob, bytes);
}

void longconv_describe(const struct longconv *conv, char *text, size_t capacity)
{
    if (conv->shape.method == LONGCONV_RING)
        ring_describe(conv->ring, text, capacity);
    else if (conv->shape.method == LONGCONV_FFTW)
        snprintf(text, capacity, "fftw %lld, one channel a time", (long long)fftconv_points(conv->shape.L));
    else
        snprintf(text, capacity, "direct %lld, 16 channels a vector", (long long)conv->shape.L);
}

/* ---------------------------------------------------------------- FFTW */

static void prepare_fftw(const struct longconv *conv, float *prepared, const float *filters, float *scratch)
{
    const int64_t spectrum_floats = fftconv_spectrum_floats(conv->shape.L);
    const float scale = (float)fftconv_scale(conv->fftw);
    fftconv_pad(conv->fftw, scratch);
    for (int64_t c = 0; c < PANEL_LANES; ++c) {
        for (int64_t t = 0; t < conv->shape.L; ++t)
            scratch[t] = filters[c * conv->shape.row_stride + t] * scale;
        fftconv_transform(conv->fftw, prepared + c * spectrum_floats, scratch);
    }
}

static void apply_fftw(const struct longconv *conv, float *y, const float *x, const float *gate, const float *prepared,
                       float *scratch)
{
    const int64_t L = conv->shape.L, spectrum_floats = fftconv_spectrum_floats(L);
    float *const result = scratch + fftconv_sequence_floats(L);
    fftconv_pad(conv->fftw, scratch);
    for (int64_t c = 0; c < PANEL_LANES; ++c) {
        const int64_t row = c * conv->shape.row_stride;
        memcpy(scratch, x + row, (size_t)L * sizeof *scratch);
        fftconv_apply(conv->fftw, result, scratch, prepared + c * spectrum_floats);
        if (gate)
            conv->panels->multiply(y + row, result, gate + row, L);
        else
            memcpy(y + row, result, (size_t)L * sizeof *y);
    }
}

/* ---------------------------------------------------------------- calls */

void longconv_prepare(const struct longconv *conv, float *prepared, const float *filters, float *scratch)
{
    if (conv->shape.method == LONGCONV_RING)
        ring_prepare(conv->ring, prepared, filters);
    else if (conv->shape.method == LONGCONV_FFTW)
        prepare_fftw(conv, prepared, filters, scratch);
    else
        memcpy(prepared, filters, (size_t)conv->shape.filter_floats * sizeof *prepared);
}

void longconv_apply(const struct longconv *conv, float *y, const float *x, const float *gate, const float *prepared,
                    float *scratch)
{
    if (conv->shape.method == LONGCONV_RING)
        ring_apply(conv->ring, y, x, gate, prepared, scratch);
    else if (conv->shape.method == LONGCONV_FFTW)
        apply_fftw(conv, y, x, gate, prepared, scratch);
    else
        conv->panels->convolve(y, x, prepared, gate, conv->shape.L);
}

float *longconv_panel(const struct longconv *conv, float *group, int64_t t, float *buffer)
{
    return conv->shape.layout == LONGCONV_PANELS ? group + t * PANEL_LANES : buffer;
}

void longconv_put(const struct longconv *conv, float *group, int64_t t, const float *panel, int64_t rows)
{
    if (conv->shape.layout == LONGCONV_ROWS)
        conv->panels->to_rows(group + t, conv->shape.row_stride, panel, rows);
}

const float *longconv_get(const struct longconv *conv, const float *group, int64_t t, float *buffer, int64_t rows)
{
    if (conv->shape.layout == LONGCONV_PANELS)
        return group + t * PANEL_LANES;
    conv->panels->from_rows(buffer, group + t, conv->shape.row_stride, rows);
    return buffer;
}
