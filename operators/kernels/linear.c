/* linear.c - see linear.h: the packed weight, and who computes what. The products are in gemm_kernel.c and linear_blas.c. */
#include "kernels/linear.h"

#include "kernels/gemm.h"
#include "kernels/linear_blas.h"

#include <omp.h>
#include <stddef.h>
#include <stdio.h>

#define BLOCK_INPUTS 256      /* a panel's weights of a block (16 to 32 KiB) stay in the first-level cache from tile to tile */
#define BLOCK_X_FLOATS 131072 /* (512 KiB) rows of x that stay in the second-level cache from panel to panel */
#define NEAR_FLOATS 131072    /* (512 KiB) weights that stay in the second-level cache beside x */
#define BLOCK_TILES 4         /* fewer tiles of rows would not pay for reading the weights */

const char *const linear_method_words[] = {[LINEAR_TILES] = "tiles", [LINEAR_OPENBLAS] = "openblas", NULL};

struct linear linear_create(int64_t inputs, int64_t outputs, enum seq_isa isa, enum linear_method method)
{
    return (struct linear){
        .inputs = inputs, .outputs = outputs, .taps = 1, .method = method, .kernel = ISA_SELECT(gemm_kernel, isa)};
}

int linear_describe(const struct linear *linear, char *text, size_t capacity)
{
    if (linear->method == LINEAR_OPENBLAS)
        return snprintf(text, capacity, "gemm openblas");
    return snprintf(text, capacity, "gemm tiles %lld x %lld", (long long)linear->kernel->rows,
                    (long long)linear->kernel->columns);
}

/* Outputs are packed in panels of this many: (panels, taps, inputs, columns), then the bias. */
static int64_t panel_columns(const struct linear *linear)
{
    return linear->method == LINEAR_OPENBLAS ? linear->outputs : linear->kernel->columns;
}

static int64_t panel_count(const struct linear *linear)
{
    const int64_t columns = panel_columns(linear);
    return (linear->outputs + columns - 1) / columns;
}

int64_t linear_packed_floats(const struct linear *linear)
{
    return panel_count(linear) * panel_columns(linear) * (linear->taps * linear->inputs + 1);
}

void linear_pack(const struct linear *linear, float *packed, const float *weight, int64_t stride, const float *bias,
                 int threads)
{
    const int64_t inputs = linear->inputs, outputs = linear->outputs, taps = linear->taps, columns = panel_columns(linear);
    const int64_t padded = panel_count(linear) * columns, depth = taps * inputs;
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t output = 0; output < padded; ++output) {
        float *const to = packed + output / columns * columns * depth + output % columns;
        for (int64_t i = 0; i < inputs; ++i)
            for (int64_t j = 0; j < taps; ++j)
                to[(j * inputs + i) * columns] = output < outputs ? weight[output * stride + i * taps + j] : 0.0f;
        packed[padded * depth + output] = bias && output < outputs ? bias[output] : 0.0f;
    }
}

/* ---------------------------------------------------------------- method tiles */

/* Rows and panels of a product: what one thread computes. */
struct part {
    int64_t row, rows, panel, panels;
};

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/* Columns of y that panel `panel` covers; in a y of panels the last group is whole. */
static int64_t panel_width(const struct linear *linear, struct matrix y, int64_t panel)
{
    const int64_t columns = linear->kernel->columns;
    const int64_t all = y.group_stride == MATRIX_GROUP ? linear->outputs : matrix_groups(linear->outputs) * MATRIX_GROUP;
    return all - panel * columns < columns ? all - panel * columns : columns;
}

/* All inputs of one panel, in blocks that begin with a group; the first overwrites y, the others add to it. Weights before
 * `far` are worth a prefetch. */
static void multiply_panel(const struct linear *linear, struct gemm_strip strip, const float *bias, const float *far)
{
    const int64_t inputs = linear->inputs;
    const int64_t columns = linear->kernel->columns, groups = matrix_groups(inputs);
    const int64_t blocks = ceil_div(inputs, BLOCK_INPUTS), step = inputs < BLOCK_INPUTS ? BLOCK_INPUTS / inputs : 1;
    const struct matrix_in x = strip.x;
    strip.start = linear->add ? NULL : bias;
    for (int64_t tap = 0; tap < linear->taps; tap += step)
        for (int64_t i = 0; i < blocks; ++i) {
            const int64_t from = groups * i / blocks, to = groups * (i + 1) / blocks;
            strip.taps = linear->taps - tap < step ? linear->taps - tap : step;
            strip.inputs = (to == groups ? inputs : to * MATRIX_GROUP) - from * MATRIX_GROUP;
            strip.x = matrix_from_group_in(matrix_from_row_in(x, tap), from);
            const float *const next = strip.weight + strip.taps * strip.inputs * columns;
            strip.next = next < far ? next : NULL;
            linear->kernel->strip(&strip);
            strip.weight = next;
            strip.start = NULL;
        }
}

static void multiply_part(const struct linear *linear, struct matrix y, struct matrix_in x, const float *packed,
                          struct part part)
{
    const int64_t columns = linear->kernel->columns, depth = linear->taps * linear->inputs;
    const int64_t least = BLOCK_TILES * linear->kernel->rows, fitting = BLOCK_X_FLOATS / linear->inputs;
    const int64_t blocks = ceil_div(part.rows, fitting > least ? fitting : least);
    const float *const bias = packed + panel_count(linear) * columns * depth;
    const float *const far = part.panels * columns * depth > NEAR_FLOATS ? bias : packed;
    for (int64_t i = 0; i < blocks; ++i) {
        const int64_t from = part.rows * i / blocks, to = part.rows * (i + 1) / blocks;
        for (int64_t panel = part.panel; panel < part.panel + part.panels; ++panel) {
            const struct gemm_strip strip = {
                .y = matrix_from_group(matrix_from_row(y, part.row + from), panel * columns / MATRIX_GROUP),
                .x = matrix_from_row_in(x, part.row + from),
                .weight = packed + panel * columns * depth,
                .rows = to - from,
                .width = panel_width(linear, y, panel),
            };
            multiply_panel(linear, strip, bias + panel * columns, far);
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
 * thread, counted in tiles, the one that reads the least: its rows of x and its panels' weights. */
static struct part choose_part(const struct linear *linear, int64_t rows, int threads, int thread)
{
    const int64_t tile = linear->method == LINEAR_OPENBLAS ? 1 : linear->kernel->rows, columns = panel_columns(linear);
    const int64_t tiles = ceil_div(rows, tile), panels = panel_count(linear);
    int64_t across = 1, least_work = INT64_MAX, least_read = INT64_MAX;
    for (int64_t tried = 1; tried <= threads; ++tried) {
        const int64_t down = threads / tried, work = ceil_div(tiles, down) * ceil_div(panels, tried);
        const int64_t read = ceil_div(rows, down) + ceil_div(panels, tried) * columns;
        if (work < least_work || (work == least_work && read < least_read)) {
            across = tried;
            least_work = work;
            least_read = read;
        }
    }
    const int64_t down = threads / across, i = thread / across, j = thread % across;
    if (i >= down)
        return (struct part){.rows = 0};
    return (struct part){.row = rows * i / down,
                         .rows = rows * (i + 1) / down - rows * i / down,
                         .panel = panels * j / across,
                         .panels = panels * (j + 1) / across - panels * j / across};
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
