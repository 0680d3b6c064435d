/* place.h - where things lie relative to the running program: a tree that was installed may have been moved as a whole. */
#ifndef HARNESS_BASE_PLACE_H
#define HARNESS_BASE_PLACE_H

/* The folder of the executable, or one below or above it: place_near("operators"), place_near("../share/seqscale").
 * malloc'd; NULL when memory ran out or /proc is not there. The path need not exist. */
char *place_near(const char *relative);

#endif
