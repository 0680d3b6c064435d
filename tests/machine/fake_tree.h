/* fake_tree.h - a folder that stands for the root of a machine, for functions that read /proc and /sys below a root. */
#ifndef TESTS_MACHINE_FAKE_TREE_H
#define TESTS_MACHINE_FAKE_TREE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct fake_tree {
    char root[1024];
};

static inline int tree_create(void **state)
{
    struct fake_tree *tree = calloc(1, sizeof(*tree));
    if (!tree)
        return -1;
    snprintf(tree->root, sizeof tree->root, "%s/fake-tree-XXXXXX", TEST_BINARY_DIR);
    *state = tree;
    return mkdtemp(tree->root) ? 0 : -1;
}

static inline int tree_remove_one(const char *path, const struct stat *entry, int type, struct FTW *where)
{
    (void)entry, (void)type, (void)where;
    return remove(path);
}

static inline int tree_destroy(void **state)
{
    struct fake_tree *tree = *state;
    nftw(tree->root, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(tree);
    return 0;
}

/* Writes root + path, making the folders on the way. */
static inline void tree_write(const struct fake_tree *tree, const char *path, const char *content)
{
    char name[2048];
    snprintf(name, sizeof name, "%s%s", tree->root, path);
    for (char *slash = strchr(name + strlen(tree->root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(name, 0755);
        *slash = '/';
    }
    FILE *file = fopen(name, "w");
    if (!file || fputs(content, file) == EOF || fclose(file) != 0) {
        perror(name);
        abort();
    }
}

#endif
