/* test_load.c - the busy neighbour starts, ends when told and when its parent dies, and is missed in one sentence. A script
 * stands for stress-ng, so that the test loads nothing and needs no package. */
#include "../store/store_fixture.h"

#include "selfcheck/load.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static struct topology *machine(struct fixture *fixture)
{
    struct topology *topology = NULL;
    assert_ok(fixture, topology_load(&topology, NULL, &fixture->error));
    return topology;
}

/* A stress-ng in the fixture's folder that writes its process id and sleeps; PATH is that folder and the usual ones. */
static void make_program(struct fixture *fixture, const char *body)
{
    char path[128], search[256];
    snprintf(path, sizeof path, "%s/stress-ng", fixture->folder);
    write_file(path, body, strlen(body));
    assert_int_equal(chmod(path, 0700), 0);
    snprintf(search, sizeof search, "%s:/usr/bin:/bin", fixture->folder);
    setenv("PATH", search, 1);
    setenv("PID_FILE", fixture->path, 1);
}

static const char sleeper[] = "#!/bin/sh\necho $$ >\"$PID_FILE\"\nexec sleep 100\n";

static pid_t running_pid(const struct fixture *fixture)
{
    long pid = 0;
    FILE *file = fopen(fixture->path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld", &pid), 1);
    fclose(file);
    return (pid_t)pid;
}

/* Within ten seconds, for the machine may be busy. */
static bool ends(pid_t pid)
{
    const struct timespec moment = {.tv_nsec = 50 * 1000 * 1000};
    for (int i = 0; i < 200; ++i) {
        if (kill(pid, 0) != 0 && errno == ESRCH)
            return true;
        nanosleep(&moment, NULL);
    }
    return false;
}

static void test_load_runs_until_it_is_stopped(void **state)
{
    struct fixture *fixture = *state;
    struct topology *topology = machine(fixture);
    struct load *load = NULL;
    make_program(fixture, sleeper);
    assert_ok(fixture, load_start(&load, topology, &fixture->error));
    const pid_t pid = running_pid(fixture);
    assert_int_equal(kill(pid, 0), 0);
    load_stop(load);
    assert_true(ends(pid));
    load_stop(NULL);
    topology_free(topology);
}

static void test_load_ends_with_its_parent(void **state)
{
    struct fixture *fixture = *state;
    struct topology *topology = machine(fixture);
    make_program(fixture, sleeper);
    const pid_t parent = fork();
    if (parent == 0) {
        struct load *load = NULL;
        struct error error;
        _exit(load_start(&load, topology, &error) == STATUS_OK ? 0 : 1); /* without load_stop, as after a crash */
    }
    int ended = 0;
    assert_int_equal(waitpid(parent, &ended, 0), parent);
    assert_true(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
    assert_true(ends(running_pid(fixture)));
    topology_free(topology);
}

static void test_load_without_the_program_is_a_sentence(void **state)
{
    struct fixture *fixture = *state;
    struct topology *topology = machine(fixture);
    struct load *load = NULL;
    setenv("PATH", fixture->folder, 1);
    assert_sentence(fixture, load_start(&load, topology, &fixture->error), STATUS_SYSTEM, "stress-ng, which is not there");
    make_program(fixture, "#!/bin/sh\nexit 3\n");
    assert_sentence(fixture, load_start(&load, topology, &fixture->error), STATUS_SYSTEM, "stress-ng, which ended at once");
    assert_null(load);
    topology_free(topology);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_load_runs_until_it_is_stopped, make_folder, remove_store),
        cmocka_unit_test_setup_teardown(test_load_ends_with_its_parent, make_folder, remove_store),
        cmocka_unit_test_setup_teardown(test_load_without_the_program_is_a_sentence, make_folder, remove_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
