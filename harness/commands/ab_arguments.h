/* ab_arguments.h - the words of `seqscale ab`, read. What a cell is, is said as for `seqscale sweep`. */
#ifndef HARNESS_COMMANDS_AB_ARGUMENTS_H
#define HARNESS_COMMANDS_AB_ARGUMENTS_H

#include "analyse/verdict.h"
#include "commands/sweep_arguments.h"
#include "present/comparison.h"

struct ab_arguments {
    struct sweep_arguments axes;                         /* of the options that sweep has, too */
    const char *base, *fresh, *base_commit, *new_commit; /* NULL not given */
    const char *show, *remove;                           /* show "": the newest */
    const char *output;                                  /* NULL: standard output */
    enum comparison_format format;
    struct verdict_rule rule;
    int controls;
    bool instructions, list, help;
};

extern const char ab_help[];

/* The words must outlive the arguments. */
MUST_CHECK enum status ab_arguments_parse(struct ab_arguments *arguments, int argc, char **argv, struct error *error);
void ab_arguments_free(struct ab_arguments *arguments);

#endif
