/* A tiny network on one unit, beside plain loops. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "exec.h"
#include "model.h"

/* Layers that every DLA runs, and more channels than a block of its format has. */
static const char network[] =
    "name: \"trial\" input: \"data\" input_dim: 1 input_dim: 3 input_dim: 64 input_dim: 64\n"
    "layer { name: \"conv1\" type: \"Convolution\" bottom: \"data\" top: \"conv1\"\n"
    "  convolution_param { num_output: 40 kernel_size: 3 pad: 1 } }\n"
    "layer { name: \"relu1\" type: \"ReLU\" bottom: \"conv1\" top: \"conv1\" }\n"
    "layer { name: \"pool1\" type: \"Pooling\" bottom: \"conv1\" top: \"pool1\"\n"
    "  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }\n"
    "layer { name: \"conv2\" type: \"Convolution\" bottom: \"pool1\" top: \"conv2\"\n"
    "  convolution_param { num_output: 24 kernel_size: 3 pad: 1 } }\n";

enum { ROUNDS = 20 };
static const double tolerance = 1e-2; /* of the largest value, in FP16 */

typedef struct trial {
    hax_kind kinds[2];
    hax_unit units[2];
    const char *resources[2];
    hax_platform platform;
    hax_model *model;
    const hax_grouping *grouping;
    hax_session_instance instance;
    hax_session *session;
    double ms, difference;
} trial;

/* The unit alone with plain loops on a processor. */
static void make_platform(trial *trial, const hax_platform *from, int unit)
{
    trial->kinds[0] = from->kinds[from->units[unit].kind];
    trial->kinds[1] =
        (hax_kind){ .name = "plain", .driver = "portable", .isa = "", .precision = "f32" };
    trial->units[0] = from->units[unit];
    trial->units[0].kind = 0;
    trial->units[0].resources = 1;
    trial->units[1] = (hax_unit){
        .name = "plain", .kind = 1, .resources = 2, .threads = 1, .class_id = 1, .why = ""
    };
    trial->resources[0] = trial->units[0].name;
    trial->resources[1] = "plain";
    trial->platform = (hax_platform){ .name = "trial",
                                      .description = "",
                                      .resource_count = 2,
                                      .resources = trial->resources,
                                      .kind_count = 2,
                                      .kinds = trial->kinds,
                                      .unit_count = 2,
                                      .units = trial->units,
                                      .fingerprint = from->fingerprint };
}

static hax_status open_session(trial *trial, const hax_watch *watch, hax_error *err)
{
    hax_model_options options = hax_model_options_default();
    HAX_TRY(hax_model_parse_prototxt(network, strlen(network), "trial.prototxt", &options,
                                     &trial->model, err));
    HAX_TRY(hax_grouping_make(trial->model, "1", &trial->grouping, err));
    trial->instance = (hax_session_instance){ "trial", trial->model, trial->grouping };
    const hax_session_config config = { .platform = &trial->platform,
                                        .instance_count = 1,
                                        .instances = &trial->instance,
                                        .watch = watch };
    return hax_session_open(&config, &trial->session, err);
}

/* The shortest of some rounds. */
static hax_status run_on(trial *trial, int unit, int rounds, double *ms, hax_error *err)
{
    const hax_plan_job job = { .unit = unit, .part = HAX_PART_RUN, .after = -1 };
    const hax_plan plan = { 1, &job, false };
    for (int r = 0; r < rounds; r++) {
        hax_stamp stamp;
        HAX_TRY(hax_session_execute(trial->session, &plan, &stamp, err));
        if (r == 0 || hax_stamp_ms(&stamp) < *ms)
            *ms = hax_stamp_ms(&stamp);
    }
    return HAX_OK;
}

static hax_status compare(trial *trial, hax_error *err)
{
    const float *values;
    size_t count, same_count;
    double largest = 0, plain_ms;
    HAX_TRY(run_on(trial, 1, 1, &plain_ms, err));
    HAX_TRY(hax_session_output(trial->session, 0, 1, &values, &count, err));
    float *expected = malloc(count * sizeof *expected);
    if (!expected)
        return hax_fail_memory(err, "the outputs of a trial");
    memcpy(expected, values, count * sizeof *expected);
    hax_status status = run_on(trial, 0, ROUNDS, &trial->ms, err);
    if (status == HAX_OK)
        status = hax_session_output(trial->session, 0, 0, &values, &same_count, err);
    for (size_t i = 0; status == HAX_OK && i < count; i++) {
        assert(same_count == count);
        double off = fabs((double) values[i] - (double) expected[i]);
        largest = fmax(largest, fabs((double) expected[i]));
        trial->difference = off > trial->difference || isnan(off) ? off : trial->difference;
    }
    free(expected);
    if (status == HAX_OK)
        trial->difference /= largest > 0 ? largest : 1;
    return status;
}

static void tell(const trial *trial, hax_status status, const hax_error *err, bool works,
                 hax_text *text)
{
    char what[64];
    snprintf(what, sizeof what, "trial %.40s", trial->units[0].name);
    if (status != HAX_OK)
        hax_text_say(text, "%-12s FAILED: %s\n", what, err->message);
    else
        hax_text_say(text, "%-12s %s: %.3f ms, outputs differ by %.1e of the largest value%s\n",
                     what, works ? "works" : "WRONG", trial->ms, trial->difference,
                     works ? "" : " (1e-02 is allowed)");
}

hax_status hax_doctor_try(const hax_platform *platform, int unit, const hax_watch *watch,
                          hax_text *text, bool *works, hax_error *err)
{
    trial trial = { .ms = 0 };
    hax_error why = { 0 };
    make_platform(&trial, platform, unit);
    hax_status status = open_session(&trial, watch, &why);
    if (status == HAX_OK)
        status = compare(&trial, &why);
    *works = status == HAX_OK && trial.difference <= tolerance;
    tell(&trial, status, &why, *works, text);
    hax_session_close(trial.session);
    hax_grouping_destroy(trial.grouping);
    hax_model_destroy(trial.model);
    if (status == HAX_INTERRUPTED || status == HAX_NO_MEMORY)
        return hax_fail(err, status, "%s", why.message);
    return HAX_OK;
}
