/* csv.c - see csv.h. */
#include "store/csv.h"

#include <string.h>

void csv_begin(struct csv_reader *reader, char *text)
{
    reader->at = text_starts(text, "\xef\xbb\xbf") ? text + 3 : text;
    reader->line = 1;
}

/* Length of the line end at `text`, 0 when there is none. */
static int line_end(const char *text)
{
    return text[0] == '\r' ? (text[1] == '\n' ? 2 : 1) : text[0] == '\n';
}

/* Unquotes in place the field whose opening quote is at `at`; returns what follows the closing quote, NULL when there is no
 * closing quote. */
static char *unquote(struct csv_reader *reader, char *at)
{
    char *out = at++; /* writing lags reading */
    for (; *at; *out++ = *at++) {
        reader->line += *at == '\n' || (*at == '\r' && at[1] != '\n');
        if (*at != '"')
            continue;
        if (at[1] != '"') {
            *out = '\0';
            return at + 1;
        }
        ++at;
    }
    return NULL;
}

/* Reads one field; *end is what follows it: a comma, a line end or the end of the text. */
static enum status read_field(struct csv_reader *reader, char **field, char **end, struct error *error)
{
    *field = reader->at;
    const int line = reader->line;
    if (*reader->at == '"') {
        *end = unquote(reader, reader->at);
        if (!*end)
            return error_set(error, STATUS_USAGE, "line %d: a quoted field does not end", line);
        if (**end && **end != ',' && !line_end(*end))
            return error_set(error, STATUS_USAGE, "line %d: there is text after the closing quote of a field", line);
        return STATUS_OK;
    }
    *end = reader->at + strcspn(reader->at, ",\r\n\"");
    if (**end == '"')
        return error_set(error, STATUS_USAGE, "line %d: a quote stands inside a field that is not quoted", line);
    return STATUS_OK;
}

enum status csv_read(struct csv_reader *reader, struct csv_row *row, struct error *error)
{
    row->count = 0;
    for (int skip; (skip = line_end(reader->at)) != 0; ++reader->line) /* empty lines */
        reader->at += skip;
    row->line = reader->line;
    for (bool more = *reader->at != '\0'; more;) {
        char *end = NULL;
        if (row->count == CSV_FIELDS_MAX)
            return error_set(error, STATUS_USAGE, "line %d: more than %d fields", row->line, CSV_FIELDS_MAX);
        TRY(read_field(reader, &row->fields[row->count++], &end, error));
        more = *end == ',';
        const int ends = line_end(end);
        reader->line += ends > 0;
        reader->at = end + (more ? 1 : ends);
        *end = '\0';
    }
    return STATUS_OK;
}

void csv_append(struct text *out, const char *field)
{
    if (!strpbrk(field, ",\"\r\n")) {
        text_append(out, field);
        return;
    }
    text_append(out, "\"");
    for (const char *c = field; *c; ++c) {
        if (*c == '"')
            text_append(out, "\"");
        text_append_bytes(out, c, 1);
    }
    text_append(out, "\"");
}
