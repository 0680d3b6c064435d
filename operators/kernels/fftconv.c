/* fftconv.c - see fftconv.h. FFTW does the transforms; it picks its own instruction set, whatever the problem asks for. */
#include "kernels/fftconv.h"

#include "kernels/fftconv_kernel.h"
#include "kernels/smooth.h"

#include <fftw3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_FLOATS 16

/* Largest transform that FFTW measures: planning both directions takes about 1 s per 2^16 points. */
#define MEASURE_POINTS ((int64_t)1 << 20)

struct fftconv {
    int64_t L, n;
    fftwf_plan to_spectrum; /* out of place: its input, and with it the zero padding, survives */
    fftwf_plan to_sequence; /* in place */
    const struct fftconv_kernel *kernel;
};

static int64_t whole_lines(int64_t floats)
{
    return (floats + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
}

int64_t fftconv_points(int64_t L)
{
    return 2 * smooth_size(L); /* even, and 2L - 1 points suffice exactly where 2L do */
}

int64_t fftconv_sequence_floats(int64_t L)
{
    return whole_lines(fftconv_points(L));
}

int64_t fftconv_spectrum_floats(int64_t L)
{
    return whole_lines(fftconv_points(L) + 2);
}

enum seq_status fftconv_create(struct fftconv **conv, int64_t L, enum seq_isa isa, struct seq_arena *arena,
                               struct seq_message *message)
{
    struct fftconv *const made = arena->allocate(arena, sizeof *made);
    float *const sequence = arena->borrow(arena, (size_t)fftconv_sequence_floats(L) * sizeof *sequence);
    float *const spectrum = arena->borrow(arena, (size_t)fftconv_spectrum_floats(L) * sizeof *spectrum);
    if (!made || !sequence || !spectrum) {
        snprintf(message->text, sizeof message->text, "no memory to plan transforms of %lld points",
                 (long long)fftconv_points(L));
        return SEQ_NO_MEMORY;
    }
    *made = (struct fftconv){.L = L, .n = fftconv_points(L), .kernel = ISA_SELECT(fftconv_kernel, isa)};
    const unsigned effort = made->n > MEASURE_POINTS ? FFTW_ESTIMATE : FFTW_MEASURE;
    fftwf_complex *const bins = (fftwf_complex *)(void *)spectrum;
    made->to_spectrum = fftwf_plan_dft_r2c_1d((int)made->n, sequence, bins, effort);
    made->to_sequence = fftwf_plan_dft_c2r_1d((int)made->n, bins, spectrum, effort);
    if (!made->to_spectrum || !made->to_sequence) {
        fftconv_destroy(made);
        snprintf(message->text, sizeof message->text, "FFTW made no plan for %lld points", (long long)made->n);
        return SEQ_FAILED;
    }
    *conv = made;
    return SEQ_OK;
}

void fftconv_destroy(struct fftconv *conv)
{
    if (!conv)
        return;
    fftwf_destroy_plan(conv->to_spectrum); /* NULL is allowed */
    fftwf_destroy_plan(conv->to_sequence);
}

double fftconv_scale(const struct fftconv *conv)
{
    return 1.0 / (double)conv->n;
}

void fftconv_pad(const struct fftconv *conv, float *sequence)
{
    memset(sequence + conv->L, 0, (size_t)(conv->n - conv->L) * sizeof *sequence);
}

void fftconv_transform(const struct fftconv *conv, float *spectrum, float *sequence)
{
    fftwf_execute_dft_r2c(conv->to_spectrum, sequence, (fftwf_complex *)(void *)spectrum);
}

void fftconv_apply(const struct fftconv *conv, float *y, float *sequence, const float *filter_spectrum)
{
    fftconv_transform(conv, y, sequence);
    conv->kernel->multiply(y, filter_spectrum, conv->n / 2 + 1);
    fftwf_execute_dft_c2r(conv->to_sequence, (fftwf_complex *)(void *)y, y);
}

size_t fftconv_plan_export(const struct seq_plan *plan, void *blob, size_t capacity)
{
    (void)plan; /* wisdom belongs to the process */
    char *const wisdom = fftwf_export_wisdom_to_string();
    if (!wisdom)
        return 0;
    const size_t bytes = strlen(wisdom) + 1;
    if (bytes <= capacity)
        memcpy(blob, wisdom, bytes);
    free(wisdom);
    return bytes;
}

enum seq_status fftconv_plan_import(const void *blob, size_t bytes)
{
    const char *const wisdom = blob;
    if (bytes == 0 || wisdom[bytes - 1] != '\0')
        return SEQ_FAILED;
    return fftwf_import_wisdom_from_string(wisdom) ? SEQ_OK : SEQ_FAILED;
}
