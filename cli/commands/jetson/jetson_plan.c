/* haxconn jetson plan, haxconn jetson run */
#include "jetson_plan.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "message.h"
#include "output.h"

enum { NAME_MAX_LENGTH = 100, PATH_LENGTH = 4096 };

/* A network of the campaign, with the paths that its source names. */
typedef struct member {
    char name[NAME_MAX_LENGTH + 16];
    char path[NAME_MAX_LENGTH + 64];        /* in the folder */
    char calibration[NAME_MAX_LENGTH + 64]; /* in the folder; "": none */
    const char *calibration_file;           /* where it is now */
    const char *shapes[CLI_LIST_MAX];
} member;

typedef struct plan {
    const cli_networks *networks;
    const cli_campaign *how;
    int count;
    member *members;
    hax_campaign_network *campaign;
} plan;

/* ---- names --------------------------------------------------------------------------------- */

static bool is_taken(const plan *plan, int before, const char *name)
{
    for (int n = 0; n < before; n++)
        if (strcmp(plan->members[n].name, name) == 0)
            return true;
    return false;
}

/* A network's name in names of files; a number behind it where two would be the same. */
static void name_member(plan *plan, int n, const char *name)
{
    char plain[NAME_MAX_LENGTH + 1];
    member *result = &plan->members[n];
    size_t length = strlen(name) < NAME_MAX_LENGTH ? strlen(name) : NAME_MAX_LENGTH;
    for (size_t i = 0; i < length; i++)
        plain[i] = (char) (isalnum((unsigned char) name[i]) || name[i] == '-' ? name[i] : '_');
    plain[length] = '\0';
    snprintf(result->name, sizeof result->name, "%s", length ? plain : "network");
    for (int number = 2; is_taken(plan, n, result->name); number++)
        snprintf(result->name, sizeof result->name, "%s-%d", length ? plain : "network", number);
}

/* "NET=FILE", or FILE where there is one network. */
static const char *calibration_of(const plan *plan, const char *name)
{
    for (int c = 0; c < plan->how->calibrations.count; c++) {
        const char *item = plan->how->calibrations.items[c];
        size_t length = strlen(name);
        if (strncmp(item, name, length) == 0 && item[length] == '=')
            return item + length + 1;
        if (plan->count == 1 && !strchr(item, '='))
            return item;
    }
    return NULL;
}

/* Shapes of this network only: "NET:INPUT=..." without NET. */
static int shapes_of(const cli_list *shapes, const char *name, const char **own)
{
    int count = 0;
    size_t length = strlen(name);
    for (int s = 0; s < shapes->count; s++) {
        const char *item = shapes->items[s];
        bool scoped = strncmp(item, name, length) == 0 && item[length] == ':';
        const char *colon = strchr(item, ':'), *equal = strchr(item, '=');
        if (scoped)
            own[count++] = item + length + 1;
        else if (!colon || (equal && colon > equal))
            own[count++] = item;
    }
    return count;
}

static bool ends_in(const char *text, const char *ending)
{
    size_t length = strlen(text), tail = strlen(ending);
    return length > tail && strcmp(text + length - tail, ending) == 0;
}

static void add_member(plan *plan, int network_index, const char *operand, const cli_list *shapes,
                       const hax_jetson_target *target)
{
    const hax_profile_network *network = &plan->networks->items[network_index];
    int n = plan->count;
    member *result = &plan->members[n];
    name_member(plan, n, hax_model_name(network->model));
    bool onnx = hax_model_file(network->model) && ends_in(operand, ".onnx");
    snprintf(result->path, sizeof result->path, "networks/%s.%s", result->name,
             onnx ? "onnx" : "prototxt");
    int shape_count = shapes_of(shapes, operand, result->shapes);
    plan->campaign[n] = (hax_campaign_network){ .name = result->name,
                                                .grouping = network->grouping,
                                                .source = { .model = network->model,
                                                            .path = result->path,
                                                            .shape_count = shape_count,
                                                            .shapes = result->shapes,
                                                            .target = *target } };
    plan->count++;
}

/* Each network once, however often it is named. */
static void add_members(plan *plan, const char *const *operands, const cli_list *shapes,
                        const hax_jetson_target *target)
{
    for (int i = 0; i < plan->networks->count; i++) {
        bool seen = false;
        for (int before = 0; before < i; before++)
            seen |= plan->networks->items[before].model == plan->networks->items[i].model;
        if (!seen)
            add_member(plan, i, operands[i], shapes, target);
    }
    for (int n = 0; n < plan->count; n++) {
        member *result = &plan->members[n];
        result->calibration_file = calibration_of(plan, result->name);
        snprintf(result->calibration, sizeof result->calibration, "networks/%s.cache",
                 result->name);
        if (result->calibration_file)
            plan->campaign[n].source.calibration = result->calibration;
    }
}

/* ---- the folder ------------------------------------------------------------------------------ */

static hax_status make_folder(const char *path, hax_error *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return HAX_OK;
    return cli_fail(err, HAX_IO, "%s: %s", path, strerror(errno));
}

static hax_status copy_open(FILE *from, FILE *to, const char *path, hax_error *err)
{
    char bytes[65536];
    size_t length;
    while ((length = fread(bytes, 1, sizeof bytes, from)) > 0)
        if (fwrite(bytes, 1, length, to) != length)
            break;
    bool failed = ferror(from) || ferror(to);
    failed |= fclose(to) != 0;
    return failed ? cli_fail(err, HAX_IO, "%s: %s", path, strerror(errno)) : HAX_OK;
}

/* A copy of any size, which is there as a whole or not at all. */
static hax_status copy_file(const char *source, const char *path, hax_error *err)
{
    char part[PATH_LENGTH + 8];
    snprintf(part, sizeof part, "%.4090s.part", path);
    FILE *from = fopen(source, "rb");
    if (!from)
        return cli_fail_system(err, HAX_BAD_INPUT, errno, "%s", source);
    /* left by one that was killed; a link that was planted under the name is not followed */
    unlink(part);
    int file = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    FILE *to = file >= 0 ? fdopen(file, "wb") : NULL;
    hax_status status =
        to ? copy_open(from, to, part, err) : cli_fail_system(err, HAX_IO, errno, "%s", part);
    if (file >= 0 && !to)
        close(file);
    fclose(from);
    if (status == HAX_OK && rename(part, path) != 0)
        status = cli_fail(err, HAX_IO, "%s: %s", path, strerror(errno));
    if (status != HAX_OK && file >= 0)
        remove(part);
    return status;
}

static hax_status write_network(const plan *plan, int n, const char *folder, hax_error *err)
{
    const hax_model *model = plan->campaign[n].source.model;
    const member *result = &plan->members[n];
    char path[PATH_LENGTH], *text = NULL;
    snprintf(path, sizeof path, "%.3800s/%s", folder, result->path);
    hax_status status = HAX_OK;
    if (hax_model_file(model)) {
        status = copy_file(hax_model_file(model), path, err);
    } else {
        status = hax_model_prototxt(model, &text, err);
        if (status == HAX_OK)
            status = hax_document_write(path, text, strlen(text), err);
        free(text);
    }
    if (status == HAX_OK && result->calibration_file) {
        snprintf(path, sizeof path, "%.3800s/%s", folder, result->calibration);
        status = copy_file(result->calibration_file, path, err);
    }
    return status;
}

static hax_status write_folder(const plan *plan, const hax_campaign *campaign, hax_error *err)
{
    const char *folder = plan->how->output;
    char path[PATH_LENGTH];
    snprintf(path, sizeof path, "%.3800s/networks", folder);
    hax_status status = make_folder(folder, err);
    if (status == HAX_OK)
        status = make_folder(path, err);
    for (int n = 0; n < plan->count && status == HAX_OK; n++)
        status = write_network(plan, n, folder, err);
    for (int f = 0; f < campaign->file_count && status == HAX_OK; f++) {
        const hax_campaign_file *file = &campaign->files[f];
        snprintf(path, sizeof path, "%.3800s/%.200s", folder, file->path);
        status = file->executable ? cli_write_script(path, file->text, err)
                                  : hax_document_write(path, file->text, strlen(file->text), err);
    }
    return status;
}

/* ---- the commands ---------------------------------------------------------------------------- */

hax_status cli_jetson_run(const char *folder, hax_error *err)
{
    char path[PATH_LENGTH];
    int code = 0;
    hax_error why = { 0 };
    snprintf(path, sizeof path, "%.4000s/campaign.sh", folder);
    if (access(path, R_OK) != 0)
        return cli_fail(err, HAX_BAD_INPUT,
                        "%s: %s; 'haxconn jetson plan NET... --output %.200s' writes it", path,
                        strerror(errno), folder);
    const char *const words[] = { "sh", path, NULL };
    hax_status status = cli_run_child(words, &code, &why);
    if (status == HAX_FAILURE)
        return cli_fail(err, status,
                        "the campaign ended with exit code %d: its messages above say why, and "
                        "'haxconn jetson run %.200s' goes on with what is left",
                        code, folder);
    if (status != HAX_OK)
        return cli_fail(err, status, "%s; 'haxconn jetson run %.200s' goes on with what is left",
                        why.message, folder);
    return status;
}

static hax_status write_plan(const plan *plan, const cli_call *call, hax_error *err)
{
    const hax_campaign *campaign = NULL;
    char *report = NULL;
    const cli_campaign *how = plan->how;
    const hax_report_style style = cli_style();
    hax_campaign_options options = hax_campaign_options_default();
    options.iterations = how->iterations;
    options.warm_up_ms = how->warm_up_ms;
    options.tegrastats_ms = how->interval_ms;
    options.build_s = how->build_s;
    hax_status status = hax_campaign_make(plan->count, plan->campaign, &options, &campaign, err);
    if (status == HAX_OK)
        status = write_folder(plan, campaign, err);
    if (status == HAX_OK)
        status = hax_report_campaign(campaign, how->output, &style, &report, err);
    status = cli_answer(status, NULL, NULL, report, call, err);
    hax_campaign_destroy(campaign);
    if (status == HAX_OK && how->execute)
        status = cli_jetson_run(how->output, err);
    return status;
}

hax_status cli_jetson_plan(const cli_networks *networks, const cli_list *shapes,
                           const hax_jetson_target *target, const cli_campaign *campaign,
                           const cli_call *call, hax_error *err)
{
    size_t count = (size_t) networks->count;
    if (!campaign->output)
        return cli_fail(err, HAX_USAGE,
                        "jetson plan: needs a folder for the campaign (--output DIR)");
    plan written = { .networks = networks,
                     .how = campaign,
                     .members = calloc(count, sizeof *written.members),
                     .campaign = calloc(count, sizeof *written.campaign) };
    hax_status status = written.members && written.campaign
                            ? HAX_OK
                            : cli_fail(err, HAX_NO_MEMORY, "out of memory for the networks");
    if (status == HAX_OK) {
        add_members(&written, call->operands + 1, shapes, target);
        status = write_plan(&written, call, err);
    }
    free(written.members);
    free(written.campaign);
    return status;
}
