/* mixer.h - the frame of a layer that projects its input into streams, mixes each channel of them along the sequence by gates
 * and long convolutions, and projects the result: what of it has nothing to do with which gates and filters they are.
 *
 * Three loops of one team of threads, with a barrier between them:
 *   1. Over chunks of tokens, and blocks of channels in them: the streams are projected into buffers that stay in the thread's
 *      cache, and the operator's `enter` makes of them what the convolutions want (16 channels a call, in panels). Only that
 *      reaches memory: the kept streams.
 *   2. Over groups of 16 channels times sequences, sequences innermost because they share filters: the operator's `convolve`.
 *   3. Over chunks: the output projection, straight from the kept stream that holds the result.
 * A stream that `enter` filters has its last tokens before the chunk in front of it; threads take chunks in order and hand
 * those tokens on to themselves. In scope core every stream is the input itself, and the result is the output.
 *
 * PREPARED begins with the packed projections; what follows is the operator's. ACTIVATIONS holds the kept streams, and during
 * prepare the filters on their way to longconv_prepare().
 */
#ifndef KERNELS_MIXER_H
#define KERNELS_MIXER_H

#include "kernels/linear.h"
#include "kernels/longconv.h"
#include "operator.h"

#include <stdbool.h>

#define MIXER_MAX_STREAMS 17

/* A frame; made by mixer_create() from the operator's part. */
struct mixer {
    int64_t B, L, D;
    bool core;               /* no projections */
    int64_t streams;         /* of D channels each; at most MIXER_MAX_STREAMS */
    int64_t filtered;        /* the first of them: `enter` reads their past */
    int64_t plain;           /* the last of them, which are kept as they are: `enter` does not see them */
    int64_t history;         /* tokens of the past that `enter` reads */
    int64_t kept;            /* first the `entered` ones that `enter` writes, then the plain ones, then any others */
    int64_t entered;
    int64_t result;          /* the kept one that `convolve` leaves the result in */
    int64_t filter_groups;   /* groups of filters that prepare makes */
    int64_t enter_floats;    /* working memory of `enter` */
    int64_t convolve_floats; /* and of `convolve` */
    int threads;

    struct longconv_shape conv; /* from here on by mixer_create() */
    struct linear in, in_last;  /* one stream's block of channels, and its last block */
    struct linear out;
    int64_t groups; /* of 16 channels */
    int64_t blocks; /* of channels of a stream */
    int64_t chunk;  /* tokens */
};

/* 16 channels of a chunk of one sequence, as `enter` gets them. */
struct mixer_tile {
    int64_t group, rows;
    const float *streams[MIXER_MAX_STREAMS]; /* panels; before a filtered one `history` rows, zeros before the first token */
    float *kept[MIXER_MAX_STREAMS];          /* panels to be written */
    float *memory;                           /* enter_floats */
};

/* 16 channels of one sequence, as `convolve` gets them. */
struct mixer_group {
    int64_t group, sequence;
    float *activations; /* for mixer_kept() */
    float *scratch;     /* for longconv_apply() */
    float *memory;      /* convolve_floats */
};

/* The operator's mathematics. */
struct mixer_steps {
    void (*enter)(const void *context, const struct mixer_tile *tile);
    void (*convolve)(const void *context, const struct mixer_group *group);
    const void *context;
};

/* Beginnings within THREAD_SCRATCH, in floats. */
struct mixer_layout {
    int64_t panel_floats;  /* one group of one stream: `history` and `chunk` rows */
    int64_t stream_floats; /* a block of one stream; the streams' blocks are the beginning of the memory */
    int64_t history;       /* (filtered, groups, history, 16): the tokens before the next chunk */
    int64_t kept;          /* (kept, chunk, 16), where the convolution wants rows */
    int64_t enter, enter_scratch;
    int64_t leave_scratch; /* behind (groups, chunk, 16), where the convolution leaves rows */
    int64_t block_groups;  /* groups of a block */
    int64_t floats;
};

/* Mode and sizes that no mixer does, as a sentence; before mixer_create(). */
enum seq_status mixer_check(const struct seq_problem *problem, int64_t streams, struct seq_message *message);
/* Writes the sentence and returns SEQ_UNSUPPORTED. */
__attribute__((format(printf, 2, 3))) enum seq_status mixer_refuse(struct seq_message *message, const char *format, ...);

struct mixer mixer_create(struct mixer asked, enum seq_isa isa, enum linear_method gemm, enum longconv_method conv);
struct mixer_layout mixer_layout_get(const struct mixer *mixer);

/* Floats of the packed projections, and where those of a block of a stream (stream `streams`: of the output) begin. */
int64_t mixer_packed_floats(const struct mixer *mixer);
int64_t mixer_packed_offset(const struct mixer *mixer, int64_t stream, int64_t block);
/* Bytes of the regions; the operator's part of PREPARED is `own` floats. */
void mixer_region_sizes(const struct mixer *mixer, int64_t own, size_t bytes[SEQ_REGION_COUNT]);

/* Pack the projection of one stream, and that of the result: weight (D, D), bias (D). */
void mixer_pack_stream(const struct mixer *mixer, const struct seq_run *run, int64_t stream, const float *weight,
                       const float *bias);
void mixer_pack_output(const struct mixer *mixer, const struct seq_run *run, const float *weight, const float *bias);

/* spectra (filter_groups, filter_floats) of the filters that lie in ACTIVATIONS, group after group. */
void mixer_prepare_filters(const struct mixer *mixer, const struct longconv *conv, const struct seq_run *run,
                           float *spectra);

/* The hook `method`: what was chosen for the projections and the convolutions. */
size_t mixer_method(const struct mixer *mixer, const struct longconv *conv, char *text, size_t capacity);

/* The timed call. Phases: projection, or copy in scope core; convolution; and the first again. */
void mixer_forward(const struct mixer *mixer, const struct longconv *conv, const struct seq_run *run,
                   const struct mixer_steps *steps);

/* Kept stream i of a group of channels of a sequence. */
static inline float *mixer_kept(const struct mixer *mixer, float *activations, int64_t i, int64_t group, int64_t sequence)
{
    return activations + ((i * mixer->groups + group) * mixer->B + sequence) * mixer->conv.group_floats;
}

#endif
