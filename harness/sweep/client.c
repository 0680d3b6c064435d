/* client.c - see client.h. fork and exec; two pipes for the protocol, one for the worker's own output. */
#include "sweep/client.h"

#include "base/interrupt.h"
#include "base/text.h"
#include "machine/clock.h"
#include "machine/memory.h"
#include "protocol.h"
#include "sweep/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TAIL_BYTES ((size_t)4096)
#define TICK_MS 100           /* how often memory, time and Ctrl-C are looked at while a request runs */
#define END_MS 2000           /* what a worker gets to end by itself */

struct client {
    pid_t pid;
    int request_fd, output_fd;
    struct protocol_reader replies;
    double memory_limit_bytes;
    bool dead, timed_out;
    bool output_closed; /* it closed its standard output and error */
    char kind[16];
    char death[512]; /* why it is dead */
    char tail[2 * TAIL_BYTES + 1];
    size_t tail_length;
};

/* ---------------------------------------------------------------- its output */

static void keep_tail(struct client *client, const char *bytes, size_t count)
{
    if (count > TAIL_BYTES) {
        bytes += count - TAIL_BYTES;
        count = TAIL_BYTES;
    }
    if (client->tail_length + count > 2 * TAIL_BYTES) {
        const size_t keep = TAIL_BYTES - count;
        memmove(client->tail, client->tail + client->tail_length - keep, keep);
        client->tail_length = keep;
    }
    memcpy(client->tail + client->tail_length, bytes, count);
    client->tail_length += count;
    client->tail[client->tail_length] = '\0';
}

/* Output that never ends must not hold up the watch: at most a megabyte is taken at a time. */
static void drain_output(struct client *client)
{
    char chunk[16384];
    for (int i = 0; i < 64; ++i) {
        const ssize_t got = read(client->output_fd, chunk, sizeof chunk);
        client->output_closed = client->output_closed || got == 0;
        if (got <= 0)
            return;
        keep_tail(client, chunk, (size_t)got);
    }
}

/* ---------------------------------------------------------------- death */

static void describe_exit(struct client *client, int wait_status)
{
    if (WIFSIGNALED(wait_status))
        snprintf(client->death, sizeof client->death, "the worker crashed with signal %d (%s)", WTERMSIG(wait_status),
                 strsignal(WTERMSIG(wait_status)));
    else
        snprintf(client->death, sizeof client->death, "the worker ended by itself with exit code %d", WEXITSTATUS(wait_status));
}

/* Waits for the end of a worker that closed its side of the protocol; one that goes on all the same is killed. */
static bool wait_briefly(pid_t pid, int *wait_status)
{
    for (int waited_ms = 0; waited_ms < END_MS; waited_ms += 20) {
        const pid_t ended = waitpid(pid, wait_status, WNOHANG);
        if (ended == pid || (ended < 0 && errno != EINTR))
            return true;
        poll(NULL, 0, 20);
    }
    return false;
}

/* Ends the process group; `why` is the sentence, NULL: what the exit status says. */
static void bury(struct client *client, const char *why)
{
    if (client->dead)
        return;
    int wait_status = 0;
    const bool ended = !why && wait_briefly(client->pid, &wait_status);
    kill(-client->pid, SIGKILL); /* it, or what it left behind */
    if (!ended)
        while (waitpid(client->pid, &wait_status, 0) < 0 && errno == EINTR)
            continue;
    if (ended)
        describe_exit(client, wait_status);
    else
        snprintf(client->death, sizeof client->death, "%s", why ? why : "the worker closed its protocol and was ended");
    client->dead = true;
    drain_output(client);
}

static enum status dead_error(struct client *client, struct error *error)
{
    snprintf(client->kind, sizeof client->kind, "died");
    return error_set(error, STATUS_FAILED, "%s", client->death);
}

/* ---------------------------------------------------------------- starting */

struct pipes {
    int request[2], reply[2], output[2];
};

static void close_pipe(int ends[2])
{
    for (int i = 0; i < 2; ++i)
        if (ends[i] >= 0)
            close(ends[i]);
}

static void close_pipes(struct pipes *pipes)
{
    close_pipe(pipes->request);
    close_pipe(pipes->reply);
    close_pipe(pipes->output);
}

static enum status make_pipes(struct pipes *pipes, struct error *error)
{
    *pipes = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    if (pipe2(pipes->request, O_CLOEXEC) == 0 && pipe2(pipes->reply, O_CLOEXEC) == 0 && pipe2(pipes->output, O_CLOEXEC) == 0)
        return STATUS_OK;
    close_pipes(pipes);
    return error_set(error, STATUS_SYSTEM, "cannot make pipes for a worker: %s", strerror(errno));
}

static enum status spawn(struct client *client, const struct client_launch *launch, struct error *error)
{
    struct pipes pipes;
    TRY(make_pipes(&pipes, error));
    const pid_t parent = getpid();
    client->pid = fork();
    if (client->pid == 0) {
        const struct child_ends ends = {.request = pipes.request[0], .reply = pipes.reply[1], .output = pipes.output[1]};
        child_become_worker(launch, &ends, parent);
    }
    if (client->pid < 0) {
        close_pipes(&pipes);
        return error_set(error, STATUS_SYSTEM, "cannot start a worker: %s", strerror(errno));
    }
    setpgid(client->pid, client->pid); /* in both processes: whichever comes first */
    close(pipes.request[0]);
    close(pipes.reply[1]);
    close(pipes.output[1]);
    client->request_fd = pipes.request[1];
    client->replies.fd = pipes.reply[0];
    client->output_fd = pipes.output[0];
    fcntl(client->output_fd, F_SETFL, O_NONBLOCK);
    return STATUS_OK;
}

static enum status say_hello(struct client *client, double timeout_seconds, struct error *error)
{
    json_t *reply = NULL;
    json_t *hello = json_pack("{s:s, s:i}", "do", "hello", "protocol", PROTOCOL_VERSION);
    TRY(client_ask(client, hello, timeout_seconds, &reply, error));
    const int version = (int)protocol_real(reply, "protocol", 0.0);
    json_decref(reply);
    if (version < PROTOCOL_VERSION_OLDEST || version > PROTOCOL_VERSION)
        return error_set(error, STATUS_FAILED, "the worker speaks protocol %d, this seqscale protocols %d to %d", version,
                         PROTOCOL_VERSION_OLDEST, PROTOCOL_VERSION);
    return STATUS_OK;
}

enum status client_start(struct client **out, const struct client_launch *launch, struct error *error)
{
    *out = NULL;
    signal(SIGPIPE, SIG_IGN); /* a worker that is gone is an error of a write, not the end of its parent */
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        return error_set(error, STATUS_SYSTEM, "out of memory for a worker");
    client->memory_limit_bytes = launch->memory_limit_bytes;
    enum status status = spawn(client, launch, error);
    if (status != STATUS_OK) {
        free(client);
        return status;
    }
    status = say_hello(client, launch->timeout_seconds, error);
    if (status != STATUS_OK) {
        const char *other = launch->launcher ? launch->launcher[0] : launch->command;
        if (other && status != STATUS_INTERRUPTED)
            (void)error_prefix(error, status, "%s%s%s%s", launch->launcher ? "" : "exec:", other,
                               client->tail_length ? " said: " : "", client->tail_length ? client_tail(client) : "");
        client_end(client);
        return status;
    }
    *out = client;
    return STATUS_OK;
}

/* ---------------------------------------------------------------- asking */

static double seconds_since(int64_t start_ns)
{
    return (double)(clock_wall_ns() - start_ns) * 1e-9;
}

/* Looks after a running request; ends the worker where it went too far. */
static enum status watch(struct client *client, int64_t start_ns, double timeout_seconds, struct error *error)
{
    char why[256];
    if (interrupt_requested()) {
        bury(client, "interrupted");
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    }
    if (seconds_since(start_ns) > timeout_seconds) {
        snprintf(why, sizeof why, "the worker gave no answer within %.3g s and was ended", timeout_seconds);
        client->timed_out = true;
        bury(client, why);
        return dead_error(client, error);
    }
    const double resident = client->memory_limit_bytes > 0.0 ? process_tree_resident_bytes(client->pid) : 0.0;
    if (resident > client->memory_limit_bytes && client->memory_limit_bytes > 0.0) {
        snprintf(why, sizeof why, "the worker took %.3g GiB of memory, more than its limit of %.3g GiB, and was ended",
                 resident / 0x1p30, client->memory_limit_bytes / 0x1p30);
        bury(client, why);
        return dead_error(client, error);
    }
    return STATUS_OK;
}

static enum status wait_for_reply(struct client *client, double timeout_seconds, json_t **reply, struct error *error)
{
    const int64_t start = clock_wall_ns();
    for (;;) {
        const int output_fd = client->output_closed ? -1 : client->output_fd; /* a closed pipe is always ready */
        struct pollfd fds[2] = {{.fd = client->replies.fd, .events = POLLIN}, {.fd = output_fd, .events = POLLIN}};
        const int ready = poll(fds, 2, TICK_MS);
        if (ready > 0 && (fds[1].revents & (POLLIN | POLLHUP)))
            drain_output(client);
        if (ready > 0 && (fds[0].revents & (POLLIN | POLLHUP))) {
            bool closed = false;
            TRY(protocol_receive(&client->replies, reply, &closed, error));
            if (*reply)
                return watch(client, start, timeout_seconds, error); /* one that answers fast is watched all the same */
            if (closed) {
                bury(client, NULL);
                return dead_error(client, error);
            }
        }
        TRY(watch(client, start, timeout_seconds, error));
    }
}

/* A refusal becomes a status and a sentence. */
static enum status accept(struct client *client, json_t **reply, struct error *error)
{
    if (json_is_true(json_object_get(*reply, "ok")))
        return STATUS_OK;
    const char *kind = protocol_string(*reply, "kind", KIND_FAILED);
    snprintf(client->kind, sizeof client->kind, "%s", kind);
    const enum status status = error_set(error, protocol_status_of_kind(kind), "%s",
                                         protocol_string(*reply, "error", "the worker refused without a reason"));
    json_decref(*reply);
    *reply = NULL;
    return status;
}

enum status client_send(struct client *client, json_t *request, struct error *error)
{
    client->kind[0] = '\0';
    enum status status = STATUS_OK;
    if (client->dead)
        status = dead_error(client, error);
    else if (!request)
        status = error_set(error, STATUS_SYSTEM, "a request could not be made: a name in it is no UTF-8, or memory ran out");
    else if (protocol_send(client->request_fd, request, error) != STATUS_OK) {
        bury(client, NULL);
        status = dead_error(client, error);
    }
    json_decref(request);
    return status;
}

enum status client_receive(struct client *client, double timeout_seconds, json_t **reply, struct error *error)
{
    *reply = NULL;
    if (client->dead)
        return dead_error(client, error);
    const enum status status = wait_for_reply(client, timeout_seconds, reply, error);
    if (status == STATUS_OK)
        return accept(client, reply, error);
    json_decref(*reply);
    *reply = NULL;
    if (client->dead)
        return status;
    bury(client, error->text); /* nonsense on the protocol's descriptor */
    return dead_error(client, error);
}

enum status client_ask(struct client *client, json_t *request, double timeout_seconds, json_t **reply, struct error *error)
{
    *reply = NULL;
    TRY(client_send(client, request, error));
    return client_receive(client, timeout_seconds, reply, error);
}

/* ---------------------------------------------------------------- the rest */

const char *client_kind(const struct client *client)
{
    return client->kind;
}

const char *client_tail(struct client *client)
{
    drain_output(client);
    return client->tail;
}

pid_t client_pid(const struct client *client)
{
    return client->pid;
}

bool client_alive(const struct client *client)
{
    return !client->dead;
}

bool client_timed_out(const struct client *client)
{
    return client->timed_out;
}

void client_end(struct client *client)
{
    if (!client)
        return;
    if (!client->dead) {
        close(client->request_fd); /* end of file is the request to end */
        client->request_fd = -1;
        struct pollfd closed = {.fd = client->replies.fd, .events = 0};
        poll(&closed, 1, END_MS); /* its end of the pipe closes when it ends */
        bury(client, "ended");
    }
    if (client->request_fd >= 0)
        close(client->request_fd);
    close(client->replies.fd);
    close(client->output_fd);
    protocol_reader_free(&client->replies);
    free(client);
}
