/* quiet.c - see quiet.h. The states of the threads say it at once; a process's CPU clock, read from outside, stands still between
 * two ticks of the kernel, up to 10 ms, while its threads spin.
 */
#include "sweep/quiet.h"

#include "machine/memory.h"

#include <time.h>

#define LOOK_NS 100000 /* between two looks at the threads */
#define LOOKS_MAX 3000

void quiet_wait(pid_t pid)
{
    const struct timespec pause = {.tv_nsec = LOOK_NS};
    for (int i = 0; i < LOOKS_MAX && process_running_threads(pid) > 0; ++i)
        nanosleep(&pause, NULL);
}
