/* worker.c - the command that the harness starts for itself: a worker on the protocol's descriptors. */
#include "commands/commands.h"
#include "protocol.h"
#include "worker/worker.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: seqscale worker\n"
    "\n"
    "The process that loads operator modules and measures them. seqscale starts it by itself, with requests on descriptor 3\n"
    "and replies on descriptor 4 as JSON lines; by hand it is of use to people who write a worker of their own.\n"
    "\n"
    "Example:\n"
    "  echo '{\"do\":\"hello\",\"protocol\":1}' | seqscale worker 3<&0 4>&1\n";

enum status command_worker(int argc, char **argv, struct error *error)
{
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return STATUS_OK;
    }
    if (argc > 1)
        return error_set(error, STATUS_USAGE, "worker takes no arguments");
    if (fcntl(PROTOCOL_REQUEST_FD, F_GETFD) < 0 || fcntl(PROTOCOL_REPLY_FD, F_GETFD) < 0)
        return error_set(error, STATUS_USAGE, "worker reads requests from descriptor %d and writes replies to %d, and they are not "
                         "open; see seqscale worker --help", PROTOCOL_REQUEST_FD, PROTOCOL_REPLY_FD);
    const int status = worker_main();
    return status == 0 ? STATUS_OK : error_set(error, (enum status)status, "the worker protocol was broken off");
}
