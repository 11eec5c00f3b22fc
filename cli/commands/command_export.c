/* haxconn export */
#include <stdlib.h>
#include <string.h>

#include "export_onnx.h"
#include "input.h"
#include "message.h"
#include "networks.h"
#include "output.h"

typedef struct export_settings {
    const char *instance;
    cli_list devices;
    const char *board;
    const char *tensorrt;
    cli_list shapes;
    const char *output; /* NULL: standard output */
    bool whole, replace;
    double file_mb;
} export_settings;

static const export_settings defaults = { .board = "orin-agx" };

static const cli_option options[] = {
    { "instance", 'i', CLI_TEXT, offsetof(export_settings, instance), "NAME",
      "this instance alone (default: all)", 0, 0, NULL },
    { "device", 'd', CLI_LIST, offsetof(export_settings, devices), "UNIT=DEVICE",
      "what the other tool calls a unit, repeatable: dla=npu", 0, 0, NULL },
    { "board", 'b', CLI_TEXT, offsetof(export_settings, board), "B",
      "layer-device-types: the board (default orin-agx)", 0, 0, NULL },
    { "tensorrt", 't', CLI_TEXT, offsetof(export_settings, tensorrt), "V",
      "its TensorRT: 8.6.2 (default: the newest that is usual)", 0, 0, NULL },
    CLI_SHAPE(export_settings),
    { "output", 'o', CLI_TEXT, offsetof(export_settings, output), "PLACE",
      "where to write, - is standard output (default); onnx: a folder for a plan, a file for a "
      "network",
      0, 0, NULL },
    { "whole", 0, CLI_FLAG, offsetof(export_settings, whole), NULL,
      "onnx: a file for each network of a plan, its units noted in it", 0, 0, NULL },
    { "replace", 0, CLI_FLAG, offsetof(export_settings, replace), NULL,
      "onnx: a folder of pieces that is there already", 0, 0, NULL },
    { "file-mb", 0, CLI_NUMBER, offsetof(export_settings, file_mb), "MB",
      "onnx: weights beyond so large a file go into one beside it (default 2147, what ONNX can "
      "have)",
      0.001, 2147.483647, NULL },
    { .name = NULL },
};

/* What the command line names, "NET" or "INSTANCE=NET", and what the instances are called. */
typedef struct named {
    int count;
    const char **names; /* of networks */
    char **own;         /* names of instances, to be freed; NULL: none */
} named;

/* ---- networks -------------------------------------------------------------------------------- */

/* "googlenet-2" is the second instance of googlenet. */
static bool is_instance_of(const char *instance, const char *network)
{
    size_t length = strlen(network);
    if (strncmp(instance, network, length) != 0)
        return false;
    const char *rest = instance + length;
    return rest[0] == '\0' ||
           (rest[0] == '-' && rest[1] && rest[1 + strspn(rest + 1, "0123456789")] == '\0');
}

/* Without networks on the command line, instances that are called after built-in ones name them. */
static const char *builtin_of(const char *instance)
{
    for (const char *const *known = hax_model_builtin_names(); *known; known++)
        if (is_instance_of(instance, *known))
            return *known;
    return NULL;
}

static hax_status split_operand(const char *operand, const hax_problem *problem, named *named,
                                hax_error *err)
{
    const char *equals = strchr(operand, '=');
    named->names[named->count] = operand;
    for (int i = 0; equals && i < problem->instance_count; i++) {
        const char *name = problem->instances[i].name;
        size_t length = strlen(name);
        if (strncmp(operand, name, length) != 0 || operand[length] != '=')
            continue;
        named->own[named->count] = strdup(name);
        named->names[named->count] = operand + length + 1;
        if (!named->own[named->count])
            return cli_fail(err, HAX_NO_MEMORY, "out of memory for names");
    }
    named->count++;
    return HAX_OK;
}

static hax_status name_networks(const cli_call *call, const hax_problem *problem, named *context,
                                hax_error *err)
{
    size_t capacity = (size_t) call->operand_count + (size_t) problem->instance_count;
    *context = (named){ 0, calloc(capacity, sizeof *context->names),
                        calloc(capacity, sizeof *context->own) };
    if (!context->names || !context->own)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for names");
    for (int o = 3; o < call->operand_count; o++) {
        hax_status status = split_operand(call->operands[o], problem, context, err);
        if (status != HAX_OK)
            return status;
    }
    for (int i = 0; call->operand_count == 3 && i < problem->instance_count; i++) {
        const char *builtin = builtin_of(problem->instances[i].name);
        if (builtin)
            context->names[context->count++] = builtin;
    }
    if (context->count == 0)
        return cli_fail(err, HAX_USAGE,
                        "no network of the name '%s' is built in: name the networks behind the "
                        "schedule, NET, FILE or INSTANCE=FILE",
                        problem->instances[0].name);
    return HAX_OK;
}

static void free_names(named *named)
{
    for (int n = 0; named->own && n < named->count; n++)
        free(named->own[n]);
    free(named->own);
    free(named->names);
}

/* The network of an instance: named for it, else of its name; NULL: none. */
static const hax_model *model_of(const char *instance, const named *named,
                                 const cli_networks *loaded)
{
    for (int n = 0; n < loaded->count; n++) {
        const char *own = loaded->names ? loaded->names[n] : named->own[n];
        if (own && strcmp(own, instance) == 0)
            return loaded->items[n].model;
    }
    for (int n = 0; n < loaded->count; n++)
        if (is_instance_of(instance, loaded->items[n].name))
            return loaded->items[n].model;
    return NULL;
}

/* ---- onnx ------------------------------------------------------------------------------------ */

static bool is_onnx(const cli_call *call)
{
    return strcmp(call->operands[0], "onnx") == 0;
}

static cli_onnx_settings onnx_settings(const cli_call *call)
{
    const export_settings *set = call->settings;
    return (cli_onnx_settings){ set->instance, &set->devices, &set->shapes, set->output,
                                set->whole,    set->replace,  set->file_mb };
}

/* One operand is a network; a plan has two documents. */
static hax_status export_network(const cli_call *call, hax_error *err)
{
    static const char *const of_plans[] = { "instance", "device", "replace", NULL };
    const char *network = call->operands[1];
    const cli_onnx_settings settings = onnx_settings(call);
    size_t length = strlen(network);
    if (length > 5 && strcmp(network + length - 5, ".json") == 0)
        return cli_fail(err, HAX_USAGE,
                        "a plan is a problem and its schedule, '%s' is one document: haxconn "
                        "export onnx PROBLEM.json SCHEDULE.json --output FOLDER",
                        network);
    hax_status status =
        cli_bar_options(call, "export onnx", of_plans, "on a network: it is for plans", err);
    return status == HAX_OK ? cli_export_network(network, &settings, err) : status;
}

/* ---- the command ----------------------------------------------------------------------------- */

static hax_status write_plan(const cli_call *call, const hax_problem *problem,
                             const hax_schedule *schedule, const named *named,
                             const cli_networks *loaded, hax_error *err)
{
    const export_settings *set = call->settings;
    hax_export_options how = hax_export_options_default();
    how.instance = set->instance;
    how.device_count = set->devices.count;
    how.devices = set->devices.items;
    const hax_model **models = calloc((size_t) problem->instance_count, sizeof *models);
    char *text = NULL;
    if (!models)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for the networks");
    for (int i = 0; i < problem->instance_count; i++)
        models[i] = model_of(problem->instances[i].name, named, loaded);
    const cli_onnx_settings onnx = onnx_settings(call);
    hax_status status = hax_jetson_target_make(set->board, set->tensorrt, &how.target, err);
    if (status == HAX_OK && is_onnx(call))
        status = cli_export_pieces(problem, schedule, models, &onnx, err);
    else if (status == HAX_OK)
        status = hax_export_text(call->operands[0], problem, schedule, models, &how, &text, err);
    if (status == HAX_OK && text)
        status = hax_document_write(set->output ? set->output : "-", text, strlen(text), err);
    free(text);
    free(models);
    return status;
}

static hax_status with_networks(const cli_call *call, const hax_problem *problem,
                                const hax_schedule *schedule, hax_error *err)
{
    static const cli_list no_cuts = { 0 };
    const export_settings *set = call->settings;
    const cli_network_options how = { "blocks", &no_cuts, &set->shapes };
    cli_networks loaded = { 0 };
    named context;
    hax_status status = name_networks(call, problem, &context, err);
    if (status == HAX_OK)
        status = cli_networks_load(&loaded, context.count, context.names, &how, err);
    if (status == HAX_OK)
        status = write_plan(call, problem, schedule, &context, &loaded, err);
    cli_networks_free(&loaded);
    free_names(&context);
    return status;
}

static hax_status check_output(const cli_call *call, hax_error *err)
{
    static const char *const of_onnx[] = { "whole", "replace", "file-mb", NULL };
    const export_settings *set = call->settings;
    if (call->operand_count < 3)
        return cli_fail(err, HAX_USAGE,
                        "export %s needs a problem and its schedule: PROBLEM.json SCHEDULE.json",
                        call->operands[0]);
    hax_status status =
        cli_bar_options(call, "export", of_onnx, "on this format: it is for onnx", err);
    return status == HAX_OK && set->output ? hax_document_probe(set->output, err) : status;
}

static hax_status check_format(const cli_call *call, hax_error *err)
{
    static const char *const of_boards[] = { "board", "tensorrt", NULL };
    static const char *const jetson = "layer-device-types";
    const char *name = call->operands[0];
    bool known = is_onnx(call);
    for (int f = 0; hax_export_format_at(f) && !known; f++)
        known = strcmp(hax_export_format_at(f)->name, name) == 0;
    if (known && strcmp(name, jetson) != 0) {
        hax_status status = cli_bar_options(call, "export", of_boards,
                                            "on this format: it is for layer-device-types", err);
        if (status != HAX_OK)
            return status;
    }
    if (known)
        return is_onnx(call) ? HAX_OK : check_output(call, err);
    return cli_fail(err, HAX_USAGE, "no format '%s'; 'haxconn help export' lists them", name);
}

static hax_status export(const cli_call *call, hax_error *err)
{
    const hax_problem *problem = NULL;
    const hax_schedule *schedule = NULL;
    hax_status status = check_format(call, err);
    if (status == HAX_OK && is_onnx(call) && call->operand_count == 2)
        return export_network(call, err);
    if (status == HAX_OK)
        status = cli_read_problem(call->operands[1], &problem, err);
    if (status == HAX_OK)
        status = cli_read_schedule(call->operands[2], problem, &schedule, err);
    if (status == HAX_OK)
        status = with_networks(call, problem, schedule, err);
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
    return status;
}

const cli_command cli_export = {
    .name = "export",
    .operands = "FORMAT PROBLEM.json SCHEDULE.json [[INSTANCE=]NET|FILE...] | onnx NET|FILE",
    .summary = "Take a plan away: the unit of each layer in other tools' words",
    .text =
        "FORMAT is one of\n"
        "  json                the unit of each layer, the pieces and their times\n"
        "  csv                 a row for each layer\n"
        "  layer-device-types  trtexec's option, TensorRT 8.6 and later\n"
        "  onnxruntime         a Python program that annotates an ONNX model, and the\n"
        "                      option to give to the session, ONNX Runtime 1.25 and later\n"
        "  onnx                each piece of each network as an ONNX model with its weights, and\n"
        "                      pieces.json, which says what runs where and behind what; with\n"
        "                      one network in place of a plan, this network as one model\n"
        "Networks are found by the names of the instances; those that are not built in are\n"
        "named behind the schedule.\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 2,
    .operand_max = -1,
    .run = export,
};
