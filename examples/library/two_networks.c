/*
 * The library in one program: loads two networks, plans them on a platform, then runs rounds with
 * inputs of its own and reads what the networks compute.
 *
 *   two_networks [PLATFORM [NET NET]]    default: emulated mobilenet resnet18; a NET may be a file
 *
 * Build against an installed library: cc two_networks.c $(pkg-config --cflags --libs haxconn)
 */
#include <stdio.h>
#include <stdlib.h>

#include <haxconn/haxconn.h>

static hax_error err;

static void must(hax_status status)
{
    if (status == HAX_OK)
        return;
    fprintf(stderr, "%s\n", err.message);
    exit(hax_status_exit_code(status));
}

/* The frame of a camera: here a grey picture that gets lighter. */
static void fill_frame(hax_array *array, int round)
{
    for (size_t i = 0; i < array->count; i++)
        array->values[i] = 0.1F * (float) round;
}

static void show(const hax_output *output)
{
    size_t best = 0, count = 1;
    for (int d = 0; d < output->shape.rank; d++)
        count *= (size_t) output->shape.dims[d];
    for (size_t i = 1; i < count; i++)
        if (output->values[i] > output->values[best])
            best = i;
    printf("  %s: '%s' is largest at %zu: %g\n", output->instance, output->name, best,
           (double) output->values[best]);
}

int main(int argc, char **argv)
{
    const char *names[2] = { argc > 3 ? argv[2] : "mobilenet", argc > 3 ? argv[3] : "resnet18" };
    const hax_platform *platform;
    hax_model *models[2];
    const hax_grouping *groupings[2];
    hax_array *frames[2];
    hax_profile_network networks[2];
    must(hax_platform_load(argc > 1 ? argv[1] : "emulated", &platform, &err));
    for (int n = 0; n < 2; n++) {
        must(hax_model_load(names[n], NULL, &models[n], &err));
        must(hax_grouping_make(models[n], "blocks", &groupings[n], &err));
        networks[n] = (hax_profile_network){ names[n], models[n], groupings[n] };
        const hax_tensor_info input = hax_model_input_info(models[n], 0);
        must(hax_array_make(&input.shape, &frames[n], &err));
    }
    const bool simulated = platform->simulated; /* then nothing is computed */

    /* Measure, and plan. */
    const hax_profile *profile;
    const hax_problem *problem;
    const hax_schedule *plan;
    hax_profile_config how = hax_profile_config_default();
    how.platform = platform;
    how.network_count = 2;
    how.networks = networks;
    how.rounds = 5;
    how.seconds = 2;
    must(hax_profile_measure(&how, &profile, &err));
    must(hax_profile_problem(profile, 2, (const int[]){ 0, 1 }, NULL, &problem, &err));
    must(hax_solve(problem, NULL, &plan, &err));
    printf("planned: %.2f ms a round\n", plan->value);

    /* Run. */
    hax_deployment *deployment;
    hax_deployment_config deployment_config = hax_deployment_config_default();
    deployment_config.platform = platform;
    deployment_config.network_count = 2;
    deployment_config.networks = networks;
    deployment_config.problem = problem;
    deployment_config.schedule = plan;
    must(hax_deployment_open(&deployment_config, &deployment, &err));
    for (int round = 0; round < 3; round++) {
        double ms;
        for (int n = 0; n < 2; n++) {
            fill_frame(frames[n], round);
            must(hax_deployment_set_input(deployment, &(hax_feed){ n, NULL, frames[n] }, &err));
        }
        must(hax_deployment_run(deployment, &ms, &err));
        printf("round %d: %.2f ms\n", round, ms);
        for (int n = 0; n < 2 && !simulated; n++) {
            hax_output output;
            must(hax_deployment_output(deployment, n, 0, &output, &err));
            show(&output);
        }
    }

    hax_deployment_close(deployment);
    hax_schedule_destroy(plan);
    hax_problem_destroy(problem);
    hax_profile_destroy(profile);
    for (int n = 0; n < 2; n++) {
        hax_array_destroy(frames[n]);
        hax_grouping_destroy(groupings[n]);
        hax_model_destroy(models[n]);
    }
    hax_platform_destroy(platform);
    return 0;
}
