/* Networks kept ready to run by a schedule. */
#include "haxconn/deploy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "error.h"
#include "exec.h"
#include "feeds.h"
#include "model.h"
#include "rows.h"

struct hax_deployment {
    const hax_platform *platform;
    int network_count;
    hax_profile_network *networks;
    hax_session_instance *instances;
    hax_session *session;
    hax_plan plan;
    hax_plan_job *jobs; /* of plan */
    hax_stamp *stamps;
    int *last_unit; /* [instance]: where its outputs are */
    bool fed;       /* inputs were set since the last round */
    bool has_run;
};

static hax_status check_groups(const hax_deployment_config *config, hax_error *err)
{
    const hax_problem *problem = config->problem;
    if (problem->instance_count != config->network_count)
        return hax_fail(err, HAX_BAD_INPUT, "the problem has %d instances, %d networks are given",
                        problem->instance_count, config->network_count);
    for (int i = 0; i < problem->instance_count; i++)
        if (problem->instances[i].group_count != config->networks[i].grouping->count)
            return hax_fail(err, HAX_BAD_INPUT,
                            "instance '%.100s' of the problem has %d groups, network '%.100s' %d",
                            problem->instances[i].name, problem->instances[i].group_count,
                            config->networks[i].name, config->networks[i].grouping->count);
    for (int i = 0; i < config->network_count; i++)
        HAX_TRY(hax_grouping_check(config->networks[i].model, config->networks[i].grouping, err));
    return HAX_OK;
}

/* The plan of a schedule that holds against its problem. */
static hax_status make_plan(hax_deployment *deployment, const hax_deployment_config *config,
                            hax_error *err)
{
    const hax_schedule *checked = NULL;
    HAX_TRY(check_groups(config, err));
    HAX_TRY(hax_schedule_evaluate(config->problem, "deployment", config->schedule->job_count,
                                  config->schedule->jobs, &checked, err));
    hax_status status = hax_plan_from_schedule(config->platform, config->problem, checked,
                                               &deployment->jobs, &deployment->plan.job_count, err);
    hax_schedule_destroy(checked);
    assert(status != HAX_OK || deployment->plan.job_count >= 1);
    deployment->plan.jobs = deployment->jobs;
    deployment->plan.untimed = true;
    return status;
}

static hax_status allocate(hax_deployment *deployment, const hax_deployment_config *config,
                           hax_error *err)
{
    size_t count = (size_t) config->network_count + 1;
    deployment->platform = config->platform;
    deployment->network_count = config->network_count;
    deployment->networks = calloc(count, sizeof *deployment->networks);
    deployment->instances = calloc(count, sizeof *deployment->instances);
    deployment->last_unit = calloc(count, sizeof *deployment->last_unit);
    deployment->stamps =
        calloc((size_t) deployment->plan.job_count + 1, sizeof *deployment->stamps);
    return deployment->networks && deployment->instances && deployment->last_unit &&
                   deployment->stamps
               ? HAX_OK
               : hax_fail_memory(err, "a deployment");
}

static hax_status open_session(hax_deployment *deployment, const hax_deployment_config *config,
                               hax_error *err)
{
    for (int i = 0; i < config->network_count; i++) {
        deployment->networks[i] = config->networks[i];
        deployment->instances[i] = (hax_session_instance){
            .name = config->networks[i].name,
            .model = config->networks[i].model,
            .grouping = config->networks[i].grouping,
            .after_count = config->problem->instances[i].after_count,
            .after = config->problem->instances[i].after,
        };
    }
    for (int j = 0; j < deployment->plan.job_count; j++)
        if (deployment->jobs[j].part == HAX_PART_RUN) /* groups stand in their order */
            deployment->last_unit[deployment->jobs[j].instance] = deployment->jobs[j].unit;
    const hax_session_config session_config = { .platform = config->platform,
                                                .instance_count = config->network_count,
                                                .instances = deployment->instances,
                                                .input_seed = config->input_seed,
                                                .watch = config->watch };
    return hax_session_open(&session_config, &deployment->session, err);
}

hax_status hax_deployment_open(const hax_deployment_config *given, hax_deployment **deployment,
                               hax_error *err)
{
    HAX_CONFIG_TAKE(hax_deployment_config, own, given, err);
    const hax_deployment_config *config = &own;
    hax_deployment *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a deployment");
    hax_status status = make_plan(result, config, err);
    if (status == HAX_OK)
        status = allocate(result, config, err);
    if (status == HAX_OK)
        status = open_session(result, config, err);
    if (status != HAX_OK) {
        hax_deployment_close(result);
        return status;
    }
    *deployment = result;
    return HAX_OK;
}

void hax_deployment_close(hax_deployment *deployment)
{
    if (!deployment)
        return;
    hax_session_close(deployment->session);
    free(deployment->networks);
    free(deployment->instances);
    free(deployment->last_unit);
    free(deployment->stamps);
    free(deployment->jobs);
    free(deployment);
}

hax_status hax_deployment_set_input(hax_deployment *deployment, const hax_feed *feed,
                                    hax_error *err)
{
    int input;
    if (feed->network < 0 || feed->network >= deployment->network_count)
        return hax_fail(err, HAX_BAD_INPUT, "there is no network %d: %d are deployed",
                        feed->network, deployment->network_count);
    HAX_TRY(hax_feed_find(&deployment->networks[feed->network], feed, &input, err));
    assert(input >= 0 && input < hax_model_input_count(deployment->networks[feed->network].model));
    hax_session_set_input(deployment->session, feed->network, input, feed->array->values);
    deployment->fed = true;
    return HAX_OK;
}

hax_status hax_deployment_run(hax_deployment *deployment, double *round_ms, hax_error *err)
{
    if (deployment->fed)
        HAX_TRY(hax_session_feed(deployment->session, err));
    deployment->fed = false;
    deployment->has_run = false;
    HAX_TRY(hax_session_execute(deployment->session, &deployment->plan, deployment->stamps, err));
    deployment->has_run = true;
    if (round_ms)
        *round_ms = hax_stamps_round_ms(deployment->stamps, deployment->plan.job_count);
    return HAX_OK;
}

hax_status hax_deployment_output(hax_deployment *deployment, int network, int index,
                                 hax_output *output, hax_error *err)
{
    const float *values;
    size_t count;
    if (network < 0 || network >= deployment->network_count)
        return hax_fail(err, HAX_BAD_INPUT, "there is no network %d: %d are deployed", network,
                        deployment->network_count);
    const hax_model *model = deployment->networks[network].model;
    if (index < 0 || index >= hax_model_output_count(model))
        return hax_fail(err, HAX_BAD_INPUT, "%.100s has no output %d: it has %d",
                        deployment->networks[network].name, index, hax_model_output_count(model));
    if (!deployment->has_run)
        return hax_fail(err, HAX_UNAVAILABLE, "no round has been run whose outputs could be read");
    HAX_TRY(hax_session_output(deployment->session, network, deployment->last_unit[network],
                               &values, &count, err));
    for (int o = 0; o < index; o++)
        values += hax_model_tensor(model, hax_model_output(model, o))->bytes / sizeof(float);
    assert(deployment->last_unit[network] >= 0);
    hax_tensor_info info = hax_model_output_info(model, index);
    *output = (hax_output){ .network = network,
                            .instance = deployment->networks[network].name,
                            .name = info.name,
                            .shape = info.shape,
                            .values = values };
    return HAX_OK;
}
