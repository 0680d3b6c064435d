/* region.h - one piece of an operator's memory: aligned, between red zones, poisoned, prefaulted, scanned.
 *
 * Every byte starts as part of a NaN pattern. What an operator reads without having written it becomes a NaN in its
 * output; what it writes beyond the end shows in the red zones; and after a call the bytes whose pattern is gone are the
 * bytes really touched.
 */
#ifndef HARNESS_WORKER_REGION_H
#define HARNESS_WORKER_REGION_H

#include "base/status.h"
#include "machine/pages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct region {
    unsigned char *data; /* NULL when empty; 64-byte aligned */
    size_t bytes;
    struct pages pages; /* all of it, red zones included */
};

/* `parts` threads touch the pages first: thread k the k-th of `parts` equal pieces, as a loop that is split statically would
 * divide them. `small_pages`: never huge ones, which large regions lie in otherwise. `shift` moves the start by that many
 * 64-byte lines (0..63): the page offset varies from process to process, so that its effect on speed is variance, not bias.
 * bytes = 0 gives an empty region. */
MUST_CHECK enum status region_allocate(struct region *region, size_t bytes, unsigned shift, int parts,
                                       bool small_pages, struct error *error);
void region_free(struct region *region);

void region_poison(struct region *region, int parts); /* payload only; the red zones stay */
bool region_intact(const struct region *region);      /* both red zones unharmed */
size_t region_touched_bytes(const struct region *region); /* counted in lines of 64 bytes */
bool region_all_written(const struct region *region, size_t *offset); /* no poison word left; *offset: the first one */
uint64_t region_hash(const struct region *region);    /* of the payload */

#endif
