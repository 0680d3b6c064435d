/* eval.c - seqscale eval: an operator applied to tensors from a file. */
#include "base/cell.h"
#include "base/parse.h"
#include "commands/commands.h"
#include "commands/words.h"
#include "protocol.h"
#include "sweep/setting.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: seqscale eval OPERATOR[:OPTIONS] --input FILE --output FILE [--threads N] [--operators DIR]\n"
    "\n"
    "Loads parameters and the tensor `input` (batch, length, width) by name from a safetensors file, applies the operator, and\n"
    "writes the tensor `output`. Options come from the command line and, where it is silent, from the file's metadata. Where the\n"
    "file holds an `output` of its own, the largest difference from it is printed.\n"
    "\n"
    "  --input FILE      parameters under the names of PyTorch's state_dict for the layer, and `input`; float32\n"
    "  --output FILE     the result\n"
    "  --threads N       threads (default 1)\n"
    "  --operators DIR   look for operator modules there first\n"
    "\n"
    "Example:\n"
    "  seqscale eval attention:heads=4 --input layer.safetensors --output result.safetensors\n";

struct arguments {
    const char *operator_text, *input, *output, *operators;
    int64_t threads;
    bool help;
};

static enum status parse(int argc, char **argv, struct arguments *arguments, struct error *error)
{
    static const struct option options[] = {{"input", required_argument, NULL, 'i'},   {"output", required_argument, NULL, 'o'},
                                            {"threads", required_argument, NULL, 't'}, {"operators", required_argument, NULL, 'O'},
                                            {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    *arguments = (struct arguments){.threads = 1};
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        switch (c) {
        case 'i': arguments->input = optarg; break;
        case 'o': arguments->output = optarg; break;
        case 'O': arguments->operators = optarg; break;
        case 't': TRY(parse_count(optarg, "--threads", 1, 4096, &arguments->threads, error)); break;
        case 'h': arguments->help = true; return STATUS_OK;
        default: return words_bad_option("eval", c, argv, error);
        }
    }
    if (optind + 1 != argc)
        return error_set(error, STATUS_USAGE, "eval needs exactly one OPERATOR[:OPTIONS]; see seqscale eval --help");
    arguments->operator_text = argv[optind];
    if (!arguments->input || !arguments->output)
        return error_set(error, STATUS_USAGE, "eval needs --input FILE and --output FILE");
    return STATUS_OK;
}

static enum status ask_worker(const struct setting *setting, const struct cell *cell, const char *module,
                              const struct arguments *arguments, json_t **reply, struct error *error)
{
    struct client *client = NULL;
    TRY(setting_start_worker(setting, NULL, "compact", cell->threads, 0, &client, error));
    json_t *request = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s}", "do", "eval", "module", module, "options", cell->options,
                                "input", arguments->input, "output", arguments->output, "threads", cell->threads, "isa",
                                isa_name(setting->isa));
    const enum status status = client_ask(client, request, INFINITY, reply, error);
    if (status != STATUS_OK && strcmp(client_kind(client), "died") == 0 && client_tail(client)[0])
        fprintf(stderr, "%s\n", client_tail(client));
    client_end(client);
    return status;
}

static enum status eval(const struct setting *setting, const struct arguments *arguments, struct error *error)
{
    struct cell cell;
    char *module = NULL;
    json_t *reply = NULL;
    TRY(cell_parse(arguments->operator_text, &cell, error));
    cell.threads = (int)arguments->threads;
    if (find_is_external(cell.operator_name))
        return error_set(error, STATUS_USAGE, "eval works on operator modules; '%s' is an external program", cell.operator_name);
    TRY(find_module(&setting->search, cell.operator_name, &module, error));
    const enum status status = ask_worker(setting, &cell, module, arguments, &reply, error);
    free(module);
    TRY(status);
    char label[CELL_OPERATOR_MAX + CELL_OPTIONS_MAX];
    snprintf(cell.options, sizeof cell.options, "%s", protocol_string(reply, "options", ""));
    cell_label(&cell, label, sizeof label);
    printf("%s: output (%lld, %lld, %lld) written to %s\n", label, (long long)protocol_real(reply, "batch", 0),
           (long long)protocol_real(reply, "length", 0), (long long)protocol_real(reply, "width", 0), arguments->output);
    const double difference = protocol_real(reply, "error", NAN);
    if (isfinite(difference))
        printf("largest difference from the file's own output: %.3g of its largest value\n", difference);
    json_decref(reply);
    return STATUS_OK;
}

enum status command_eval(int argc, char **argv, struct error *error)
{
    struct arguments arguments;
    struct setting setting;
    TRY(parse(argc, argv, &arguments, error));
    if (arguments.help) {
        fputs(help, stdout);
        return STATUS_OK;
    }
    TRY(setting_init(&setting, arguments.operators, error));
    const enum status status = eval(&setting, &arguments, error);
    setting_free(&setting);
    return status;
}
