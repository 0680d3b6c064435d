/* ring.c - see ring.h. Plans: which radices, and the factors of every block, from angles that are exact fractions of pi. */
#include "kernels/ring.h"

#include "kernels/matrix.h"
#include "kernels/ring_kernel.h"
#include "kernels/smooth.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PI 3.14159265358979323846
#define BREADTH 64      /* vectors: 8 KiB, a quarter of the smallest L1 cache */
#define LEAF_POINTS 256 /* RING_SAMPLES: 16 blocks of 16 samples are finished together */

/* ---------------------------------------------------------------- radices */

/* Vectors of the scratch. There must be two levels, so not 1, 2, 3 or 5. */
static int64_t choose_vectors(int64_t L, enum ring_mode mode)
{
    if (mode == RING_SAMPLES)
        return RING_WIDTH * smooth_size((L + LEAF_POINTS - 1) / LEAF_POINTS);
    return L <= 4 ? 4 : L <= 6 ? 6 : smooth_size(L);
}

static int divide_out(int64_t *size, int64_t factor)
{
    int count = 0;
    for (; *size % factor == 0; *size /= factor)
        ++count;
    return count;
}

static void add_levels(struct ring *ring, int radix, int count)
{
    for (int i = 0; i < count; ++i)
        ring->level[ring->levels++].radix = radix;
}

/* 8s where passes are expensive: first, where blocks lie in the outer caches, and last, where each block has factors of its
 * own. Two 4s replace 8 and 2. */
static void choose_radices(struct ring *ring)
{
    int64_t rest = ring->vectors;
    const int fives = divide_out(&rest, 5), threes = divide_out(&rest, 3), twos = divide_out(&rest, 2);
    int fours = twos % 3 == 1 && twos > 1 ? 2 : twos % 3 == 2 ? 1 : 0;
    int eights = (twos - 2 * fours) / 3, single = twos - 2 * fours - 3 * eights;
    if (fives + threes + fours + eights + single == 1) { /* 4 or 8 vectors: 2 x 2 or 4 x 2 */
        single = fours ? 2 : 1;
        fours = eights;
        eights = 0;
    }
    const int last = eights < 2 ? eights : 2;
    add_levels(ring, 8, eights - last);
    add_levels(ring, 5, fives);
    add_levels(ring, 3, threes);
    add_levels(ring, 2, single);
    add_levels(ring, 4, fours);
    add_levels(ring, 8, last);
}

/* ---------------------------------------------------------------- factors */

/* phi of block `index` of `level`: pi / 2 (1 + 4k) / blocks of the level, within -pi .. pi on every level above too. */
static double block_angle(const struct ring *ring, int level, int64_t index)
{
    int64_t rest = 1, blocks = 1, numerator = 1;
    for (int above = 0; above < level; ++above)
        rest *= ring->level[above].radix;
    for (int above = 0; above < level; ++above) {
        const int64_t radix = ring->level[above].radix;
        rest /= radix;
        numerator += 4 * blocks * (index / rest % radix);
        blocks *= radix;
        if (numerator > 2 * blocks)
            numerator -= 4 * blocks;
    }
    return PI / 2 * (double)numerator / (double)blocks;
}

static void fill_tangents(float *w, const double *c, const double *t, int radix)
{
    for (int q = 1; q < radix; ++q)
        *w++ = (float)t[q];
    const double eight[] = {c[4], c[6] / c[2], c[5] / c[1], c[7] / c[3], c[2], c[3] / c[1], c[1], c[1] * sqrt(0.5)};
    const double four[] = {c[1], c[2], c[3] / c[1]};
    const double *const values = radix == 8 ? eight : radix == 4 ? four : &c[1];
    for (int i = 0; i < (radix == 8 ? 8 : radix == 4 ? 3 : 1); ++i)
        w[i] = (float)values[i];
}

static void fill_factors(float *w, double phi, int radix)
{
    double c[8], s[8], t[8];
    for (int q = 0; q < 8; ++q) {
        c[q] = cos(q * phi / radix);
        s[q] = sin(q * phi / radix);
        t[q] = s[q] / c[q];
    }
    float *const pairs = w + 2 * radix;
    for (int q = 1; q < radix; ++q) {
        pairs[2 * q - 2] = (float)c[q];
        pairs[2 * q - 1] = (float)s[q];
    }
    if (radix % 2 == 0)
        fill_tangents(w, c, t, radix);
    else
        memcpy(w, pairs, (size_t)(2 * radix - 2) * sizeof *w);
}

/* Columns and factors of all levels. */
static bool fill_levels(struct ring *ring, struct seq_arena *arena)
{
    int64_t blocks = 1;
    for (int i = 0; i < ring->levels; ++i) {
        struct ring_level *const level = &ring->level[i];
        const int64_t floats = RING_FACTORS(level->radix);
        level->columns = ring->vectors / blocks / level->radix;
        level->factors = arena->allocate(arena, (size_t)(blocks * floats) * sizeof(float));
        if (!level->factors)
            return false;
        for (int64_t block = 0; block < blocks; ++block)
            fill_factors(level->factors + block * floats, block_angle(ring, i, block), level->radix);
        blocks *= level->radix;
    }
    return true;
}

static bool fill_lanes(struct ring *ring, struct seq_arena *arena)
{
    if (ring->mode != RING_SAMPLES)
        return true;
    ring->lane_factors = arena->allocate(arena, (size_t)(4 * ring->vectors) * sizeof(float));
    for (int64_t block = 0; ring->lane_factors && block < ring->vectors; ++block) {
        float *const lane = ring->lane_factors + block / RING_WIDTH * 2 * RING_VECTOR + block % RING_WIDTH;
        const double angle = block_angle(ring, ring->levels, block) / RING_WIDTH;
        lane[0] = (float)cos(angle);
        lane[RING_WIDTH] = (float)sin(angle);
        lane[2 * RING_WIDTH] = (float)cos(4 * angle);
        lane[3 * RING_WIDTH] = (float)sin(4 * angle);
    }
    return ring->lane_factors != NULL;
}

/* ---------------------------------------------------------------- the plan */

static int first_small_level(const struct ring *ring)
{
    int level = 1;
    while (level < ring->levels - 1 && ring->level[level].columns * ring->level[level].radix > BREADTH)
        ++level;
    const int64_t unit = ring->mode == RING_SAMPLES ? RING_WIDTH : 1;
    const int64_t vectors = ring->level[level].columns * ring->level[level].radix;
    return vectors % unit == 0 ? level : level - 1;
}

enum seq_status ring_create(struct ring **ring, int64_t L, enum ring_mode mode, enum seq_isa isa, struct seq_arena *arena,
                            struct seq_message *message)
{
    struct ring *const made = arena->allocate(arena, sizeof *made);
    if (made) {
        *made = (struct ring){.mode = mode, .L = L, .vectors = choose_vectors(L, mode)};
        made->floats = mode == RING_SAMPLES ? L : RING_WIDTH * L;
        made->kernel = ISA_SELECT(ring_kernel, isa);
        choose_radices(made);
    }
    if (!made || !fill_levels(made, arena) || !fill_lanes(made, arena)) {
        snprintf(message->text, sizeof message->text, "no memory to plan a ring convolution of %lld values", (long long)L);
        return SEQ_NO_MEMORY;
    }
    made->breadth = first_small_level(made);
    *ring = made;
    return SEQ_OK;
}

int64_t ring_points_for(int64_t L, enum ring_mode mode)
{
    return choose_vectors(L, mode) * (mode == RING_SAMPLES ? RING_WIDTH : 1);
}

int64_t ring_points(const struct ring *ring)
{
    return ring->mode == RING_SAMPLES ? RING_WIDTH * ring->vectors : ring->vectors;
}

int64_t ring_stride(const struct ring *ring)
{
    return ring->mode == RING_CHANNELS ? 1 : matrix_row_stride(ring->L);
}

int64_t ring_group_floats(const struct ring *ring)
{
    return RING_WIDTH * (ring->mode == RING_SAMPLES ? ring_stride(ring) : ring->L);
}

int64_t ring_scratch_floats(const struct ring *ring)
{
    return ring->vectors * RING_VECTOR;
}

int64_t ring_filter_floats(const struct ring *ring)
{
    return RING_VECTOR * ring_points(ring);
}

/* ---------------------------------------------------------------- the calls */

static int runs(const struct ring *ring)
{
    return ring->mode == RING_SAMPLES ? RING_WIDTH : 1;
}

void ring_prepare(const struct ring *ring, float *prepared, const float *filters)
{
    for (int run = 0; run < runs(ring); ++run)
        ring->kernel->transform(ring, prepared + run * ring_scratch_floats(ring), filters + run * ring_stride(ring));
    const float scale = (float)(1.0 / (double)ring_points(ring));
    for (int64_t i = 0; i < ring_filter_floats(ring); ++i)
        prepared[i] *= scale;
}

void ring_apply(const struct ring *ring, float *y, const float *x, const float *gate, const float *prepared, float *scratch)
{
    for (int run = 0; run < runs(ring); ++run) {
        const int64_t at = run * ring_stride(ring);
        ring->kernel->convolve(ring, y + at, x + at, gate ? gate + at : NULL, prepared + run * ring_scratch_floats(ring),
                               scratch);
    }
}

void ring_describe(const struct ring *ring, char *text, size_t capacity)
{
    size_t used = (size_t)snprintf(text, capacity, "ring %lld =", (long long)ring_points(ring));
    for (int i = 0; i < ring->levels && used < capacity; ++i)
        used += (size_t)snprintf(text + used, capacity - used, "%s%d", i ? "x" : " ", ring->level[i].radix);
    const char *const end = ring->mode == RING_SAMPLES ? "x16, 16 samples a vector" : ", 16 channels a vector";
    if (used < capacity)
        snprintf(text + used, capacity - used, "%s", end);
}
