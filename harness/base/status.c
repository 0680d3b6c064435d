/* status.c - see status.h. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum status error_set(struct error *error, enum status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return status;
}

enum status error_prefix(struct error *error, enum status status, const char *format, ...)
{
    char old[sizeof error->text];
    memcpy(old, error->text, sizeof old);
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length + 2 >= sizeof error->text)
        return status;
    const size_t used = (size_t)length, room = sizeof error->text - used - 3;
    const size_t kept = strlen(old) < room ? strlen(old) : room;
    memcpy(error->text + used, ": ", 2);
    memcpy(error->text + used + 2, old, kept);
    error->text[used + 2 + kept] = '\0';
    return status;
}
