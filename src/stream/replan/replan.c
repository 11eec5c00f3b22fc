#include "replan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "planner.h"
#include "text.h"
#include "unit_watch.h"

enum { RETIRED_MOST = 4, WHAT_BYTES = 200 };

/* How long no job may have run on a unit that is held to be slow before it is tried again: at
 * first, and at most, as it doubles each time that it still is. */
static const int64_t first_try_ns = INT64_C(1000000000), last_try_ns = INT64_C(64000000000);

struct hax_replan {
    hax_stream *stream;
    hax_judge judge;
    hax_problem_clock clock; /* of what was profiled */
    hax_unit_watch units;
    hax_planner *planner;               /* for the newest change; NULL: none is at work */
    hax_planner *retired[RETIRED_MOST]; /* asked to end */
    hax_figures in_force, next;   /* of the plan in force, and of the planner's; without problems */
    const hax_schedule *schedule; /* in force */
    hax_planner_news offer;       /* `better`: comes into force as soon as there is a place */
    int change;                   /* the newest, from 1 */
    bool wanted;                  /* it has no planner yet */
    char what[WHAT_BYTES];
    int64_t changed_ns; /* from the stream's start */
    int tried;          /* the platform's unit that the newest change is to try; -1: none */
    int64_t try_ns[HAX_MAX_UNITS];
};

/* ---- opened and closed ----------------------------------------------------------------------- */

static hax_status copy_schedule(const hax_figures *figures, const hax_schedule *schedule,
                                const hax_schedule **copy, hax_error *err)
{
    return hax_schedule_evaluate(figures->problem, schedule->name, schedule->job_count,
                                 schedule->jobs, copy, err);
}

/* Who stands for whom in some figures, without the problem. */
static hax_figures numbers_of(const hax_figures *figures)
{
    hax_figures numbers = *figures;
    numbers.problem = NULL;
    return numbers;
}

hax_status hax_replan_open(hax_stream *stream, const hax_schedule *schedule, hax_replan **out,
                           hax_error *err)
{
    hax_replan *replan = calloc(1, sizeof *replan);
    if (!replan)
        return hax_fail_memory(err, "what plans anew");
    replan->stream = stream;
    replan->judge =
        (hax_judge){ stream->config.platform, stream->networks, false, stream->in_flight };
    replan->clock = hax_problem_clock_make(stream->config.platform, stream->config.problem);
    hax_unit_watch_start(&replan->units, &replan->clock, stream->config.platform->unit_count);
    replan->in_force = numbers_of(&stream->present);
    replan->tried = -1;
    for (int u = 0; u < HAX_MAX_UNITS; u++)
        replan->try_ns[u] = first_try_ns;
    hax_status status = copy_schedule(&stream->present, schedule, &replan->schedule, err);
    if (status != HAX_OK) {
        hax_replan_close(replan);
        return status;
    }
    *out = replan;
    return HAX_OK;
}

void hax_replan_close(hax_replan *replan)
{
    if (!replan)
        return;
    hax_planner_close(replan->planner);
    for (int r = 0; r < RETIRED_MOST; r++)
        hax_planner_close(replan->retired[r]);
    hax_planner_news_free(&replan->offer);
    hax_schedule_destroy(replan->schedule);
    free(replan);
}

/* ---- changes --------------------------------------------------------------------------------- */

/* One whose planner has ended, or who is waited for where `waits`; -1: none. */
static int free_retired(hax_replan *replan)
{
    int place = -1;
    for (int r = 0; r < RETIRED_MOST; r++) {
        if (replan->retired[r] && hax_planner_stop(replan->retired[r])) {
            hax_planner_close(replan->retired[r]);
            replan->retired[r] = NULL;
        }
        if (!replan->retired[r])
            place = r;
    }
    return place;
}

void hax_replan_rest(hax_replan *replan)
{
    hax_planner_close(replan->planner);
    replan->planner = NULL;
    hax_planner_news_free(&replan->offer);
    replan->offer.better = replan->wanted = false;
}

void hax_replan_change(hax_replan *replan, const char *what)
{
    hax_text text = hax_text_in(replan->what, sizeof replan->what);
    hax_text_printf(&text, "%.180s", what);
    replan->change++;
    replan->tried = -1;
    replan->wanted = true;
    replan->changed_ns = hax_stream_now_ns(replan->stream);
    hax_planner_news_free(&replan->offer); /* of figures that no longer hold */
    replan->offer.better = false;
}

/* "unit big takes 2 times what was profiled": with the verb in front, and what follows. */
static void say_unit(hax_replan *replan, int unit, const char *verb, const char *rest)
{
    char what[WHAT_BYTES];
    hax_text text = hax_text_in(what, sizeof what);
    const double factor = replan->units.units[unit].factor;
    hax_text_printf(&text, "unit %.60s ", replan->stream->config.platform->units[unit].name);
    if (factor == 1)
        hax_text_append(&text, "is as fast as profiled");
    else
        hax_text_printf(&text, "%s %.3g times what was profiled%s", verb, factor, rest);
    hax_replan_change(replan, what);
}

/* Is a unit held to be slow, of which nothing was seen for so long that it is to be tried? */
static bool is_forgotten(const hax_replan *replan, int unit)
{
    const hax_unit_history *history = &replan->units.units[unit];
    const int64_t now_ns = hax_pieces_now_ns(replan->stream->pieces);
    return history->factor > 1 && now_ns - history->sampled_ns >= replan->try_ns[unit];
}

static void try_again(hax_replan *replan, int unit)
{
    hax_unit_history *history = &replan->units.units[unit];
    history->sampled = 0;
    history->sampled_ns = hax_pieces_now_ns(replan->stream->pieces); /* not again at once */
    replan->try_ns[unit] *= replan->try_ns[unit] < last_try_ns ? 2 : 1;
    say_unit(replan, unit, "took", ": it is tried again");
    replan->tried = unit;
}

static void see_units(hax_replan *replan)
{
    int unit = hax_unit_watch_changed(&replan->units);
    if (unit >= 0) {
        replan->try_ns[unit] = first_try_ns;
        say_unit(replan, unit, "takes", "");
        return;
    }
    if (replan->tried >= 0 && replan->units.units[replan->tried].sampled >= HAX_UNIT_WATCH_WINDOW) {
        say_unit(replan, replan->tried, "still takes", "");
        return;
    }
    for (int u = 0; u < replan->units.unit_count && !replan->wanted && !replan->planner; u++)
        if (is_forgotten(replan, u)) {
            try_again(replan, u);
            return;
        }
}

/* ---- planning -------------------------------------------------------------------------------- */

static hax_status make_figures(const hax_replan *replan, hax_figures *figures, hax_error *err)
{
    const hax_stream *stream = replan->stream;
    hax_frame_source sources[HAX_MAX_INSTANCES];
    double factors[HAX_MAX_UNITS];
    for (int u = 0; u < stream->config.problem->unit_count; u++)
        factors[u] = 1;
    for (int u = 0; u < stream->config.platform->unit_count; u++)
        if (replan->clock.unit_of[u] >= 0)
            factors[replan->clock.unit_of[u]] = replan->units.units[u].factor;
    for (int n = 0; n < stream->config.network_count; n++)
        sources[n] = stream->counts[n].source;
    HAX_TRY(hax_figures_make(stream->config.problem, sources, factors, figures, err));
    for (int i = 0; i < figures->problem->instance_count; i++) {
        const hax_stream_counts *counts = &stream->counts[figures->network[i]];
        int64_t wait_ns = counts->next_release_ns - hax_stream_now_ns(stream);
        if (figures->sources[i].release == HAX_PERIODIC && !counts->awaits_plan && wait_ns > 0)
            figures->phase_ns[i] = wait_ns; /* one that is awaited has its first frame at once */
    }
    return HAX_OK;
}

/* As soon as planning for what was before has made room. */
static hax_status begin_planning(hax_replan *replan, hax_error *err)
{
    hax_figures figures;
    const hax_schedule *current = NULL;
    int place = free_retired(replan);
    if (!replan->wanted || (replan->planner && place < 0))
        return HAX_OK;
    if (replan->planner) {
        hax_planner_stop(replan->planner);
        replan->retired[place] = replan->planner;
        replan->planner = NULL;
        free_retired(replan);
    }
    replan->wanted = false;
    HAX_TRY(make_figures(replan, &figures, err));
    hax_status status =
        hax_figures_carry_over(&replan->in_force, replan->schedule, &figures, &current, err);
    if (status != HAX_OK) {
        hax_figures_free(&figures);
        return status;
    }
    replan->next = numbers_of(&figures);
    const int tried = replan->tried >= 0 ? replan->clock.unit_of[replan->tried] : -1;
    return hax_planner_open(&replan->judge, &figures, current, tried,
                            replan->stream->config.platform->simulated,
                            hax_stream_now_ns(replan->stream), &replan->planner, err);
}

/* ---- told ------------------------------------------------------------------------------------ */

static void tell(const hax_replan *replan, const hax_planner_news *news, const hax_judgement *worth,
                 double after_ms, bool kept, bool ended)
{
    const hax_stream_config *config = &replan->stream->config;
    const hax_stream_plan plan = {
        .change = replan->change,
        .what = replan->what,
        .changed_s = (double) replan->changed_ns * 1e-9,
        .after_ms = after_ms,
        .plan = replan->schedule->name,
        .kept = kept,
        .by_frames = worth->by_frames,
        .frames = worth->frames,
        .late = worth->late,
        .latency_ms = worth->latency_ms,
        .objective = config->problem->objective,
        .round = worth->round,
        .best = news->optimum,
        .bound = news->bound,
        .proof = news->proof,
        .nodes = news->nodes,
        .ended = ended,
    };
    if (config->plan_changed)
        config->plan_changed(config->context, &plan);
}

static double since_change_ms(const hax_replan *replan)
{
    return (double) (hax_stream_now_ns(replan->stream) - replan->changed_ns) * 1e-6;
}

/* A network that has come has its first frame as soon as the plan in force has it, which one that
 * it had before it went may have all along. */
static void start_networks(const hax_replan *replan)
{
    hax_stream *stream = replan->stream;
    for (int n = 0; n < stream->config.network_count; n++)
        if (stream->counts[n].awaits_plan && replan->in_force.instance[n] >= 0) {
            stream->counts[n].awaits_plan = false;
            hax_stream_start_frames(stream, n);
        }
}

/* ---- into force ------------------------------------------------------------------------------ */

static hax_status put_in_force(hax_replan *replan, hax_error *err)
{
    hax_stream *stream = replan->stream;
    hax_planner_news *offer = &replan->offer;
    int place = offer->better ? hax_dispatcher_free_place(stream->dispatcher) : -1;
    if (place < 0)
        return HAX_OK;
    HAX_TRY(hax_stream_copy_jobs(stream, &offer->jobs, &offer->job_count, err));
    const hax_plan plan = { .job_count = offer->job_count, .jobs = offer->jobs };
    HAX_TRY(hax_pieces_replace(stream->pieces, place, &plan, err));
    HAX_TRY(
        hax_dispatcher_adopt(stream->dispatcher, place, hax_pieces_of(stream->pieces, place), err));
    hax_schedule_destroy(replan->schedule);
    replan->schedule = offer->schedule;
    replan->in_force = replan->next;
    offer->schedule = NULL;
    start_networks(replan);
    tell(replan, offer, &offer->worth, since_change_ms(replan), false, false);
    if (offer->ended)
        tell(replan, offer, &offer->worth, since_change_ms(replan), true, true);
    hax_planner_news_free(offer);
    offer->better = false;
    return HAX_OK;
}

static hax_status take_news(hax_replan *replan, hax_error *err)
{
    hax_planner_news news;
    if (!replan->planner || replan->wanted ||
        !hax_planner_ask(replan->planner, hax_stream_now_ns(replan->stream), &news))
        return HAX_OK;
    if (news.ended) {
        hax_planner_close(replan->planner);
        replan->planner = NULL;
    }
    if (news.status != HAX_OK) {
        if (err)
            *err = news.error;
        return news.status;
    }
    if (replan->tried >= 0 && !news.better)
        replan->tried = -1; /* no plan has it without frames being late */
    if (news.first && news.current_stays)
        tell(replan, &news, &news.current, 0, true, false);
    if (!news.better) {
        if (news.first && news.current_stays)
            start_networks(replan);
        if (replan->offer.better)
            replan->offer.ended = news.ended; /* told when it is in force */
        else if (news.ended)
            tell(replan, &news, news.has_best ? &news.worth : &news.current,
                 since_change_ms(replan), true, true);
        return HAX_OK;
    }
    hax_planner_news_free(&replan->offer);
    replan->offer = news;
    return HAX_OK;
}

/* Planning that fails leaves the plan in force as it is. */
static void warn(hax_replan *replan, const hax_error *why)
{
    char text[HAX_ERROR_MESSAGE_MAX + 300];
    const hax_watch *watch = replan->stream->config.watch;
    hax_text line = hax_text_in(text, sizeof text);
    hax_text_printf(&line, "%.180s: no plan could be made for it, the one before stays: %s",
                    replan->what, why->message);
    if (watch && watch->warn)
        watch->warn(watch->context, hax_text_get(&line));
}

hax_status hax_replan_look(hax_replan *replan, hax_error *err)
{
    hax_error why = { 0 };
    see_units(replan);
    hax_status status = begin_planning(replan, &why);
    if (status == HAX_OK)
        status = take_news(replan, &why);
    if (status == HAX_OK)
        return put_in_force(replan, err);
    warn(replan, &why);
    return HAX_OK;
}

int64_t hax_replan_due_ns(const hax_replan *replan)
{
    if (replan->wanted)
        return hax_stream_now_ns(replan->stream);
    return replan->planner ? hax_planner_due_ns(replan->planner) : INT64_MAX;
}

bool hax_replan_is_awaited(const hax_replan *replan)
{
    const hax_stream *stream = replan->stream;
    bool awaited = false;
    for (int n = 0; n < stream->config.network_count; n++)
        awaited = awaited || stream->counts[n].awaits_plan;
    return awaited && (replan->wanted || replan->planner || replan->offer.better);
}

/* ---- units ----------------------------------------------------------------------------------- */

void hax_replan_piece_begun(hax_replan *replan, int unit)
{
    hax_unit_watch_begin(&replan->units, unit, hax_pieces_now_ns(replan->stream->pieces));
}

void hax_replan_piece_ended(hax_replan *replan, int piece)
{
    const hax_stream *stream = replan->stream;
    hax_unit_watch_end(&replan->units, stream->list[piece].unit, stream->pieces,
                       stream->list[piece].first_job);
}

void hax_replan_restarted(hax_replan *replan)
{
    hax_unit_watch_forget(&replan->units);
    hax_replan_change(replan, "all workers were started anew");
}
