/* lanes.h - a vector of floats as wide as the instruction set that a kernel file is compiled for. Include it in kernel files
 * only (isa.h), in one of which `vector`, `load` and `store` need no longer names.
 */
#ifndef KERNELS_LANES_H
#define KERNELS_LANES_H

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif
#define INLINE static inline __attribute__((always_inline))

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));
/* A vector at any address: a type of its own, because gcc 12 takes a memcpy of a vector through the stack in long loops. */
typedef float vector_anywhere __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));

INLINE vector load(const float *from)
{
    return *(const vector_anywhere *)from;
}

INLINE void store(float *to, vector value)
{
    *(vector_anywhere *)to = value;
}

#endif
