/* progress.h - how the threads of a team wait for each other between the steps of a recurrence.
 *
 * Method: each thread counts the steps it has finished on a cache line of its own, and before the next step it looks at the
 * counts of all the others. A step therefore costs each thread one line written and one line read per other thread; a
 * barrier with one central counter needs two transfers one after the other for the same. Counts only grow, so nothing has
 * to be reset between steps. What a thread wrote before progress_publish() is seen after progress_wait_all().
 */
#ifndef KERNELS_PROGRESS_H
#define KERNELS_PROGRESS_H

#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PROGRESS_LINE_BYTES 64
#define PROGRESS_SPINS 2048 /* tens of microseconds: far above one step, far below a scheduler's time slice */

struct progress {
    alignas(PROGRESS_LINE_BYTES) _Atomic int64_t finished; /* steps */
};

/* Before the team starts. */
static inline void progress_reset(struct progress *all, int threads)
{
    for (int i = 0; i < threads; ++i)
        atomic_init(&all[i].finished, 0);
}

static inline void progress_publish(struct progress *mine, int64_t steps)
{
    atomic_store_explicit(&mine->finished, steps, memory_order_release);
}

static inline void progress_pause(int spins)
{
    if (spins >= PROGRESS_SPINS) {
        sched_yield(); /* more threads than CPUs: let the one that is waited for run */
        return;
    }
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Whether every one of the `threads` threads has finished at least `steps` steps. */
static inline bool progress_reached(struct progress *all, int threads, int64_t steps)
{
    for (int i = 0; i < threads; ++i)
        if (atomic_load_explicit(&all[i].finished, memory_order_acquire) < steps)
            return false;
    return true;
}

/* Returns when every one of the `threads` threads has finished at least `steps` steps. */
static inline void progress_wait_all(struct progress *all, int threads, int64_t steps)
{
    for (int i = 0; i < threads; ++i)
        for (int spins = 0; atomic_load_explicit(&all[i].finished, memory_order_acquire) < steps;
             spins += spins < PROGRESS_SPINS)
            progress_pause(spins);
}

#endif
