/* quiet.c - see quiet.h. */
#include "sweep/quiet.h"

#include "machine/memory.h"

#include <time.h>

#define LOOK_NS 250000       /* between two looks at the clock */
#define STILL_SECONDS 2.5e-5 /* progress in a look that counts as standing still */
#define LOOKS_MAX 1200

void quiet_wait(pid_t pid)
{
    const struct timespec pause = {.tv_nsec = LOOK_NS};
    double before = process_cpu_seconds(pid);
    for (int i = 0; i < LOOKS_MAX; ++i) {
        nanosleep(&pause, NULL);
        const double now = process_cpu_seconds(pid);
        if (!(now - before > STILL_SECONDS)) /* a NaN is a process that is gone */
            return;
        before = now;
    }
}
