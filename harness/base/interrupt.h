/* interrupt.h - Ctrl-C and termination as a flag that long work looks at. */
#ifndef HARNESS_BASE_INTERRUPT_H
#define HARNESS_BASE_INTERRUPT_H

#include <stdbool.h>

void interrupt_install(void);   /* SIGINT, SIGTERM, SIGHUP set the flag; a second one ends the program at once */
bool interrupt_requested(void);

#endif
