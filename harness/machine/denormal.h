/* denormal.h - what a denormal number costs on this processor, where it is not flushed to zero. */
#ifndef HARNESS_MACHINE_DENORMAL_H
#define HARNESS_MACHINE_DENORMAL_H

/* Time of a float32 multiplication whose result is denormal over one whose result is not: 1 where they cost nothing extra, 30 to
 * 150 on many processors. Measured in the calling thread, about 1 ms. */
double denormal_penalty(void);

#endif
