/*
 * Frames of two networks, as a program with cameras has them: the one submits each frame and waits
 * for its result, the other submits without waiting and is called back; a second stream releases
 * its frames by itself, at rates.
 *
 *   frames [PLATFORM [NET NET]]    default: emulated mobilenet resnet18; a NET may be a file
 *
 * Build against an installed library: cc frames.c $(pkg-config --cflags --libs haxconn)
 */
#include <math.h>
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

typedef struct setting {
    const hax_platform *platform;
    hax_model *models[2];
    const hax_grouping *groupings[2];
    hax_profile_network networks[2];
    const hax_profile *profile;
    const hax_problem *problem;
    const hax_schedule *plan;
    int called_back;
} setting;

/* Measures and plans, as two_networks.c does. */
static void prepare(setting *set, const char *platform, const char *const *names)
{
    must(hax_platform_load(platform, &set->platform, &err));
    for (int n = 0; n < 2; n++) {
        must(hax_model_load(names[n], NULL, &set->models[n], &err));
        must(hax_grouping_make(set->models[n], "blocks", &set->groupings[n], &err));
        set->networks[n] = (hax_profile_network){ names[n], set->models[n], set->groupings[n] };
    }
    hax_profile_config how = hax_profile_config_default();
    how.platform = set->platform;
    how.network_count = 2;
    how.networks = set->networks;
    how.rounds = 5;
    how.seconds = 2;
    must(hax_profile_measure(&how, &set->profile, &err));
    must(hax_profile_problem(set->profile, 2, (const int[]){ 0, 1 }, NULL, &set->problem, &err));
    must(hax_solve(set->problem, NULL, &set->plan, &err));
}

static void forget(const setting *set)
{
    hax_schedule_destroy(set->plan);
    hax_problem_destroy(set->problem);
    hax_profile_destroy(set->profile);
    for (int n = 0; n < 2; n++) {
        hax_grouping_destroy(set->groupings[n]);
        hax_model_destroy(set->models[n]);
    }
    hax_platform_destroy(set->platform);
}

static hax_stream *open_stream(setting *set, const hax_frame_source *sources,
                               void (*frame_ended)(void *context, const hax_frame *frame))
{
    hax_stream *stream;
    hax_stream_config config = hax_stream_config_default();
    config.platform = set->platform;
    config.network_count = 2;
    config.networks = set->networks;
    config.problem = set->problem;
    config.schedule = set->plan;
    config.sources = sources;
    config.frame_ended = frame_ended;
    config.context = set;
    must(hax_stream_open(&config, &stream, &err));
    return stream;
}

static void called_back(void *context, const hax_frame *frame)
{
    setting *set = context;
    set->called_back += frame->network == 1 && !frame->dropped;
}

/* The frame of a camera: here a grey picture that gets lighter. */
static void submit(hax_stream *stream, const setting *set, int network, int picture,
                   int64_t *number)
{
    hax_array *array;
    const hax_tensor_info input = hax_model_input_info(set->models[network], 0);
    must(hax_array_make(&input.shape, &array, &err));
    for (size_t i = 0; i < array->count; i++)
        array->values[i] = 0.1F * (float) picture;
    must(hax_stream_submit(stream, network, 1, &(hax_feed){ network, input.name, array }, number,
                           &err));
    hax_array_destroy(array); /* the numbers have been copied */
}

/* Five pictures for each network; the first one's results are waited for one by one. */
static void submit_frames(setting *set)
{
    hax_frame_source sources[2] = { hax_frame_source_default(), hax_frame_source_default() };
    sources[0].release = sources[1].release = HAX_SUBMITTED;
    sources[1].buffer = 8; /* none is dropped, though nobody waits */
    hax_stream *stream = open_stream(set, sources, called_back);
    hax_frame frame;
    int64_t number, last = 0;
    for (int picture = 0; picture < 5; picture++) {
        submit(stream, set, 1, picture, &last);
        submit(stream, set, 0, picture, &number);
        must(hax_stream_wait(stream, 0, number, &frame, &err));
        printf("frame %lld: %.2f ms", (long long) number,
               1e-6 * (double) (frame.end_ns - frame.release_ns));
        if (frame.output_count > 0) /* units compute */
            printf(", '%s' begins with %g", frame.outputs[0].name,
                   (double) frame.outputs[0].values[0]);
        printf("\n");
    }
    must(hax_stream_wait(stream, 1, last, &frame, &err));
    printf("called back %d times\n", set->called_back);
    hax_stream_close(stream);
}

/* Twenty frames at 50 a second of the one, the other in the time that is left. */
static void run_at_rates(setting *set)
{
    const hax_frame_source sources[2] = { hax_frame_source_periodic(50),
                                          hax_frame_source_default() };
    const hax_stream_limits limits = { 20, INFINITY };
    const hax_stream_result *result;
    hax_stream *stream = open_stream(set, sources, NULL);
    must(hax_stream_run(stream, &limits, &result, &err));
    for (int n = 0; n < result->network_count; n++) {
        const hax_stream_network *network = &result->networks[n];
        printf("%s: %lld of %lld frames, p99 %.2f ms, %lld missed\n", network->name,
               (long long) network->ended, (long long) network->released, network->p99_ms,
               (long long) network->missed);
    }
    hax_stream_result_destroy(result);
    hax_stream_close(stream);
}

int main(int argc, char **argv)
{
    const char *names[2] = { argc > 3 ? argv[2] : "mobilenet", argc > 3 ? argv[3] : "resnet18" };
    setting set = { 0 };
    prepare(&set, argc > 1 ? argv[1] : "emulated", names);
    submit_frames(&set);
    run_at_rates(&set);
    forget(&set);
    return 0;
}
