/* faults.c - breaking in the ways that operators break (synthetic.h). Everything here is what an operator must not do; it
 * is done so that the harness can be seen to survive it.
 */
#include "synthetic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)64 << 20)
#define MOST_BYTES ((size_t)64 << 30) /* an end, for machines that would give everything */

/* Its own line of the program, so that a debugger or a stack dump of a hung worker shows where it is. */
static void hang(void)
{
    for (volatile uint64_t turns = 0;; ++turns)
        ;
}

struct piece {
    struct piece *next;
};

static enum seq_status take_memory(void)
{
    struct piece *pieces = NULL;
    size_t taken = 0;
    enum seq_status status = SEQ_FAILED;
    while (taken < MOST_BYTES) {
        struct piece *piece = malloc(PIECE_BYTES);
        if (!piece) {
            status = SEQ_NO_MEMORY;
            break;
        }
        memset(piece, 0x5a, PIECE_BYTES);
        piece->next = pieces;
        pieces = piece;
        taken += PIECE_BYTES;
    }
    while (pieces) {
        struct piece *next = pieces->next;
        free(pieces);
        pieces = next;
    }
    return status;
}

/* Lines that look like replies of a worker, bytes that are no UTF-8, and a line without an end. */
static void make_noise(void)
{
    static const char noise[] = "{\"ok\": true, \"wall\": [0]}\n{\"ok\": false\n\xff\xfe\x01\x1b[2J\n%s%n no end of line";
    for (size_t stream = 0; stream < 2; ++stream) {
        fwrite(noise, 1, sizeof noise - 1, stream ? stderr : stdout);
        fflush(stream ? stderr : stdout);
    }
}

enum seq_status fault_happen(enum fault fault)
{
    switch (fault) {
    case FAULT_NONE:
    case FAULT_NAN:
    case FAULT_WRONG:
    case FAULT_COUNT: break;
    case FAULT_CRASH: abort();
    case FAULT_HANG: hang(); break;
    case FAULT_MEMORY: return take_memory();
    case FAULT_EXIT: _exit(7);
    case FAULT_NOISE: make_noise(); break;
    }
    return SEQ_OK;
}
