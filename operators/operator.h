/* operator.h - the contract between seqscale and a sequence operator.
 *
 * An operator is a shared module that exports one symbol, `seqscale_operator`, a const struct seq_operator. This header is
 * all it needs: it compiles alone as C17 and as C++, and nothing of the harness is visible through it.
 *
 *     cc -O3 -shared -fPIC -I<folder of this file> my_op.c -o my_op.so && seqscale verify ./my_op.so
 *
 * Life of an instance, always in this order (operators/skeleton/ is the module to copy):
 *
 *     describe -> [plan_import] -> plan -> parameters -> regions -> (harness allocates and fills) -> [prepare]
 *              -> forward | backward | step, any number of times -> [plan_export] -> destroy
 *
 * Conventions, for every hook:
 *   - Tensors are row-major float32. Input and output are (B, L, D). A layer is the whole drop-in replacement,
 *     projections included; scope `core` leaves the projections out and says in its README what its input then is.
 *   - The harness owns every byte of memory that a timed call touches. Inside prepare, forward, backward and step an
 *     operator allocates nothing, prints nothing, reads no clock and draws no random number.
 *   - An operator keeps no region pointer between calls: the next call may bring others. Many instances may live in one
 *     process, so a module has no mutable file-scope state (library caches such as FFTW wisdom excepted).
 *   - Hooks of one instance are called from one thread at a time. An operator may use OpenMP with at most
 *     problem->threads threads inside plan, prepare, forward, backward and step.
 *   - The same instance, inputs, threads and instruction set give the same bits.
 *   - Structures grow only at their end and begin with their size where the harness and the module may disagree on it.
 */
#ifndef SEQSCALE_OPERATOR_H
#define SEQSCALE_OPERATOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SEQ_ABI 1u /* a module of another number is refused */
#define SEQ_SYMBOL "seqscale_operator"

/* Put before the definition of the table: it is the one symbol that a module shows. */
#if defined(__GNUC__)
#define SEQ_EXPORT __attribute__((visibility("default")))
#else
#define SEQ_EXPORT
#endif

/* ---------------------------------------------------------------- words */

enum seq_status {
    SEQ_OK = 0,
    SEQ_UNSUPPORTED, /* a well-formed problem that this operator does not do; the message says why */
    SEQ_NO_MEMORY,   /* the arena or a library refused memory */
    SEQ_FAILED       /* anything else; the message says what */
};

enum seq_mode {
    SEQ_FORWARD = 0, /* inference over a whole sequence */
    SEQ_TRAIN,       /* prepare + forward + backward, one step of training */
    SEQ_DECODE,      /* one token at a time with a carried state */
    SEQ_MODE_COUNT
};

enum seq_scope {
    SEQ_LAYER = 0, /* the whole layer, input and output projections included */
    SEQ_CORE,      /* the mixing alone */
    SEQ_SCOPE_COUNT
};

/* Instruction sets an operator may be asked to use. On other architectures than x86-64 only GENERIC is asked for. */
enum seq_isa {
    SEQ_ISA_GENERIC = 0, /* the architecture's baseline */
    SEQ_ISA_V3,          /* x86-64-v3: AVX2, FMA */
    SEQ_ISA_V4,          /* x86-64-v4: AVX-512 F, BW, CD, DQ, VL */
    SEQ_ISA_COUNT
};

/* Memory by purpose. The harness allocates each one 64-byte aligned between red zones, poisons it, prefaults it with the
 * threads that use it, and reports it by name. INPUT, OUTPUT, PARAMETERS and GRADIENTS are sized by the harness. */
enum seq_region {
    SEQ_INPUT = 0,      /* (B, L, D), or (B, D) in step; read only */
    SEQ_OUTPUT,         /* (B, L, D), or (B, D) in step; every element is written by forward and step */
    SEQ_PARAMETERS,     /* all tensors of parameters(); read only */
    SEQ_PREPARED,       /* what prepare computes once per set of weights: packed weights, filter spectra */
    SEQ_GRADIENTS,      /* grad_output, grad_input and one tensor per trainable parameter */
    SEQ_ACTIVATIONS,    /* tensors that depend on the input and live inside one call */
    SEQ_SAVED,          /* written by forward in train mode, read by backward */
    SEQ_STATE,          /* one state: position-independent bytes, may be copied to snapshot a context */
    SEQ_SCRATCH,        /* shared by the threads of a call, contents undefined at its start */
    SEQ_THREAD_SCRATCH, /* private to each thread of a call; the size given is that of one thread */
    SEQ_REGION_COUNT
};

/* A sentence for the person who asked; write it with snprintf, without a newline. */
struct seq_message {
    char text[256];
};

/* ---------------------------------------------------------------- options */

enum seq_option_type {
    SEQ_INT = 0, /* whole number in [low, high] */
    SEQ_REAL,    /* real number in [low, high] */
    SEQ_FLAG,    /* 0 or 1 */
    SEQ_CHOICE   /* index into choices; variants of an operator are choices */
};

struct seq_option {
    const char *name;           /* letters, digits, underscore */
    const char *help;           /* one line; the range and the default are printed by the harness */
    enum seq_option_type type;
    double value;               /* default; for SEQ_CHOICE the index of the default choice */
    double low, high;           /* inclusive range of SEQ_INT and SEQ_REAL; ignored otherwise */
    const char *const *choices; /* NULL-terminated words of SEQ_CHOICE; NULL otherwise */
};

/* ---------------------------------------------------------------- the problem and its price */

struct seq_problem {
    size_t size;           /* sizeof(struct seq_problem) */
    int64_t B, L, D;       /* batch, length, width; each at least 1 */
    int64_t context;       /* longest context that a state must hold, at least L; matters to decode */
    enum seq_mode mode;
    enum seq_scope scope;
    enum seq_isa isa;      /* use at most this instruction set */
    int threads;           /* at least 1 */
    const double *options; /* one value per entry of the options table, in its order, validated by the harness */
};

static inline int64_t seq_option_int(const struct seq_problem *problem, int index)
{
    return (int64_t)problem->options[index];
}

/* Growth n^power * log2(n)^log_power in the sequence length n. */
struct seq_growth {
    double power, log_power;
};

/* Traits of a problem, because they depend on its options. */
#define SEQ_TRAIT_CAUSAL 1u         /* output t depends on inputs <= t only */
#define SEQ_TRAIT_ROUNDING_LEAKS 2u /* causal within rounding (FFT), not bit by bit */
#define SEQ_TRAIT_SEQUENTIAL 4u     /* the reference of row t costs t steps: the harness samples rows of a prefix */

struct seq_cost {
    size_t size;                           /* sizeof(struct seq_cost), set by the harness */
    double flops;                          /* multiplications and additions of one timed call: the algorithm's textbook count */
    double bytes;                          /* compulsory traffic of one call: each input, weight and output once */
    struct seq_growth time, memory;        /* claimed growth in L */
    double region_bytes[SEQ_REGION_COUNT]; /* upper bounds; INPUT, OUTPUT and GRADIENTS are filled by the harness;
                                              THREAD_SCRATCH is that of one thread */
    uint32_t traits;                       /* SEQ_TRAIT_* */
    double reread_bytes;                   /* traffic beyond `bytes` that no order of the work avoids: what one step after
                                              another reads anew, as a recurrence its weights; seq_cost_set_reread() */
    double reread_set_bytes;               /* size of what is read again, which decides the cache that can hold it */
};

/* A set of `set_bytes`, too large for registers, that a call reads `passes` times more than the once that `bytes` counts. A
 * harness of an older header has no room for it, and is not told. */
static inline void seq_cost_set_reread(struct seq_cost *cost, double passes, double set_bytes)
{
    if (cost->size < sizeof *cost)
        return;
    cost->reread_bytes = passes * set_bytes;
    cost->reread_set_bytes = set_bytes;
}

/* ---------------------------------------------------------------- parameters */

enum seq_parameter_kind {
    SEQ_TRAINABLE = 0,
    SEQ_BUFFER, /* part of the state_dict, receives no gradient */
    SEQ_ALIAS   /* another name of the parameter `alias_of`: shares its memory */
};

enum seq_initialiser {
    SEQ_INIT_ZERO = 0,
    SEQ_INIT_ONE,
    SEQ_INIT_CONSTANT,    /* a */
    SEQ_INIT_UNIFORM,     /* uniform in [a, b] */
    SEQ_INIT_NORMAL,      /* mean a, standard deviation b */
    SEQ_INIT_LOG_UNIFORM, /* stores log(x), x log-uniform: uniform in [log a, log b] */
    SEQ_INIT_COMPUTED     /* the module's fill_parameter writes it */
};

#define SEQ_MAX_RANK 4

struct seq_parameter {
    const char *name; /* that of PyTorch's state_dict for the layer; lives as long as the plan */
    int rank;         /* 0 .. SEQ_MAX_RANK */
    int64_t shape[SEQ_MAX_RANK];
    enum seq_parameter_kind kind;
    enum seq_initialiser init;
    double a, b;      /* of the initialiser */
    size_t alias_of;  /* index of an earlier entry, for SEQ_ALIAS */
};

/* ---------------------------------------------------------------- planning */

struct seq_plan; /* each module defines its own */

/* Memory for plan(). Both functions return 64-byte aligned zeroed memory, or NULL when there is no more. */
struct seq_arena {
    size_t size;                                                /* sizeof(struct seq_arena) */
    void *(*allocate)(struct seq_arena *arena, size_t bytes); /* lives until destroy has returned; freed by the harness */
    void *(*borrow)(struct seq_arena *arena, size_t bytes);   /* lives until plan returns: buffers to measure with */
};

/* ---------------------------------------------------------------- the call */

struct seq_run {
    size_t size;                    /* sizeof(struct seq_run) */
    const float *input;             /* (B, L, D); step: (B, D) */
    float *output;                  /* (B, L, D); step: (B, D) */
    const float *const *parameters; /* one pointer per entry of parameters(), aliases resolved */
    void *prepared;                 /* region PREPARED; written by prepare only */
    void *activations;              /* region ACTIVATIONS */
    void *saved;                    /* region SAVED; NULL outside train mode */
    void *scratch;                  /* region SCRATCH */
    void *thread_scratch;           /* thread k's part begins at k * thread_scratch_stride bytes */
    size_t thread_scratch_stride;   /* multiple of 4096 */
    const void *state_in;           /* state before the first token; NULL: the initial state */
    void *state_out;                /* where to leave the state after the last token; NULL: not wanted; may be state_in */
    int64_t position;               /* tokens that state_in has already seen */
    const float *grad_output;       /* (B, L, D) */
    float *grad_input;              /* (B, L, D); overwritten, as all gradients are */
    float *const *grad_parameters;  /* per parameter; NULL for buffers and aliases */
    const void *grad_state_out;     /* gradient of the loss by state_out; NULL: zero. Same layout as the state */
    void *grad_state_in;            /* gradient of the loss by state_in; NULL: not wanted */
    int threads;                    /* problem->threads */
    void (*phase)(void *context, const char *name); /* NULL in timed samples; use seq_phase() */
    void *phase_context;
};

/* Thread k's private scratch. */
static inline void *seq_thread_scratch(const struct seq_run *run, int thread)
{
    return (unsigned char *)run->thread_scratch + (size_t)thread * run->thread_scratch_stride;
}

/* Says that the phase `name` ("projection", "softmax", "fft", "gate" ...) begins. Call it from one thread, outside or at
 * a barrier of a parallel region. The time until the next mark, or the end of the call, is that phase's. */
static inline void seq_phase(const struct seq_run *run, const char *name)
{
    if (run->phase)
        run->phase(run->phase_context, name);
}

/* Output rows for which the reference is wanted: pairs (b[i], t[i]), sorted by b, then t. */
struct seq_rows {
    size_t count;
    const int64_t *b, *t;
};

/* ---------------------------------------------------------------- the table */

#define SEQ_CAP_THREADS 1u   /* uses more than one thread */
#define SEQ_CAP_CORE 2u      /* scope core is supported */
#define SEQ_CAP_STATE 4u     /* forward honours state_in and state_out */
#define SEQ_CAP_NO_OUTPUT 8u /* a measuring stick without mathematics: writes no output, needs no reference */

struct seq_operator {
    uint32_t abi;              /* SEQ_ABI */
    uint32_t size;             /* sizeof(struct seq_operator); a shorter table of the same ABI has the rest NULL */
    const char *name;          /* lower case, as the folder */
    const char *summary;       /* one line */
    const char *source;        /* paper or documentation that defines it */
    int colour;                /* index into the chart palette, 0 .. 11; -1: the harness picks */
    uint32_t capabilities;     /* SEQ_CAP_* */
    const struct seq_option *options; /* option_count entries */
    size_t option_count;

    /* Required. Pure: the price of a problem, or SEQ_UNSUPPORTED with a sentence. `cost` arrives zeroed, size set. */
    enum seq_status (*describe)(const struct seq_problem *problem, struct seq_cost *cost, struct seq_message *message);
    /* Required. Chooses algorithms and makes tables. `problem` lives only for the call: copy what is needed. */
    enum seq_status (*plan)(const struct seq_problem *problem, struct seq_arena *arena, struct seq_plan **plan,
                            struct seq_message *message);
    /* Optional: no parameters. The table lives as long as the plan. */
    const struct seq_parameter *(*parameters)(const struct seq_plan *plan, size_t *count);
    /* Optional. Writes the values of parameter `index`, whose init is SEQ_INIT_COMPUTED. */
    enum seq_status (*fill_parameter)(const struct seq_plan *plan, size_t index, float *values);
    /* Optional: all zero. Exact bytes of PREPARED, ACTIVATIONS, SAVED, STATE, SCRATCH and THREAD_SCRATCH (one thread);
     * `bytes` arrives zeroed. */
    void (*regions)(const struct seq_plan *plan, size_t bytes[SEQ_REGION_COUNT]);
    /* Optional. Computes PREPARED from the parameters; input and output are not to be touched. */
    enum seq_status (*prepare)(const struct seq_plan *plan, const struct seq_run *run);
    /* Required. The timed call. */
    enum seq_status (*forward)(const struct seq_plan *plan, const struct seq_run *run);
    /* Optional: mode train. Reads saved, writes grad_input and every grad_parameters entry. */
    enum seq_status (*backward)(const struct seq_plan *plan, const struct seq_run *run);
    /* Optional: mode decode. One token: state_in -> output, state_out. */
    enum seq_status (*step)(const struct seq_plan *plan, const struct seq_run *run);
    /* Required, except with SEQ_CAP_NO_OUTPUT. The plain double-precision definition: writes (rows->count, D) values.
     * Reads run->input, parameters and state_in; `plan` is not involved, so that it cannot share its mistakes. Never
     * optimised; it may allocate. */
    enum seq_status (*reference)(const struct seq_problem *problem, const struct seq_run *run, const struct seq_rows *rows,
                                 double *output);
    /* Optional. Planner knowledge (FFTW wisdom, chosen methods) as a blob: returns its size in bytes and writes it when
     * `capacity` suffices. */
    size_t (*plan_export)(const struct seq_plan *plan, void *blob, size_t capacity);
    /* Optional. Before plan: makes the knowledge of plan_export known again. An unusable blob is SEQ_FAILED, and the
     * harness plans without it. */
    enum seq_status (*plan_import)(const void *blob, size_t bytes);
    /* Optional. Frees what plan took from libraries; the arena is freed by the harness afterwards. */
    void (*destroy)(struct seq_plan *plan);
    /* Optional. What plan chose, for the record, as short printable text ("gemm tiles 14x32; conv ring 4096 = 4x8x8x8"):
     * returns its length and writes as much of it as fits in `capacity`, NUL included, as snprintf does. It says the same
     * whenever it is asked, and it is asked again after prepare. */
    size_t (*method)(const struct seq_plan *plan, char *text, size_t capacity);
};

#ifdef __cplusplus
}
#endif
#endif
