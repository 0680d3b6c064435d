/* disturbance.c - see disturbance.h. The parent spins, not the workers: theirs is the time that is measured. */
#include "sweep/disturbance.h"

#include "machine/spin.h"
#include "machine/topology.h"

#include <math.h>
#include <sched.h>

#define SPIN_SECONDS 2e-3 /* about twenty chains, of which the fastest counts */

static double spin_on(int cpu)
{
    struct error ignored; /* where it cannot be bound, nothing is known of that CPU */
    return topology_bind_process(&cpu, 1, &ignored) == STATUS_OK ? spin_step_ns(SPIN_SECONDS) : NAN;
}

static void spin_on_all(const int *cpus, int count, double *spin_ns)
{
    cpu_set_t before;
    const int known = sched_getaffinity(0, sizeof before, &before) == 0;
    for (int i = 0; i < count; ++i)
        spin_ns[i] = known ? spin_on(cpus[i]) : NAN;
    if (known)
        sched_setaffinity(0, sizeof before, &before);
}

void disturbance_begin(struct disturbance *disturbance, const int *cpus, int count)
{
    *disturbance = (struct disturbance){.cpu_count = count < DISTURBANCE_CPUS ? count : DISTURBANCE_CPUS};
    for (int i = 0; i < disturbance->cpu_count; ++i)
        disturbance->cpus[i] = cpus[i];
    spin_on_all(disturbance->cpus, disturbance->cpu_count, disturbance->spin_ns);
    disturbance->before = noise_read(0);
}

struct grade_evidence disturbance_end(const struct disturbance *disturbance, double *fastest_ns)
{
    struct grade_evidence seen = grade_nothing_observed();
    const struct noise after = noise_read(0);
    struct noise happened = noise_since(&disturbance->before, &after);
    happened.run_delay_seconds = NAN; /* of the parent, which waits by design */
    seen.value[GRADE_LOST] = noise_lost_share(&happened, 1);
    seen.value[GRADE_THROTTLED] = fmin(1.0, happened.throttled_seconds / happened.wall_seconds);
    if (isnan(happened.throttled_seconds))
        seen.value[GRADE_THROTTLED] = NAN;
    double spin_ns[DISTURBANCE_CPUS];
    spin_on_all(disturbance->cpus, disturbance->cpu_count, spin_ns);
    for (int i = 0; i < disturbance->cpu_count; ++i) {
        const double before = disturbance->spin_ns[i], slowest = fmax(before, spin_ns[i]);
        *fastest_ns = fmin(*fastest_ns, fmin(before, spin_ns[i])); /* fmin and fmax leave a NaN out */
        seen.value[GRADE_DRIFT] = fmax(seen.value[GRADE_DRIFT], fabs(spin_ns[i] / before - 1.0));
        seen.value[GRADE_SLOW] = fmax(seen.value[GRADE_SLOW], slowest / *fastest_ns - 1.0);
    }
    return seen;
}
