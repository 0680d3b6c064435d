/* machine_shift.c - see machine_shift.h. */
#include "sweep/machine_shift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is probed all through a sweep. (The product of matrices is probed once, and one value moves by more than the machine.) */
static const struct probe_kind {
    const char *name;
    bool is_rate;         /* more is faster */
    bool is_alone;        /* probed with one thread only */
    const char *roofs[2]; /* of the cells that it says something of; none: of all */
} kinds[MACHINE_SHIFT_PROBES] = {
    {"spin_seconds", false, true, {NULL}},
    {"fma_gflops", true, false, {"compute"}},
    {"l1_bytes_per_second", true, false, {"compute", "L1"}},
    {"l2_bytes_per_second", true, false, {"L2"}},
    {"l3_bytes_per_second", true, false, {"L3"}},
    {"memory_bytes_per_second", true, false, {"memory"}},
};

static struct machine_shift none(void)
{
    return (struct machine_shift){.least = 1.0, .largest = 1.0};
}

static void widen(struct machine_shift *shift, double time_ratio, const char *probe)
{
    if (time_ratio < shift->least) {
        shift->least = time_ratio;
        shift->least_probe = probe;
    }
    if (time_ratio > shift->largest) {
        shift->largest = time_ratio;
        shift->largest_probe = probe;
    }
}

static enum status read_probe(struct machine_shift *shift, struct store *store, const char *base, const char *fresh,
                              const struct probe_kind *kind, int threads, struct error *error)
{
    double old_value = NAN, new_value = NAN;
    *shift = none();
    TRY(store_probe_median(store, base, kind->name, threads, &old_value, error));
    TRY(store_probe_median(store, fresh, kind->name, threads, &new_value, error));
    if (old_value > 0.0 && new_value > 0.0)
        widen(shift, kind->is_rate ? old_value / new_value : new_value / old_value, kind->name);
    return STATUS_OK;
}

static enum status read_probes(struct machine_shifts_of_threads *shifts, struct store *store, const char *base, const char *fresh,
                               int threads, struct error *error)
{
    shifts->threads = threads;
    for (int i = 0; i < MACHINE_SHIFT_PROBES; ++i)
        TRY(read_probe(&shifts->of[i], store, base, fresh, &kinds[i], kinds[i].is_alone ? 1 : threads, error));
    return STATUS_OK;
}

static const struct machine_shifts_of_threads *find(const struct machine_shifts *shifts, int threads)
{
    for (size_t i = 0; i < shifts->count; ++i)
        if (shifts->items[i].threads == threads)
            return &shifts->items[i];
    return NULL;
}

enum status machine_shifts_read(struct machine_shifts *shifts, struct store *store, const char *base, const char *fresh,
                                const struct cell_record *cells, size_t count, struct error *error)
{
    *shifts = (struct machine_shifts){.items = calloc(count + 1, sizeof *shifts->items)};
    if (!shifts->items)
        return error_set(error, STATUS_SYSTEM, "out of memory for the probes of two sweeps");
    for (size_t i = 0; i < count; ++i) {
        const int threads = cells[i].cell.threads;
        if (!find(shifts, threads))
            TRY(read_probes(&shifts->items[shifts->count++], store, base, fresh, threads, error));
    }
    return STATUS_OK;
}

void machine_shifts_free(struct machine_shifts *shifts)
{
    free(shifts->items);
    *shifts = (struct machine_shifts){.items = NULL};
}

static struct machine_shift wider(struct machine_shift a, struct machine_shift b)
{
    widen(&a, b.least, b.least_probe);
    widen(&a, b.largest, b.largest_probe);
    return a;
}

static bool says_something_of(const struct probe_kind *kind, const char *roof)
{
    if (!roof[0] || !kind->roofs[0])
        return true;
    for (size_t i = 0; i < ARRAY_LEN(kind->roofs) && kind->roofs[i]; ++i)
        if (strcmp(kind->roofs[i], roof) == 0)
            return true;
    return false;
}

static struct machine_shift shift_by_roof(const struct machine_shifts_of_threads *shifts, const char *roof)
{
    struct machine_shift shift = none();
    for (int i = 0; i < MACHINE_SHIFT_PROBES; ++i)
        if (says_something_of(&kinds[i], roof))
            shift = wider(shift, shifts->of[i]);
    return shift;
}

struct machine_shift machine_shift_of(const struct machine_shifts *shifts, int threads, const char *roof)
{
    const struct machine_shifts_of_threads *found = find(shifts, threads);
    return found ? shift_by_roof(found, roof) : none();
}

struct machine_shift machine_shift_widest(const struct machine_shifts *shifts)
{
    struct machine_shift shift = none();
    for (size_t i = 0; i < shifts->count; ++i)
        shift = wider(shift, shift_by_roof(&shifts->items[i], ""));
    return shift;
}
