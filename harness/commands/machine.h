/* machine.h - seqscale machine: says what this machine is and what it gives. As commands.h has it for every command. */
#ifndef HARNESS_COMMANDS_MACHINE_H
#define HARNESS_COMMANDS_MACHINE_H

#include "base/status.h"

enum status command_machine(int argc, char **argv, struct error *error);

#endif
