/* A schedule in the words of the published programs: what their solver prints into
 * schedule_summary.txt, and the lines of their starter guide. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "haxconn/report.h"

/* ---- names --------------------------------------------------------------------------------- */

/* As the solver there writes them; others begin with a capital. */
static void append_solver_name(const char *name, hax_text *out)
{
    static const char *const known[][2] = {
        { "googlenet", "GoogleNet" }, { "alexnet", "AlexNet" },     { "resnet", "ResNet" },
        { "densenet", "DenseNet" },   { "mobilenet", "MobileNet" }, { "vgg", "VGG" }
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        size_t length = strlen(known[k][0]);
        if (strncmp(name, known[k][0], length) != 0)
            continue;
        hax_text_printf(out, "%s%s", known[k][1], name + length);
        return;
    }
    hax_text_printf(out, "%c%s", toupper((unsigned char) name[0]), name[0] ? name + 1 : "");
}

/* The unit's name up to its number, in capitals: "DLA" of dla0. */
static void append_unit(const char *name, hax_text *out)
{
    size_t length = strcspn(name, "0123456789");
    for (size_t i = 0; i < (length ? length : strlen(name)); i++)
        hax_text_printf(out, "%c", toupper((unsigned char) name[i]));
}

static bool same_kind(const char *a, const char *b)
{
    size_t length = strcspn(a, "0123456789");
    return length == strcspn(b, "0123456789") && strncmp(a, b, length) == 0;
}

/* ---- schedule_summary.txt -------------------------------------------------------------------- */

static hax_status append_instance(const hax_problem *problem, const hax_schedule *schedule, int i,
                                  hax_text *out, hax_error *err)
{
    const hax_instance_spec *instance = &problem->instances[i];
    const int *units = schedule->assignment[i];
    append_solver_name(instance->name, out);
    hax_text_append(out, " starts on ");
    append_unit(problem->units[units[0]].name, out);
    hax_text_append(out, "\n");
    for (int g = 1; g < instance->group_count; g++) {
        const hax_group_spec *group = &instance->groups[g];
        if (same_kind(problem->units[units[g]].name, problem->units[units[g - 1]].name))
            continue;
        if (group->layer_count < 1)
            return hax_fail(err, HAX_BAD_INPUT,
                            "%s: its group %s is not named after layers (10-24), so that the "
                            "published words cannot say where it changes units",
                            instance->name, group->name);
        append_solver_name(instance->name, out);
        hax_text_printf(out, " applies transition after layer %d\n", group->first_layer);
    }
    return HAX_OK;
}

hax_status hax_report_artifact_schedule(const hax_problem *problem, const hax_schedule *schedule,
                                        char **text, hax_error *err)
{
    hax_text out = { 0 };
    for (int i = 0; i < problem->instance_count; i++) {
        hax_status status = append_instance(problem, schedule, i, &out, err);
        if (status != HAX_OK) {
            hax_text_free(&out);
            return status;
        }
    }
    return hax_report_take(&out, "a report", text, err);
}

/* ---- the starter guide ----------------------------------------------------------------------- */

static int find_unit(const hax_problem *problem, const char *kind)
{
    for (int u = 0; u < problem->unit_count; u++)
        if (same_kind(problem->units[u].name, kind))
            return u;
    return -1;
}

/* Every network whole on a unit; INFINITY where one of them cannot run there. */
static hax_status whole_ms(const hax_problem *problem, const int *units, double *ms, hax_error *err)
{
    const hax_schedule *schedule = NULL;
    hax_status status = hax_schedule_whole(problem, "whole", units, NULL, &schedule, err);
    *ms = status == HAX_OK ? hax_schedule_round_ms(schedule) : INFINITY;
    hax_schedule_destroy(schedule);
    return status == HAX_NO_MEMORY ? status : HAX_OK;
}

static void append_capital(const char *name, hax_text *out)
{
    hax_text_printf(out, "%c%s", toupper((unsigned char) name[0]), name[0] ? name + 1 : "");
}

/* "Average time of Resnet101 on GPU and Googlenet on DLA: 10.2", the second network first. */
static hax_status append_mapping(const hax_problem *problem, const int *units, hax_text *out,
                                 double *best, hax_error *err)
{
    double ms;
    HAX_TRY(whole_ms(problem, units, &ms, err));
    if (!isfinite(ms))
        return HAX_OK;
    hax_text_append(out, "Average time of ");
    append_capital(problem->instances[1].name, out);
    hax_text_append(out, " on ");
    append_unit(problem->units[units[1]].name, out);
    hax_text_append(out, " and ");
    append_capital(problem->instances[0].name, out);
    hax_text_append(out, " on ");
    append_unit(problem->units[units[0]].name, out);
    hax_text_printf(out, ": %.2f\n", ms);
    *best = fmin(*best, ms);
    return HAX_OK;
}

static hax_status append_baselines(const hax_problem *problem, int gpu, int dla, hax_text *out,
                                   double *best, hax_error *err)
{
    int *units = calloc((size_t) problem->instance_count, sizeof *units);
    double ms;
    if (!units)
        return hax_fail_memory(err, "a report");
    for (int i = 0; i < problem->instance_count; i++)
        units[i] = gpu;
    hax_status status = whole_ms(problem, units, &ms, err);
    if (status == HAX_OK && isfinite(ms))
        hax_text_printf(out, "Average time of using only GPU: %.2f\n", ms);
    *best = ms;
    for (int on_dla = 0; on_dla < 2 && problem->instance_count == 2 && status == HAX_OK; on_dla++) {
        units[on_dla] = dla;
        units[1 - on_dla] = gpu;
        status = append_mapping(problem, units, out, best, err);
    }
    free(units);
    return status;
}

hax_status hax_report_artifact_starter(const hax_problem *problem, const hax_schedule *schedule,
                                       char **text, hax_error *err)
{
    hax_text out = { 0 };
    int gpu = find_unit(problem, "gpu"), dla = find_unit(problem, "dla");
    double best = INFINITY, found = hax_schedule_round_ms(schedule);
    if (gpu < 0 || dla < 0)
        return hax_fail(
            err, HAX_BAD_INPUT,
            "the starter guide's lines are of a GPU and a DLA: the problem has no units "
            "of these names");
    hax_status status = append_baselines(problem, gpu, dla, &out, &best, err);
    if (status != HAX_OK) {
        hax_text_free(&out);
        return status;
    }
    hax_text_printf(&out, "Average time of the schedule found by HaX-CoNN: %.2f\n", found);
    if (isfinite(best))
        hax_text_printf(&out, "Overall improvement over best-baseline: %.2f%%\n",
                        (best / found - 1) * 100);
    return hax_report_take(&out, "a report", text, err);
}
