/* place.c - see place.h. */
#include "base/place.h"

#include "base/text.h"

#include <string.h>
#include <unistd.h>

char *place_near(const char *relative)
{
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    return text_print("%s/%s", path, relative);
}
