/* store_path.c - where results go when nobody says: the one place below the commands that reads the environment. */
#include "store/store.h"

#include "base/place.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether this program was built in the checkout that it lies in, and that checkout's results/ takes files. */
static bool runs_from_checkout(void)
{
    char *folder = place_near("");
    const bool built_here = folder && text_starts(folder, SEQSCALE_BINARY_DIR "/");
    free(folder);
    struct stat found;
    return built_here && stat(SEQSCALE_SOURCE_DIR "/results", &found) == 0 &&
           S_ISDIR(found.st_mode) && access(SEQSCALE_SOURCE_DIR "/results", W_OK) == 0;
}

/* Makes the missing folders of a path, private as the XDG base directory specification asks. What cannot be made shows when
 * the file is opened. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
}

static char *data_path(void)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    char *path = data && data[0] == '/' /* relative ones are to be ignored, says the specification */
                     ? text_print("%s/seqscale/seqscale.db", data)
                     : text_print("%s/.local/share/seqscale/seqscale.db", home && home[0] ? home : ".");
    if (path)
        make_folders(path);
    return path;
}

char *store_default_path(const char *option)
{
    if (option)
        return strdup(option);
    const char *variable = getenv("SEQSCALE_DB");
    if (variable && variable[0])
        return strdup(variable);
    return runs_from_checkout() ? strdup(SEQSCALE_SOURCE_DIR "/results/seqscale.db") : data_path();
}
