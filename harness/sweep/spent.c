/* spent.c - see spent.h. */
#include "sweep/spent.h"

#include "machine/clock.h"

#include <jansson.h>
#include <math.h>
#include <stddef.h>

static const char *const names[SPENT_KINDS] = {
    [SPENT_SAMPLES] = "samples", [SPENT_WARMUP] = "warmup", [SPENT_TOUCH] = "first_touch", [SPENT_START] = "start",
    [SPENT_PREPARE] = "prepare", [SPENT_CHECK] = "check",   [SPENT_ASKING] = "asking",     [SPENT_QUIET] = "quiet",
    [SPENT_SPIN] = "spin",       [SPENT_PHASES] = "phases", [SPENT_PROBES] = "probes",     [SPENT_NULL] = "null",
    [SPENT_END] = "end",         [SPENT_STORE] = "store",
};

int64_t spent_since(struct spent *spent, enum spent_on kind, int64_t start_ns)
{
    const int64_t now_ns = clock_wall_ns();
    spent_add(spent, kind, (double)(now_ns - start_ns) * 1e-9);
    return now_ns;
}

void spent_add(struct spent *spent, enum spent_on kind, double seconds)
{
    if (spent && isfinite(seconds))
        spent->seconds[kind] += seconds;
}

double spent_harness_share(const struct spent *spent)
{
    if (!(spent->total_seconds > 0.0))
        return NAN;
    const double measuring = spent->seconds[SPENT_SAMPLES] + spent->seconds[SPENT_WARMUP];
    return fmax(0.0, 1.0 - measuring / spent->total_seconds);
}

char *spent_to_json(const struct spent *spent)
{
    double other = spent->total_seconds;
    json_t *object = json_object();
    for (int i = 0; i < SPENT_KINDS; ++i) {
        json_object_set_new(object, names[i], json_real(spent->seconds[i]));
        other -= spent->seconds[i];
    }
    json_object_set_new(object, "other", json_real(fmax(0.0, other)));
    json_object_set_new(object, "total", json_real(spent->total_seconds));
    char *text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(6));
    json_decref(object);
    return text;
}
