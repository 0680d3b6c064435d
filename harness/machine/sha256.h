/* sha256.h - SHA-256 (FIPS 180-4), for keys that tell fingerprints apart; nothing here is a secret. */
#ifndef HARNESS_MACHINE_SHA256_H
#define HARNESS_MACHINE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_HEX 65 /* 64 hexadecimal digits and the NUL */

struct sha256 {
    uint32_t state[8];
    uint64_t n_bytes;        /* added so far */
    unsigned char block[64]; /* the n_bytes % 64 bytes that do not fill a block yet */
};

struct sha256 sha256_start(void);
void sha256_add(struct sha256 *hash, const void *bytes, size_t count);
void sha256_finish(struct sha256 *hash, char hex[SHA256_HEX]); /* lower case; `hash` is used up */

#endif
