/* text.c - see text.h. */
#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct text *text, size_t more)
{
    if (text->failed)
        return false;
    const size_t need = text->length + more + 1;
    if (need <= text->capacity)
        return true;
    size_t capacity = text->capacity ? text->capacity : 64;
    while (capacity < need)
        capacity *= 2;
    char *data = realloc(text->data, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void text_append_bytes(struct text *text, const char *bytes, size_t count)
{
    if (!reserve(text, count))
        return;
    memcpy(text->data + text->length, bytes, count);
    text->length += count;
    text->data[text->length] = '\0';
}

void text_append(struct text *text, const char *string)
{
    text_append_bytes(text, string, strlen(string));
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        text->failed = true;
    else if (reserve(text, (size_t)length)) {
        vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

const char *text_get(const struct text *text)
{
    return text->data ? text->data : "";
}

char *text_take(struct text *text)
{
    char *data = NULL;
    if (reserve(text, 0)) {
        text->data[text->length] = '\0';
        data = text->data;
    } else {
        free(text->data);
    }
    *text = (struct text){0};
    return data;
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->data)
        text->data[0] = '\0';
}

void text_free(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

char *text_print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *string = NULL;
    const int length = vasprintf(&string, format, arguments);
    va_end(arguments);
    return length < 0 ? NULL : string;
}

const char *text_number(char buffer[32], double value)
{
    buffer[0] = '\0';
    if (isnan(value))
        return buffer;
    for (int digits = 1; digits <= 17; ++digits) {
        snprintf(buffer, 32, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value)
            break;
    }
    return buffer;
}

bool text_starts(const char *string, const char *prefix)
{
    return strncmp(string, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *string, const char *suffix)
{
    const size_t length = strlen(string), tail = strlen(suffix);
    return length >= tail && strcmp(string + length - tail, suffix) == 0;
}

static enum status read_all(FILE *file, const char *path, size_t limit, struct text *text, struct error *error)
{
    char chunk[65536];
    size_t got;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) {
        text_append_bytes(text, chunk, got);
        if (text->length > limit)
            return error_set(error, STATUS_USAGE, "%s is larger than %zu bytes, the most that is read here", path, limit);
    }
    if (ferror(file))
        return error_set(error, STATUS_SYSTEM, "cannot read %s: %s", path, strerror(errno));
    return STATUS_OK;
}

enum status text_read_file(const char *path, size_t limit, char **out, size_t *length, struct error *error)
{
    *out = NULL;
    FILE *file = fopen(path, "rb");
    if (!file)
        return error_set(error, STATUS_USAGE, "cannot open %s: %s", path, strerror(errno));
    struct text text = {0};
    enum status status = read_all(file, path, limit, &text, error);
    fclose(file);
    if (status == STATUS_OK) {
        const size_t read = text.length;
        *out = text_take(&text);
        if (length)
            *length = read;
        if (!*out)
            status = error_set(error, STATUS_SYSTEM, "out of memory while reading %s", path);
    }
    text_free(&text);
    return status;
}
