/* reference.c - see reference.h. */
#include "sweep/reference.h"

#include "base/random.h"
#include "base/text.h"

#include <stdio.h>

char *reference_path(const char *folder, const struct cell *cell, const char *version)
{
    struct cell key = *cell;
    char text[2048];
    key.threads = 1;
    snprintf(key.bind, sizeof key.bind, "none");
    snprintf(key.prepare, sizeof key.prepare, "outside");
    cell_format(&key, text, sizeof text);
    uint64_t hash = random_bits(0, 0, 0);
    for (const char *at = text; *at; ++at)
        hash = random_bits(hash, 1, (unsigned char)*at);
    return folder ? text_print("%s/%016llx-%s", folder, (unsigned long long)hash, version) : NULL;
}
