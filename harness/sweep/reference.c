/* reference.c - see reference.h. */
#include "sweep/reference.h"

#include "base/random.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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

void reference_folder_make(char folder[REFERENCE_FOLDER], const char *id)
{
    snprintf(folder, REFERENCE_FOLDER, "/tmp/seqscale-%s", id);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        folder[0] = '\0';
}

void reference_folder_remove(const char *path)
{
    DIR *folder = path[0] ? opendir(path) : NULL;
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    rmdir(path);
}
