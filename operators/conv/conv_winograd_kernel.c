/* conv_winograd_kernel.c - what surrounds the products of conv_winograd.c, compiled once per instruction set: sums and
 * differences of neighbouring tokens before them, of their results after them. Channels lie in the lanes of vectors.
 */
#include "conv/conv.h"
#include "kernels/lanes.h"

/* Tokens a, b, c, d of one pair, its outputs being those of c and d. */
static void spread_pair(float *const u[WINOGRAD_PRODUCTS], const float *a, const float *d, int64_t stride, int64_t width)
{
    const float *const b = a + stride, *const c = b + stride;
    int64_t i = 0;
    for (; i + LANES <= width; i += LANES) {
        const vector a_i = load(a + i), b_i = load(b + i), c_i = load(c + i), d_i = load(d + i);
        store(u[0] + i, a_i - c_i);
        store(u[1] + i, b_i + c_i);
        store(u[2] + i, c_i - b_i);
        store(u[3] + i, d_i - b_i);
    }
    for (; i < width; ++i) {
        u[0][i] = a[i] - c[i];
        u[1][i] = b[i] + c[i];
        u[2][i] = c[i] - b[i];
        u[3][i] = d[i] - b[i];
    }
}

static void spread(const struct conv_pairs *pairs, int64_t pair, const float *x, int64_t stride, int64_t tokens, int64_t width)
{
    for (; tokens > 0; tokens -= 2, x += 2 * stride, ++pair) {
        float *u[WINOGRAD_PRODUCTS];
        for (int product = 0; product < WINOGRAD_PRODUCTS; ++product)
            u[product] = pairs->u[product] + pair * pairs->stride;
        /* Half a pair has no d, and its fourth product is not made. */
        spread_pair(u, x, tokens > 1 ? x + 3 * stride : x, stride, width);
    }
}

/* The outputs of c and d of one pair get what their products share. */
static void gather_pair(float *restrict c, float *restrict d, const float *restrict p, const float *restrict q, int64_t width)
{
    int64_t i = 0;
    for (; i + LANES <= width; i += LANES) {
        const vector p_i = load(p + i), q_i = load(q + i);
        store(c + i, load(c + i) + (p_i + q_i));
        store(d + i, load(d + i) + (p_i - q_i));
    }
    for (; i < width; ++i) {
        c[i] += p[i] + q[i];
        d[i] += p[i] - q[i];
    }
}

static void gather(float *y, int64_t D, const float *p, const float *q, int64_t tokens, int64_t width)
{
    for (; tokens > 1; tokens -= 2, y += 2 * D, p += width, q += width)
        gather_pair(y, y + D, p, q, width);
    for (int64_t i = 0; tokens == 1 && i < width; ++i)
        y[i] += p[i] + q[i];
}

const struct conv_winograd_kernel ISA_NAME(conv_winograd_kernel) = {.spread = spread, .gather = gather};
