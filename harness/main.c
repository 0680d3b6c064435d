/* main.c - the program seqscale: hands its words to a command, and its failure to the person who typed them. */
#include "commands/commands.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *summary;
    enum status (*run)(int argc, char **argv, struct error *error);
} commands[] = {
    {"sweep", "measure operators over lengths and threads, store, print and draw", command_sweep},
    {"ab", "compare two versions in pairs of processes, with a verdict", command_ab},
    {"compare", "compare two stored sweeps", command_compare},
    {"run", "measure one cell in the foreground, for debuggers and profilers", command_run},
    {"show", "print the table of a stored sweep", command_show},
    {"study", "say how time and memory grow, and where operators cross", command_study},
    {"plot", "draw the charts of a stored sweep", command_plot},
    {"baseline", "keep builds to compare against", command_baseline},
    {"history", "show cells over commits, and where they became slower", command_history},
    {"bisect", "find the commit that made something slower", command_bisect},
    {"list", "list the operators and their options", command_list},
    {"machine", "say what this machine is and what it gives", command_machine},
    {"sweeps", "list, rename, annotate or delete stored sweeps", command_sweeps},
    {"verify", "check operators against their reference and the contract", command_verify},
    {"eval", "apply an operator to tensors from a file", command_eval},
    {"export", "write a stored sweep as CSV or JSON Lines", command_export},
    {"import", "read results measured here or elsewhere", command_import},
    {"selfcheck", "prove on this machine that the intervals hold", command_selfcheck},
    {"worker", "the process that measures; started by the others", command_worker},
};

static void print_help(void)
{
    printf("seqscale %s: how do the ways of mixing a sequence scale on this machine?\n\n"
           "Usage: seqscale COMMAND [ARGUMENTS]\n\n", SEQSCALE_VERSION);
    for (size_t i = 0; i < ARRAY_LEN(commands); ++i)
        printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    printf("\nseqscale COMMAND --help describes a command. Exit codes: 0 done, 1 a regression or a missed target, 2 an\n"
           "argument or a file cannot be used, 3 no verdict is justified, 4 a measurement failed, 5 wrong results, 6 the\n"
           "system refused, 130 interrupted.\n\n"
           "Example:\n  seqscale sweep --operator hyena,attention --length 256..8192\n");
}

static enum status dispatch(int argc, char **argv, struct error *error)
{
    if (argc < 2) {
        print_help();
        return error_set(error, STATUS_USAGE, "no command is given");
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help();
        return STATUS_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("seqscale %s\n", SEQSCALE_VERSION);
        return STATUS_OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(commands); ++i)
        if (strcmp(commands[i].name, argv[1]) == 0)
            return commands[i].run(argc - 1, argv + 1, error);
    return error_set(error, STATUS_USAGE, "there is no command '%s'; `seqscale --help` lists them", argv[1]);
}

int main(int argc, char **argv)
{
    struct error error = {.text = ""};
    enum status status = dispatch(argc, argv, &error);
    if (fflush(stdout) != 0 && status == STATUS_OK)
        status = error_set(&error, STATUS_SYSTEM, "cannot write to standard output");
    if (status != STATUS_OK)
        fprintf(stderr, "seqscale: %s\n", error.text);
    return (int)status;
}
