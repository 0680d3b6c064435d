/* progress.c - see progress.h. */
#include "present/progress.h"

#include "present/units.h"

#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
    BAR_WIDTH = 22,     /* characters between the brackets */
    LINE_MAX_BYTES = 512,
    PLAIN_STEP = 10,    /* percent between two lines where there is no terminal */
    WIDTH_UNKNOWN = 80  /* of a terminal that does not tell */
};

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int terminal_width(FILE *out)
{
    struct winsize size;
    const int descriptor = fileno(out);
    if (descriptor >= 0 && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return WIDTH_UNKNOWN;
}

void progress_begin(struct progress *progress, FILE *out, bool quiet)
{
    *progress = (struct progress){.out = quiet ? NULL : out, .last_drawn = -INFINITY, .last_percent = -1};
    if (progress->out)
        progress->terminal = isatty(fileno(out)) == 1;
}

static void write_times(char out[LINE_MAX_BYTES], double gone_seconds, double left_seconds)
{
    char gone[UNITS_TEXT], left[UNITS_TEXT];
    if (isfinite(left_seconds))
        snprintf(out, LINE_MAX_BYTES, "%s gone, about %s left", units_duration(gone, gone_seconds),
                 units_duration(left, left_seconds));
    else
        snprintf(out, LINE_MAX_BYTES, "%s gone", units_duration(gone, gone_seconds));
}

/* Copies at most `width` characters; control characters, which a label may hold, become spaces. */
static void copy_clipped(char out[LINE_MAX_BYTES], const char *text, int width)
{
    size_t used = 0;
    for (int characters = 0; *text && used + 1 < LINE_MAX_BYTES; ++text) {
        const unsigned char byte = (unsigned char)*text;
        characters += (byte & 0xc0) != 0x80; /* not the continuation of a UTF-8 character */
        if (characters > width)
            break;
        out[used++] = byte < 0x20 || byte == 0x7f ? ' ' : *text;
    }
    out[used] = '\0';
}

/* What is done gives way first, then the bar: the percentage and the times are what one looks for. */
static void draw_terminal(const struct progress *progress, int percent, const char *doing, const char *times)
{
    char bar[BAR_WIDTH + 4] = "", clipped[LINE_MAX_BYTES];
    const int width = terminal_width(progress->out) - 1; /* the last column may wrap */
    const int fixed = (int)strlen(" 100 %  ") + 3 + (int)strlen(times);
    const int with_bar = fixed + BAR_WIDTH + 2;
    if (width >= with_bar) {
        const int done = percent * BAR_WIDTH / 100;
        bar[0] = '[';
        memset(bar + 1, '#', (size_t)done);
        memset(bar + 1 + done, '.', (size_t)(BAR_WIDTH - done));
        bar[BAR_WIDTH + 1] = ']';
    }
    const int room = width - (bar[0] ? with_bar : fixed);
    copy_clipped(clipped, doing, room > 0 ? room : 0);
    fprintf(progress->out, "\r%s %3d %%  %s%s%s\033[K", bar, percent, clipped, clipped[0] ? "   " : "", times);
}

void progress_draw(struct progress *progress, double fraction, double gone_seconds, double left_seconds, const char *doing)
{
    if (!progress->out)
        return;
    const int percent = fraction >= 1.0 ? 100 : fraction > 0.0 ? (int)(100.0 * fraction) : 0; /* NaN is 0 */
    const double now = now_seconds();
    char times[LINE_MAX_BYTES], clipped[LINE_MAX_BYTES];
    write_times(times, gone_seconds, left_seconds);
    if (progress->terminal) {
        if (now - progress->last_drawn < 0.1)
            return;
        draw_terminal(progress, percent, doing, times);
    } else {
        if (progress->last_percent >= 0 && percent / PLAIN_STEP <= progress->last_percent / PLAIN_STEP)
            return;
        copy_clipped(clipped, doing, LINE_MAX_BYTES);
        fprintf(progress->out, "%3d %%  %s   %s\n", percent, clipped, times);
    }
    fflush(progress->out);
    progress->last_drawn = now;
    progress->last_percent = percent;
}

void progress_show(void *progress, double fraction, double gone_seconds, double left_seconds, const char *doing)
{
    progress_draw(progress, fraction, gone_seconds, left_seconds, doing);
}

void progress_end(struct progress *progress)
{
    if (progress->out && progress->terminal && progress->last_percent >= 0) {
        fputs("\r\033[K", progress->out);
        fflush(progress->out);
    }
    progress->out = NULL;
}
