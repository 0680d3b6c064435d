/* pages.h - memory straight from the kernel, on huge pages or surely on small ones: never left to the system's default.
 *
 * For whatever is measured, or holds what is measured: where the heap lies, and on what pages, differs from process to process.
 */
#ifndef HARNESS_MACHINE_PAGES_H
#define HARNESS_MACHINE_PAGES_H

#include <stdbool.h>
#include <stddef.h>

struct pages {
    unsigned char *data; /* zeroed; not there before it is touched. NULL: the system gave none */
    size_t bytes;        /* what was asked for, rounded up to whole pages */
};

/* None for 0 and for more than 2^46 bytes. `huge`: it begins with a huge page and holds whole ones, where the kernel has any. */
struct pages pages_map(size_t bytes, bool huge);
void pages_unmap(struct pages *pages); /* leaves it empty; an empty one is allowed */

#endif
