/* fingerprint.h - what was measured on, as JSON, so that two results can be told to be comparable or not.
 *
 * {"fields": {"cpu_model": {"value": "AMD EPYC", "kind": "machine"}, ...}}; kind is machine (same machine or not), build
 * (same build or not) or information. What cannot be found out is null, never 0 or a guess ("governor": null in a virtual
 * machine). Fields: cpu model, family, model, stepping, microcode, flags hash; sockets, cores, SMT, NUMA, cache sizes;
 * hypervisor; kernel, and of its parameters those that bear on speed; governor, frequency range, turbo; transparent
 * huge pages; ASLR; mitigations; libc; total memory; clock source and cost; affinity mask and control-group CPU quota;
 * compiler, its flags, build type, sanitizers; git commit and dirty bit; seqscale version; operating-system name; load
 * and pressure at the start; environment (OMP_*, OPENBLAS_*, MALLOC_*, GLIBC_TUNABLES). Libraries really loaded (path,
 * version, the kernel that OpenBLAS picked) come from the worker that loaded them and are added by fingerprint_set.
 */
#ifndef HARNESS_MACHINE_FINGERPRINT_H
#define HARNESS_MACHINE_FINGERPRINT_H

#include "base/status.h"
#include "machine/topology.h"

#include <jansson.h>

#define FINGERPRINT_KEY 65 /* 64 hexadecimal digits and the NUL */

/* A new reference, or NULL when memory ran out. */
json_t *fingerprint_collect(const struct topology *topology);

/* {NAME: VALUE} of this program's build fields alone. A new reference, or NULL when memory ran out. */
json_t *fingerprint_build(void);

/* Adds or replaces a field. `kind` is "machine", "build" or "information"; steals `value`. */
void fingerprint_set(json_t *fingerprint, const char *name, const char *kind, json_t *value);

/* Hash over the fields of one kind, or over all with kind NULL: SHA-256, hexadecimal. The key of the whole leaves the
 * information fields out. "" when memory ran out. */
void fingerprint_key(const json_t *fingerprint, const char *kind, char key[FINGERPRINT_KEY]);

#endif
