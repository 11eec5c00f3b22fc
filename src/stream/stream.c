/* Streams: opened, changed, closed. */
#include "haxconn/stream.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "inside.h"

/* ---- what is asked --------------------------------------------------------------------------- */

static hax_status check_networks(const hax_stream_config *config, hax_error *err)
{
    const hax_problem *problem = config->problem;
    if (problem->instance_count != config->network_count)
        return hax_fail(err, HAX_BAD_INPUT, "the problem has %d instances, %d networks are given",
                        problem->instance_count, config->network_count);
    for (int i = 0; i < problem->instance_count; i++) {
        const hax_instance_spec *instance = &problem->instances[i];
        if (instance->group_count != config->networks[i].grouping->count)
            return hax_fail(err, HAX_BAD_INPUT,
                            "instance '%.100s' of the problem has %d groups, network '%.100s' %d",
                            instance->name, instance->group_count, config->networks[i].name,
                            config->networks[i].grouping->count);
        if (instance->after_count > 1)
            return hax_fail(err, HAX_BAD_INPUT,
                            "'%.100s' comes after %d networks: frames are taken over from one",
                            instance->name, instance->after_count);
    }
    return HAX_OK;
}

static hax_status take_sources(hax_stream *stream, const hax_frame_source *sources, hax_error *err)
{
    const hax_problem *problem = stream->config.problem;
    for (int n = 0; n < problem->instance_count; n++)
        HAX_TRY(hax_stream_check_source(&problem->instances[n], &sources[n], err));
    for (int n = 0; n < problem->instance_count; n++) {
        hax_stream_counts *counts = &stream->counts[n];
        const hax_instance_spec *instance = &problem->instances[n];
        counts->source = sources[n];
        counts->after = instance->after_count > 0 ? instance->after[0] : -1;
        counts->deadline_ns = isinf(sources[n].deadline_ms)
                                  ? INT64_MAX
                                  : (int64_t) llround(sources[n].deadline_ms * 1e6);
    }
    return HAX_OK;
}

/* ---- the plan -------------------------------------------------------------------------------- */

static void forget_plan(hax_stream *stream)
{
    hax_dispatcher_close(stream->dispatcher);
    hax_pieces_close(stream->pieces);
    free(stream->start_ns);
    free(stream->jobs);
    stream->dispatcher = NULL;
    stream->pieces = NULL;
    stream->start_ns = NULL;
    stream->jobs = NULL;
}

/* The plan of a schedule of the networks that are there. */
static hax_status make_jobs(hax_stream *stream, const hax_schedule *schedule, hax_error *err)
{
    hax_frame_source sources[HAX_MAX_INSTANCES];
    for (int n = 0; n < stream->config.network_count; n++)
        sources[n] = stream->counts[n].source;
    hax_figures_free(&stream->present);
    HAX_TRY(hax_figures_make(stream->config.problem, sources, NULL, &stream->present, err));
    HAX_TRY(hax_figures_plan(&stream->present, stream->config.platform, schedule, &stream->jobs,
                             &stream->plan.job_count, err));
    return hax_stream_copy_jobs(stream, &stream->jobs, &stream->plan.job_count, err);
}

hax_status hax_stream_reload(hax_stream *stream, hax_error *err)
{
    hax_frame_source sources[HAX_MAX_INSTANCES];
    hax_dispatch_table table = { .start_ns = stream->start_ns };
    hax_dispatcher_close(stream->dispatcher);
    stream->dispatcher = NULL;
    if (stream->cycle)
        table.period_ns = (long double) stream->cycle->period_ms * 1e6L;
    for (int n = 0; n < stream->config.network_count; n++)
        sources[n] = stream->counts[n].source;
    return hax_dispatcher_open(stream->list, hax_pieces_of(stream->pieces, 0), sources,
                               stream->config.network_count, stream->in_flight,
                               stream->cycle ? &table : NULL, &stream->dispatcher, err);
}

static hax_status load_plan(hax_stream *stream, const hax_schedule *schedule,
                            const hax_cycle *cycle, hax_error *err)
{
    int count = 0;
    double *start_ms = NULL;
    stream->cycle = cycle;
    hax_status status = cycle
                            ? hax_cycle_jobs(cycle, stream->config.platform, schedule,
                                             &stream->jobs, &start_ms, &stream->plan.job_count, err)
                            : make_jobs(stream, schedule, err);
    stream->plan.jobs = stream->jobs;
    if (status == HAX_OK)
        status = hax_pieces_open(stream->session, &stream->plan, &stream->pieces, err);
    if (status == HAX_OK) {
        stream->list = hax_pieces_list(stream->pieces);
        count = hax_pieces_of(stream->pieces, 0).count;
        stream->start_ns = calloc((size_t) count + 1, sizeof *stream->start_ns);
        if (!stream->start_ns)
            status = hax_fail_memory(err, "the table of a cycle");
    }
    for (int p = 0; status == HAX_OK && p < count; p++) { /* an instance's stand in their order */
        const int network = hax_stream_network_of(stream, stream->list[p].instance);
        stream->counts[network].last_unit = stream->list[p].unit;
        if (start_ms)
            stream->start_ns[p] = (int64_t) llround(start_ms[stream->list[p].first_job] * 1e6);
    }
    free(start_ms);
    return status == HAX_OK ? hax_stream_reload(stream, err) : status;
}

/* ---- what results are compared with ---------------------------------------------------------- */

static hax_status reference_jobs(const hax_stream *stream, const hax_schedule *schedule,
                                 hax_plan_job **jobs, int *count, hax_error *err)
{
    const hax_schedule *checked = NULL;
    HAX_TRY(hax_schedule_evaluate(stream->config.problem, "reference", schedule->job_count,
                                  schedule->jobs, &checked, err));
    hax_status status = hax_plan_from_schedule(stream->config.platform, stream->config.problem,
                                               checked, jobs, count, err);
    hax_schedule_destroy(checked);
    return status;
}

static bool all_present(const hax_stream *stream)
{
    for (int n = 0; n < stream->config.network_count; n++)
        if (stream->counts[n].source.release == HAX_NO_FRAMES)
            return false;
    return true;
}

/* All networks on the first unit that can run them; else as they are planned, whole. */
static hax_status single_unit_jobs(const hax_stream *stream, const hax_schedule *planned,
                                   hax_plan_job **jobs, int *count, hax_error *err)
{
    const hax_problem *problem = stream->config.problem;
    int units[HAX_MAX_INSTANCES];
    for (int u = 0; u < problem->unit_count; u++) {
        const hax_schedule *single = NULL;
        for (int i = 0; i < problem->instance_count; i++)
            units[i] = u;
        hax_status status = hax_schedule_whole(problem, "single unit", units, NULL, &single, NULL);
        if (status == HAX_NO_MEMORY)
            return hax_fail_memory(err, "a plan on one unit");
        if (status != HAX_OK)
            continue;
        status = reference_jobs(stream, single, jobs, count, err);
        hax_schedule_destroy(single);
        return status;
    }
    if (stream->config.cycle || !all_present(stream)) {
        *jobs = NULL; /* nothing to compare with in one round */
        return HAX_OK;
    }
    return reference_jobs(stream, planned, jobs, count, err);
}

static hax_status fetch_reference(hax_stream *stream, const hax_plan *plan, hax_error *err)
{
    int last_unit[HAX_MAX_INSTANCES];
    hax_stamp *stamps = calloc((size_t) plan->job_count + 1, sizeof *stamps);
    if (!stamps)
        return hax_fail_memory(err, "a stream");
    hax_status status = hax_session_execute(stream->session, plan, stamps, err);
    free(stamps);
    HAX_TRY(status);
    for (int j = 0; j < plan->job_count; j++)
        if (plan->jobs[j].part == HAX_PART_RUN)
            last_unit[plan->jobs[j].instance] = plan->jobs[j].unit;
    status = hax_run_outputs_fetch(stream->session, stream->config.network_count, last_unit,
                                   &stream->reference, err);
    return status == HAX_UNAVAILABLE ? HAX_OK : status; /* units that compute nothing */
}

static hax_status make_reference(hax_stream *stream, const hax_schedule *schedule, hax_error *err)
{
    hax_plan_job *jobs = NULL;
    hax_plan plan = { .untimed = true };
    if (!stream->config.check_outputs || stream->config.platform->simulated)
        return HAX_OK;
    hax_status status = single_unit_jobs(stream, schedule, &jobs, &plan.job_count, err);
    plan.jobs = jobs;
    if (status == HAX_OK && jobs)
        status = fetch_reference(stream, &plan, err);
    free(jobs);
    return status;
}

/* ---- opened and closed ----------------------------------------------------------------------- */

static hax_status reserve(hax_stream *stream, hax_error *err)
{
    size_t count = (size_t) stream->config.network_count;
    stream->networks = hax_arena_alloc(stream->arena, count, sizeof *stream->networks);
    stream->counts = hax_arena_alloc(stream->arena, count, sizeof *stream->counts);
    if (!stream->networks || !stream->counts)
        return hax_fail_memory(err, "a stream");
    for (size_t n = 0; n < count; n++) {
        stream->networks[n] = stream->config.networks[n];
        stream->counts[n].latency =
            hax_arena_alloc(stream->arena, 1, sizeof *stream->counts[n].latency);
        if (!stream->counts[n].latency)
            return hax_fail_memory(err, "a stream");
    }
    stream->config.networks = stream->networks;
    return hax_stream_make_instances(stream, err);
}

static int round_jobs_most(const hax_problem *problem)
{
    int most = 0;
    for (int i = 0; i < problem->instance_count; i++)
        most += 3 * problem->instances[i].group_count;
    return most;
}

static hax_status open_session(hax_stream *stream, hax_error *err)
{
    const hax_stream_config *config = &stream->config;
    if (config->platform->datasheet) {
        stream->clock = hax_problem_clock_make(config->platform, config->problem);
        stream->session_clock = hax_problem_clock_session(&stream->clock);
    }
    const hax_session_config session_config = {
        .platform = config->platform,
        .instance_count = stream->in_flight * config->network_count,
        .instances = stream->instances,
        .plan_jobs = config->cycle ? hax_cycle_jobs_most(config->cycle)
                     : config->replan
                         ? HAX_PIECES_PLACES * stream->in_flight * round_jobs_most(config->problem)
                         : 0,
        .input_seed = config->input_seed,
        .clock = config->platform->datasheet ? &stream->session_clock : NULL,
        .watch = config->watch,
    };
    return hax_session_open(&session_config, &stream->session, err);
}

static hax_status check_feeds(const hax_stream *stream, hax_error *err)
{
    for (int f = 0; f < stream->config.feed_count; f++) {
        const int n = stream->config.feeds[f].network;
        if (n >= 0 && n < stream->config.network_count &&
            stream->counts[n].source.release == HAX_SUBMITTED)
            return hax_fail(
                err, HAX_BAD_INPUT,
                "'%.100s': its frames are submitted, each with its own numbers: feed it "
                "there",
                stream->instances[n].name);
    }
    return HAX_OK;
}

/* Numbers that feed networks are copied into the session. */
static hax_status open_fed_session(hax_stream *stream, hax_error *err)
{
    const hax_stream_config *config = &stream->config;
    hax_fed_inputs fed = { 0 };
    void *filled = NULL;
    HAX_TRY(check_feeds(stream, err));
    hax_status status = hax_feeds_resolve(config->networks, config->network_count, config->feeds,
                                          config->feed_count, &fed, err);
    for (int n = 0; status == HAX_OK && n < config->network_count; n++)
        stream->instances[n].inputs = fed.inputs[n];
    if (status == HAX_OK)
        status = hax_stream_fill_copies(stream, &fed, &filled, err);
    if (status == HAX_OK)
        status = open_session(stream, err);
    for (int i = 0; i < stream->in_flight * config->network_count; i++)
        stream->instances[i].inputs = NULL;
    free(filled);
    hax_feeds_free(&fed);
    return status;
}

static hax_status refuse_cycle(int in_flight, hax_error *err)
{
    return hax_fail(err, HAX_BAD_INPUT,
                    "the schedule is of a cycle, in which each frame of a network begins after the "
                    "one before: %d cannot be in flight",
                    in_flight);
}

static hax_status open_all(hax_stream *stream, hax_error *err)
{
    const hax_schedule *schedule = stream->config.schedule;
    HAX_TRY(reserve(stream, err));
    HAX_TRY(take_sources(stream, stream->config.sources, err));
    HAX_TRY(open_fed_session(stream, err));
    HAX_TRY(make_reference(stream, schedule, err));
    HAX_TRY(load_plan(stream, schedule, stream->config.cycle, err));
    HAX_TRY(hax_stream_slots_open(stream, err));
    stream->base_ns = hax_pieces_now_ns(stream->pieces);
    return stream->config.replan ? hax_replan_open(stream, schedule, &stream->replan, err) : HAX_OK;
}

hax_status hax_stream_open(const hax_stream_config *given, hax_stream **out, hax_error *err)
{
    HAX_CONFIG_TAKE(hax_stream_config, config, given, err);
    HAX_TRY(check_networks(&config, err));
    if (config.replan && config.cycle)
        return hax_fail(err, HAX_BAD_INPUT,
                        "the schedule is of a cycle, which holds for its own rates only: a stream "
                        "that plans anew cannot begin with it");
    if (config.cycle && config.in_flight > 1)
        return refuse_cycle(config.in_flight, err);
    hax_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return hax_fail_memory(err, "a stream");
    stream->config = config;
    stream->arena = hax_arena_create();
    hax_status status = stream->arena ? open_all(stream, err) : hax_fail_memory(err, "a stream");
    if (status != HAX_OK) {
        hax_stream_close(stream);
        return status;
    }
    stream->config.schedule = NULL; /* only read while opening, as the sources */
    stream->config.sources = NULL;
    stream->config.feeds = NULL;
    *out = stream;
    return HAX_OK;
}

void hax_stream_close(hax_stream *stream)
{
    if (!stream)
        return;
    hax_replan_close(stream->replan); /* it plans for what follows */
    forget_plan(stream);
    hax_figures_free(&stream->present);
    hax_stream_slots_close(stream);
    hax_run_outputs_free(&stream->reference);
    hax_session_close(stream->session);
    hax_arena_destroy(stream->arena);
    free(stream);
}

hax_status hax_stream_change(hax_stream *stream, const hax_schedule *schedule,
                             const hax_cycle *cycle, const hax_frame_source *sources,
                             hax_error *err)
{
    if (stream->replan)
        return hax_fail(err, HAX_USAGE, "a stream that plans anew changes its plan by itself");
    if (cycle && stream->in_flight > 1)
        return refuse_cycle(stream->in_flight, err);
    if (sources)
        HAX_TRY(take_sources(stream, sources, err));
    forget_plan(stream);
    HAX_TRY(load_plan(stream, schedule, cycle, err));
    hax_stream_slots_close(stream);
    HAX_TRY(hax_stream_slots_open(stream, err));
    stream->base_ns = hax_pieces_now_ns(stream->pieces);
    return HAX_OK;
}
