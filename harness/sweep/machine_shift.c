/* machine_shift.c - see machine_shift.h. */
#include "sweep/machine_shift.h"

#include <math.h>
#include <stdio.h>

/* Speed of the core, of its vector units and of the levels of its memory. */
static const struct probe_kind {
    const char *name;
    bool is_rate; /* more is faster */
} kinds[] = {
    {"spin_seconds", false},           {"fma_gflops", true},          {"gemm_gflops", true},
    {"l1_bytes_per_second", true},     {"l2_bytes_per_second", true}, {"l3_bytes_per_second", true},
    {"memory_bytes_per_second", true},
};

static void widen(struct machine_shift *shift, double time_ratio, const char *kind)
{
    if (time_ratio < shift->least) {
        shift->least = time_ratio;
        snprintf(shift->least_kind, sizeof shift->least_kind, "%s", kind);
    }
    if (time_ratio > shift->largest) {
        shift->largest = time_ratio;
        snprintf(shift->largest_kind, sizeof shift->largest_kind, "%s", kind);
    }
}

static enum status read_kind(struct machine_shift *shift, struct store *store, const char *base, const char *fresh,
                             const struct probe_kind *kind, int threads, struct error *error)
{
    double old_value = NAN, new_value = NAN;
    TRY(store_probe_median(store, base, kind->name, threads, &old_value, error));
    TRY(store_probe_median(store, fresh, kind->name, threads, &new_value, error));
    if (old_value > 0.0 && new_value > 0.0)
        widen(shift, kind->is_rate ? old_value / new_value : new_value / old_value, kind->name);
    return STATUS_OK;
}

struct machine_shift machine_shift_none(void)
{
    return (struct machine_shift){.least = 1.0, .largest = 1.0};
}

enum status machine_shift_add(struct machine_shift *shift, struct store *store, const char *base, const char *fresh, int threads,
                              struct error *error)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); ++i)
        TRY(read_kind(shift, store, base, fresh, &kinds[i], threads, error));
    return STATUS_OK;
}
