/* ring_radix.h - the butterflies of the ring convolution, on vectors whose lanes never meet.
 *
 * A block of m complex vectors is a polynomial modulo z^m - e^(i phi). With r = e^(i phi / R) it splits into the R
 * polynomials modulo z^(m/R) - e^(i (phi + 2 pi j) / R): multiply part q by r^q, then a plain transform of R points. The
 * factors belong to the block, not to the column: broadcast scalars.
 *
 * Forward, r^q = c_q (1 + i t_q): parts are multiplied by 1 + i t_q, and the cosines go into the additions of the plain
 * transform, which become FMAs (Goedecker 1997): 66 instructions for 8 points instead of 80. Tangents may be as large as
 * m; each is multiplied by its own small cosine again, so that errors stay of the order of one rounding. Divided by are
 * only c_1, c_2, c_3, which are at least cos(3 pi / 8) as |phi| <= pi. Inverse: the plain transform with real and imaginary
 * parts exchanged, then r^q.
 */
#ifndef KERNELS_RING_RADIX_H
#define KERNELS_RING_RADIX_H

#include "kernels/ring_kernel.h"

#if defined(__AVX512F__)
#define RING_LANES 16
#elif defined(__AVX2__)
#define RING_LANES 8
#else
#define RING_LANES 4
#endif

#define RING_INLINE static inline __attribute__((always_inline))

typedef float ring_vector __attribute__((vector_size(RING_LANES * sizeof(float))));
typedef float ring_anywhere __attribute__((vector_size(RING_LANES * sizeof(float)), aligned(sizeof(float)), may_alias));

struct ring_complex {
    ring_vector re, im;
};

RING_INLINE ring_vector ring_load(const float *from)
{
    return *(const ring_anywhere *)(const void *)from;
}

RING_INLINE void ring_store(float *to, ring_vector v)
{
    *(ring_anywhere *)(void *)to = v;
}

/* gcc 12 turns a - (b - c) into a + (c - b) although it has b - c already: one operation in ten would be done twice. */
RING_INLINE ring_vector ring_keep(ring_vector v)
{
#if defined(__x86_64__) && !defined(__clang__)
    __asm__("" : "+v"(v));
#endif
    return v;
}

/* a + c b */
RING_INLINE struct ring_complex ring_add(struct ring_complex a, float c, struct ring_complex b)
{
    return (struct ring_complex){a.re + b.re * c, a.im + b.im * c};
}

/* a - c b */
RING_INLINE struct ring_complex ring_sub(struct ring_complex a, float c, struct ring_complex b)
{
    if (__builtin_constant_p(c) && c == 1.0f)
        return (struct ring_complex){ring_keep(a.re - b.re), ring_keep(a.im - b.im)};
    return (struct ring_complex){a.re - b.re * c, a.im - b.im * c};
}

/* a + i c b */
RING_INLINE struct ring_complex ring_add_i(struct ring_complex a, float c, struct ring_complex b)
{
    return (struct ring_complex){a.re - b.im * c, a.im + b.re * c};
}

/* a - i c b */
RING_INLINE struct ring_complex ring_sub_i(struct ring_complex a, float c, struct ring_complex b)
{
    return (struct ring_complex){a.re + b.im * c, a.im - b.re * c};
}

/* (c + i s) a */
RING_INLINE struct ring_complex ring_turn(struct ring_complex a, float c, float s)
{
    return (struct ring_complex){a.re * c - a.im * s, a.im * c + a.re * s};
}

/* ---------------------------------------------------------------- plain transforms with cosines */

RING_INLINE void ring_dft2(struct ring_complex x[2], float c1)
{
    const struct ring_complex a = x[0], b = x[1];
    x[0] = ring_add(a, c1, b);
    x[1] = ring_sub(a, c1, b);
}

/* c31 = c3 / c1 and so on: what the part still lacks when it meets its partner. */
RING_INLINE void ring_dft4(struct ring_complex x[4], float c1, float c2, float c31)
{
    const struct ring_complex e0 = ring_add(x[0], c2, x[2]), e1 = ring_sub(x[0], c2, x[2]);
    const struct ring_complex o0 = ring_add(x[1], c31, x[3]), o1 = ring_sub(x[1], c31, x[3]);
    x[0] = ring_add(e0, c1, o0);
    x[1] = ring_add_i(e1, c1, o1);
    x[2] = ring_sub(e0, c1, o0);
    x[3] = ring_sub_i(e1, c1, o1);
}

struct ring_cosines {
    float c4, c62, c51, c73, c2, c31, c1, c1h; /* c1h = c1 / sqrt(2) */
};

RING_INLINE void ring_dft8(struct ring_complex x[8], struct ring_cosines c)
{
    const struct ring_complex a0 = ring_add(x[0], c.c4, x[4]), a1 = ring_sub(x[0], c.c4, x[4]);
    const struct ring_complex b0 = ring_add(x[2], c.c62, x[6]), b1 = ring_sub(x[2], c.c62, x[6]);
    const struct ring_complex e0 = ring_add(a0, c.c2, b0), e2 = ring_sub(a0, c.c2, b0);
    const struct ring_complex e1 = ring_add_i(a1, c.c2, b1), e3 = ring_sub_i(a1, c.c2, b1);
    const struct ring_complex d0 = ring_add(x[1], c.c51, x[5]), d1 = ring_sub(x[1], c.c51, x[5]);
    const struct ring_complex f0 = ring_add(x[3], c.c73, x[7]), f1 = ring_sub(x[3], c.c73, x[7]);
    const struct ring_complex o0 = ring_add(d0, c.c31, f0), o2 = ring_sub(d0, c.c31, f0);
    const struct ring_complex o1 = ring_add_i(d1, c.c31, f1), o3 = ring_sub_i(d1, c.c31, f1);
    const struct ring_complex p1 = {o1.re - o1.im, o1.im + o1.re}; /* (1 + i) o1 */
    const struct ring_complex p3 = {o3.re + o3.im, o3.im - o3.re}; /* (1 - i) o3 = -i (1 + i) o3 */
    x[0] = ring_add(e0, c.c1, o0);
    x[4] = ring_sub(e0, c.c1, o0);
    x[1] = ring_add(e1, c.c1h, p1);
    x[5] = ring_sub(e1, c.c1h, p1);
    x[2] = ring_add_i(e2, c.c1, o2);
    x[6] = ring_sub_i(e2, c.c1, o2);
    x[3] = ring_sub(e3, c.c1h, p3);
    x[7] = ring_add(e3, c.c1h, p3);
}

RING_INLINE void ring_dft3(struct ring_complex x[3])
{
    const float half_root = 0.866025403784438647f; /* sqrt(3) / 2 */
    const struct ring_complex sum = ring_add(x[1], 1.0f, x[2]), difference = ring_sub(x[1], 1.0f, x[2]);
    const struct ring_complex middle = ring_sub(x[0], 0.5f, sum);
    x[0] = ring_add(x[0], 1.0f, sum);
    x[1] = ring_add_i(middle, half_root, difference);
    x[2] = ring_sub_i(middle, half_root, difference);
}

RING_INLINE void ring_dft5(struct ring_complex x[5])
{
    const float c1 = 0.309016994374947424f, c2 = -0.809016994374947424f; /* cos(2 pi / 5), cos(4 pi / 5) */
    const float s1 = 0.951056516295153572f, s2 = 0.587785252292473129f;
    const struct ring_complex a = ring_add(x[1], 1.0f, x[4]), b = ring_sub(x[1], 1.0f, x[4]);
    const struct ring_complex c = ring_add(x[2], 1.0f, x[3]), d = ring_sub(x[2], 1.0f, x[3]);
    const struct ring_complex near = ring_add(ring_add(x[0], c1, a), c2, c), far = ring_add(ring_add(x[0], c2, a), c1, c);
    const struct ring_complex zero = {(ring_vector){0}, (ring_vector){0}};
    const struct ring_complex u = ring_add(ring_add(zero, s1, b), s2, d), v = ring_sub(ring_add(zero, s2, b), s1, d);
    x[0] = ring_add(ring_add(x[0], 1.0f, a), 1.0f, c);
    x[1] = ring_add_i(near, 1.0f, u);
    x[4] = ring_sub_i(near, 1.0f, u);
    x[2] = ring_add_i(far, 1.0f, v);
    x[3] = ring_sub_i(far, 1.0f, v);
}

/* ---------------------------------------------------------------- one step of the recursion */

/* x, after the tangents: the R children. `w`: ring_kernel.h. */
RING_INLINE void ring_split(struct ring_complex *x, const float *w, const int radix)
{
    if (radix == 8)
        ring_dft8(x, (struct ring_cosines){w[7], w[8], w[9], w[10], w[11], w[12], w[13], w[14]});
    if (radix == 4)
        ring_dft4(x, w[3], w[4], w[5]);
    if (radix == 2)
        ring_dft2(x, w[1]);
    if (radix == 3)
        ring_dft3(x);
    if (radix == 5)
        ring_dft5(x);
}

#define RING_TANGENTS(radix) ((radix) % 2 == 0) /* else w has (cos, sin) pairs */

/* The plain transform alone. */
RING_INLINE void ring_plain(struct ring_complex *x, const int radix)
{
    const float h = 0.707106781186547524f; /* sqrt(1/2) */
    if (radix == 8)
        ring_dft8(x, (struct ring_cosines){1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, h});
    if (radix == 4)
        ring_dft4(x, 1.0f, 1.0f, 1.0f);
    if (radix == 2)
        ring_dft2(x, 1.0f);
    if (radix == 3)
        ring_dft3(x);
    if (radix == 5)
        ring_dft5(x);
}

/* x[q] *= r^q, or only 1 + i t_q. */
RING_INLINE void ring_twist(struct ring_complex *x, const float *w, const int radix)
{
#pragma GCC unroll 8
    for (int q = 1; q < radix; ++q)
        x[q] = RING_TANGENTS(radix) ? ring_add_i(x[q], w[q - 1], x[q]) : ring_turn(x[q], w[2 * q - 2], w[2 * q - 1]);
}

/* x[q] *= r^q after the plain transform of exchanged parts. `w`: the second half of a block's factors. */
RING_INLINE void ring_untwist(struct ring_complex *x, const float *w, const int radix)
{
#pragma GCC unroll 8
    for (int q = 1; q < radix; ++q)
        x[q] = ring_turn(x[q], w[2 * q - 2], w[2 * q - 1]);
}

#endif
