/* test_cell.c - a cell and its SPEC: what is written is read back, what cannot be one is a sentence. */
#include "base/cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct cell parse_good(const char *spec)
{
    struct cell cell;
    struct error error = {.text = ""};
    if (cell_parse(spec, &cell, &error) != STATUS_OK)
        fail_msg("'%s': %s", spec, error.text);
    return cell;
}

static void assert_refused(const char *spec, const char *words)
{
    struct cell cell;
    struct error error = {.text = ""};
    if (cell_parse(spec, &cell, &error) != STATUS_USAGE)
        fail_msg("'%s' was taken for a SPEC", spec);
    if (!strstr(error.text, words))
        fail_msg("'%s': '%s' lacks '%s'", spec, error.text, words);
}

static bool same(const struct cell *a, const struct cell *b)
{
    return strcmp(a->operator_name, b->operator_name) == 0 && strcmp(a->options, b->options) == 0 && a->batch == b->batch &&
           a->length == b->length && a->width == b->width && strcmp(a->mode, b->mode) == 0 &&
           strcmp(a->scope, b->scope) == 0 && a->threads == b->threads && strcmp(a->prepare, b->prepare) == 0 &&
           strcmp(a->cache, b->cache) == 0 && strcmp(a->bind, b->bind) == 0 && a->seed == b->seed;
}

static void test_cell_default_is_the_documented_one(void **state)
{
    (void)state;
    const struct cell cell = cell_default();
    assert_string_equal(cell.operator_name, "");
    assert_string_equal(cell.options, "");
    assert_int_equal(cell.batch, 1);
    assert_int_equal(cell.length, 1024);
    assert_int_equal(cell.width, 256);
    assert_string_equal(cell.mode, "forward");
    assert_string_equal(cell.scope, "layer");
    assert_int_equal(cell.threads, 1);
    assert_string_equal(cell.prepare, "outside");
    assert_string_equal(cell.cache, "warm");
    assert_string_equal(cell.bind, "compact");
    assert_int_equal(cell.seed, 1);
}

static void test_cell_parse_name_alone_has_the_defaults(void **state)
{
    (void)state;
    const struct cell cell = parse_good("rnn");
    struct cell want = cell_default();
    strcpy(want.operator_name, "rnn");
    assert_true(same(&cell, &want));
}

static void test_cell_parse_reads_options_and_every_key(void **state)
{
    (void)state;
    const struct cell cell = parse_good("attention:heads=8,variant=tiled@length=2k,width=64,batch=3,mode=train,scope=core,"
                                        "threads=2,prepare=inside,cache=warm,bind=scatter,seed=42");
    assert_string_equal(cell.operator_name, "attention");
    assert_string_equal(cell.options, "heads=8,variant=tiled");
    assert_int_equal(cell.length, 2048);
    assert_int_equal(cell.width, 64);
    assert_int_equal(cell.batch, 3);
    assert_string_equal(cell.mode, "train");
    assert_string_equal(cell.scope, "core");
    assert_int_equal(cell.threads, 2);
    assert_string_equal(cell.prepare, "inside");
    assert_string_equal(cell.cache, "warm");
    assert_string_equal(cell.bind, "scatter");
    assert_int_equal(cell.seed, 42);
}

static void test_cell_format_and_parse_are_inverse(void **state)
{
    (void)state;
    static const char *const specs[] = {
        "rnn", "attention:heads=8@length=64", "./my.so@threads=4,mode=decode", "/opt/ops/x.so:a=1,b=2@seed=9007199254740992",
        "exec:python3 peer.py attention@length=128", "exec:ssh me@there worker@batch=2",
    };
    for (size_t i = 0; i < ARRAY_LEN(specs); ++i) {
        const struct cell first = parse_good(specs[i]);
        char spec[2048];
        cell_format(&first, spec, sizeof spec);
        const struct cell second = parse_good(spec);
        if (!same(&first, &second))
            fail_msg("'%s' came back from '%s' as another cell", specs[i], spec);
    }
}

static void test_cell_parse_command_keeps_colons_and_spaces(void **state)
{
    (void)state;
    const struct cell cell = parse_good("exec:python3 -u peer.py --device cpu:0@length=128");
    assert_string_equal(cell.operator_name, "exec:python3 -u peer.py --device cpu:0");
    assert_string_equal(cell.options, "");
    assert_int_equal(cell.length, 128);
}

static void test_cell_label_names_operator_and_options(void **state)
{
    (void)state;
    char label[128];
    struct cell cell = parse_good("attention:heads=8@length=64");
    cell_label(&cell, label, sizeof label);
    assert_string_equal(label, "attention:heads=8");
    cell = parse_good("rnn@length=64");
    cell_label(&cell, label, sizeof label);
    assert_string_equal(label, "rnn");
    cell_label(&cell, label, 3);
    assert_string_equal(label, "rn");
}

static void test_cell_parse_bad_spec_is_a_sentence(void **state)
{
    (void)state;
    assert_refused("", "OPERATOR");
    assert_refused("@length=64", "OPERATOR");
    assert_refused(":heads=8", "OPERATOR");
    assert_refused("rnn@length", "KEY=VALUE");
    assert_refused("rnn@size=3", "'size' is not a key");
    assert_refused("rnn@length=0", "length");
    assert_refused("rnn@length=-5", "length");
    assert_refused("rnn@length=1.5", "length");
    assert_refused("rnn@length=x", "length");
    assert_refused("rnn@threads=5000", "threads");
    assert_refused("rnn@mode=sideways", "forward, train, decode");
    assert_refused("rnn@scope=", "layer, core");
    assert_refused("rnn@prepare=maybe", "outside, inside");
    assert_refused("rnn@cache=tepid", "is not one of warm, cold");
    assert_refused("rnn@bind=loose", "compact, scatter, none");
    assert_refused("rnn@seed=-1", "seed");
}

static void test_cell_parse_too_long_is_a_sentence(void **state)
{
    (void)state;
    char spec[4096];
    memset(spec, 'a', sizeof spec);
    spec[CELL_OPERATOR_MAX] = '\0';
    assert_refused(spec, "longer");
    spec[CELL_OPERATOR_MAX - 1] = '\0';
    assert_int_equal(strlen(parse_good(spec).operator_name), CELL_OPERATOR_MAX - 1);
    memset(spec, 'a', sizeof spec - 1);
    memcpy(spec, "rnn@", 4);
    spec[sizeof spec - 1] = '\0';
    assert_refused(spec, "longer");
}

static void test_cell_set_leaves_the_cell_alone_when_the_value_is_bad(void **state)
{
    (void)state;
    struct cell cell = cell_default();
    const struct cell before = cell;
    struct error error;
    assert_int_equal(cell_set(&cell, "mode", "sideways", &error), STATUS_USAGE);
    assert_int_equal(cell_set(&cell, "length", "0", &error), STATUS_USAGE);
    assert_int_equal(cell_set(&cell, "seed", "x", &error), STATUS_USAGE);
    assert_true(same(&cell, &before));
    assert_int_equal(cell_set(&cell, "length", "64k", &error), STATUS_OK);
    assert_int_equal(cell.length, 65536);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cell_default_is_the_documented_one),
        cmocka_unit_test(test_cell_parse_name_alone_has_the_defaults),
        cmocka_unit_test(test_cell_parse_reads_options_and_every_key),
        cmocka_unit_test(test_cell_format_and_parse_are_inverse),
        cmocka_unit_test(test_cell_parse_command_keeps_colons_and_spaces),
        cmocka_unit_test(test_cell_label_names_operator_and_options),
        cmocka_unit_test(test_cell_parse_bad_spec_is_a_sentence),
        cmocka_unit_test(test_cell_parse_too_long_is_a_sentence),
        cmocka_unit_test(test_cell_set_leaves_the_cell_alone_when_the_value_is_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
