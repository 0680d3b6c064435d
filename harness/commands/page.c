/* page.c - see page.h. */
#include "commands/page.h"

#include "commands/results.h"

#include <errno.h>
#include <string.h>

enum status page_write(const struct comparison_view *view, enum comparison_format format, const char *output,
                       struct error *error)
{
    if (!output) {
        TRY(comparison_print(view, format, stdout, error));
        return results_flush(stdout, "standard output", error);
    }
    FILE *out = fopen(output, "w");
    if (!out)
        return error_set(error, STATUS_USAGE, "--output: cannot write %s: %s", output, strerror(errno));
    enum status status = comparison_print(view, format, out, error);
    if (status == STATUS_OK)
        status = results_flush(out, output, error);
    fclose(out);
    return status;
}

enum status page_end(const struct comparison_record *comparison, struct error *error)
{
    if (comparison->exit_code <= 0)
        return comparison->exit_code == 0
                   ? STATUS_OK
                   : error_set(error, STATUS_INCONCLUSIVE, "comparison '%s' was never finished", comparison->name);
    return error_set(error, (enum status)comparison->exit_code, "%s: %s", comparison->verdict, comparison->reason);
}
