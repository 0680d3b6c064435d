/* test_memory.c - memory and CPU limits read from trees made for the purpose, in the layouts of control groups version 1, 2
 * and of containers; and what the kernel says of this process.
 */
#include "machine/cgroup.h"
#include "machine/clock.h"
#include "machine/memory.h"
#include "machine/sysfile.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake_tree.h"

#define GIB 0x1p30
#define MEMINFO "MemTotal:       16777216 kB\nMemFree:         1000 kB\nMemAvailable:    8388608 kB\n" /* 16 and 8 GiB */

/* cmocka's own comparison of floats is by float and prints none of them. */
static void check_equal(double actual, double expected)
{
    if (!(actual == expected))
        fail_msg("%.17g is not %.17g", actual, expected);
}

static void test_sysfile_field_needs_the_whole_key_and_its_separator(void **state)
{
    (void)state;
    const char *lines = "model name\t: EPYC 7 \nmodel\t\t: 17\nempty :\ninactive_file 4096\n";
    char *name = sysfile_field(lines, "model name", ':');
    assert_string_equal(name, "EPYC 7");
    free(name);
    check_equal(sysfile_field_number(lines, "model", ':'), 17);
    check_equal(sysfile_field_number(lines, "inactive_file", ' '), 4096);
    assert_true(isnan(sysfile_field_number(lines, "empty", ':')));
    assert_true(isnan(sysfile_field_number(lines, "file", ' ')));
    assert_null(sysfile_field(lines, "mode", ':'));
    assert_null(sysfile_field(NULL, "model", ':'));
}

static void test_sysfile_missing_file_is_absent(void **state)
{
    const struct fake_tree *tree = *state;
    assert_null(sysfile_read(tree->root, "/proc/nothing"));
    assert_true(isnan(sysfile_number(tree->root, "/proc/nothing")));
}

static void test_memory_without_groups_is_what_meminfo_says(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/proc/meminfo", MEMINFO);
    check_equal(memory_available_under(tree->root), 8 * GIB);
}

static void test_memory_nothing_known_is_nan(void **state)
{
    const struct fake_tree *tree = *state;
    assert_true(isnan(memory_available_under(tree->root)));
}

static void test_memory_v2_limit_counts_page_cache_as_free(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/proc/meminfo", MEMINFO);
    tree_write(tree, "/proc/self/cgroup", "0::/user.slice/job\n");
    tree_write(tree, "/sys/fs/cgroup/user.slice/job/memory.max", "4294967296\n");     /* 4 GiB */
    tree_write(tree, "/sys/fs/cgroup/user.slice/job/memory.current", "3221225472\n"); /* 3 GiB */
    tree_write(tree, "/sys/fs/cgroup/user.slice/job/memory.stat", "anon 1\ninactive_file 1073741824\nactive_file 5\n");
    check_equal(memory_available_under(tree->root), 2 * GIB);
}

static void test_memory_v2_tightest_group_above_counts(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/proc/meminfo", MEMINFO);
    tree_write(tree, "/proc/self/cgroup", "0::/user.slice/job\n");
    tree_write(tree, "/sys/fs/cgroup/user.slice/job/memory.max", "max\n");
    tree_write(tree, "/sys/fs/cgroup/user.slice/job/memory.current", "1073741824\n");
    tree_write(tree, "/sys/fs/cgroup/user.slice/memory.max", "2147483648\n");
    tree_write(tree, "/sys/fs/cgroup/user.slice/memory.current", "1073741824\n");
    check_equal(memory_available_under(tree->root), 1 * GIB);
}

static void test_memory_v2_container_without_own_path_takes_mounted_root(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/proc/meminfo", MEMINFO);
    tree_write(tree, "/proc/self/cgroup", "0::/\n");
    tree_write(tree, "/sys/fs/cgroup/memory.max", "1073741824\n");
    tree_write(tree, "/sys/fs/cgroup/memory.current", "0\n");
    check_equal(memory_available_under(tree->root), 1 * GIB);
}

static void test_memory_v1_limit_is_found_among_other_controllers(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/proc/meminfo", MEMINFO);
    tree_write(tree, "/proc/self/cgroup", "9:name=systemd:/\n4:hugetlb,memory:/batch/job7\n2:cpu,cpuacct:/\n0::/\n");
    tree_write(tree, "/sys/fs/cgroup/memory/batch/job7/memory.limit_in_bytes", "2147483648\n");
    tree_write(tree, "/sys/fs/cgroup/memory/batch/job7/memory.usage_in_bytes", "1610612736\n"); /* 1.5 GiB */
    tree_write(tree, "/sys/fs/cgroup/memory/batch/job7/memory.stat", "cache 9\ntotal_inactive_file 536870912\n");
    tree_write(tree, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"); /* what no limit looks like */
    tree_write(tree, "/sys/fs/cgroup/memory/memory.usage_in_bytes", "1610612736\n");
    check_equal(memory_available_under(tree->root), 1 * GIB);
}

static void test_memory_v1_container_with_foreign_path_takes_mounted_root(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/proc/meminfo", MEMINFO);
    tree_write(tree, "/proc/self/cgroup", "4:memory:/docker/0123abc\n");
    tree_write(tree, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
    tree_write(tree, "/sys/fs/cgroup/memory/memory.usage_in_bytes", "536870912\n");
    check_equal(memory_available_under(tree->root), 0.5 * GIB);
}

static void test_memory_group_over_its_limit_leaves_nothing(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/proc/meminfo", MEMINFO);
    tree_write(tree, "/proc/self/cgroup", "0::/job\n");
    tree_write(tree, "/sys/fs/cgroup/job/memory.max", "1000\n");
    tree_write(tree, "/sys/fs/cgroup/job/memory.current", "2000\n");
    check_equal(memory_available_under(tree->root), 0);
}

static void test_cpu_quota_v2_is_quota_over_period(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/proc/self/cgroup", "0::/job\n");
    tree_write(tree, "/sys/fs/cgroup/job/cpu.max", "150000 100000\n");
    check_equal(cgroup_cpu_quota(tree->root), 1.5);
}

static void test_cpu_quota_v2_max_is_no_limit(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/proc/self/cgroup", "0::/job\n");
    tree_write(tree, "/sys/fs/cgroup/job/cpu.max", "max 100000\n");
    assert_true(isinf(cgroup_cpu_quota(tree->root)));
}

static void test_cpu_quota_v1_tells_cpu_from_cpuset(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/proc/self/cgroup", "3:cpuset:/pinned\n2:cpu,cpuacct:/job\n");
    tree_write(tree, "/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "50000\n");
    tree_write(tree, "/sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
    tree_write(tree, "/sys/fs/cgroup/cpu/pinned/cpu.cfs_quota_us", "10000\n");
    tree_write(tree, "/sys/fs/cgroup/cpu/pinned/cpu.cfs_period_us", "100000\n");
    tree_write(tree, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    tree_write(tree, "/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    check_equal(cgroup_cpu_quota(tree->root), 0.5);
}

static void test_memory_of_this_machine_is_plausible(void **state)
{
    (void)state;
    assert_true(memory_available_bytes() > 0);
    assert_true(memory_available_bytes() <= memory_total_bytes());
    const double resident = memory_resident_bytes(0); /* before the peak, which may grow in between */
    assert_true(resident > 0);
    assert_true(memory_peak_bytes(0) >= resident);
    assert_true(memory_peak_bytes(getpid()) > 0);
}

static void test_memory_touched_pages_show_in_peak_and_faults(void **state)
{
    (void)state;
    const size_t bytes = (size_t)64 << 20;
    const double peak_before = memory_peak_bytes(0), faults_before = memory_page_faults();
    volatile char *memory = malloc(bytes);
    assert_non_null((void *)memory);
    for (size_t at = 0; at < bytes; at += 4096)
        memory[at] = 1;
    free((void *)memory);
    assert_true(memory_peak_bytes(0) >= peak_before + 0.9 * (double)bytes);
    assert_true(memory_page_faults() > faults_before);
}

static void test_memory_reset_peak_forgets_what_was_freed(void **state)
{
    (void)state;
    const size_t bytes = (size_t)64 << 20;
    if (access("/proc/self/clear_refs", W_OK) != 0)
        skip();
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    assert_true(memory != MAP_FAILED);
    munmap(memory, bytes);
    const double before = memory_peak_bytes(0);
    memory_reset_peak();
    assert_true(memory_peak_bytes(0) <= before - 0.5 * (double)bytes);
}

static void *spin(void *stop)
{
    while (!atomic_load((atomic_bool *)stop))
        continue;
    return NULL;
}

static void test_process_threads_that_spin_are_running(void **state)
{
    (void)state;
    atomic_bool stop = 0;
    pthread_t thread;
    assert_int_equal(process_running_threads(getpid()), 1); /* this one */
    assert_int_equal(pthread_create(&thread, NULL, spin, &stop), 0);
    assert_int_equal(process_running_threads(getpid()), 2);
    atomic_store(&stop, 1);
    pthread_join(thread, NULL);
}

static void test_process_that_sleeps_has_no_running_thread(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        char byte;
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
    }
    int running = 1;
    for (int i = 0; i < 1000 && running > 0; ++i) {
        usleep(1000);
        running = process_running_threads(child);
    }
    assert_int_equal(running, 0);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* As a shell does that waits for a worker: what it started is counted, though it sleeps itself. */
static void test_process_is_counted_with_what_it_started(void **state)
{
    (void)state;
    const pid_t child = fork();
    if (child == 0) {
        const pid_t parent = getpid(), grandchild = fork();
        if (grandchild == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            while (getppid() == parent) /* which may have been killed before the line above */
                continue;
            _exit(0);
        }
        waitpid(grandchild, NULL, 0);
        _exit(0);
    }
    bool counted = false;
    for (int i = 0; i < 10000 && !counted; ++i) { /* the child itself runs until it has started the other, and waits */
        usleep(1000);
        counted = process_running_threads(child) == 1 && process_tree_resident_bytes(child) > memory_resident_bytes(child);
    }
    kill(child, SIGKILL); /* the grandchild dies with it, and before anything is asserted: ctest would wait for it */
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(counted);
    assert_true(process_tree_resident_bytes(child) == 0.0);
}

static void test_process_that_has_ended_has_no_numbers(void **state)
{
    (void)state;
    const pid_t child = fork();
    if (child == 0)
        _exit(0);
    assert_true(child > 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(process_running_threads(child), 0);
    assert_true(isnan(memory_peak_bytes(child)));
    assert_true(isnan(memory_resident_bytes(child)));
}

static void test_clocks_advance_and_their_cost_is_plausible(void **state)
{
    (void)state;
    const int64_t wall_ns = clock_wall_ns(), thread_ns = clock_thread_cpu_ns();
    const double cost_seconds = clock_wall_cost_seconds();
    assert_true(clock_wall_ns() > wall_ns);
    assert_true(clock_thread_cpu_ns() > thread_ns);
    assert_true(cost_seconds > 0 && cost_seconds < 1e-3); /* plausible, not fast: a loaded machine is no failure */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sysfile_field_needs_the_whole_key_and_its_separator),
        cmocka_unit_test_setup_teardown(test_sysfile_missing_file_is_absent, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_memory_without_groups_is_what_meminfo_says, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_memory_nothing_known_is_nan, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_memory_v2_limit_counts_page_cache_as_free, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_memory_v2_tightest_group_above_counts, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_memory_v2_container_without_own_path_takes_mounted_root,
                                        tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_memory_v1_limit_is_found_among_other_controllers, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_memory_v1_container_with_foreign_path_takes_mounted_root,
                                        tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_memory_group_over_its_limit_leaves_nothing, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_cpu_quota_v2_is_quota_over_period, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_cpu_quota_v2_max_is_no_limit, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_cpu_quota_v1_tells_cpu_from_cpuset, tree_create, tree_destroy),
        cmocka_unit_test(test_memory_of_this_machine_is_plausible),
        cmocka_unit_test(test_memory_touched_pages_show_in_peak_and_faults),
        cmocka_unit_test(test_memory_reset_peak_forgets_what_was_freed),
        cmocka_unit_test(test_process_threads_that_spin_are_running),
        cmocka_unit_test(test_process_that_sleeps_has_no_running_thread),
        cmocka_unit_test(test_process_is_counted_with_what_it_started),
        cmocka_unit_test(test_process_that_has_ended_has_no_numbers),
        cmocka_unit_test(test_clocks_advance_and_their_cost_is_plausible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
