#include "judge.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"

/* Frames that are simulated of each network at least, and of all together at most. */
enum { LEAST = 16, MOST = 4000 };

enum { RATE_FRAMES = 100 }; /* in each run that looks for the highest rates */

bool hax_judge_is_by_frames(const hax_figures *figures)
{
    bool rate = false;
    for (int i = 0; i < figures->problem->instance_count; i++) {
        rate = rate || figures->sources[i].release == HAX_PERIODIC;
        if (figures->sources[i].release == HAX_SUBMITTED)
            return false;
    }
    return rate;
}

/* As long as the slowest network has enough frames, unless the others would have too many. */
static hax_stream_limits limits_of(const hax_figures *figures)
{
    double slowest_hz = INFINITY, together_hz = 0;
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
    hax_judgement judgement = { .by_frames = hax_judge_is_by_frames(figures),
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
    assert(hax_judge_is_by_frames(figures) && !judge->by_rate);
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
    if (a->late != b->late)
        return a->late < b->late;
    return a->latency_ms < b->latency_ms * (1 - tolerance);
}
