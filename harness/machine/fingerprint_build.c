/* fingerprint_build.c - the fields that describe this build: what compiled it, how, from which commit, and the C library.
 * The build system hands compiler and flags in; the commit is that of the source folder now, unknown once it is gone.
 */
#include "machine/fingerprint_fields.h"

#include "machine/fingerprint.h"
#include "machine/git.h"

#include <gnu/libc-version.h>

static json_t *read_literal(const struct field_source *source, const char *literal)
{
    (void)source;
    return json_string(literal);
}

static json_t *read_libc(const struct field_source *source, const char *detail)
{
    (void)source, (void)detail;
    return json_sprintf("glibc %s", gnu_get_libc_version());
}

static json_t *read_commit(const struct field_source *source, const char *folder)
{
    (void)source;
    return field_text(git_commit(folder));
}

static json_t *read_dirty(const struct field_source *source, const char *folder)
{
    (void)source;
    const enum git_dirty dirty = git_dirty(folder);
    return dirty == GIT_UNKNOWN ? NULL : json_boolean(dirty == GIT_DIRTY);
}

static const struct field fields[] = {
    {"seqscale", FIELD_BUILD, read_literal, SEQSCALE_VERSION},
    {"compiler", FIELD_BUILD, read_literal, SEQSCALE_COMPILER},
    {"compiler_flags", FIELD_BUILD, read_literal, SEQSCALE_COMPILER_FLAGS},
    {"build_type", FIELD_BUILD, read_literal, SEQSCALE_BUILD_TYPE},
    {"sanitizers", FIELD_BUILD, read_literal, SEQSCALE_SANITIZERS[0] ? SEQSCALE_SANITIZERS : "none"},
    {"libc", FIELD_BUILD, read_libc, NULL},
    {"git_commit", FIELD_BUILD, read_commit, SEQSCALE_SOURCE_DIR},
    {"git_dirty", FIELD_BUILD, read_dirty, SEQSCALE_SOURCE_DIR},
};

const struct field_table fingerprint_build_fields = {.fields = fields, .count = ARRAY_LEN(fields)};

json_t *fingerprint_build(void)
{
    const struct field_source none = {.root = ""};
    json_t *build = json_object();
    for (size_t i = 0; i < ARRAY_LEN(fields); ++i) {
        json_t *value = fields[i].read(&none, fields[i].detail);
        json_object_set_new(build, fields[i].name, value ? value : json_null());
    }
    return build;
}
