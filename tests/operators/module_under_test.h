/* module_under_test.h - an operator's own module in a test: loaded as the worker loads it, with the worker's memory around
 * it. A folder of operators/ may be deleted; the tests of its module are skipped then.
 */
#ifndef TESTS_OPERATORS_MODULE_UNDER_TEST_H
#define TESTS_OPERATORS_MODULE_UNDER_TEST_H

#include "machine/isa.h"
#include "worker/check.h"
#include "worker/instance.h"
#include "worker/module.h"
#include "worker/verify.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static inline const struct module *load_or_skip(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.so", TEST_MODULE_DIR, name);
    if (access(path, F_OK) != 0)
        skip();
    const struct module *module = NULL;
    struct error error = {.text = ""};
    if (module_load(path, &module, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return module;
}

/* malloc'd values of an option text. */
static inline double *parse_or_fail(const struct module *module, const char *options)
{
    double *values = NULL;
    struct error error = {.text = ""};
    if (module_parse_options(module, options, &values, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return values;
}

/* A prepared instance; `problem` without its options. */
static inline struct instance *make_instance(const struct module *module, const char *options, struct seq_problem problem)
{
    double *values = parse_or_fail(module, options);
    struct instance *instance = NULL;
    struct error error = {.text = ""};
    bool unsupported = false;
    problem.size = sizeof problem;
    problem.context = problem.L;
    problem.options = values;
    const struct instance_request request = {.module = module, .problem = problem, .seed = 1};
    if (instance_create(&instance, &request, &unsupported, &error) != STATUS_OK ||
        instance_prepare(instance, &error) != STATUS_OK)
        fail_msg("%s: %s", options, error.text);
    free(values);
    return instance;
}

/* Every check of `verify` passes, and none is skipped but those of `skipped` (names between spaces; "" none) and "method",
 * which an operator without a choice has nothing to say to. */
static inline void assert_verified(const struct module *module, const char *options, struct seq_problem problem,
                                   const char *skipped)
{
    double *values = parse_or_fail(module, options);
    problem.size = sizeof problem;
    problem.context = problem.L;
    problem.options = values;
    json_t *checks = json_array();
    verify_operator(module, &problem, checks);
    assert_true(json_array_size(checks) > 0);
    size_t index;
    const json_t *check;
    json_array_foreach(checks, index, check) {
        const char *name = json_string_value(json_object_get(check, "name"));
        const json_t *ok = json_object_get(check, "ok");
        const bool may_skip = strcmp(name, "method") == 0 || strstr(skipped, name);
        if (!json_is_true(ok) && !(json_is_null(ok) && may_skip))
            fail_msg("%s with '%s': %s: %s", module->table.name, options, name,
                     json_string_value(json_object_get(check, "detail")));
    }
    json_decref(checks);
    free(values);
}

/* Forty rows of the output, the first and the last among them, are within the tolerance of the reference, at every instruction
 * set of this machine; for problems whose whole reference would take long. */
static inline void assert_near_reference(const struct module *module, const char *options, struct seq_problem problem)
{
    for (int isa = 0; isa <= (int)isa_best(); ++isa) {
        problem.isa = (enum seq_isa)isa;
        struct instance *instance = make_instance(module, options, problem);
        struct check_result result;
        struct error error = {.text = ""};
        if (check_instance(instance, 40, 1, NULL, &result, &error) != STATUS_OK)
            fail_msg("%s with '%s', isa %d, %d threads: %s", module->table.name, options, isa, problem.threads, error.text);
        instance_destroy(instance);
    }
}

/* The root mean square difference between the output, from token `first` on, and the reference, in parts of the root mean
 * square of the latter: less left to chance than the largest one. */
static inline double rms_error(const struct instance *instance, int64_t first)
{
    const int64_t D = instance->problem.D, B = instance->problem.B, tokens = instance->problem.L - first;
    struct seq_rows rows = {.count = (size_t)(B * tokens)};
    int64_t *const b = malloc(rows.count * sizeof *b), *const t = malloc(rows.count * sizeof *t);
    double *values = NULL, off = 0.0, size = 0.0;
    struct error error = {.text = ""};
    assert_true(b && t);
    for (int64_t i = 0; i < B * tokens; ++i) {
        b[i] = i / tokens;
        t[i] = first + i % tokens;
    }
    rows.b = b;
    rows.t = t;
    if (check_reference(instance, &rows, &values, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    for (int64_t i = 0; i < B * tokens * D; ++i) {
        const int64_t row = i / D;
        const double got = (double)instance->run.output[(b[row] * instance->problem.L + t[row]) * D + i % D];
        off += (got - values[i]) * (got - values[i]);
        size += values[i] * values[i];
    }
    free(values);
    free(b);
    free(t);
    return sqrt(off / size);
}

#endif
