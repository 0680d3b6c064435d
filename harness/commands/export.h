/* export.h - seqscale export: writes a stored sweep as CSV or JSON Lines. As commands.h has it for every command. */
#ifndef HARNESS_COMMANDS_EXPORT_H
#define HARNESS_COMMANDS_EXPORT_H

#include "base/status.h"

enum status command_export(int argc, char **argv, struct error *error);

#endif
