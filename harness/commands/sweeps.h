/* sweeps.h - seqscale sweeps: lists, renames, annotates or deletes stored sweeps. As commands.h has it for every
 * command. */
#ifndef HARNESS_COMMANDS_SWEEPS_H
#define HARNESS_COMMANDS_SWEEPS_H

#include "base/status.h"

enum status command_sweeps(int argc, char **argv, struct error *error);

#endif
