/* memory.h - what the kernel says about memory and processes, from /proc. Bytes; NaN where the kernel does not say. */
#ifndef HARNESS_MACHINE_MEMORY_H
#define HARNESS_MACHINE_MEMORY_H

#include <sys/types.h>

/* The least of MemAvailable and what the control groups (v1 and v2) still allow. */
double memory_available_bytes(void);
double memory_available_under(const char *root); /* the same, read from a folder that stands for / ("": this machine) */
double memory_total_bytes(void);
double memory_swap_used_bytes(void);

/* Of a process; pid 0 is this one. */
double memory_peak_bytes(pid_t pid);     /* VmHWM. Never ru_maxrss, which inherits the parent's */
double memory_resident_bytes(pid_t pid); /* VmRSS */

/* Of a process and of all that it started: a worker may be a shell that waits for the program that computes. */
int process_running_threads(pid_t pid);        /* that run or wait for a CPU at this moment; 0 where the process is gone */
double process_tree_resident_bytes(pid_t pid); /* sum of VmRSS; 0 where the process is gone */

void memory_reset_peak(void);    /* gives free heap back and restarts this process's VmHWM, where the kernel allows */
double memory_page_faults(void); /* minor and major faults of this process so far */

#endif
