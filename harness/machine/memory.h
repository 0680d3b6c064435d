/* memory.h - what the kernel says about memory and processes, from /proc. Bytes; NaN where the kernel does not say. */
#ifndef HARNESS_MACHINE_MEMORY_H
#define HARNESS_MACHINE_MEMORY_H

#include <sys/types.h>

double memory_available_bytes(void);      /* the least of MemAvailable and what the control group still allows (v1 and v2) */
double memory_total_bytes(void);
double memory_peak_bytes(pid_t pid);      /* VmHWM; 0: this process. Never ru_maxrss, which inherits the parent's */
double memory_resident_bytes(pid_t pid);  /* VmRSS */
double memory_page_faults(void);          /* minor and major faults of this process so far */
double process_cpu_seconds(pid_t pid);    /* user and system time of a process so far, all threads, in fine resolution */

#endif
