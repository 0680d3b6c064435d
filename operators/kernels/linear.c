/* linear.c - see linear.h: the packed weight, and who computes what. The products are in gemm_kernel.c and linear_blas.c. */
#include "kernels/linear.h"

#include "kernels/gemm.h"
#include "kernels/linear_blas.h"

#include <omp.h>
#include <stddef.h>
#include <stdio.h>

#define BLOCK_INPUTS 256      /* a panel's weights of a block (16 to 48 KiB) stay in the first two caches from tile to tile */
#define BLOCK_X_FLOATS 131072 /* (512 KiB) rows of x that stay in the second-level cache from panel to panel */
#define NEAR_FLOATS 131072    /* (512 KiB) weights that stay in the second-level cache beside x */
#define BLOCK_TILES 6         /* fewer tiles of rows would not pay for reading the weights */

const char *const linear_method_words[] = {[LINEAR_TILES] = "tiles", [LINEAR_OPENBLAS] = "openblas", NULL};

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/* A group that is left over joins a regular panel, two are a panel of their own. */
static void choose_panels(struct linear *linear)
{
    const struct gemm_kernel *const kernel = linear->kernel;
    const int64_t groups = matrix_groups(linear->outputs), usual = kernel->regular.columns / MATRIX_GROUP;
    const bool joins = groups % usual == 1 && groups > 1;
    linear->regular = groups / usual - joins;
    linear->last = groups % usual == 0 ? NULL : joins ? &kernel->wider : &kernel->narrower;
}

struct linear linear_create(int64_t inputs, int64_t outputs, enum seq_isa isa, enum linear_method method)
{
    struct linear linear = {
        .inputs = inputs, .outputs = outputs, .taps = 1, .method = method, .kernel = ISA_SELECT(gemm_kernel, isa)};
    choose_panels(&linear);
    return linear;
}

int linear_describe(const struct linear *linear, char *text, size_t capacity)
{
    const struct gemm_tile *const first = linear->regular > 0 ? &linear->kernel->regular : linear->last;
    if (linear->method == LINEAR_OPENBLAS)
        return snprintf(text, capacity, "gemm openblas");
    if (linear->regular == 0 || !linear->last)
        return snprintf(text, capacity, "gemm tiles %lld x %lld", (long long)first->rows, (long long)first->columns);
    return snprintf(text, capacity, "gemm tiles %lld x %lld and %lld x %lld", (long long)first->rows, (long long)first->columns,
                    (long long)linear->last->rows, (long long)linear->last->columns);
}

/* ---------------------------------------------------------------- panels */

/* Outputs are packed panel by panel, each (taps, inputs, columns), then the bias. What OpenBLAS takes is one panel. */
struct panel {
    int64_t column, columns; /* the first, and how many are packed */
};

static struct panel get_panel(const struct linear *linear, int64_t index)
{
    if (linear->method == LINEAR_OPENBLAS)
        return (struct panel){.column = index * linear->outputs, .columns = linear->outputs};
    const int64_t columns = linear->kernel->regular.columns, end = linear->regular * columns;
    if (index < linear->regular)
        return (struct panel){.column = index * columns, .columns = columns};
    const int64_t last = linear->last ? linear->last->columns : 0;
    return (struct panel){.column = index == linear->regular ? end : end + last, .columns = last};
}

static int64_t panel_count(const struct linear *linear)
{
    return linear->method == LINEAR_OPENBLAS ? 1 : linear->regular + (linear->last != NULL);
}

/* Those that complete the last panel included. */
static int64_t packed_columns(const struct linear *linear)
{
    return get_panel(linear, panel_count(linear)).column;
}

int64_t linear_packed_floats(const struct linear *linear)
{
    return packed_columns(linear) * (linear->taps * linear->inputs + 1);
}

/* The first panel that begins at `column` or behind it. */
static int64_t panel_from(const struct linear *linear, int64_t column)
{
    if (linear->method == LINEAR_OPENBLAS)
        return column > 0;
    const int64_t index = ceil_div(column, linear->kernel->regular.columns), count = panel_count(linear);
    return index <= linear->regular ? index : count;
}

/* Where packing finds an input's weight. */
struct source {
    const float *weight;
    int64_t stride, taps;
    const double *mix; /* NULL: each tap is a weight of its own */
};

static float weight_of(const struct source *source, int64_t output, int64_t input, int64_t tap)
{
    const float *const taps = source->weight + output * source->stride + input * source->taps;
    if (!source->mix)
        return taps[tap];
    double sum = 0.0;
    for (int64_t j = 0; j < source->taps; ++j)
        sum += source->mix[j] * taps[j];
    return (float)sum;
}

static void pack(const struct linear *linear, float *packed, const struct source *source, const float *bias, int threads)
{
    const int64_t inputs = linear->inputs, outputs = linear->outputs, taps = linear->taps;
    const int64_t padded = packed_columns(linear), depth = taps * inputs;
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t output = 0; output < padded; ++output) {
        const struct panel panel = get_panel(linear, panel_from(linear, output + 1) - 1);
        float *const to = packed + panel.column * depth + output - panel.column;
        for (int64_t i = 0; i < inputs; ++i)
            for (int64_t j = 0; j < taps; ++j)
                to[(j * inputs + i) * panel.columns] = output < outputs ? weight_of(source, output, i, j) : 0.0f;
        packed[padded * depth + output] = bias && output < outputs ? bias[output] : 0.0f;
    }
}

void linear_pack(const struct linear *linear, float *packed, const float *weight, int64_t stride, const float *bias,
                 int threads)
{
    const struct source source = {.weight = weight, .stride = stride, .taps = linear->taps};
    pack(linear, packed, &source, bias, threads);
}

void linear_pack_mixed(const struct linear *linear, float *packed, const float *weight, const double *mix, int64_t taps,
                       const float *bias, int threads)
{
    const struct source source = {.weight = weight, .stride = linear->inputs * taps, .taps = taps, .mix = mix};
    pack(linear, packed, &source, bias, threads);
}

/* ---------------------------------------------------------------- method tiles */

/* Rows and panels of a product: what one thread computes. */
struct part {
    int64_t row, rows, panel, panels;
};

/* Columns of y that the panel covers; in a y of panels the last group is whole. */
static int64_t panel_width(const struct linear *linear, struct matrix y, struct panel panel)
{
    const int64_t all = y.group_stride == MATRIX_GROUP ? linear->outputs : matrix_groups(linear->outputs) * MATRIX_GROUP;
    return all - panel.column < panel.columns ? all - panel.column : panel.columns;
}

/* All inputs of one panel, in blocks that begin with a group; the first overwrites y, the others add to it. Weights before
 * `far` are worth a prefetch. */
static void multiply_panel(const struct linear *linear, struct gemm_strip strip, const struct gemm_tile *tile, const float *bias,
                           const float *far)
{
    const int64_t inputs = linear->inputs, groups = matrix_groups(inputs);
    const int64_t blocks = ceil_div(inputs, BLOCK_INPUTS), step = inputs < BLOCK_INPUTS ? BLOCK_INPUTS / inputs : 1;
    const struct matrix_in x = strip.x;
    strip.start = linear->add ? NULL : bias;
    for (int64_t tap = 0; tap < linear->taps; tap += step)
        for (int64_t i = 0; i < blocks; ++i) {
            const int64_t from = groups * i / blocks, to = groups * (i + 1) / blocks;
            strip.taps = linear->taps - tap < step ? linear->taps - tap : step;
            strip.inputs = (to == groups ? inputs : to * MATRIX_GROUP) - from * MATRIX_GROUP;
            strip.x = matrix_from_group_in(matrix_from_row_in(x, tap), from);
            const float *const next = strip.weight + strip.taps * strip.inputs * tile->columns;
            strip.next = next < far ? next : NULL;
            tile->strip(&strip);
            strip.weight = next;
            strip.start = NULL;
        }
}

static void multiply_part(const struct linear *linear, struct matrix y, struct matrix_in x, const float *packed,
                          struct part part)
{
    const struct gemm_kernel *const kernel = linear->kernel;
    const int64_t depth = linear->taps * linear->inputs;
    const int64_t least = BLOCK_TILES * kernel->regular.rows, fitting = BLOCK_X_FLOATS / linear->inputs;
    const int64_t blocks = ceil_div(part.rows, fitting > least ? fitting : least);
    const int64_t last = part.panel + part.panels;
    const int64_t columns = get_panel(linear, last).column - get_panel(linear, part.panel).column;
    const float *const bias = packed + packed_columns(linear) * depth;
    const float *const far = columns * depth > NEAR_FLOATS ? bias : packed;
    for (int64_t i = 0; i < blocks; ++i) {
        const int64_t from = part.rows * i / blocks, to = part.rows * (i + 1) / blocks;
        for (int64_t index = part.panel; index < last; ++index) {
            const struct panel panel = get_panel(linear, index);
            const struct gemm_strip strip = {
                .y = matrix_from_group(matrix_from_row(y, part.row + from), panel.column / MATRIX_GROUP),
                .x = matrix_from_row_in(x, part.row + from),
                .weight = packed + panel.column * depth,
                .rows = to - from,
                .width = panel_width(linear, y, panel),
                .finer = linear->finer,
            };
            multiply_panel(linear, strip, index < linear->regular ? &kernel->regular : linear->last, bias + panel.column, far);
        }
    }
}

/* ---------------------------------------------------------------- calls */

int64_t linear_scratch_floats(const struct linear *linear, int64_t rows)
{
    return linear->method == LINEAR_OPENBLAS ? linear_blas_scratch_floats(linear, rows) : 0;
}

void linear_rows(const struct linear *linear, struct matrix y, struct matrix_in x, const float *packed, int64_t rows,
                 float *scratch)
{
    if (linear->method == LINEAR_OPENBLAS)
        linear_blas_rows(linear, y, x, packed, rows, scratch);
    else
        multiply_part(linear, y, x, packed, (struct part){.rows = rows, .panels = panel_count(linear)});
}

/* The team as a grid over rows and panels, thread `thread`'s place in it. Of the grids with the least work for the busiest
 * thread, counted in tiles of the rows and columns, the one that reads the least: its rows of x and its panels' weights. */
static struct part choose_part(const struct linear *linear, int64_t rows, int threads, int thread)
{
    const int64_t tile = linear->method == LINEAR_OPENBLAS ? 1 : linear->kernel->regular.rows;
    const int64_t tiles = ceil_div(rows, tile), columns = packed_columns(linear);
    int64_t across = 1, least_work = INT64_MAX, least_read = INT64_MAX;
    for (int64_t tried = 1; tried <= threads; ++tried) {
        /* Where panels are shared out, the first share is the largest, as each begins where a panel does. */
        const int64_t down = threads / tried, share = get_panel(linear, panel_from(linear, ceil_div(columns, tried))).column;
        const int64_t work = ceil_div(tiles, down) * share, read = ceil_div(rows, down) + share;
        if (work < least_work || (work == least_work && read < least_read)) {
            across = tried;
            least_work = work;
            least_read = read;
        }
    }
    const int64_t down = threads / across, i = thread / across, j = thread % across;
    if (i >= down)
        return (struct part){.rows = 0};
    const int64_t first = panel_from(linear, columns * j / across), last = panel_from(linear, columns * (j + 1) / across);
    return (struct part){.row = rows * i / down,
                         .rows = rows * (i + 1) / down - rows * i / down,
                         .panel = first,
                         .panels = last - first};
}

void linear_share(const struct linear *linear, struct matrix y, struct matrix_in x, const float *packed, int64_t rows,
                  struct linear_team team, int thread)
{
    const struct part part = choose_part(linear, rows, team.threads, thread);
    if (part.rows == 0)
        return;
    if (linear->method == LINEAR_OPENBLAS)
        linear_blas_rows(linear, matrix_from_row(y, part.row), matrix_from_row_in(x, part.row), packed, part.rows,
                         team.scratch + thread * team.scratch_stride);
    else
        multiply_part(linear, y, x, packed, part);
}

void linear_apply(const struct linear *linear, struct matrix y, struct matrix_in x, const float *packed, int64_t rows,
                  struct linear_team team)
{
#pragma omp parallel num_threads(team.threads)
    linear_share(linear, y, x, packed, rows, team, omp_get_thread_num());
}
