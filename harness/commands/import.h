/* import.h - seqscale import: reads results measured here or elsewhere. As commands.h has it for every command. */
#ifndef HARNESS_COMMANDS_IMPORT_H
#define HARNESS_COMMANDS_IMPORT_H

#include "base/status.h"

enum status command_import(int argc, char **argv, struct error *error);

#endif
