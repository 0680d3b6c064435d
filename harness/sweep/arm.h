/* arm.h - one side of a comparison: what a word of the command line means, where its worker and modules are, and what they are.
 *
 *     build, ./install, ../checkout   a whole build: a folder that holds the executable `seqscale` and its modules; its own
 *                                     worker runs them
 *     ./operators                     a folder of modules, run by this program
 *     ./my_op.so, ./my_op.so:x=1      one module file
 *     attention:variant=tiled         an operator of this program with options; exec:COMMAND is one, too
 */
#ifndef HARNESS_SWEEP_ARM_H
#define HARNESS_SWEEP_ARM_H

#include "machine/sha256.h"
#include "sweep/axes.h"
#include "sweep/setting.h"

#include <jansson.h>

enum arm_kind { ARM_OPERATOR = 0, ARM_MODULE, ARM_FOLDER, ARM_BUILD, ARM_KINDS };

struct arm {
    enum arm_kind kind;
    char *label;                    /* as it was written */
    char *path;                     /* absolute; NULL for an operator */
    char *program;                  /* of a build; NULL: this one */
    struct setting setting;         /* how its workers are started */
    struct operator_list operators; /* what the word names itself; empty for folders and builds */
    char hash[SHA256_HEX];          /* over names and contents of the executable and the modules; "" unknown */
    char commit[65], date[40];      /* "" unknown */
    int dirty;                      /* 1, 0, -1 unknown */
    json_t *facts;                  /* {NAME: value} that arms can differ in: compiler, version, libraries, build-ids ... */
};

/* NULL or "" means this build. `operators` is --operators, or NULL. A word that means nothing is a sentence. */
MUST_CHECK enum status arm_resolve(struct arm *arm, const char *word, const char *operators, struct error *error);

/* Asks a worker what the modules are, and hashes the files. `names`: the operators that will be measured. Modules given by
 * path are named as they name themselves: `operators` is rewritten by arm_name. */
MUST_CHECK enum status arm_identify(struct arm *arm, const struct operator_list *names, struct error *error);

/* The name that the module of operators.items[index] gives itself; the item's own where it is no path. Borrowed. */
const char *arm_name(const struct arm *arm, const char *operator_name);

void arm_free(struct arm *arm);

/* {label, kind, path, version, commit, commit_date, dirty, hash}. New reference. */
json_t *arm_json(const struct arm *arm);

/* [{field, base, new}] of the facts that differ. New reference. */
json_t *arm_differences(const struct arm *base, const struct arm *fresh);

#endif
