/* date.h - dates as other programs write them. */
#ifndef HARNESS_BASE_DATE_H
#define HARNESS_BASE_DATE_H

#include "base/status.h"

/* A date by ISO 8601, "2026-11-28", "2026-11-28T09:30:00.5+01:00", or seconds since 1970 ("1795850000"), as the latter. Without
 * a zone it is UTC. `what` names it in the sentence. */
MUST_CHECK enum status date_parse(const char *text, const char *what, double *seconds, struct error *error);

#endif
