/* protocol.c - see protocol.h. */
#include "protocol.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *kind;
    enum status status;
} kinds[] = {
    {KIND_UNSUPPORTED, STATUS_USAGE}, {KIND_USAGE, STATUS_USAGE},   {KIND_WRONG, STATUS_WRONG},
    {KIND_MEMORY, STATUS_SYSTEM},     {KIND_FAILED, STATUS_FAILED},
};

enum status protocol_status_of_kind(const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); ++i)
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].status;
    return STATUS_FAILED;
}

static const char *kind_of_status(enum status status)
{
    switch (status) {
    case STATUS_USAGE: return KIND_USAGE;
    case STATUS_WRONG: return KIND_WRONG;
    case STATUS_SYSTEM: return KIND_MEMORY;
    case STATUS_OK:
    case STATUS_REGRESSION:
    case STATUS_INCONCLUSIVE:
    case STATUS_FAILED:
    case STATUS_INTERRUPTED: break;
    }
    return KIND_FAILED;
}

/* ---------------------------------------------------------------- lines */

static bool make_room(struct protocol_reader *reader)
{
    if (reader->capacity - reader->length >= 4096)
        return true;
    const size_t capacity = reader->capacity ? 2 * reader->capacity : 16384;
    char *data = capacity <= PROTOCOL_LINE_MAX ? realloc(reader->data, capacity) : NULL;
    if (!data)
        return false;
    reader->data = data;
    reader->capacity = capacity;
    return true;
}

/* Takes the first whole line out of the buffer, if there is one. */
static enum status take_line(struct protocol_reader *reader, json_t **message, struct error *error)
{
    char *newline = reader->length ? memchr(reader->data, '\n', reader->length) : NULL;
    if (!newline)
        return STATUS_OK;
    const size_t line = (size_t)(newline - reader->data);
    json_error_t problem;
    *message = json_loadb(reader->data, line, 0, &problem);
    reader->length -= line + 1;
    memmove(reader->data, newline + 1, reader->length);
    if (!json_is_object(*message)) {
        json_decref(*message);
        *message = NULL;
        return error_set(error, STATUS_FAILED, "the worker sent a line that is no JSON object (%s)", problem.text);
    }
    return STATUS_OK;
}

enum status protocol_receive(struct protocol_reader *reader, json_t **message, bool *closed, struct error *error)
{
    *message = NULL;
    *closed = false;
    TRY(take_line(reader, message, error));
    if (*message)
        return STATUS_OK;
    if (!make_room(reader))
        return error_set(error, STATUS_FAILED, "the worker sent a line longer than %zu bytes", PROTOCOL_LINE_MAX);
    const ssize_t got = read(reader->fd, reader->data + reader->length, reader->capacity - reader->length);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return STATUS_OK;
    if (got <= 0) {
        *closed = true;
        return STATUS_OK;
    }
    reader->length += (size_t)got;
    return take_line(reader, message, error);
}

void protocol_reader_free(struct protocol_reader *reader)
{
    free(reader->data);
    reader->data = NULL;
    reader->length = reader->capacity = 0;
}

static enum status write_all(int fd, const char *bytes, size_t count, struct error *error)
{
    while (count > 0) {
        const ssize_t put = write(fd, bytes, count);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return error_set(error, STATUS_FAILED, "the other end of the worker protocol is gone (%s)", strerror(errno));
        bytes += put;
        count -= (size_t)put;
    }
    return STATUS_OK;
}

enum status protocol_send(int fd, const json_t *message, struct error *error)
{
    char *line = json_dumps(message, JSON_COMPACT | JSON_REAL_PRECISION(17));
    if (!line)
        return error_set(error, STATUS_SYSTEM, "out of memory while writing to the worker protocol");
    enum status status = write_all(fd, line, strlen(line), error);
    if (status == STATUS_OK)
        status = write_all(fd, "\n", 1, error);
    free(line);
    return status;
}

/* ---------------------------------------------------------------- messages */

/* A sentence may quote a file's bytes, or be cut within a character: what is no UTF-8 then loses all that is not ASCII. */
static json_t *sentence_string(const char *sentence)
{
    json_t *string = json_string(sentence);
    char *plain = string ? NULL : strdup(sentence);
    for (char *at = plain; at && *at; ++at)
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    if (plain)
        string = json_string(plain);
    free(plain);
    return string;
}

json_t *protocol_refusal(const char *kind, const char *sentence)
{
    return json_pack("{s:b, s:s, s:o}", "ok", 0, "kind", kind, "error", sentence_string(sentence));
}

json_t *protocol_refusal_of(enum status status, const struct error *error)
{
    return protocol_refusal(kind_of_status(status), error->text);
}

double protocol_real(const json_t *message, const char *key, double absent)
{
    const json_t *value = json_object_get(message, key);
    return json_is_number(value) ? json_number_value(value) : absent;
}

const char *protocol_string(const json_t *message, const char *key, const char *absent)
{
    const char *value = json_string_value(json_object_get(message, key));
    return value ? value : absent;
}

json_t *protocol_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* ---------------------------------------------------------------- base64 (RFC 4648) */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *protocol_encode(const void *bytes, size_t count)
{
    const unsigned char *in = bytes;
    char *text = malloc((count + 2) / 3 * 4 + 1);
    if (!text)
        return NULL;
    char *out = text;
    for (size_t i = 0; i < count; i += 3) {
        const unsigned b = i + 1 < count ? in[i + 1] : 0, c = i + 2 < count ? in[i + 2] : 0;
        const unsigned word = (unsigned)in[i] << 16 | b << 8 | c;
        *out++ = digits[word >> 18];
        *out++ = digits[word >> 12 & 63];
        *out++ = i + 1 < count ? digits[word >> 6 & 63] : '=';
        *out++ = i + 2 < count ? digits[word & 63] : '=';
    }
    *out = '\0';
    return text;
}

void *protocol_decode(const char *text, size_t *count)
{
    const size_t length = strlen(text);
    if (length % 4 != 0)
        return NULL;
    const size_t padding = length && text[length - 1] == '=' ? (text[length - 2] == '=' ? 2 : 1) : 0;
    unsigned char *bytes = malloc(length / 4 * 3 + 1);
    if (!bytes)
        return NULL;
    *count = length / 4 * 3 - padding;
    for (size_t i = 0, at = 0; i < length; i += 4, at += 3) {
        unsigned word = 0;
        for (size_t k = 0; k < 4; ++k) {
            const char c = text[i + k];
            const char *digit = c && (c != '=' || i + k < length - padding) ? strchr(digits, c) : digits;
            if (!digit || !c) {
                free(bytes);
                return NULL;
            }
            word = word << 6 | (unsigned)(digit - digits);
        }
        bytes[at] = (unsigned char)(word >> 16);
        bytes[at + 1] = (unsigned char)(word >> 8 & 255);
        bytes[at + 2] = (unsigned char)(word & 255);
    }
    return bytes;
}
