/* sysfile.h - the small text files by which the kernel describes itself (/proc, /sys), read below a root folder.
 *
 * `root` is "" for this machine; tests hand in a folder that holds a tree of their own. A file that is missing or
 * unreadable is absence, not an error: NULL or NaN.
 */
#ifndef HARNESS_MACHINE_SYSFILE_H
#define HARNESS_MACHINE_SYSFILE_H

#include "base/status.h"

/* The file root + path, without the white space at its end; malloc'd, NULL when it cannot be read. */
char *sysfile_read(const char *root, const char *path);

/* The number that the file begins with, NaN when there is none. */
double sysfile_number(const char *root, const char *path);

/* In lines "KEY<blanks>SEPARATOR<blanks>VALUE" ("MemTotal: 5 kB" with ':', "inactive_file 0" with ' '), the value of the
 * first line with this key: malloc'd, without white space around it; NULL when there is none. `lines` may be NULL. */
char *sysfile_field(const char *lines, const char *key, char separator);

/* The number that the value begins with; NaN when there is none. */
double sysfile_field_number(const char *lines, const char *key, char separator);

#endif
