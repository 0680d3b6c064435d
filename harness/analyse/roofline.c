/* roofline.c - see roofline.h. */
#include "analyse/roofline.h"

#include <math.h>

const char *roofline_bound_name(enum roofline_bound bound)
{
    static const char *const names[ROOFLINE_BOUNDS] = {
        [ROOFLINE_NONE] = "", [ROOFLINE_COMPUTE] = "compute", [ROOFLINE_L1] = "L1",
        [ROOFLINE_L2] = "L2", [ROOFLINE_L3] = "L3",           [ROOFLINE_MEMORY] = "memory",
    };
    return names[bound];
}

/* What the caches before `level` hold. A cache that has a speed but no known size may hold anything. */
static double held_before(const struct roofline *roofline, int level)
{
    double held = 0.0;
    for (int cache = 0; cache < level; ++cache) {
        if (isnan(roofline->capacity_bytes[cache]) && !isnan(roofline->bytes_per_second[cache]))
            return INFINITY;
        held = fmax(held, roofline->capacity_bytes[cache]); /* NaN, a cache that is not there, is passed over */
    }
    return held;
}

/* Bytes that cross from `level` towards the cores. */
static double crossing(const struct roofline_call *call, double held)
{
    const double kept = call->cold ? 0.0 : held;
    const double once = call->bytes > kept ? call->bytes - kept : 0.0; /* 0 for a NaN */
    const double passes = call->reread_bytes / call->reread_set_bytes;
    const double again = call->reread_set_bytes > held ? passes * (call->reread_set_bytes - held) : 0.0;
    return once + again;
}

static void raise_floor(struct roofline_floor *floor, double seconds, enum roofline_bound bound)
{
    if (!isfinite(seconds) || !(seconds > 0.0) || seconds <= floor->seconds)
        return;
    *floor = (struct roofline_floor){.seconds = seconds, .bound = bound};
}

struct roofline_floor roofline_floor(const struct roofline *roofline, const struct roofline_call *call)
{
    struct roofline_floor floor = {.seconds = NAN, .bound = ROOFLINE_NONE};
    raise_floor(&floor, call->flops / roofline->flops_per_second, ROOFLINE_COMPUTE);
    for (int level = 0; level < ROOFLINE_LEVELS; ++level) {
        const double bytes = crossing(call, held_before(roofline, level));
        raise_floor(&floor, bytes / roofline->bytes_per_second[level], (enum roofline_bound)(ROOFLINE_L1 + level));
    }
    return floor;
}
