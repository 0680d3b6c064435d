/* progress.h - one line on a terminal that says how far a sweep is; plain occasional lines where stderr is no terminal.
 *
 *     [#########.............]  41 %  attention length 4096, 2 threads, pass 2   1:12 gone, about 1:40 left
 *
 * Draws at most ten times a second; the remaining time never jumps without reason, because it is given, not guessed.
 */
#ifndef HARNESS_PRESENT_PROGRESS_H
#define HARNESS_PRESENT_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

struct progress {
    FILE *out;
    bool terminal;
    double last_drawn;
    int last_percent;
};

void progress_begin(struct progress *progress, FILE *out, bool quiet); /* quiet: nothing is ever drawn */
void progress_draw(struct progress *progress, double fraction, double gone_seconds, double left_seconds, const char *doing);
/* The same as the callback of a run, whose context is the struct progress. */
void progress_show(void *progress, double fraction, double gone_seconds, double left_seconds, const char *doing);
void progress_end(struct progress *progress); /* clears the line */

#endif
