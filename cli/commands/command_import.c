/* haxconn import */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"
#include "message.h"
#include "output.h"

typedef struct import_settings {
    int rows;
    double warm_up_ms;
    const char *board;
    const char *model;
    const char *grouping;
    cli_list shapes;
    bool fit;
    const char *artifact;
    const char *emc[2]; /* tegrastats beside the GPU, beside the DLA */
    cli_list pressure;  /* UNIT:FILE */
    const char *profile;
    bool add;
    const char *platform;
    const char *json;
} import_settings;

static const import_settings defaults = { .rows = 20, .warm_up_ms = 200, .grouping = "blocks" };

static const cli_option options[] = {
    { "rows", 0, CLI_WHOLE, offsetof(import_settings, rows), "N",
      "rows of each table to print, 0: all (default 20)", 0, 1e9, NULL },
    { "warm-up", 0, CLI_NUMBER, offsetof(import_settings, warm_up_ms), "MS",
      "trtexec-times: the run's --warmUp, left out of the figures (default 200)", 0, 1e9, NULL },
    { "board", 'b', CLI_TEXT, offsetof(import_settings, board), "B",
      "tegrastats: the Jetson board it ran on, for GB/s; 'jetson boards' lists them", 0, 0, NULL },
    { "model", 'm', CLI_TEXT, offsetof(import_settings, model), "NET",
      "match the entries of profiles with the layers of this network", 0, 0, NULL },
    CLI_GROUPING(import_settings),
    CLI_SHAPE(import_settings),
    { "fit", 0, CLI_FLAG, offsetof(import_settings, fit), NULL,
      "times of the DLA from engines that are cut at different layers", 0, 0, NULL },
    { "artifact", 0, CLI_FILE, offsetof(import_settings, artifact), "FILE",
      "write the last of what is told as HaX-CoNN's result file; FOLDER/: all of them", 0, 0,
      NULL },
    { "emc-gpu", 0, CLI_TEXT, offsetof(import_settings, emc[0]), "FILE",
      "tegrastats beside the network on the GPU alone, for the profile's demands", 0, 0, NULL },
    { "emc-dla", 0, CLI_TEXT, offsetof(import_settings, emc[1]), "FILE",
      "the same on the DLA: its demands are the GPU's by the ratio of loads", 0, 0, NULL },
    { "pressure", 0, CLI_LIST, offsetof(import_settings, pressure), "UNIT:FILE",
      "a pressure table of a unit, as 'contention fit' reads it: its slowdown", 0, 0, NULL },
    { "profile", 0, CLI_FILE, offsetof(import_settings, profile), "FILE",
      "write a profile of NET on the platform from all of it", 0, 0, NULL },
    { "add", 0, CLI_FLAG, offsetof(import_settings, add), NULL,
      "profile: into FILE, beside the networks that it has already", 0, 0, NULL },
    CLI_PLATFORM(import_settings),
    CLI_JSON(import_settings),
    { .name = NULL },
};

/* What was read, and behind it a match of each that holds a profile. */
typedef struct import_list {
    int count, read_count;
    const hax_import **items; /* room for two of each file, marks and a fit */
    hax_error unwritten;      /* why a file was not written; HAX_OK: all were */
} import_list;

/* `ran_on`: what ran beside a tegrastats, NULL: not said. */
static hax_status read_file(const import_settings *set, const char *kind, const char *path,
                            const char *ran_on, import_list *list, hax_error *err)
{
    const hax_jetson_board *board = set->board ? hax_jetson_board_find(set->board) : NULL;
    hax_import_options how = hax_import_options_default();
    how.warm_up_ms = set->warm_up_ms;
    how.emc_bits = board ? board->emc_bits : 0;
    how.ran_on = ran_on;
    char *text = NULL;
    size_t length = 0;
    hax_status status = hax_document_read(path, &text, &length, err);
    if (status == HAX_OK)
        status = hax_import_parse(kind, text, length, path, &how, &list->items[list->count], err);
    free(text);
    list->count += status == HAX_OK;
    return status;
}

static hax_status read_files(const cli_call *call, import_list *list, hax_error *err)
{
    static const char *const sides[] = { "gpu", "dla" };
    const import_settings *set = call->settings;
    hax_status status = HAX_OK;
    for (int f = 1; f < call->operand_count && status == HAX_OK; f++)
        status = read_file(set, call->operands[0], call->operands[f], NULL, list, err);
    for (int s = 0; s < 2 && status == HAX_OK; s++)
        if (set->emc[s])
            status = read_file(set, "tegrastats", set->emc[s], sides[s], list, err);
    list->read_count = list->count;
    return status;
}

static hax_status answer(const hax_import *const *imports, int count, const cli_call *call,
                         hax_error *err)
{
    const import_settings *set = call->settings;
    const hax_report_style style = cli_style();
    char *document = NULL, *report = NULL;
    hax_status status = set->json ? hax_import_text(count, imports, &document, err) : HAX_OK;
    if (status == HAX_OK)
        status = hax_report_import(count, imports, set->rows ? set->rows : HAX_NO_LIMIT, &style,
                                   &report, err);
    /* another document there stands alone */
    if (cli_to_stdout(set->artifact) || cli_to_stdout(set->profile)) {
        free(report);
        report = NULL;
    }
    return cli_answer(status, set->json, document, report, call, err);
}

static bool has_profile(const hax_import *import)
{
    return hax_import_find(import, "profile", 0) != NULL;
}

/* Files of one engine have one name, up to the first point: "x.json", "x.log", "x.build.log". */
static bool same_engine(const char *a, const char *b)
{
    const char *folder = strrchr(a, '/');
    size_t length = (folder ? (size_t) (folder - a) : 0) + strcspn(folder ? folder : a, ".");
    return strncmp(a, b, length) == 0 && (b[length] == '.' || b[length] == '\0');
}

/* Says of one engine where its layers run, or what it takes. */
static bool is_of_engine(const hax_import *import)
{
    return strcmp(import->kind, "trtexec-log") == 0 || strcmp(import->kind, "trtexec-layers") == 0;
}

/* Files beside a profile: of logs and layer information those of its name, if there are any, else
 * all. */
static int find_beside(const import_list *list, int index, const hax_import **beside)
{
    int count = 0;
    bool named = false;
    const char *file = list->items[index]->file;
    for (int i = 0; i < list->read_count; i++)
        named |=
            i != index && is_of_engine(list->items[i]) && same_engine(file, list->items[i]->file);
    for (int i = 0; i < list->read_count; i++)
        if (!named || !is_of_engine(list->items[i]) || same_engine(file, list->items[i]->file))
            beside[count++] = list->items[i];
    return count;
}

static hax_status match_one(import_list *list, int index, const hax_model *model,
                            const hax_grouping *grouping, hax_error *err)
{
    const hax_import **beside = calloc((size_t) list->read_count, sizeof *beside);
    if (!beside)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for the files");
    int count = find_beside(list, index, beside);
    hax_status status = hax_import_match(list->items[index], count, beside, model, grouping,
                                         &list->items[list->count], err);
    free(beside);
    list->count += status == HAX_OK;
    return status;
}

static hax_status match_all(import_list *list, const hax_model *model, const char *spec,
                            hax_error *err)
{
    const hax_grouping *grouping = NULL;
    bool any = false;
    hax_status status = hax_grouping_make(model, spec, &grouping, err);
    for (int i = 0; i < list->read_count && status == HAX_OK; i++) {
        if (has_profile(list->items[i]))
            status = match_one(list, i, model, grouping, err);
        any |= has_profile(list->items[i]) || strcmp(list->items[i]->kind, "artifact") == 0;
    }
    if (status == HAX_OK && !any)
        status = cli_fail(err, HAX_BAD_INPUT, "--model: none of the files holds a profile");
    hax_grouping_destroy(grouping);
    return status;
}

/* Adds the networks that the file has already; without one it stays as it is. */
static hax_status add_to_file(const char *path, const hax_profile **profile, hax_error *err)
{
    const hax_profile *before = NULL, *joined = NULL;
    if (access(path, F_OK) != 0)
        return HAX_OK;
    hax_status status = cli_read_profile(path, &before, err);
    if (status == HAX_OK)
        status = hax_profile_join(before, *profile, &joined, err);
    hax_profile_destroy(before);
    if (status == HAX_OK) {
        hax_profile_destroy(*profile);
        *profile = joined;
    }
    return status;
}

static hax_status press(const hax_profile **profile, const char *item, hax_error *err)
{
    const char *colon = strchr(item, ':');
    const hax_pressure_table *table = NULL;
    const hax_profile *pressed = NULL;
    char unit[64] = "";
    if (!colon || colon == item || (size_t) (colon - item) >= sizeof unit)
        return cli_fail(err, HAX_USAGE, "--pressure: '%s' is not UNIT:FILE", item);
    memcpy(unit, item, (size_t) (colon - item));
    hax_status status = cli_read_pressure(colon + 1, &table, err);
    if (status == HAX_OK)
        status = hax_profile_with_pressure(*profile, unit, table, &pressed, err);
    hax_pressure_table_destroy(table);
    if (status == HAX_OK) {
        hax_profile_destroy(*profile);
        *profile = pressed;
    }
    return status;
}

static hax_status write_profile(const import_list *list, const hax_model *model,
                                const cli_call *call, hax_error *err)
{
    const import_settings *set = call->settings;
    const hax_grouping *grouping = NULL;
    const hax_platform *platform = NULL;
    const hax_profile *profile = NULL;
    char *text = NULL;
    hax_status status = hax_grouping_make(model, set->grouping, &grouping, err);
    if (status == HAX_OK)
        status = hax_platform_load(set->platform, &platform, err);
    if (status == HAX_OK) {
        const hax_profile_network network = { hax_model_name(model), model, grouping };
        status = hax_profile_from_imports(list->count, (const hax_import *const *) list->items,
                                          &network, platform, &profile, err);
    }
    for (int i = 0; i < set->pressure.count && status == HAX_OK; i++)
        status = press(&profile, set->pressure.items[i], err);
    if (status == HAX_OK && set->add)
        status = add_to_file(set->profile, &profile, err);
    if (status == HAX_OK)
        status = hax_profile_text(profile, &text, err);
    if (status == HAX_OK)
        status = cli_write(set->profile, text, call, err);
    hax_profile_destroy(profile);
    hax_platform_destroy(platform);
    hax_grouping_destroy(grouping);
    return status;
}

/* Options that say how something else is done, which is not asked for. */
static hax_status check_companions(const cli_call *call, hax_error *err)
{
    static const char *const needs[][2] = { { "grouping", "model" },  { "shape", "model" },
                                            { "add", "profile" },     { "platform", "profile" },
                                            { "emc-gpu", "profile" }, { "emc-dla", "profile" },
                                            { "pressure", "profile" } };
    for (size_t n = 0; n < sizeof needs / sizeof *needs; n++)
        if (cli_given(call, needs[n][0]) && !cli_given(call, needs[n][1]))
            return cli_fail(err, HAX_USAGE, "import: --%s has no effect without --%s", needs[n][0],
                            needs[n][1]);
    return HAX_OK;
}

/* Options of one kind of file, where none is of it. */
static hax_status check_kinds(const cli_call *call, const import_list *list, hax_error *err)
{
    static const char *const needs[][2] = { { "warm-up", "trtexec-times" },
                                            { "board", "tegrastats" } };
    for (size_t n = 0; n < sizeof needs / sizeof *needs; n++) {
        bool found = false;
        for (int i = 0; i < list->count; i++)
            found |= strcmp(list->items[i]->kind, needs[n][1]) == 0;
        if (cli_given(call, needs[n][0]) && !found)
            return cli_fail(err, HAX_USAGE,
                            "import: --%s has no effect: none of the files is of "
                            "the kind %s",
                            needs[n][0], needs[n][1]);
    }
    return HAX_OK;
}

static hax_status check_settings(const import_settings *set, hax_error *err)
{
    if (set->board && !hax_jetson_board_find(set->board)) {
        hax_nearest nearest = hax_nearest_start(set->board, strlen(set->board));
        for (int b = 0; hax_jetson_board_at(b); b++)
            hax_nearest_offer(&nearest, hax_jetson_board_at(b)->name);
        return cli_fail(err, HAX_BAD_INPUT,
                        "--board: no board '%s'%s ('haxconn jetson boards' lists them)", set->board,
                        hax_nearest_words(&nearest).text);
    }
    if (set->profile && (!set->model || !set->platform))
        return cli_fail(err, HAX_USAGE,
                        "--profile: needs --model NET and --platform P with units gpu and dla");
    return HAX_OK;
}

/* Costs of outputs, where the files are of such engines. */
static hax_status add_marks(import_list *list, hax_error *err)
{
    const hax_import *marks = NULL;
    hax_status status =
        hax_import_marks(list->read_count, (const hax_import *const *) list->items, &marks, err);
    if (marks)
        list->items[list->count++] = marks;
    return status;
}

/* What follows from the files and a network, behind them in the list. */
static hax_status conclude(import_list *list, const cli_call *call, hax_error *err)
{
    const import_settings *set = call->settings;
    hax_model *model = NULL;
    hax_model_options how = hax_model_options_default();
    how.shape_count = set->shapes.count;
    how.shapes = set->shapes.items;
    hax_status status = set->model ? hax_model_load(set->model, &how, &model, err) : HAX_OK;
    if (status == HAX_OK && model)
        status = add_marks(list, err);
    if (status == HAX_OK && model)
        status = match_all(list, model, set->grouping, err);
    if (status == HAX_OK && set->fit) {
        status = hax_import_fit(list->count, (const hax_import *const *) list->items, model,
                                &list->items[list->count], err);
        list->count += status == HAX_OK;
    }
    if (status == HAX_OK && set->profile)
        status = write_profile(list, model, call, err);
    hax_model_destroy(model);
    return status;
}

static hax_status write_artifact_file(const import_list *list, const char *path, hax_error *err)
{
    char *text = NULL;
    hax_status status = HAX_BAD_INPUT;
    for (int i = list->count - 1; i >= 0 && status == HAX_BAD_INPUT; i--)
        status = hax_import_artifact_text(list->items[i], NULL, &text, err);
    if (status == HAX_OK)
        status = hax_document_write(path, text, strlen(text), err);
    free(text);
    return status;
}

/* Every result file that there are numbers for, under its published name. */
static hax_status write_artifact_folder(const import_list *list, const char *folder, hax_error *err)
{
    static const char *const kinds[][2] = { { "groups", "layer_results" },
                                            { "engines", "dla_compute_times" },
                                            { "transitions", "transition_results" },
                                            { "traffic", "emc_results" } };
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return cli_fail(err, HAX_IO, "cannot make folder %s: %s", folder, strerror(errno));
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        char path[4096], *text = NULL;
        hax_status status = HAX_BAD_INPUT;
        snprintf(path, sizeof path, "%.4000s%s.json", folder, kinds[k][1]);
        for (int i = 0; i < list->count && status == HAX_BAD_INPUT; i++)
            status = hax_import_artifact_text(list->items[i], kinds[k][0], &text, err);
        if (status == HAX_BAD_INPUT)
            continue;
        if (status == HAX_OK)
            status = hax_document_write(path, text, strlen(text), err);
        free(text);
        if (status != HAX_OK)
            return status;
    }
    return HAX_OK;
}

static hax_status write_artifact(const import_list *list, const char *path, hax_error *err)
{
    size_t length = strlen(path);
    return length > 0 && path[length - 1] == '/' ? write_artifact_folder(list, path, err)
                                                 : write_artifact_file(list, path, err);
}

static hax_status import(const cli_call *call, hax_error *err)
{
    const import_settings *set = call->settings;
    size_t files = (size_t) call->operand_count + 1; /* those named by options included */
    import_list list = { .items = calloc(2 * files + 2, sizeof *list.items) };
    if (!list.items)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for the files");
    hax_status status = check_settings(set, err);
    if (status == HAX_OK)
        status = check_companions(call, err);
    if (status == HAX_OK)
        status = read_files(call, &list, err);
    if (status == HAX_OK)
        status = check_kinds(call, &list, err);
    if (status == HAX_OK)
        status = conclude(&list, call, err);
    if (status == HAX_OK && set->artifact)
        status = write_artifact(&list, set->artifact, err);
    if (status == HAX_IO) { /* the tables are not to suffer from it */
        list.unwritten = *err;
        status = HAX_OK;
    }
    if (status == HAX_OK)
        status = answer((const hax_import *const *) list.items, list.count, call, err);
    cli_also_failed(&status, err, list.unwritten.status, &list.unwritten);
    for (int i = 0; i < list.count; i++)
        hax_import_destroy(list.items[i]);
    free(list.items);
    return status;
}

const cli_command cli_import = {
    .name = "import",
    .operands = "KIND FILE...",
    .summary = "Read what other tools print: profiles, logs, counters",
    .text = "KIND is auto, a family (trtexec) or one of\n"
            "  trtexec-profile  --exportProfile, JSON, TensorRT 7.0 to 10\n"
            "  trtexec-times    --exportTimes, JSON\n"
            "  trtexec-layers   --exportLayerInfo, JSON, TensorRT 8.2 to 10\n"
            "  artifact         result files of the published HaX-CoNN programs\n"
            "  ncu              Nsight Compute: CSV (details, raw page) and text page\n"
            "  tegrastats       its lines, JetPack 4 to 7\n"
            "  cudla            layer statistics of cuDLA, CSV\n"
            "  trtexec-log      what it prints, with the tables of --dumpProfile\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 2,
    .operand_max = -1,
    .run = import,
};
