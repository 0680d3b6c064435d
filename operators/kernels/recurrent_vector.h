/* recurrent_vector.h - one vector of hidden units, as wide as the instruction set of the file that includes it, and the
 * few things that recurrent_step.h does with it.
 *
 * The last vector of a row may be shorter than a vector: its lanes beyond the row are neither read nor written, because
 * what lies there is the next row, which another thread may be writing, or nobody's memory.
 */
#ifndef KERNELS_RECURRENT_VECTOR_H
#define KERNELS_RECURRENT_VECTOR_H

#include <stdint.h>
#include <string.h>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define RECURRENT_LANES 16
#define RECURRENT_REGISTERS 32
#ifndef RECURRENT_SPREADS
#define RECURRENT_SPREADS 1
#endif /* recurrent_spread() exists */
#elif defined(__AVX2__)
#define RECURRENT_LANES 8
#define RECURRENT_REGISTERS 16
#else
#define RECURRENT_LANES 4
#define RECURRENT_REGISTERS 16
#endif

#define RECURRENT_INLINE static inline __attribute__((always_inline))

#define RECURRENT_OUTLINE static __attribute__((noinline))

typedef float recurrent_vector __attribute__((vector_size(RECURRENT_LANES * sizeof(float))));

RECURRENT_INLINE recurrent_vector recurrent_load(const float *from)
{
    recurrent_vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

RECURRENT_INLINE void recurrent_store(float *to, recurrent_vector v)
{
    memcpy(to, &v, sizeof v);
}

/* All lanes x, kept in a register: folded into each multiply-add that uses it, gcc would load it that many times. */
RECURRENT_INLINE recurrent_vector recurrent_broadcast(float x)
{
    recurrent_vector v = (recurrent_vector){0} + x;
#if defined(__x86_64__)
    __asm__("" : "+x"(v));
#endif
    return v;
}

#if defined(__AVX512F__)

RECURRENT_INLINE __mmask16 recurrent_mask(int64_t count)
{
    return (__mmask16)((1u << count) - 1u);
}

/* The first `count` lanes from memory, the rest zero. */
RECURRENT_INLINE recurrent_vector recurrent_load_tail(const float *from, int64_t count)
{
    return (recurrent_vector)_mm512_maskz_loadu_ps(recurrent_mask(count), from);
}

RECURRENT_INLINE void recurrent_store_tail(float *to, recurrent_vector v, int64_t count)
{
    _mm512_mask_storeu_ps(to, recurrent_mask(count), (__m512)v);
}

#elif defined(__AVX2__)

RECURRENT_INLINE __m256i recurrent_mask(int64_t count)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

RECURRENT_INLINE recurrent_vector recurrent_load_tail(const float *from, int64_t count)
{
    return (recurrent_vector)_mm256_maskload_ps(from, recurrent_mask(count));
}

RECURRENT_INLINE void recurrent_store_tail(float *to, recurrent_vector v, int64_t count)
{
    _mm256_maskstore_ps(to, recurrent_mask(count), (__m256)v);
}

#else

RECURRENT_INLINE recurrent_vector recurrent_load_tail(const float *from, int64_t count)
{
    recurrent_vector v = {0};
    for (int64_t i = 0; i < count; ++i)
        v[i] = from[i];
    return v;
}

RECURRENT_INLINE void recurrent_store_tail(float *to, recurrent_vector v, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        to[i] = v[i];
}

#endif

/* A whole vector is stored as one: from a masked store the next step's loads of h would not be forwarded. */
RECURRENT_INLINE recurrent_vector recurrent_load_part(const float *from, int64_t count)
{
    return count == RECURRENT_LANES ? recurrent_load(from) : recurrent_load_tail(from, count);
}

RECURRENT_INLINE void recurrent_store_part(float *to, recurrent_vector v, int64_t count)
{
    if (count == RECURRENT_LANES)
        recurrent_store(to, v);
    else
        recurrent_store_tail(to, v, count);
}

#endif
