/* test_fingerprint.c - fields read from trees made for the purpose, absence as null, keys, and git. */
#include "machine/fingerprint.h"

#include "machine/fingerprint_fields.h"
#include "machine/git.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake_tree.h"

static struct topology *load(const char *synthetic)
{
    struct topology *topology = NULL;
    struct error error = {{0}};
    if (topology_load(&topology, synthetic, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return topology;
}

static const json_t *value_of(const json_t *fingerprint, const char *name)
{
    const json_t *field = json_object_get(json_object_get(fingerprint, "fields"), name);
    if (!field)
        fail_msg("there is no field %s", name);
    return json_object_get(field, "value");
}

static void check_text(const json_t *fingerprint, const char *name, const char *expected)
{
    const char *actual = json_string_value(value_of(fingerprint, name));
    if (!actual || strcmp(actual, expected) != 0)
        fail_msg("%s is '%s', expected '%s'", name, actual ? actual : "(none)", expected);
}

static json_t *collect_tree(const struct fake_tree *tree, const char *cpuinfo, int cpu)
{
    struct topology *topology = load("pack:1 l3:1(size=33554432) core:2 pu:2");
    const struct field_source source = {.root = tree->root, .cpuinfo = cpuinfo, .topology = topology, .cpu = cpu};
    json_t *fingerprint = fingerprint_collect_from(&source);
    assert_non_null(fingerprint);
    topology_free(topology);
    return fingerprint;
}

static void test_fingerprint_without_sources_has_every_field_null(void **state)
{
    json_t *fingerprint = collect_tree(*state, NULL, 0);
    static const char *const unknown[] = {
        "cpu_vendor", "cpu_model", "cpu_family", "cpu_stepping", "cpu_microcode", "cpu_flags_sha256", "smt",
        "cache_l1d_bytes", "governor", "frequency_min_khz", "frequency_max_khz", "turbo", "kernel", "kernel_parameters",
        "transparent_huge_pages", "address_randomisation", "mitigations", "clock_source", "cpu_quota", "memory_gib",
        "memory_total_bytes", "memory_available_bytes", "operating_system", "affinity", "load", "pressure_cpu_percent"};
    for (size_t at = 0; at < ARRAY_LEN(unknown); ++at)
        if (!json_is_null(value_of(fingerprint, unknown[at])))
            fail_msg("%s is not null although nothing says what it is", unknown[at]);
    json_decref(fingerprint);
}

static void test_fingerprint_processor_fields_come_from_their_files(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/sys/devices/system/cpu/smt/active", "1\n");
    tree_write(tree, "/sys/devices/system/cpu/cpu2/cpufreq/scaling_governor", "performance\n");
    tree_write(tree, "/sys/devices/system/cpu/cpu2/cpufreq/scaling_max_freq", "3700000\n");
    tree_write(tree, "/sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
    json_t *fingerprint = collect_tree(tree, "model\t\t: 17\nmodel name\t: Some Processor\nflags\t\t: sse2 avx2\n", 2);
    check_text(fingerprint, "cpu_model", "Some Processor");
    assert_int_equal(json_integer_value(value_of(fingerprint, "cpu_model_number")), 17);
    /* printf 'sse2 avx2' | sha256sum */
    check_text(fingerprint, "cpu_flags_sha256", "3adca98b1bd0ebe7cc801c36dd40d33392c307a0d9bb69ad305e4934f4b4f281");
    check_text(fingerprint, "governor", "performance");
    assert_int_equal(json_integer_value(value_of(fingerprint, "frequency_max_khz")), 3700000);
    assert_true(json_is_true(value_of(fingerprint, "smt")));
    assert_true(json_is_false(value_of(fingerprint, "turbo")));
    assert_int_equal(json_integer_value(value_of(fingerprint, "cores")), 2);
    assert_int_equal(json_integer_value(value_of(fingerprint, "hardware_threads")), 4);
    assert_int_equal(json_integer_value(value_of(fingerprint, "cache_l3_shared_by")), 4);
    json_decref(fingerprint);
}

static void test_fingerprint_system_fields_come_from_their_files(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    tree_write(tree, "/sys/devices/system/cpu/vulnerabilities/meltdown", "Not affected\n");
    tree_write(tree, "/proc/meminfo", "MemTotal:       16411111 kB\n");
    tree_write(tree, "/proc/self/cgroup", "0::/\n");
    tree_write(tree, "/proc/loadavg", "0.10 0.20 0.30 1/234 5678\n");
    tree_write(tree, "/proc/pressure/cpu", "some avg10=1.50 avg60=0.00 avg300=0.00 total=1\n");
    tree_write(tree, "/etc/os-release", "NAME=x\nPRETTY_NAME=\"Some Linux 12\"\n");
    json_t *fingerprint = collect_tree(tree, NULL, 0);
    check_text(fingerprint, "transparent_huge_pages", "madvise");
    check_text(fingerprint, "load", "0.10 0.20 0.30");
    check_text(fingerprint, "operating_system", "Some Linux 12");
    check_text(fingerprint, "cpu_quota", "none");
    assert_int_equal(json_integer_value(value_of(fingerprint, "memory_gib")), 16);
    assert_true(json_real_value(value_of(fingerprint, "pressure_cpu_percent")) == 1.5);
    const json_t *meltdown = json_object_get(value_of(fingerprint, "mitigations"), "meltdown");
    assert_string_equal(json_string_value(meltdown), "Not affected");
    json_decref(fingerprint);
}

static void test_fingerprint_kernel_parameters_leave_out_what_names_machines(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/proc/cmdline",
               "BOOT_IMAGE=/vmlinuz root=UUID=1234 isolcpus=2-3 memmap=1G ip=10.0.0.1 nosmt intel_idle.max_cstate=1\n");
    json_t *fingerprint = collect_tree(tree, NULL, 0);
    check_text(fingerprint, "kernel_parameters", "isolcpus=2-3 nosmt intel_idle.max_cstate=1");
    json_decref(fingerprint);
}

static void test_fingerprint_environment_holds_what_changes_speed_only(void **state)
{
    setenv("OMP_WAIT_POLICY", "passive", 1);
    setenv("SOME_PASSWORD", "secret", 1);
    json_t *fingerprint = collect_tree(*state, NULL, 0);
    const json_t *environment = value_of(fingerprint, "environment");
    assert_string_equal(json_string_value(json_object_get(environment, "OMP_WAIT_POLICY")), "passive");
    assert_null(json_object_get(environment, "SOME_PASSWORD"));
    unsetenv("OMP_WAIT_POLICY");
    unsetenv("SOME_PASSWORD");
    json_decref(fingerprint);
}

static void test_fingerprint_of_this_machine_twice_has_the_same_keys(void **state)
{
    (void)state;
    static const char *const kinds[] = {"machine", "build", NULL};
    struct topology *topology = load(NULL);
    json_t *first = fingerprint_collect(topology), *second = fingerprint_collect(topology);
    assert_non_null(first);
    assert_non_null(second);
    for (size_t at = 0; at < ARRAY_LEN(kinds); ++at) {
        char key[FINGERPRINT_KEY], again[FINGERPRINT_KEY];
        fingerprint_key(first, kinds[at], key);
        fingerprint_key(second, kinds[at], again);
        assert_int_equal(strlen(key), FINGERPRINT_KEY - 1);
        assert_string_equal(key, again);
    }
    json_decref(first);
    json_decref(second);
    topology_free(topology);
}

static json_t *small_fingerprint(const char *first, const char *second)
{
    json_t *fingerprint = json_pack("{s:{}}", "fields");
    fingerprint_set(fingerprint, first, "machine", json_integer(1));
    fingerprint_set(fingerprint, second, "machine", json_integer(1));
    fingerprint_set(fingerprint, "flags", "build", json_string("-O3"));
    fingerprint_set(fingerprint, "load", "information", json_real(0.5));
    return fingerprint;
}

static void test_fingerprint_key_ignores_order_and_information(void **state)
{
    (void)state;
    json_t *fingerprint = small_fingerprint("a", "b"), *other = small_fingerprint("b", "a");
    char key[FINGERPRINT_KEY], again[FINGERPRINT_KEY];
    fingerprint_set(other, "load", "information", json_real(7.5));
    fingerprint_key(fingerprint, NULL, key);
    fingerprint_key(other, NULL, again);
    assert_string_equal(key, again);
    fingerprint_key(fingerprint, "information", key);
    fingerprint_key(other, "information", again);
    assert_string_not_equal(key, again);
    json_decref(fingerprint);
    json_decref(other);
}

static void test_fingerprint_key_changes_with_its_own_kind_alone(void **state)
{
    (void)state;
    json_t *fingerprint = small_fingerprint("a", "b");
    char machine[FINGERPRINT_KEY], build[FINGERPRINT_KEY], all[FINGERPRINT_KEY], after[FINGERPRINT_KEY];
    fingerprint_key(fingerprint, "machine", machine);
    fingerprint_key(fingerprint, "build", build);
    fingerprint_key(fingerprint, NULL, all);
    fingerprint_set(fingerprint, "flags", "build", NULL); /* became unknown */
    fingerprint_key(fingerprint, "machine", after);
    assert_string_equal(after, machine);
    fingerprint_key(fingerprint, "build", after);
    assert_string_not_equal(after, build);
    fingerprint_key(fingerprint, NULL, after);
    assert_string_not_equal(after, all);
    json_decref(fingerprint);
}

/* Runs `git` in the tree's folder; false where there is no git, or it fails. */
static int run_git(const struct fake_tree *tree, const char *words)
{
    char command[2048];
    snprintf(command, sizeof command,
             "cd '%s' && git -c user.name=n -c user.email=e@example.org -c commit.gpgsign=false %s >/dev/null 2>&1",
             tree->root, words);
    return system(command) == 0;
}

static void test_git_commit_and_dirty_bit_follow_the_tracked_files(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/file", "one\n");
    if (!run_git(tree, "init") || !run_git(tree, "add file") || !run_git(tree, "commit -m first"))
        skip();
    tree_write(tree, "/untracked", "not the build's\n");
    char *commit = git_commit(tree->root);
    assert_non_null(commit);
    assert_int_equal(strlen(commit), 40);
    free(commit);
    assert_int_equal(git_dirty(tree->root), GIT_CLEAN);
    tree_write(tree, "/file", "two, longer\n");
    assert_int_equal(git_dirty(tree->root), GIT_DIRTY);
}

static void test_git_in_a_hook_of_another_repository_asks_its_own(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/file", "one\n");
    if (!run_git(tree, "init") || !run_git(tree, "add file") || !run_git(tree, "commit -m first"))
        skip();
    setenv("GIT_DIR", "/nowhere/.git", 1); /* as git sets it for its hooks */
    char *commit = git_commit(tree->root);
    unsetenv("GIT_DIR");
    assert_non_null(commit);
    free(commit);
}

static void test_git_of_a_folder_inside_another_repository_is_unknown(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/inner/file", "one\n");
    if (!run_git(tree, "init") || !run_git(tree, "add .") || !run_git(tree, "commit -m first"))
        skip();
    char inner[2048];
    snprintf(inner, sizeof inner, "%s/inner", tree->root);
    assert_null(git_commit(inner));
    assert_int_equal(git_dirty(inner), GIT_UNKNOWN);
}

static void test_git_missing_program_is_unknown(void **state)
{
    const struct fake_tree *tree = *state;
    tree_write(tree, "/.git/HEAD", "ref: refs/heads/main\n");
    char *path = strdup(getenv("PATH") ? getenv("PATH") : "");
    assert_non_null(path);
    setenv("PATH", tree->root, 1);
    assert_null(git_commit(tree->root));
    assert_int_equal(git_dirty(tree->root), GIT_UNKNOWN);
    setenv("PATH", path, 1);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fingerprint_without_sources_has_every_field_null, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_fingerprint_processor_fields_come_from_their_files, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_fingerprint_system_fields_come_from_their_files, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_fingerprint_kernel_parameters_leave_out_what_names_machines, tree_create,
                                        tree_destroy),
        cmocka_unit_test_setup_teardown(test_fingerprint_environment_holds_what_changes_speed_only,
                                        tree_create, tree_destroy),
        cmocka_unit_test(test_fingerprint_of_this_machine_twice_has_the_same_keys),
        cmocka_unit_test(test_fingerprint_key_ignores_order_and_information),
        cmocka_unit_test(test_fingerprint_key_changes_with_its_own_kind_alone),
        cmocka_unit_test_setup_teardown(test_git_commit_and_dirty_bit_follow_the_tracked_files, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_git_in_a_hook_of_another_repository_asks_its_own, tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_git_of_a_folder_inside_another_repository_is_unknown,
                                        tree_create, tree_destroy),
        cmocka_unit_test_setup_teardown(test_git_missing_program_is_unknown, tree_create, tree_destroy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
