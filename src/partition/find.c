/* The partition of the GPU that is here (haxconn/partition.h). */
#include "haxconn/partition.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "config.h"
#include "own.h"
#include "platform.h"
#include "search.h"
#include "text.h"
#include "watch.h"

/* Plans are compared here, and made for good when the partition is known. */
static const double plan_limit_s = 1, step_limit_s = 6;

/* Rounds that a size is measured in: enough to tell partitions apart by a percent. */
enum { MEASURED_ROUNDS = 10 };

typedef struct finding {
    const hax_run_config *run;
    const char *options; /* behind "gpu": "", or a precision with its comma */
    hax_gpu gpu;
    hax_profile_network *networks; /* each once */
    int network_count;
    int *network_of;          /* [instance] */
    const hax_problem *frame; /* of what was measured first */
    hax_curves *curves;
    int step;
    hax_watch watch; /* the caller's, with the step before each stage */
} finding;

bool hax_partition_is_open(const char *platform)
{
    size_t length = strcspn(platform, ",");
    if (strncmp(platform, "gpu", length) != 0 && strncmp(platform, "machine", length) != 0)
        return false;
    for (const char *word = platform + length; *word != '\0'; word += strcspn(word, ",")) {
        word++;
        if (*word >= '0' && *word <= '9')
            return false;
    }
    return length == strlen("gpu") || length == strlen("machine");
}

/* ---- measuring ------------------------------------------------------------------------------- */

static void report(void *context, const hax_progress *progress)
{
    const finding *finding = context;
    char stage[120];
    snprintf(stage, sizeof stage, "partition, sizes %d of at most %d: %s", finding->step + 1,
             HAX_PARTITION_STEPS + 1, progress->stage);
    hax_watch_report(finding->run->watch, stage, progress->done, progress->seconds_left);
}

static void warn(void *context, const char *message)
{
    const finding *finding = context;
    if (finding->run->watch && finding->run->watch->warn)
        finding->run->watch->warn(finding->run->watch->context, message);
}

static hax_status list_networks(finding *finding, hax_error *err)
{
    size_t count = (size_t) finding->run->network_count;
    finding->networks = calloc(count + 1, sizeof *finding->networks);
    finding->network_of = calloc(count + 1, sizeof *finding->network_of);
    if (!finding->networks || !finding->network_of)
        return hax_fail_memory(err, "networks");
    for (size_t i = 0; i < count; i++) {
        const hax_profile_network *network = &finding->run->networks[i];
        int known = 0;
        while (known < finding->network_count &&
               (finding->networks[known].model != network->model ||
                finding->networks[known].grouping != network->grouping))
            known++;
        if (known == finding->network_count)
            finding->networks[finding->network_count++] = *network;
        finding->network_of[i] = known;
    }
    return HAX_OK;
}

static hax_status measure_platform(const finding *finding, const hax_platform *platform,
                                   bool contention, const hax_profile **profile, hax_error *err)
{
    hax_profile_config config = hax_profile_config_default();
    config.platform = platform;
    config.network_count = finding->network_count;
    config.networks = finding->networks;
    config.rounds = MEASURED_ROUNDS;
    config.seconds = 0;
    config.store_path = finding->run->store_path;
    config.fresh = finding->run->fresh;
    config.contention = contention;
    config.watch = &finding->watch;
    return hax_profile_measure(&config, profile, err);
}

static hax_status make_problem(const finding *finding, const hax_profile *profile,
                               const hax_problem **problem, hax_error *err)
{
    const hax_run_config *run = finding->run;
    hax_problem_options options = hax_problem_options_default();
    options.objective = run->objective;
    options.max_transitions = run->max_transitions;
    options.names = run->names;
    options.rule_count = run->rule_count;
    options.rules = run->rules;
    return hax_profile_problem(profile, run->network_count, finding->network_of, &options, problem,
                               err);
}

/* All units of a size are alike. */
static hax_status take_in(finding *finding, const hax_platform *platform,
                          const hax_problem *problem, hax_error *err)
{
    for (int u = 0; u < platform->unit_count; u++) {
        bool known = hax_curves_slowdown(finding->curves)->kind != HAX_SLOWDOWN_NONE;
        hax_curves_add(finding->curves, platform->units[u].sms, problem, u);
        if (!known) /* parts of the first size have the most neighbours */
            HAX_TRY(hax_curves_set_losses(finding->curves, problem, u, err));
    }
    return HAX_OK;
}

static hax_status take_profile(finding *finding, const hax_platform *platform, bool contention,
                               hax_error *err)
{
    const hax_profile *profile = NULL;
    const hax_problem *problem = NULL;
    HAX_TRY(measure_platform(finding, platform, contention, &profile, err));
    hax_status status = make_problem(finding, profile, &problem, err);
    if (status == HAX_OK && !finding->curves) {
        finding->frame = problem;
        status = hax_curves_create(finding->frame, &finding->curves, err);
    }
    if (status == HAX_OK)
        status = take_in(finding, platform, problem, err);
    if (problem != finding->frame)
        hax_problem_destroy(problem);
    hax_profile_destroy(profile);
    return status;
}

static hax_status measure_partitions(finding *finding, const char *partitions, bool contention,
                                     hax_error *err)
{
    hax_text name = { 0 };
    const hax_platform *platform = NULL;
    hax_text_printf(&name, "gpu%s%s", finding->options, partitions);
    hax_status status = name.failed ? hax_fail_memory(err, "a platform")
                                    : hax_platform_load(hax_text_get(&name), &platform, err);
    if (status == HAX_OK)
        status = take_profile(finding, platform, contention, err);
    hax_platform_destroy(platform);
    hax_text_free(&name);
    return status;
}

/* Each size is a part of a partition of its own: they are measured one after the other. */
static hax_status measure_sizes(void *context, int step, int size_count, const int *sizes,
                                hax_error *err)
{
    finding *finding = context;
    char partitions[HAX_GPU_PARTS * 8] = "";
    int length = 0;
    assert(size_count <= HAX_GPU_PARTS);
    finding->step = step;
    for (int s = 0; s < size_count; s++)
        length +=
            snprintf(partitions + length, sizeof partitions - (size_t) length, ",%d", sizes[s]);
    return measure_partitions(finding, partitions, false, err);
}

/* As many parts of the first size as there are networks, at most, which shows what they lose beside
 * each other, and one of the second. */
static hax_status measure_first(finding *finding, hax_error *err)
{
    int sizes[2], parts = finding->run->network_count;
    char partitions[HAX_GPU_PARTS * 8 + 16];
    int count = hax_partition_first_sizes(&finding->gpu, parts, sizes);
    if (parts > finding->gpu.group_count * finding->gpu.group_sms / sizes[0])
        parts = finding->gpu.group_count * finding->gpu.group_sms / sizes[0];
    if (parts > HAX_GPU_PARTS)
        parts = HAX_GPU_PARTS;
    int length = snprintf(partitions, sizeof partitions, ",%d", sizes[0]);
    for (int p = 1; p < parts; p++)
        length +=
            snprintf(partitions + length, sizeof partitions - (size_t) length, "+%d", sizes[0]);
    if (count > 1)
        snprintf(partitions + length, sizeof partitions - (size_t) length, ",%d", sizes[1]);
    return measure_partitions(finding, partitions, !finding->run->ignore_contention, err);
}

/* ---- the choice ------------------------------------------------------------------------------ */

typedef struct owned_choice {
    hax_partition_choice public;
    hax_arena *arena;
} owned_choice;

static const char *explain(hax_arena *arena, const hax_partition_found *found)
{
    const hax_partition_estimate *chosen = &found->list[found->chosen];
    const hax_partition_estimate *first = &found->list[0];
    char first_sizes[HAX_GPU_PARTS * 8], text[240];
    int measured = 0;
    for (int c = 0; c < found->count; c++)
        measured += found->list[c].planned && found->list[c].measured;
    hax_part_sizes_text(&first->sizes, first_sizes, sizeof first_sizes);
    if (found->chosen > 0 && found->steps < HAX_PARTITION_STEPS)
        snprintf(text, sizeof text,
                 "the best of %d that were measured; %s is predicted better by interpolated times, "
                 "but by less than 1 %%, for which it was not measured",
                 measured, first_sizes);
    else if (found->chosen > 0)
        snprintf(text, sizeof text,
                 "the best of %d that were measured; %s is predicted better by interpolated times, "
                 "which %d steps of measuring have not confirmed",
                 measured, first_sizes, found->steps);
    else if (chosen->sizes.count == 1)
        snprintf(text, sizeof text,
                 "no partition is predicted to end before the networks do one after the other on "
                 "the whole GPU");
    else
        snprintf(text, sizeof text,
                 "its schedule is predicted best, with times measured on parts of its sizes");
    return hax_arena_string(arena, text);
}

static hax_status fill_platform(owned_choice *owned, const char *platform,
                                const hax_partition *chosen, hax_error *err)
{
    hax_text name = { 0 };
    hax_text_printf(&name, "%s,%s", platform, chosen->sizes);
    owned->public.platform = name.failed ? NULL : hax_arena_string(owned->arena, name.data);
    hax_text_free(&name);
    return owned->public.platform ? HAX_OK : hax_fail_memory(err, "a partition");
}

static hax_status fill_choice(owned_choice *owned, const finding *finding, const char *platform,
                              const hax_partition_found *found, hax_error *err)
{
    hax_partition_choice *choice = &owned->public;
    hax_partition *list = hax_arena_alloc(owned->arena, (size_t) found->count, sizeof *list);
    int *sizes = hax_arena_alloc(owned->arena, HAX_CURVE_SIZES, sizeof *sizes);
    if (!list || !sizes)
        return hax_fail_memory(err, "a partition");
    for (int c = 0; c < found->count; c++) {
        const hax_partition_estimate *one = &found->list[c];
        char text[HAX_GPU_PARTS * 8];
        hax_part_sizes_text(&one->sizes, text, sizeof text);
        list[c] = (hax_partition){ .sizes = hax_arena_string(owned->arena, text),
                                   .part_count = one->sizes.count,
                                   .whole_ms = one->whole_ms,
                                   .planned = one->planned,
                                   .value = one->value,
                                   .measured = one->measured };
        if (!list[c].sizes)
            return hax_fail_memory(err, "a partition");
    }
    choice->gpu = hax_arena_string(owned->arena, finding->gpu.name);
    choice->partition_count = found->count;
    choice->partitions = list;
    choice->chosen = found->chosen;
    choice->size_count = hax_curves_sizes(finding->curves, sizes);
    choice->sizes = sizes;
    choice->steps = found->steps;
    for (int i = 0; i < finding->run->network_count; i++)
        choice->largest_loss = fmax(choice->largest_loss, hax_curves_loss(finding->curves, i));
    choice->why = explain(owned->arena, found);
    if (!choice->gpu || !choice->why)
        return hax_fail_memory(err, "a partition");
    return fill_platform(owned, platform, &list[found->chosen], err);
}

static hax_status make_choice(const finding *finding, const char *platform,
                              const hax_partition_found *found, const hax_partition_choice **choice,
                              hax_error *err)
{
    owned_choice *owned = calloc(1, sizeof *owned);
    if (!owned || !(owned->arena = hax_arena_create())) {
        free(owned);
        return hax_fail_memory(err, "a partition");
    }
    hax_status status = fill_choice(owned, finding, platform, found, err);
    if (status != HAX_OK) {
        hax_partition_choice_destroy(&owned->public);
        return status;
    }
    *choice = &owned->public;
    return HAX_OK;
}

void hax_partition_choice_destroy(const hax_partition_choice *choice)
{
    if (!choice)
        return;
    owned_choice *owned = hax_own(choice);
    hax_arena_destroy(owned->arena);
    free(owned);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static hax_status find(finding *finding, const char *platform, const hax_partition_choice **choice,
                       hax_error *err)
{
    hax_partition_found found = { 0 };
    HAX_TRY(list_networks(finding, err));
    HAX_TRY(hax_platform_ask_gpu(0, &finding->gpu, err));
    if (finding->gpu.group_count == 0)
        return hax_fail(err, HAX_UNAVAILABLE, "GPU %d (%s) cannot be partitioned: %s",
                        finding->gpu.device, finding->gpu.name, finding->gpu.no_parts);
    HAX_TRY(measure_first(finding, err));
    const hax_partition_search search = { .gpu = &finding->gpu,
                                          .frame = finding->frame,
                                          .curves = finding->curves,
                                          .plan_limit_s = plan_limit_s,
                                          .step_limit_s = step_limit_s,
                                          .measure = measure_sizes,
                                          .context = finding,
                                          .watch = finding->run->watch };
    HAX_TRY(hax_partition_search_run(&search, &found, err));
    hax_status status = make_choice(finding, platform, &found, choice, err);
    free(found.list);
    return status;
}

hax_status hax_partition_find(const char *platform, const hax_run_config *given,
                              const hax_partition_choice **choice, hax_error *err)
{
    assert(platform && given && choice);
    HAX_CONFIG_TAKE(hax_run_config, own, given, err);
    if (!hax_partition_is_open(platform))
        return hax_fail(err, HAX_USAGE,
                        "platform '%.100s' leaves no partition to be found: it has no GPU, or "
                        "names its parts",
                        platform);
    if (own.network_count < 1)
        return hax_fail(err, HAX_USAGE, "no network to find a partition for");
    finding finding = { .run = &own, .options = platform + strcspn(platform, ",") };
    finding.watch = own.watch ? *own.watch : hax_watch_default();
    finding.watch.report = report;
    finding.watch.warn = warn;
    finding.watch.context = &finding;
    hax_status status = find(&finding, platform, choice, err);
    hax_curves_destroy(finding.curves);
    hax_problem_destroy(finding.frame);
    free(finding.networks);
    free(finding.network_of);
    return status;
}
