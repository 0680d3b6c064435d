/* sysfile.c - see sysfile.h. */
#include "machine/sysfile.h"

#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPACE " \t\r\n"

/* /proc/cpuinfo of a machine with a thousand CPUs is a few megabytes: the largest file that is read. */
#define FILE_LIMIT_BYTES ((size_t)16 << 20)

static void trim_end(char *string)
{
    size_t length = strlen(string);
    while (length > 0 && strchr(SPACE, string[length - 1]))
        --length;
    string[length] = '\0';
}

char *sysfile_read(const char *root, const char *path)
{
    char *content = NULL, *name = text_print("%s%s", root, path);
    struct error ignored; /* absence is the answer, whatever the reason */
    if (name && text_read_file(name, FILE_LIMIT_BYTES, &content, NULL, &ignored) != STATUS_OK)
        content = NULL;
    free(name);
    if (content)
        trim_end(content);
    return content;
}

/* NaN where the text does not begin with a number ("max", ""). */
static double leading_number(const char *string)
{
    char *end = NULL;
    const double value = strtod(string, &end);
    return end == string ? NAN : value;
}

double sysfile_number(const char *root, const char *path)
{
    char *content = sysfile_read(root, path);
    const double value = content ? leading_number(content) : NAN;
    free(content);
    return value;
}

/* Keys may hold blanks ("model name"), so the separator decides where the key ends: "model" is not a key of that line. */
static const char *field_value(const char *line, const char *key, char separator)
{
    const size_t length = strlen(key);
    if (strncmp(line, key, length) != 0)
        return NULL;
    const char *at = line + length;
    if (separator != ' ')
        at += strspn(at, " \t");
    return *at == separator ? at + 1 + strspn(at + 1, " \t") : NULL;
}

static char *copy_line(const char *start)
{
    char *copy = strndup(start, strcspn(start, "\n"));
    if (copy)
        trim_end(copy);
    return copy;
}

char *sysfile_field(const char *lines, const char *key, char separator)
{
    const char *line = lines;
    while (line) {
        const char *value = field_value(line, key, separator);
        if (value)
            return copy_line(value);
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    return NULL;
}

double sysfile_field_number(const char *lines, const char *key, char separator)
{
    char *value = sysfile_field(lines, key, separator);
    const double number = value ? leading_number(value) : NAN;
    free(value);
    return number;
}
