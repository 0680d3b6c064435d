/* probe_team.c - see probe_team.h.
 *
 * Threads bind themselves at the start of every region rather than once: where a smaller team was used in between, the
 * runtime ends the threads left over and starts new ones later, which inherit the binding of the thread that starts them.
 */
#include "machine/probe_team.h"

#include "machine/clock.h"
#include "machine/topology.h"

#include <math.h>
#include <omp.h>
#include <time.h>

static void bind_thread(const struct probe_team *team, int thread)
{
    struct error ignored; /* a thread that cannot be bound is measured unbound */
    if (team->cpus && topology_bind_process(&team->cpus[thread], 1, &ignored) != STATUS_OK)
        return;
}

/* What a run took: the team as a whole, and thread 0 for its own part, without waiting for the others. */
struct span {
    double team_seconds, own_seconds;
};

static double seconds_between(int64_t start_ns, int64_t end_ns)
{
    return (double)(end_ns - start_ns) * 1e-9;
}

static struct span run_alone(const struct probe_team *team, const struct probe_work *work, int64_t repeats)
{
    bind_thread(team, 0);
    const int64_t start_ns = clock_wall_ns();
    work->run(work->context, 0, repeats);
    const double seconds = seconds_between(start_ns, clock_wall_ns());
    return (struct span){.team_seconds = seconds, .own_seconds = seconds};
}

static struct span run_together(const struct probe_team *team, const struct probe_work *work, int64_t repeats)
{
    int64_t start_ns = 0, own_end_ns = 0, end_ns = 0; /* written by thread 0 alone */
    int present = 0;
#pragma omp parallel num_threads(team->threads)
    {
        const int thread = omp_get_thread_num();
        bind_thread(team, thread);
#pragma omp barrier
#pragma omp master
        {
            present = omp_get_num_threads();
            start_ns = clock_wall_ns();
        }
        work->run(work->context, thread, repeats);
#pragma omp master
        own_end_ns = clock_wall_ns();
#pragma omp barrier
#pragma omp master
        end_ns = clock_wall_ns();
    }
    if (present != team->threads)
        return (struct span){.team_seconds = NAN, .own_seconds = NAN};
    return (struct span){.team_seconds = seconds_between(start_ns, end_ns),
                         .own_seconds = seconds_between(start_ns, own_end_ns)};
}

static struct span run_team(const struct probe_team *team, const struct probe_work *work, int64_t repeats)
{
    return team->threads == 1 ? run_alone(team, work, repeats) : run_together(team, work, repeats);
}

double probe_team_run(const struct probe_team *team, const struct probe_work *work, int64_t repeats)
{
    return run_team(team, work, repeats).team_seconds;
}

/* Repeats that keep a thread busy for a millisecond: start, end and barriers cost a thousandth of that. Thread 0's own time
 * counts: where two threads must share a CPU, a barrier takes milliseconds by itself. Warms up on the way. */
static int64_t repeats_worth_timing(const struct probe_team *team, const struct probe_work *work)
{
    int64_t repeats = 1;
    while (run_team(team, work, repeats).own_seconds < 1e-3) /* a NaN ends it */
        repeats *= 2;
    return repeats;
}

double probe_team_best(const struct probe_team *team, const struct probe_work *work, double slice_seconds)
{
    const int64_t deadline_ns = clock_wall_ns() + (int64_t)(slice_seconds * 1e9);
    const int64_t repeats = repeats_worth_timing(team, work);
    double best = probe_team_run(team, work, repeats);
    for (int run = 1; !isnan(best) && (run < 3 || clock_wall_ns() < deadline_ns); ++run)
        best = fmin(best, probe_team_run(team, work, repeats));
    return best / (double)repeats;
}

void probe_team_settle(void)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    const int64_t still_ns = 100000; /* a tenth of the pause; one spinning thread would use all of it */
    for (int tries = 0; tries < 250; ++tries) { /* clang's runtime spins for 200 ms, gcc's for 4 */
        const int64_t before_ns = clock_process_cpu_ns();
        nanosleep(&pause, NULL);
        if (clock_process_cpu_ns() - before_ns < still_ns)
            return;
    }
}
