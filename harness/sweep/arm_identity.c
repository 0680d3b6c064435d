/* arm_identity.c - what an arm is made of: its worker and modules say what they are, its files are hashed, and the commit is that
 * of the source folder that it was built in, as it is now. See arm.h.
 */
#include "sweep/arm.h"

#include "base/place.h"
#include "base/text.h"
#include "machine/git.h"
#include "protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_BYTES_MAX ((size_t)1 << 22)
#define FILE_BYTES_MAX ((size_t)1 << 30)

static const char *const kinds[ARM_KINDS] = {
    [ARM_OPERATOR] = "operator", [ARM_MODULE] = "module", [ARM_FOLDER] = "folder", [ARM_BUILD] = "build"};

/* ---------------------------------------------------------------- files */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static enum status hash_file(struct sha256 *hash, const char *path, struct error *error)
{
    char *content = NULL;
    size_t length = 0;
    TRY(text_read_file(path, FILE_BYTES_MAX, &content, &length, error));
    const char *name = base_name(path);
    sha256_add(hash, name, strlen(name) + 1);
    sha256_add(hash, content, length);
    free(content);
    return STATUS_OK;
}

/* The executable, and every module of a folder or build, or the one that is meant. */
static enum status hash_arm(struct arm *arm, struct error *error)
{
    struct sha256 hash = sha256_start();
    const bool all = arm->kind == ARM_FOLDER || arm->kind == ARM_BUILD;
    char **names = NULL;
    size_t count = 0;
    if (arm->kind == ARM_BUILD || arm->kind == ARM_OPERATOR)
        TRY(hash_file(&hash, arm->program ? arm->program : "/proc/self/exe", error));
    enum status status = all ? find_all(&arm->setting.search, &names, &count, error) : STATUS_OK;
    for (size_t i = 0; i < (all ? count : 1) && status == STATUS_OK; ++i) {
        char *path = NULL;
        status = find_module(&arm->setting.search, all ? names[i] : arm->operators.items[0].name, &path, error);
        if (status == STATUS_OK && path)
            status = hash_file(&hash, path, error);
        free(path);
    }
    find_names_free(names, count);
    if (status == STATUS_OK && arm->operators.count > 0) {
        const struct operator_choice *choice = &arm->operators.items[0];
        sha256_add(&hash, choice->options, strlen(choice->options) + 1);
    }
    if (status == STATUS_OK)
        sha256_finish(&hash, arm->hash);
    return status;
}

/* ---------------------------------------------------------------- the commit */

/* The source folder that a build tree's cache names, from `path` up; malloc'd, NULL unknown. */
static char *source_folder(const char *path)
{
    static const char key[] = "CMAKE_HOME_DIRECTORY:INTERNAL=";
    char *folder = strdup(path), *found = NULL;
    for (int up = 0; folder && folder[0] && !found && up < 4; ++up) {
        struct error ignored;
        char *cache = text_print("%s/CMakeCache.txt", folder), *content = NULL;
        if (cache && text_read_file(cache, CACHE_BYTES_MAX, &content, NULL, &ignored) == STATUS_OK) {
            const char *at = strstr(content, key);
            found = at ? strndup(at + strlen(key), strcspn(at + strlen(key), "\r\n")) : NULL;
        }
        free(content);
        free(cache);
        char *slash = strrchr(folder, '/');
        *(slash ? slash : folder) = '\0';
    }
    free(folder);
    return found;
}

static void copy_and_free(char *out, size_t capacity, char *text)
{
    snprintf(out, capacity, "%s", text ? text : "");
    free(text);
}

static void find_commit(struct arm *arm)
{
    char *own = place_near("");
    const char *from = arm->program ? arm->program : arm->path ? arm->path : own;
    char *folder = from ? source_folder(from) : NULL;
    if (folder && !arm->commit[0]) {
        copy_and_free(arm->commit, sizeof arm->commit, git_commit(folder));
        copy_and_free(arm->date, sizeof arm->date, git_date(folder));
        const enum git_dirty dirty = git_dirty(folder);
        arm->dirty = dirty == GIT_UNKNOWN ? -1 : dirty == GIT_DIRTY;
    }
    free(folder);
    free(own);
}

/* ---------------------------------------------------------------- what its modules say */

/* Facts of a module under its name, those of the program once. */
static void add_facts(struct arm *arm, const json_t *reply, const char *asked)
{
    const char *name = protocol_string(reply, "name", asked), *field;
    json_t *value;
    json_t *program = json_object_get(reply, "program");
    json_object_foreach(program, field, value) json_object_set(arm->facts, field, value);
    json_object_foreach(json_object_get(reply, "libraries"), field, value)
    {
        char *key = text_print("library %s", field);
        if (key)
            json_object_set(arm->facts, key, value);
        free(key);
    }
    char *key = text_print("module %s", name), *names = text_print("name of %s", asked);
    if (key && names) {
        json_object_set_new(arm->facts, key, json_string(protocol_string(reply, "build", "")));
        json_object_set_new(arm->facts, names, json_string(name));
    }
    free(key);
    free(names);
}

static enum status identify_one(struct arm *arm, struct client *client, const char *name, struct error *error)
{
    char *module = NULL;
    json_t *reply = NULL;
    TRY(find_module(&arm->setting.search, name, &module, error));
    if (!module)
        return STATUS_OK; /* an external worker has no module */
    const enum status status = client_ask(client, json_pack("{s:s, s:s}", "do", "identify", "module", module),
                                          arm->setting.timeout_seconds, &reply, error);
    if (status == STATUS_OK)
        add_facts(arm, reply, name);
    json_decref(reply);
    free(module);
    return status;
}

enum status arm_identify(struct arm *arm, const struct operator_list *names, struct error *error)
{
    struct client *client = NULL;
    arm->facts = json_object();
    TRY(hash_arm(arm, error));
    enum status status = setting_start_worker(&arm->setting, NULL, "none", 1, 0, &client, error);
    if (status != STATUS_OK)
        return error_prefix(error, status, "%s", arm->label);
    for (size_t i = 0; i < names->count && status == STATUS_OK; ++i)
        status = identify_one(arm, client, names->items[i].name, error);
    client_end(client);
    find_commit(arm);
    if (!arm->commit[0] && arm->kind != ARM_FOLDER && arm->kind != ARM_MODULE) {
        snprintf(arm->commit, sizeof arm->commit, "%.64s", protocol_string(arm->facts, "git_commit", ""));
        const json_t *dirty = json_object_get(arm->facts, "git_dirty");
        arm->dirty = json_is_boolean(dirty) ? json_is_true(dirty) : -1;
    }
    return status == STATUS_OK ? status : error_prefix(error, status, "%s", arm->label);
}

const char *arm_name(const struct arm *arm, const char *operator_name)
{
    char key[CELL_OPERATOR_MAX + 16];
    snprintf(key, sizeof key, "name of %s", operator_name);
    return protocol_string(arm->facts, key, operator_name);
}

/* ---------------------------------------------------------------- for the record */

json_t *arm_json(const struct arm *arm)
{
    json_t *out = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "label", arm->label, "kind", kinds[arm->kind], "version",
                            protocol_string(arm->facts, "seqscale", ""), "commit", arm->commit, "commit_date", arm->date,
                            "hash", arm->hash);
    if (arm->path)
        json_object_set_new(out, "path", json_string(arm->path));
    if (arm->dirty >= 0)
        json_object_set_new(out, "dirty", json_boolean(arm->dirty));
    return out;
}

static void note_difference(json_t *list, const char *field, const json_t *base, const json_t *fresh)
{
    const bool of_module = text_starts(field, "module ") || text_starts(field, "library ");
    if (json_equal((json_t *)base, (json_t *)fresh) || text_starts(field, "name of "))
        return;
    if (!of_module && (!base || !fresh)) /* older programs do not say */
        return;
    json_array_append_new(list, json_pack("{s:s, s:O*, s:O*}", "field", field, "base", base, "new", fresh));
}

json_t *arm_differences(const struct arm *base, const struct arm *fresh)
{
    json_t *list = json_array(), *value;
    const char *field;
    json_object_foreach(base->facts, field, value)
        note_difference(list, field, value, json_object_get(fresh->facts, field));
    json_object_foreach(fresh->facts, field, value) if (!json_object_get(base->facts, field))
        note_difference(list, field, NULL, value);
    return list;
}
