/*
 * The library in one program: loads two networks, feeds the first, plans and runs them on a
 * platform, prints what the plan is worth and where the largest output of each network is.
 *
 *   two_networks [PLATFORM [NET NET]]    default: emulated mobilenet resnet18; a NET may be a file
 *
 * Build against an installed library: cc two_networks.c $(pkg-config --cflags --libs haxconn)
 */
#include <stdio.h>
#include <stdlib.h>

#include <haxconn/haxconn.h>

static void must(hax_status status, const hax_error *err)
{
    if (status == HAX_OK)
        return;
    fprintf(stderr, "%s\n", err->message);
    exit(hax_status_exit_code(status));
}

static size_t count_of(const hax_shape *shape)
{
    size_t count = 1;
    for (int d = 0; d < shape->rank; d++)
        count *= (size_t) shape->dims[d];
    return count;
}

static void show_output(const hax_output *of)
{
    size_t best = 0, count = count_of(&of->shape);
    for (size_t i = 1; i < count; i++)
        if (of->values[i] > of->values[best])
            best = i;
    printf("%s: output '%s', %zu numbers, the largest is number %zu\n", of->instance, of->name,
           count, best);
}

int main(int argc, char **argv)
{
    const char *names[2] = { argc > 3 ? argv[2] : "mobilenet", argc > 3 ? argv[3] : "resnet18" };
    hax_error err;
    hax_platform *platform;
    hax_model *models[2];
    hax_grouping *groupings[2];
    hax_profile_network networks[2];
    must(hax_platform_open(argc > 1 ? argv[1] : "emulated", &platform, &err), &err);
    for (int n = 0; n < 2; n++) {
        must(hax_model_load(names[n], &models[n], &err), &err);
        must(hax_model_group(models[n], "blocks", &groupings[n], &err), &err);
        networks[n] = (hax_profile_network){ names[n], models[n], groupings[n] };
    }
    hax_array input = { .shape = hax_model_input_info(models[0]).shape };
    input.count = count_of(&input.shape);
    input.values = calloc(input.count, sizeof *input.values); /* a black picture */
    const hax_array *inputs[2] = { &input, NULL };            /* the second: random, by seed */
    const hax_run_config config = { .platform = platform,
                                    .network_count = 2,
                                    .networks = networks,
                                    .max_transitions = -1,
                                    .rounds = 5,
                                    .seconds = 2,
                                    .inputs = inputs,
                                    .keep_outputs = true };
    hax_result *result;
    must(input.values ? hax_run(&config, &result, &err) : HAX_NO_MEMORY, &err);
    printf("%s\n", result->verdict);
    printf("a round: %.2f ms, predicted %.2f ms\n", result->rows[0].measured.median,
           result->rows[0].predicted_ms);
    for (int o = 0; o < result->output_count; o++)
        show_output(&result->outputs[o]);
    hax_result_destroy(result);
    free(input.values);
    for (int n = 0; n < 2; n++) {
        hax_grouping_destroy(groupings[n]);
        hax_model_destroy(models[n]);
    }
    hax_platform_close(platform);
    return 0;
}
