/* commands.h - the subcommands. Each takes its own words (argv[0] is its name), prints its result to standard output, and
 * returns the exit status with one sentence where it is not STATUS_OK. `--help` prints and returns STATUS_OK. */
#ifndef HARNESS_COMMANDS_COMMANDS_H
#define HARNESS_COMMANDS_COMMANDS_H

#include "base/status.h"

enum status command_ab(int argc, char **argv, struct error *error);
enum status command_baseline(int argc, char **argv, struct error *error);
enum status command_bisect(int argc, char **argv, struct error *error);
enum status command_compare(int argc, char **argv, struct error *error);
enum status command_eval(int argc, char **argv, struct error *error);
enum status command_export(int argc, char **argv, struct error *error);
enum status command_history(int argc, char **argv, struct error *error);
enum status command_import(int argc, char **argv, struct error *error);
enum status command_list(int argc, char **argv, struct error *error);
enum status command_machine(int argc, char **argv, struct error *error);
enum status command_plot(int argc, char **argv, struct error *error);
enum status command_run(int argc, char **argv, struct error *error);
enum status command_selfcheck(int argc, char **argv, struct error *error);
enum status command_show(int argc, char **argv, struct error *error);
enum status command_study(int argc, char **argv, struct error *error);
enum status command_sweep(int argc, char **argv, struct error *error);
enum status command_sweeps(int argc, char **argv, struct error *error);
enum status command_verify(int argc, char **argv, struct error *error);
enum status command_worker(int argc, char **argv, struct error *error);

#endif
