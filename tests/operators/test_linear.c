/* test_linear.c - the products of operators/kernels/linear.h against plain loops in double precision: rows and panels in
 * and out, sizes around tiles, panels and blocks of every instruction set, taps, both methods, one to three threads.
 */
#include "kernels/linear.h"

#include "base/random.h"
#include "base/status.h"
#include "machine/isa.h"

#include <assert.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PADDING 3 /* floats between rows, to be left alone */
#define UNTOUCHED 12345.0f

static_assert((int)ISA_GENERIC == (int)SEQ_ISA_GENERIC && (int)ISA_V4 == (int)SEQ_ISA_V4, "used as one");

struct shape {
    int64_t rows, inputs, outputs, taps;
};

static const struct shape shapes[] = {
    {1, 1, 1, 1},     {1, 256, 100, 1},  {3, 5, 2, 1},    {7, 16, 16, 1},     {13, 17, 31, 1},   {15, 37, 37, 3},
    {29, 24, 72, 1},  {37, 64, 33, 4},   {64, 64, 64, 1}, {65, 300, 49, 1},   {100, 530, 17, 2}, {130, 32, 96, 2},
    {9, 1024, 40, 1}, {600, 272, 48, 1}, {2, 1, 70, 5},   {1023, 257, 129, 1},
    {31, 48, 80, 1},  {26, 33, 112, 2}, {50, 20, 150, 1}};

enum layout { ROWS = 0, PANELS };

/* A matrix of the layout asked for, in memory of its own, with what surrounds its elements. */
struct sample {
    struct matrix matrix;
    float *memory;
    int64_t floats, rows, columns;
    enum layout layout;
};

static struct sample sample_make(int64_t rows, int64_t columns, int64_t padding, enum layout layout)
{
    struct sample sample = {.rows = rows, .columns = columns, .layout = layout};
    /* The last row ends with its last column, so that AddressSanitizer sees a step beyond. */
    sample.floats = layout == ROWS ? (rows - 1) * (columns + padding) + columns : rows * MATRIX_GROUP * matrix_groups(columns);
    sample.memory = malloc((size_t)sample.floats * sizeof *sample.memory);
    assert_non_null(sample.memory);
    for (int64_t i = 0; i < sample.floats; ++i)
        sample.memory[i] = UNTOUCHED;
    sample.matrix = layout == ROWS ? matrix_rows(sample.memory, columns + padding) : matrix_panels(sample.memory, rows);
    return sample;
}

static float *at(const struct sample *sample, int64_t row, int64_t column)
{
    const struct matrix *const m = &sample->matrix;
    return &m->data[row * m->row_stride + column / MATRIX_GROUP * m->group_stride + column % MATRIX_GROUP];
}

static struct sample sample_random(int64_t rows, int64_t columns, int64_t padding, enum layout layout, uint64_t stream)
{
    struct sample sample = sample_make(rows, columns, padding, layout);
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < columns; ++c)
            *at(&sample, r, c) = (float)random_normal(1, stream, (uint64_t)(r * columns + c));
    return sample;
}

/* ---------------------------------------------------------------- one product */

struct trial {
    struct shape shape;
    struct linear linear;
    struct sample x, y, before;
    float *weight, *bias, *packed, *scratch;
};

static float *floats_random(int64_t count, uint64_t stream)
{
    struct sample sample = sample_random(1, count, 0, ROWS, stream);
    return sample.memory;
}

static struct trial trial_make(struct shape shape, enum layout x, enum layout y, enum seq_isa isa, enum linear_method method)
{
    struct trial trial = {.shape = shape, .linear = linear_create(shape.inputs, shape.outputs, isa, method)};
    trial.linear.taps = shape.taps;
    trial.x = sample_random(shape.rows + shape.taps - 1, shape.inputs, PADDING, x, 1);
    trial.y = sample_random(shape.rows, shape.outputs, PADDING, y, 2);
    trial.before = sample_random(shape.rows, shape.outputs, PADDING, y, 2);
    trial.weight = floats_random(shape.outputs * shape.inputs * shape.taps, 3);
    trial.bias = floats_random(shape.outputs, 4);
    trial.packed = malloc((size_t)linear_packed_floats(&trial.linear) * sizeof *trial.packed);
    trial.scratch = calloc((size_t)(3 * linear_scratch_floats(&trial.linear, shape.rows) + 1), sizeof *trial.scratch);
    assert_non_null(trial.packed);
    assert_non_null(trial.scratch);
    linear_pack(&trial.linear, trial.packed, trial.weight, shape.inputs * shape.taps, trial.bias, 2);
    return trial;
}

static void trial_drop(struct trial *trial)
{
    float *const all[] = {trial->x.memory, trial->y.memory, trial->before.memory, trial->weight,
                          trial->bias,     trial->packed,   trial->scratch};
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i)
        free(all[i]);
}

static void trial_apply(struct trial *trial, int threads)
{
    const struct linear_team team = {.threads = threads,
                                     .scratch = trial->scratch,
                                     .scratch_stride = linear_scratch_floats(&trial->linear, trial->shape.rows)};
    linear_apply(&trial->linear, trial->y.matrix, matrix_as_in(trial->x.matrix), trial->packed, trial->shape.rows, team);
}

static double expected(const struct trial *trial, int64_t row, int64_t output)
{
    const struct shape *const shape = &trial->shape;
    double sum = (double)(trial->linear.add ? *at(&trial->before, row, output) : trial->bias[output]);
    for (int64_t j = 0; j < shape->taps; ++j)
        for (int64_t i = 0; i < shape->inputs; ++i)
            sum += (double)*at(&trial->x, row + j, i) *
                   (double)trial->weight[(output * shape->inputs + i) * shape->taps + j];
    return sum;
}

static void check_results(const struct trial *trial)
{
    const double terms = (double)(trial->shape.inputs * trial->shape.taps);
    /* A float32 sum of products of standard normal numbers in any order: epsilon times the terms' own size, some times over. */
    const double accepted = 0x1p-24 * 8.0 * (1.0 + terms);
    for (int64_t r = 0; r < trial->shape.rows; ++r)
        for (int64_t o = 0; o < trial->shape.outputs; ++o)
            assert_true(fabs((double)*at(&trial->y, r, o) - expected(trial, r, o)) <= accepted);
}

/* What lies between rows is as it was; a last panel is completed with zeros (one of a single row looks like rows). */
static void check_surroundings(const struct sample *y, bool add)
{
    if (y->layout == ROWS) {
        for (int64_t r = 0; r + 1 < y->rows; ++r)
            for (int64_t c = y->columns; c < y->columns + PADDING; ++c)
                assert_true(y->memory[r * (y->columns + PADDING) + c] == UNTOUCHED);
        return;
    }
    for (int64_t r = 0; r < y->rows && y->rows > 1; ++r)
        for (int64_t c = y->columns; c < matrix_groups(y->columns) * MATRIX_GROUP; ++c)
            assert_true(*at(y, r, c) == (add ? UNTOUCHED : 0.0f));
}

static void check_trial(struct shape shape, enum layout x, enum layout y, enum seq_isa isa, enum linear_method method)
{
    for (int add = 0; add < 2; ++add) {
        struct trial trial = trial_make(shape, x, y, isa, method);
        trial.linear.add = add;
        trial.linear.finer = add; /* both change how sums begin and end */
        trial_apply(&trial, 1 + (int)(shape.rows % 3));
        check_results(&trial);
        if (method == LINEAR_TILES || !add)
            check_surroundings(&trial.y, add);
        trial_drop(&trial);
    }
}

static void check_shapes(enum seq_isa isa, enum linear_method method)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i)
        for (int layouts = 0; layouts < 4; ++layouts)
            check_trial(shapes[i], layouts & 1 ? PANELS : ROWS, layouts & 2 ? PANELS : ROWS, isa, method);
}

/* ---------------------------------------------------------------- tests */

static void check_tiles(enum isa isa)
{
    if (isa > isa_best())
        skip();
    check_shapes((enum seq_isa)isa, LINEAR_TILES);
}

static void test_linear_tiles_generic_agree_with_loops_in_double(void **state)
{
    (void)state;
    check_tiles(ISA_GENERIC);
}

static void test_linear_tiles_v3_agree_with_loops_in_double(void **state)
{
    (void)state;
    check_tiles(ISA_V3);
}

static void test_linear_tiles_v4_agree_with_loops_in_double(void **state)
{
    (void)state;
    check_tiles(ISA_V4);
}

static void test_linear_openblas_agrees_with_loops_in_double(void **state)
{
    (void)state;
    check_shapes(SEQ_ISA_GENERIC, LINEAR_OPENBLAS);
}

static void test_linear_tiles_any_number_of_threads_gives_the_same_bits(void **state)
{
    (void)state;
    const struct shape shape = {.rows = 83, .inputs = 300, .outputs = 200, .taps = 1};
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa) {
        struct trial one = trial_make(shape, ROWS, ROWS, (enum seq_isa)isa, LINEAR_TILES);
        trial_apply(&one, 1);
        for (int threads = 2; threads <= 7; ++threads) {
            struct trial many = trial_make(shape, ROWS, PANELS, (enum seq_isa)isa, LINEAR_TILES);
            trial_apply(&many, threads);
            for (int64_t r = 0; r < shape.rows; ++r)
                for (int64_t o = 0; o < shape.outputs; ++o)
                    assert_memory_equal(at(&one.y, r, o), at(&many.y, r, o), sizeof(float));
            trial_drop(&many);
        }
        trial_drop(&one);
    }
}

static void test_linear_rows_nan_in_one_row_stays_in_that_row(void **state)
{
    (void)state;
    const struct shape shape = {.rows = 20, .inputs = 40, .outputs = 40, .taps = 1};
    for (enum isa isa = ISA_GENERIC; isa <= isa_best(); ++isa) {
        struct trial trial = trial_make(shape, ROWS, ROWS, (enum seq_isa)isa, LINEAR_TILES);
        *at(&trial.x, 7, 33) = NAN;
        linear_rows(&trial.linear, trial.y.matrix, matrix_as_in(trial.x.matrix), trial.packed, shape.rows, NULL);
        for (int64_t r = 0; r < shape.rows; ++r)
            for (int64_t o = 0; o < shape.outputs; ++o)
                assert_int_equal(isnan(*at(&trial.y, r, o)) != 0, r == 7);
        trial_drop(&trial);
    }
}

static void test_linear_pack_without_bias_starts_from_zero(void **state)
{
    (void)state;
    const struct shape shape = {.rows = 5, .inputs = 3, .outputs = 21, .taps = 1};
    for (int method = LINEAR_TILES; method <= LINEAR_OPENBLAS; ++method) {
        struct trial trial = trial_make(shape, ROWS, ROWS, SEQ_ISA_GENERIC, (enum linear_method)method);
        linear_pack(&trial.linear, trial.packed, trial.weight, shape.inputs, NULL, 1);
        memset(trial.bias, 0, (size_t)shape.outputs * sizeof *trial.bias);
        trial_apply(&trial, 1);
        check_results(&trial);
        trial_drop(&trial);
    }
}

/* Half the sum of an input's three taps, less the last one: packed as if it had been the weight. */
static void test_linear_pack_mixed_weights_are_sums_of_taps(void **state)
{
    (void)state;
    static const double mix[] = {0.5, 0.5, -0.5};
    const struct shape shape = {.rows = 5, .inputs = 19, .outputs = 37, .taps = 1};
    for (int method = LINEAR_TILES; method <= LINEAR_OPENBLAS; ++method) {
        struct trial trial = trial_make(shape, ROWS, ROWS, SEQ_ISA_GENERIC, (enum linear_method)method);
        float *const taps = floats_random(shape.outputs * shape.inputs * 3, 5);
        for (int64_t i = 0; i < shape.outputs * shape.inputs; ++i) {
            const double sum = (double)taps[3 * i] + (double)taps[3 * i + 1] - (double)taps[3 * i + 2];
            trial.weight[i] = (float)(0.5 * sum);
        }
        linear_pack_mixed(&trial.linear, trial.packed, taps, mix, 3, trial.bias, 2);
        trial_apply(&trial, 1);
        check_results(&trial);
        trial_drop(&trial);
        free(taps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear_tiles_generic_agree_with_loops_in_double),
        cmocka_unit_test(test_linear_tiles_v3_agree_with_loops_in_double),
        cmocka_unit_test(test_linear_tiles_v4_agree_with_loops_in_double),
        cmocka_unit_test(test_linear_openblas_agrees_with_loops_in_double),
        cmocka_unit_test(test_linear_tiles_any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(test_linear_rows_nan_in_one_row_stays_in_that_row),
        cmocka_unit_test(test_linear_pack_without_bias_starts_from_zero),
        cmocka_unit_test(test_linear_pack_mixed_weights_are_sums_of_taps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
