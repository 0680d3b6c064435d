/* show.h - seqscale show: prints a stored sweep. As commands.h has it for every command. */
#ifndef HARNESS_COMMANDS_SHOW_H
#define HARNESS_COMMANDS_SHOW_H

#include "base/status.h"

enum status command_show(int argc, char **argv, struct error *error);

#endif
