/* verify_method.c - the record of the chosen method: one short printable line, the same each time, and no byte beyond the
 * capacity that the hook was given. */
#include "worker/verify_internal.h"

#include <string.h>

/* Whether the hook, given room for one character, writes that one and its NUL and returns the whole length all the same. */
static bool method_is_bounded(const struct instance *instance, size_t length, char first)
{
    char cut[2 * MODULE_METHOD_MAX]; /* room for what an unbounded one writes */
    memset(cut, 0x7f, sizeof cut);
    bool bounded = instance->module->table.method(instance->plan, cut, 2) == length && cut[0] == first && cut[1] == '\0';
    for (size_t i = 2; i < sizeof cut; ++i)
        bounded = bounded && cut[i] == 0x7f;
    return bounded;
}

static enum outcome check_method(const struct instance *instance, struct error *error)
{
    const struct seq_operator *table = &instance->module->table;
    char text[MODULE_METHOD_MAX] = "", again[MODULE_METHOD_MAX] = "";
    const size_t length = table->method(instance->plan, text, sizeof text);
    if (length == 0 || length >= sizeof text || strlen(text) != length)
        return verify_fail(error, "method must return the length of its text, 1 to %d, and returned %zu",
                           MODULE_METHOD_MAX - 1, length);
    for (const char *at = text; *at; ++at)
        if ((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e)
            return verify_fail(error, "method wrote a character that is not printable ASCII: 0x%02x", (unsigned char)*at);
    if (table->method(instance->plan, again, sizeof again) != length || strcmp(text, again) != 0)
        return verify_fail(error, "method said '%.80s' and then '%.80s' of the same plan", text, again);
    return method_is_bounded(instance, length, text[0])
               ? OUTCOME_PASS
               : verify_fail(error, "method is not like snprintf: cut to its capacity, its whole length returned");
}

enum outcome verify_method(const struct verify *verify, struct error *error)
{
    return verify->module->table.method ? verify_each_shape(verify, check_method, error)
                                        : verify_skip(error, "it does not say what its plan chose");
}
