/* test_stored_results.c - the commands on stored results, show, sweeps, export and import, as a person calls them: what they
 * print, and how they end. */
#include "command_call.h"

static void assert_prints(struct fixture *fixture, command *run, const char *line, const char *part)
{
    char *out = NULL;
    assert_ok(fixture, call(fixture, run, line, &out));
    if (!out || !strstr(out, part))
        fail_msg("%s: no '%s' in:\n%s", line, part, out ? out : "");
    free(out);
}

static void assert_refuses(struct fixture *fixture, command *run, const char *line, const char *part)
{
    char *out = NULL;
    assert_sentence(fixture, call(fixture, run, line, &out), STATUS_USAGE, part);
    assert_string_equal(out, "");
    free(out);
}

static void import_table(struct fixture *fixture)
{
    static const char table[] = "operator,length,seconds,bytes\nrnn,64,0.001,1024\ngru,128,0.002,2048\n";
    char path[128];
    snprintf(path, sizeof path, "%s/table.csv", fixture->folder);
    write_file(path, table, strlen(table));
    assert_prints(fixture, command_import, "import %/table.csv --db %/results.db",
                  "Imported sweep 'table': 2 cells, 2 measured");
}

static void test_help_of_every_command_has_an_example(void **state)
{
    struct fixture *fixture = *state;
    assert_prints(fixture, command_show, "show --help", "Example:\n  seqscale show");
    assert_prints(fixture, command_sweeps, "sweeps --help", "Example:\n  seqscale sweeps");
    assert_prints(fixture, command_export, "export --help", "Example:\n  seqscale export");
    assert_prints(fixture, command_import, "import --help", "Example:\n  seqscale import");
}

static void test_commands_without_results_say_what_to_run(void **state)
{
    struct fixture *fixture = *state;
    assert_refuses(fixture, command_show, "show --db %/none.db", "run `seqscale sweep`");
    assert_refuses(fixture, command_sweeps, "sweeps --db %/none.db", "run `seqscale sweep`");
    assert_refuses(fixture, command_export, "export --db %/none.db", "run `seqscale sweep`");
    struct store *store = NULL;
    assert_ok(fixture, store_open(&store, fixture->path, true, &fixture->error));
    store_close(store);
    assert_refuses(fixture, command_show, "show --db %/results.db", "run `seqscale sweep`");
    assert_prints(fixture, command_sweeps, "sweeps --db %/results.db", "run `seqscale sweep`");
}

static void test_show_prints_table_csv_and_json(void **state)
{
    struct fixture *fixture = *state;
    import_table(fixture);
    assert_prints(fixture, command_show, "show --db %/results.db", "gru          128        1  2.00 ms");
    assert_prints(fixture, command_show,
                  "show table --where length>=128 --columns operator,seconds,bytes --db %/results.db",
                  "operator  seconds     bytes\ngru       2.00 ms  2.00 KiB\n");
    assert_prints(fixture, command_show, "show --format csv --columns seconds,operator --db %/results.db",
                  "seconds,operator\n0.001,rnn\n0.002,gru\n");
    assert_prints(fixture, command_show, "show --format json --columns operator,low,bytes --db %/results.db",
                  "{\"operator\": \"rnn\", \"low\": null, \"bytes\": 1024},\n");
    assert_prints(fixture, command_show, "show --columns operator --where length=1 --db %/results.db",
                  "None of the 2 cells");
}

static void test_words_that_are_not_understood_are_sentences(void **state)
{
    struct fixture *fixture = *state;
    import_table(fixture);
    assert_refuses(fixture, command_show, "show --bogus", "'--bogus' is not an option");
    assert_refuses(fixture, command_show, "show --where", "--where needs a value");
    assert_refuses(fixture, command_show, "show a b", "one word too many");
    assert_refuses(fixture, command_show, "show --format xml", "'xml' is not one of");
    assert_refuses(fixture, command_show, "show --columns size", "unknown column 'size'");
    assert_refuses(fixture, command_show, "show --columns ,", "names no column");
    assert_refuses(fixture, command_show, "show nothing --db %/results.db", "has no sweep 'nothing'; it has table");
    assert_refuses(fixture, command_export, "export --format table --db %/results.db", "'table' is not one of csv, jsonl");
    assert_refuses(fixture, command_export, "export --where size=1 --db %/results.db", "unknown column");
    assert_refuses(fixture, command_import, "import", "needs a FILE");
    assert_refuses(fixture, command_import, "import %/no.csv --db %/results.db", "no.csv");
    assert_refuses(fixture, command_sweeps, "sweeps frob", "'frob' is not one of");
    assert_refuses(fixture, command_sweeps, "sweeps rename table --db %/results.db", "takes OLD and NEW");
}

static void test_sweeps_lists_renames_notes_and_deletes(void **state)
{
    struct fixture *fixture = *state;
    import_table(fixture);
    assert_prints(fixture, command_sweeps, "sweeps rename table first --db %/results.db", "now 'first'");
    assert_prints(fixture, command_sweeps, "sweeps note first measured-elsewhere --db %/results.db", "has the note");
    assert_prints(fixture, command_sweeps, "sweeps list --db %/results.db", "measured-elsewhere");
    const int terminal = dup(STDIN_FILENO), null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    assert_refuses(fixture, command_sweeps, "sweeps delete first --db %/results.db", "add --yes");
    dup2(terminal, STDIN_FILENO);
    close(terminal);
    close(null);
    assert_prints(fixture, command_sweeps, "sweeps delete first --yes --db %/results.db", "is deleted");
    assert_refuses(fixture, command_show, "show --db %/results.db", "no sweep yet");
}

static void test_export_to_a_file_replaces_it_and_imports_again(void **state)
{
    struct fixture *fixture = *state;
    char path[128];
    import_table(fixture);
    snprintf(path, sizeof path, "%s/out.jsonl", fixture->folder);
    write_file(path, "old", 3);
    assert_prints(fixture, command_export, "export --output %/out.jsonl --db %/results.db", "");
    assert_refuses(fixture, command_import, "import %/out.jsonl --db %/results.db", "already, named 'table'");
    assert_prints(fixture, command_import, "import %/out.jsonl --name copy --db %/other.db",
                  "Imported sweep 'copy': 2 cells");
    assert_prints(fixture, command_export, "export copy --where operator=rnn --db %/other.db", "\nrnn,,1,64,256,forward");
    char *out = NULL;
    assert_sentence(fixture, call(fixture, command_export, "export --output /dev/full --db %/results.db", &out),
                    STATUS_SYSTEM, "cannot write to /dev/full");
    free(out);
    assert_sentence(fixture, call(fixture, command_export, "export --output %/no/x --db %/results.db", &out), STATUS_SYSTEM,
                    "/no/x: No such file");
    free(out);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_help_of_every_command_has_an_example),
        IN_FOLDER(test_commands_without_results_say_what_to_run),
        IN_FOLDER(test_show_prints_table_csv_and_json),
        IN_FOLDER(test_words_that_are_not_understood_are_sentences),
        IN_FOLDER(test_sweeps_lists_renames_notes_and_deletes),
        IN_FOLDER(test_export_to_a_file_replaces_it_and_imports_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
