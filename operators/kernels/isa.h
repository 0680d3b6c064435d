/* isa.h - one kernel source, compiled once per instruction set.
 *
 * A file listed under KERNELS in seqscale_operator() is compiled for the baseline, for x86-64-v3 and for x86-64-v4, each
 * time with SEQ_ISA_SUFFIX set to generic, v3 or v4. It gives its functions internal linkage and exports one const table:
 *
 *     const struct rnn_kernels ISA_NAME(rnn_kernels) = {.step = step};
 *
 * The operator declares the three with ISA_DECLARE(struct rnn_kernels, rnn_kernels) and picks with
 * ISA_SELECT(rnn_kernels, problem->isa). Where the compiler targets another architecture there is the generic one alone.
 */
#ifndef KERNELS_ISA_H
#define KERNELS_ISA_H

#include "operator.h"

#define ISA_JOIN_(name, suffix) name##_##suffix
#define ISA_JOIN(name, suffix) ISA_JOIN_(name, suffix)

#ifdef SEQ_ISA_SUFFIX
#define ISA_NAME(name) ISA_JOIN(name, SEQ_ISA_SUFFIX)
#endif

#ifdef SEQ_HAVE_X86_LEVELS
#define ISA_DECLARE(type, name) extern const type name##_generic, name##_v3, name##_v4
#define ISA_SELECT(name, isa) \
    ((isa) == SEQ_ISA_V4 ? &name##_v4 : (isa) == SEQ_ISA_V3 ? &name##_v3 : &name##_generic)
#else
#define ISA_DECLARE(type, name) extern const type name##_generic
#define ISA_SELECT(name, isa) ((void)(isa), &name##_generic)
#endif

#endif
