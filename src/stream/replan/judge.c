#include "judge.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"

/* Frames that are simulated of each network at least, and of all together at most. */
enum { LEAST = 16, MOST = 4000 };

enum { BACK_TO_BACK_TIMES = 64 }; /* all networks, where none has a rate */

enum { RATE_FRAMES = 100 }; /* in each run that looks for the highest rates */

static bool has_release(const hax_figures *figures, hax_frame_release release)
{
    for (int i = 0; i < figures->problem->instance_count; i++)
        if (figures->sources[i].release == release)
            return true;
    return false;
}

/* Do all frames come back to back, and as many as possible? */
static bool is_by_throughput(const hax_judge *judge, const hax_figures *figures)
{
    return judge->in_flight > 1 && figures->problem->objective == HAX_THROUGHPUT &&
           !has_release(figures, HAX_PERIODIC) && !has_release(figures, HAX_SUBMITTED);
}

bool hax_judge_is_by_frames(const hax_judge *judge, const hax_figures *figures)
{
    return is_by_throughput(judge, figures) ||
           (has_release(figures, HAX_PERIODIC) && !has_release(figures, HAX_SUBMITTED));
}

/* What all networks take one after the other, each group where it is fastest. */
static double least_work_ms(const hax_problem *problem)
{
    double sum_ms = 0;
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 0; g < problem->instances[i].group_count; g++) {
            double least_ms = INFINITY;
            for (int u = 0; u < problem->unit_count; u++)
                if (problem->instances[i].groups[g].on[u].allowed)
                    least_ms = fmin(least_ms, problem->instances[i].groups[g].on[u].time_ms);
            sum_ms += least_ms;
        }
    return sum_ms;
}

/* As long as the slowest network has enough frames, unless the others would have too many. */
static hax_stream_limits limits_of(const hax_figures *figures)
{
    double slowest_hz = INFINITY, together_hz = 0;
    if (!has_release(figures,
                     HAX_PERIODIC)) /* so often as much as is worked on at once, and more */
        return (hax_stream_limits){ MOST / figures->problem->instance_count,
                                    1e-3 * BACK_TO_BACK_TIMES * least_work_ms(figures->problem) };
    for (int i = 0; i < figures->problem->instance_count; i++)
        if (figures->sources[i].release == HAX_PERIODIC) {
            slowest_hz = fmin(slowest_hz, figures->sources[i].rate_hz);
            together_hz += figures->sources[i].rate_hz;
        }
    return (hax_stream_limits){ HAX_NO_LIMIT, fmin(LEAST / slowest_hz, MOST / together_hz) };
}

static void sum_up(const hax_stream *stream, hax_judgement *judgement)
{
    for (int n = 0; n < stream->config.network_count; n++) {
        const hax_stream_counts *counts = &stream->counts[n];
        judgement->frames += counts->released;
        judgement->late += counts->released - counts->ended + counts->missed;
        judgement->latency_ms +=
            counts->ended > 0 ? counts->latency_sum_ns / (double) counts->ended * 1e-6 : INFINITY;
    }
}

/* The stream itself, on a virtual clock by the figures. */
static hax_status simulate(const hax_judge *judge, const hax_figures *figures,
                           const hax_cycle *cycle, const hax_schedule *schedule,
                           hax_judgement *judgement, hax_error *err)
{
    static const hax_datasheet by_problem; /* times are the problem's */
    hax_profile_network networks[HAX_MAX_INSTANCES];
    hax_platform platform = *judge->platform;
    hax_stream_config config = hax_stream_config_default();
    const hax_stream_limits limits = limits_of(figures);
    const hax_stream_result *result = NULL;
    hax_stream *stream = NULL;
    platform.simulated = true;
    platform.datasheet = &by_problem;
    for (int i = 0; i < figures->problem->instance_count; i++)
        networks[i] = judge->networks[figures->network[i]];
    config.platform = &platform;
    config.network_count = figures->problem->instance_count;
    config.networks = networks;
    config.problem = figures->problem;
    config.schedule = schedule;
    config.cycle = cycle;
    config.sources = figures->sources;
    config.in_flight = judge->in_flight;
    HAX_TRY(hax_stream_open(&config, &stream, err));
    for (int i = 0; i < config.network_count; i++)
        stream->counts[i].phase_ns = figures->phase_ns[i];
    hax_status status = hax_stream_run(stream, &limits, &result, err);
    if (status == HAX_OK)
        sum_up(stream, judgement);
    for (int n = 0;
         status == HAX_OK && is_by_throughput(judge, figures) && n < config.network_count; n++)
        judgement->per_s += result->networks[n].ended_per_s;
    if (status == HAX_OK && judge->by_rate) {
        hax_stream_rate rate;
        status = hax_stream_find_rate(stream, RATE_FRAMES, &rate, err);
        judgement->factor = rate.factor;
    }
    hax_stream_result_destroy(result);
    hax_stream_close(stream);
    return status;
}

hax_status hax_judge_schedule(const hax_judge *judge, const hax_figures *figures,
                              const hax_schedule *schedule, hax_judgement *out, hax_error *err)
{
    hax_judgement judgement = { .by_frames = hax_judge_is_by_frames(judge, figures),
                                .round = schedule->value };
    if (judgement.by_frames)
        HAX_TRY(simulate(judge, figures, NULL, schedule, &judgement, err));
    *out = judgement;
    return HAX_OK;
}

hax_status hax_judge_cycle(const hax_judge *judge, const hax_figures *figures,
                           const hax_cycle *cycle, const hax_schedule *schedule, hax_judgement *out,
                           hax_error *err)
{
    hax_judgement judgement = { .by_frames = true, .round = NAN };
    assert(hax_judge_is_by_frames(judge, figures) && !judge->by_rate);
    HAX_TRY(simulate(judge, figures, cycle, schedule, &judgement, err));
    *out = judgement;
    return HAX_OK;
}

bool hax_judgement_better(hax_objective objective, const hax_judgement *a, const hax_judgement *b)
{
    static const double tolerance = 1e-9;
    if (!a->by_frames)
        return hax_objective_better(objective, a->round, b->round);
    if (a->factor != b->factor)
        return a->factor > b->factor;
    if (fabs(a->per_s - b->per_s) > 1e-6 * b->per_s)
        return a->per_s > b->per_s;
    if (a->late != b->late)
        return a->late < b->late;
    return a->latency_ms < b->latency_ms * (1 - tolerance);
}
