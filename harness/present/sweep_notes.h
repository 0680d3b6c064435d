/* sweep_notes.h - what stands below a sweep's table about how far it can be trusted: its grade, the cells that are not at A, the
 * processes that were set aside, and the policies it was measured with. */
#ifndef HARNESS_PRESENT_SWEEP_NOTES_H
#define HARNESS_PRESENT_SWEEP_NOTES_H

#include "base/text.h"
#include "store/store.h"

/* Nothing is appended where nothing is known, as of imported sweeps. */
void sweep_notes_append(struct text *page, const struct sweep_record *sweep, const struct cell_record *cells, size_t count);

/* "Policies: huge pages: on ...; ..." from their JSON object; nothing for NULL or "". */
void sweep_notes_append_policies(struct text *page, const char *policies);

#endif
