/*
 * Plans made anew while a stream runs, on a virtual clock: each event by itself and all in a row,
 * held against a checker that shares no code with streams: which frames are released when follows
 * from the events alone, and which of them nobody could have kept from the times of the groups.
 */
#define _GNU_SOURCE
#include "rig.h"

#include <sys/wait.h>

#include "instrumented.h"
#include "random.h"
#include "skip.h"

enum { EVENTS_MOST = 16, FRAMES_MOST = 2000, PLANS_MOST = 400 };

typedef enum event_kind { EVENT_RATE, EVENT_COMES, EVENT_GOES, EVENT_SLOW, EVENT_LOSE } event_kind;

typedef struct event {
    event_kind kind;
    double time_s;
    int object;    /* network, unit */
    double number; /* rate, factor, ms */
} event;

typedef struct scene {
    rig rig;
    int event_count, next;
    event events[EVENTS_MOST];
    hax_frame frames[NETWORKS][FRAMES_MOST]; /* as they were told */
    int frame_count[NETWORKS];
    hax_stream_plan plans[PLANS_MOST];
    char names[PLANS_MOST][40];
    bool trial[PLANS_MOST]; /* it tries a slow unit again: frames are kept, but it may be slower */
    int plan_count;
    double jitter, factor; /* how much slower units are, anew for each job: the logarithm
                              scatters by so much about the factor's; 0: not at all */
    char whats[PLANS_MOST][200];
    hax_random random;
} scene;

/* ---- the scene ------------------------------------------------------------------------------- */

static void take_frame(void *context, const hax_frame *frame)
{
    scene *scene = context;
    int *count = &scene->frame_count[frame->network];
    assert_true(*count < FRAMES_MOST);
    scene->frames[frame->network][(*count)++] = *frame;
}

static void take_plan(void *context, const hax_stream_plan *plan)
{
    scene *scene = context;
    assert_true(scene->plan_count < PLANS_MOST);
    snprintf(scene->names[scene->plan_count], 40, "%s", plan->plan);
    scene->plans[scene->plan_count] = *plan;
    snprintf(scene->whats[scene->plan_count], 200, "%s", plan->what);
    scene->trial[scene->plan_count] = strstr(plan->what, "tried again") != NULL;
    scene->plans[scene->plan_count].what = NULL;
    scene->plans[scene->plan_count].plan = scene->names[scene->plan_count];
    scene->plan_count++;
}

static void do_event(hax_stream *stream, const event *event)
{
    hax_error err = { 0 };
    hax_frame_source source = hax_frame_source_default();
    switch (event->kind) {
    case EVENT_SLOW:
        must(hax_stream_slow_unit(stream, event->object, event->number, &err), &err);
        return;
    case EVENT_LOSE: must(hax_stream_lose_workers(stream, event->number, &err), &err); return;
    case EVENT_GOES: source.release = HAX_NO_FRAMES; break;
    default: source = hax_frame_source_periodic(event->number); break;
    }
    must(hax_stream_set_source(stream, event->object, &source, &err), &err);
}

static hax_status control(void *context, hax_stream *stream, int64_t now_ns, int64_t *next_ns,
                          hax_error *err)
{
    scene *scene = context;
    (void) err;
    while (scene->next < scene->event_count &&
           scene->events[scene->next].time_s * 1e9 <= (double) now_ns)
        do_event(stream, &scene->events[scene->next++]);
    if (scene->next < scene->event_count)
        *next_ns = llround(scene->events[scene->next].time_s * 1e9);
    for (int u = 0; scene->jitter > 0 && u < UNITS; u++) {
        double sum = 0;
        for (int i = 0; i < 12; i++) /* nearly normal */
            sum += hax_random_unit(&scene->random);
        hax_error why;
        must(hax_stream_slow_unit(stream, u, scene->factor * exp(scene->jitter * (sum - 6)), &why),
             &why);
        *next_ns = now_ns + 50000; /* jobs are longer: each has its own */
    }
    return HAX_OK;
}

/* "a" and "b" of four groups, on two units that are unlike: u1 takes `second` times as long. */
static void scene_make(scene *scene, double rate_a, double rate_b, double second)
{
    const double rates[NETWORKS] = { rate_a, rate_b };
    memset(scene, 0, sizeof *scene);
    rig_make(&scene->rig, "synthetic", "synthetic", 1);
    for (int n = 0; n < NETWORKS; n++) {
        for (int g = 0; g < GROUPS; g++)
            scene->rig.costs[n][g][1].time_ms = second;
        scene->rig.sources[n] = hax_frame_source_periodic(rates[n] > 0 ? rates[n] : 1);
        if (rates[n] == 0)
            scene->rig.sources[n].release = HAX_NO_FRAMES;
    }
    scene->rig.config.replan = true;
    scene->rig.config.restart = true;
    scene->rig.config.control = control;
    scene->rig.config.frame_ended = take_frame;
    scene->rig.config.plan_changed = take_plan;
    scene->rig.config.context = scene;
}

static void scene_add(scene *scene, event_kind kind, double time_s, int object, double number)
{
    scene->events[scene->event_count++] = (event){ kind, time_s, object, number };
}

/* Runs it, from the plan that the stream is best off with at first. */
static void scene_run(scene *scene, double seconds, const hax_stream_result **result)
{
    rig *rig = &scene->rig;
    hax_error err = { 0 };
    hax_stream_choice choice;
    must(hax_stream_choose(&rig->config, NULL, false, &choice, NULL, &err), &err);
    rig->config.schedule = choice.schedule;
    rig_open(rig);
    hax_schedule_destroy(choice.schedule);
    must(hax_stream_run(rig->stream, &(hax_stream_limits){ HAX_NO_LIMIT, seconds }, result, &err),
         &err);
}

static void scene_free(scene *scene, const hax_stream_result *result)
{
    hax_stream_result_destroy(result);
    rig_close(&scene->rig);
}

/* ---- the checker ----------------------------------------------------------------------------- */

static double alone_ms(const scene *scene, int n)
{
    double best = INFINITY;
    for (int u = 0; u < UNITS; u++) {
        double sum = 0;
        for (int g = 0; g < GROUPS; g++)
            sum += scene->rig.costs[n][g][u].time_ms;
        best = fmin(best, sum);
    }
    return best;
}

/* The rate at which a network releases frames at a time, by the events; 0: none. */
static double rate_then(const scene *scene, int n, double time_s)
{
    const hax_frame_source *first = &scene->rig.sources[n];
    double rate = first->release == HAX_PERIODIC ? first->rate_hz : 0;
    for (int e = 0; e < scene->event_count; e++) {
        const event *event = &scene->events[e];
        if (event->time_s > time_s || event->object != n)
            continue;
        if (event->kind == EVENT_RATE || event->kind == EVENT_COMES)
            rate = event->number;
        else if (event->kind == EVENT_GOES)
            rate = 0;
    }
    return rate;
}

/* Could nobody have kept it? Only where workers were lost: it could not end before, nor behind. */
static bool is_hopeless(const scene *scene, const hax_frame *frame)
{
    double release_ms = (double) frame->release_ns * 1e-6;
    double work_ms = alone_ms(scene, frame->network);
    double due_ms = release_ms + 1e3 / rate_then(scene, frame->network, release_ms * 1e-3);
    for (int e = 0; e < scene->event_count; e++) {
        const event *event = &scene->events[e];
        double lost_ms = event->time_s * 1e3;
        if (event->kind == EVENT_LOSE && release_ms + work_ms > lost_ms &&
            lost_ms + event->number + work_ms > due_ms && due_ms > lost_ms)
            return true;
    }
    return false;
}

static int by_number(const void *a, const void *b)
{
    int64_t first = ((const hax_frame *) a)->number, second = ((const hax_frame *) b)->number;
    return first < second ? -1 : first > second;
}

/* Each frame once, in its turn, none too fast; which are not kept. */
static void check_frames(scene *scene, int n, int *hopeless, int *not_kept)
{
    hax_frame *frames = scene->frames[n];
    const int count = scene->frame_count[n];
    qsort(frames, (size_t) count, sizeof *frames, by_number);
    *hopeless = *not_kept = 0;
    for (int f = 0; f < count; f++) {
        const hax_frame *frame = &frames[f];
        assert_int_equal(frame->number, f); /* none left out, none twice */
        bool ended = !frame->dropped && !frame->lost;
        if (ended)
            assert_true((double) (frame->end_ns - frame->start_ns) > alone_ms(scene, n) * 1e6 - 10);
        if (ended && f > 0 && !frames[f - 1].dropped && !frames[f - 1].lost)
            assert_true(frame->start_ns >= frames[f - 1].end_ns); /* one at a time */
        if (ended && !frame->missed)
            continue;
        if (is_hopeless(scene, frame))
            (*hopeless)++;
        else
            (*not_kept)++;
    }
}

/* Frames come a period of the rate that holds apart, but for the first one after a change. */
static void check_releases(const scene *scene, int n)
{
    const hax_frame *frames = scene->frames[n];
    for (int f = 1; f < scene->frame_count[n]; f++) {
        double gap_ms = (double) (frames[f].release_ns - frames[f - 1].release_ns) * 1e-6;
        double before = rate_then(scene, n, (double) frames[f - 1].release_ns * 1e-9);
        double now = rate_then(scene, n, (double) frames[f].release_ns * 1e-9);
        assert_true(now > 0);
        if (before == now)
            assert_float_equal(gap_ms, 1e3 / now, 1e-5);
    }
}

/* The plan in force is there within one frame of each change, and never worse than the one before;
 * within a change each is better than the last. */
static void check_plans(const scene *scene, int changes)
{
    double frame_ms = fmax(alone_ms(scene, 0), alone_ms(scene, 1));
    int seen = 0;
    for (int p = 0; p < scene->plan_count; p++) {
        const hax_stream_plan *plan = &scene->plans[p], *last = p > 0 ? plan - 1 : NULL;
        if (plan->change != seen) {
            seen++;
            assert_int_equal(plan->change, seen);
            assert_true(plan->after_ms <= frame_ms);
            continue;
        }
        assert_non_null(last);
        assert_true(plan->after_ms >= last->after_ms && !last->ended);
        assert_true(plan->late < last->late ||
                    (plan->late == last->late &&
                     (scene->trial[p] || plan->latency_ms <= last->latency_ms)));
    }
    assert_int_equal(seen, changes);
}

static void check_scene(scene *scene, int changes, const hax_stream_result *result)
{
    for (int n = 0; n < NETWORKS; n++) {
        const hax_stream_network *network = &result->networks[n];
        int hopeless, not_kept;
        check_frames(scene, n, &hopeless, &not_kept);
        assert_int_equal(not_kept, 0);
        check_releases(scene, n);
        assert_int_equal(network->released, scene->frame_count[n]);
        assert_int_equal(network->ended + network->dropped + network->lost, network->released);
        assert_int_equal(network->unfinished, 0);
    }
    check_plans(scene, changes);
}

static void play(scene *scene, double seconds, int changes)
{
    const hax_stream_result *result = NULL;
    scene_run(scene, seconds, &result);
    check_scene(scene, changes, result);
    hax_stream_result_destroy(result);
}

/* ---- one event each -------------------------------------------------------------------------- */

/* One unit is enough for "a"; with "b" beside both are needed. */
static void a_network_comes(void **state)
{
    (void) state;
    scene scene;
    scene_make(&scene, 150, 0, 1.5);
    scene_add(&scene, EVENT_COMES, 0.2003, 1, 150);
    play(&scene, 0.6, 1);
    assert_true(scene.frame_count[1] > 55);
    double first_ms = (double) scene.frames[1][0].release_ns * 1e-6;
    assert_true(first_ms >= 200.3 - 1e-6 && first_ms <= 200.3 + 4); /* within one frame of "a" */
    scene_free(&scene, NULL);
}

static void a_network_goes(void **state)
{
    (void) state;
    scene scene;
    scene_make(&scene, 150, 150, 1.5);
    scene_add(&scene, EVENT_GOES, 0.2003, 1, 0);
    play(&scene, 0.6, 1);
    assert_int_equal(scene.frame_count[1], 31);
    assert_int_equal(scene.plans[scene.plan_count - 1].frames, 16); /* of "a" alone */
    scene_free(&scene, NULL);
}

/* At 60 frames each one unit does for both; at 150 it would not. */
static void a_rate_rises_and_falls(void **state)
{
    (void) state;
    scene scene;
    scene_make(&scene, 60, 60, 1.5);
    scene_add(&scene, EVENT_RATE, 0.2003, 0, 150);
    scene_add(&scene, EVENT_RATE, 0.3003, 1, 150);
    scene_add(&scene, EVENT_RATE, 0.5003, 0, 20);
    scene_add(&scene, EVENT_RATE, 0.6003, 1, 20);
    play(&scene, 1, 4);
    scene_free(&scene, NULL);
}

/* Nobody says that a unit is slow, nor that it no longer is: no plan uses it meanwhile, so that it
 * has to be tried. */
static void a_unit_slows_and_recovers(void **state)
{
    (void) state;
    scene scene;
    scene_make(&scene, 100, 60, 1.1);
    scene_add(&scene, EVENT_SLOW, 0.2003, 0, 2);
    scene_add(&scene, EVENT_SLOW, 0.6003, 0, 1);
    play(&scene, 3, 3); /* slow, tried, as fast as before */
    scene_free(&scene, NULL);
}

/* The plan that was best before would not have done. */
static void without_planning_frames_are_late(void **state)
{
    (void) state;
    scene scene;
    const hax_stream_result *result = NULL;
    scene_make(&scene, 100, 60, 1.1);
    scene.rig.config.replan = false;
    scene_add(&scene, EVENT_SLOW, 0.2003, 0, 2.6);
    scene_run(&scene, 1, &result);
    assert_true(result->networks[0].missed + result->networks[0].dropped +
                    result->networks[1].missed + result->networks[1].dropped >
                40);
    scene_free(&scene, result);

    scene_make(&scene, 100, 60, 1.1);
    scene_add(&scene, EVENT_SLOW, 0.2003, 0, 2.6);
    result = NULL;
    scene_run(&scene, 1, &result);
    assert_true(result->networks[0].missed + result->networks[0].dropped +
                    result->networks[1].missed + result->networks[1].dropped <=
                10); /* eight frames until it is known, and those beside them */
    scene_free(&scene, result);
}

/* Jobs that take a quarter more or less, for a thousand frames, are no reason. */
static void noise_changes_nothing(void **state)
{
    (void) state;
    scene scene;
    const hax_stream_result *result = NULL;
    scene_make(&scene, 100, 100, 1.5);
    scene.jitter = 0.25;
    scene.factor = 1;
    scene_run(&scene, 5, &result);
    assert_int_equal(scene.plan_count, 0);
    scene_free(&scene, result);
}

/* Under the same noise, what is slow is found, and how slow. */
static void a_slow_machine_is_found_in_noise(void **state)
{
    (void) state;
    scene scene;
    const hax_stream_result *result = NULL;
    double factor;
    scene_make(&scene, 60, 60, 1.5);
    scene.jitter = 0.25;
    scene.factor = 1.6;
    scene_run(&scene, 1, &result);
    assert_true(scene.plan_count > 0);
    assert_int_equal(sscanf(scene.whats[0], "unit u0 takes %lf times", &factor), 1);
    assert_true(factor > 1.4 && factor < 1.8);
    assert_true(scene.plans[0].changed_s < 0.2); /* 32 jobs, four of each frame */
    scene_free(&scene, result);
}

static void workers_are_lost(void **state)
{
    (void) state;
    scene scene;
    scene_make(&scene, 100, 60, 1.5);
    scene_add(&scene, EVENT_LOSE, 0.2013, 0, 40);
    play(&scene, 0.6, 1);
    int lost = 0;
    for (int n = 0; n < NETWORKS; n++)
        for (int f = 0; f < scene.frame_count[n]; f++)
            lost +=
                scene.frames[n][f].lost || scene.frames[n][f].dropped || scene.frames[n][f].missed;
    assert_true(lost >= 4 && lost <= 8); /* four periods of 10 ms and two of 17 */
    scene_free(&scene, NULL);
}

static void everything_happens(void **state)
{
    (void) state;
    scene scene;
    scene_make(&scene, 100, 0, 1.2);
    scene_add(&scene, EVENT_COMES, 0.1003, 1, 50);
    scene_add(&scene, EVENT_RATE, 0.2003, 1, 90);
    scene_add(&scene, EVENT_SLOW, 0.3003, 0, 1.8);
    scene_add(&scene, EVENT_LOSE, 0.5003, 0, 30);
    scene_add(&scene, EVENT_SLOW, 0.7003, 0, 1);
    scene_add(&scene, EVENT_GOES, 0.9003, 0, 0);
    scene_add(&scene, EVENT_COMES, 1.0003, 0, 30);
    scene_add(&scene, EVENT_RATE, 1.1003, 1, 20);
    play(&scene, 1.3, 8);
    scene_free(&scene, NULL);
}

/* ---- many scenes ----------------------------------------------------------------------------- */

static void draw_events(scene *scene, hax_random *random, double seconds)
{
    bool there[NETWORKS];
    for (int n = 0; n < NETWORKS; n++)
        there[n] = scene->rig.sources[n].release != HAX_NO_FRAMES;
    int count = 1 + (int) hax_random_below(random, EVENTS_MOST);
    for (int e = 0; e < count; e++) {
        double time_s = seconds * (e + hax_random_unit(random)) / count;
        int n = (int) hax_random_below(random, NETWORKS);
        double rate = 10 + 190 * hax_random_unit(random);
        double draw = hax_random_unit(random);
        if (draw < 0.2)
            scene_add(scene, EVENT_SLOW, time_s, n, 0.5 + 2 * hax_random_unit(random));
        else if (draw < 0.3)
            scene_add(scene, EVENT_LOSE, time_s, 0, 30 * hax_random_unit(random));
        else if (!there[n])
            scene_add(scene, EVENT_COMES, time_s, n, rate);
        else if (draw < 0.5 && there[1 - n])
            scene_add(scene, EVENT_GOES, time_s, n, 0);
        else
            scene_add(scene, EVENT_RATE, time_s, n, rate);
        if (scene->events[e].kind == EVENT_COMES || scene->events[e].kind == EVENT_GOES)
            there[n] = scene->events[e].kind == EVENT_COMES;
    }
}

/* Whatever happens, each frame is told once and in its turn, and counted as what it was. */
static void no_frame_is_lost_or_done_twice(void **state)
{
    (void) state;
    for (int round = 0; round < TEST_COUNT(50); round++) {
        hax_random random = hax_random_fork(1, (uint64_t) round);
        scene scene;
        const hax_stream_result *result = NULL;
        scene_make(&scene, 20 + 100 * hax_random_unit(&random),
                   hax_random_unit(&random) < 0.3 ? 0 : 20 + 100 * hax_random_unit(&random),
                   0.5 + hax_random_unit(&random));
        draw_events(&scene, &random, 1);
        scene_run(&scene, 1.2, &result);
        for (int n = 0; n < NETWORKS; n++) {
            const hax_stream_network *network = &result->networks[n];
            hax_frame *frames = scene.frames[n];
            qsort(frames, (size_t) scene.frame_count[n], sizeof *frames, by_number);
            int64_t ended = 0, missed = 0;
            for (int f = 0; f < scene.frame_count[n]; f++) {
                assert_int_equal(frames[f].number, f);
                ended += !frames[f].dropped && !frames[f].lost;
                missed += frames[f].missed;
            }
            assert_int_equal(network->released, scene.frame_count[n]);
            assert_int_equal(network->ended, ended);
            assert_int_equal(network->missed, missed);
            assert_int_equal(network->unfinished, 0);
            check_releases(&scene, n);
        }
        scene_free(&scene, result);
    }
}

/* ---- on workers ------------------------------------------------------------------------------ */

/* Rates change and networks come and go every few milliseconds; each result is that of one unit. */
static hax_status stir(void *context, hax_stream *stream, int64_t now_ns, int64_t *next_ns,
                       hax_error *err)
{
    scene *scene = context;
    hax_frame_source source = hax_frame_source_periodic(100 + 10 * (double) scene->next);
    (void) err;
    if (now_ns < scene->next * INT64_C(20000000)) {
        *next_ns = scene->next * INT64_C(20000000);
        return HAX_OK;
    }
    /* rates of both, then one goes and comes, then the other */
    static const int networks[] = { 0, 1, 0, 0, 1, 1 };
    const int step = scene->next++ % 6;
    hax_error why = { 0 };
    if (step == 2 || step == 4)
        source.release = HAX_NO_FRAMES;
    must(hax_stream_set_source(stream, networks[step], &source, &why), &why);
    return HAX_OK;
}

static void results_stay_right_when_plans_change(void **state)
{
    (void) state;
#ifdef TEST_INSTRUMENTED
    SKIP("workers, a planner and a sanitizer share two processors for minutes");
#endif
    rig rig;
    scene scene = { 0 };
    hax_error err = { 0 };
    const hax_stream_result *result = NULL;
    rig_make(&rig, "portable", "portable", 0.2);
    for (int n = 0; n < NETWORKS; n++)
        rig.sources[n] = hax_frame_source_periodic(100);
    rig.config.replan = rig.config.check_outputs = true;
    rig.config.control = stir;
    rig.config.plan_changed = take_plan;
    rig.config.context = &scene;
    rig_open(&rig);
    must(hax_stream_run(rig.stream, &(hax_stream_limits){ HAX_NO_LIMIT, 0.8 }, &result, &err),
         &err);
    assert_true(result->outputs_checked && result->outputs_equal);
    assert_true(scene.plan_count > 0);
    for (int n = 0; n < NETWORKS; n++) {
        const hax_stream_network *network = &result->networks[n];
        assert_int_equal(network->ended + network->dropped, network->released);
        assert_int_equal(network->compared, network->ended);
        assert_true(network->ended > 0);
    }
    hax_stream_result_destroy(result);
    rig_close(&rig);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

/* ---- the first plan -------------------------------------------------------------------------- */

typedef struct worth {
    int64_t late;
    double latency_ms;
} worth;

static double sums_ms[NETWORKS];
static int64_t counts[NETWORKS];

static void add_latency(void *context, const hax_frame *frame)
{
    (void) context;
    if (frame->dropped)
        return;
    sums_ms[frame->network] += (double) (frame->end_ns - frame->release_ns) * 1e-6;
    counts[frame->network]++;
}

/* What a schedule comes to in a stream of sixteen frames of the slowest network. */
static worth simulate(rig *rig, const hax_schedule *schedule)
{
    hax_error err = { 0 };
    const hax_stream_result *result = NULL;
    double slowest = fmin(rig->sources[0].rate_hz, rig->sources[1].rate_hz);
    worth worth = { 0 };
    memset(sums_ms, 0, sizeof sums_ms);
    memset(counts, 0, sizeof counts);
    rig->config.schedule = schedule;
    rig->config.frame_ended = add_latency;
    rig_open(rig);
    must(hax_stream_run(rig->stream, &(hax_stream_limits){ HAX_NO_LIMIT, 16 / slowest }, &result,
                        &err),
         &err);
    for (int n = 0; n < NETWORKS; n++) {
        worth.late += result->networks[n].missed + result->networks[n].dropped;
        worth.latency_ms += sums_ms[n] / (double) counts[n];
    }
    hax_stream_result_destroy(result);
    hax_stream_close(rig->stream);
    rig->stream = NULL;
    return worth;
}

static bool is_worse(worth a, worth b)
{
    return a.late != b.late ? a.late > b.late : a.latency_ms > b.latency_ms * (1 + 1e-6);
}

/* By the model, for random groups and rates. */
static void the_first_plan_is_never_worse_than_a_plain_one(void **state)
{
    (void) state;
    int better = 0;
    for (int round = 0; round < TEST_COUNT(80); round++) {
        hax_random random = hax_random_fork(1, 1000 + (uint64_t) round);
        rig rig;
        hax_error err = { 0 };
        hax_stream_choice choice;
        hax_baseline_set *plain;
        rig_make(&rig, "synthetic", "synthetic", 1);
        for (int n = 0; n < NETWORKS; n++) {
            for (int g = 0; g < GROUPS; g++)
                for (int u = 0; u < UNITS; u++)
                    rig.costs[n][g][u].time_ms = 0.2 + 2 * hax_random_unit(&random);
            rig.sources[n] = hax_frame_source_periodic(20 + 180 * hax_random_unit(&random));
        }
        must(hax_stream_choose(&rig.config, NULL, false, &choice, NULL, &err), &err);
        worth chosen = simulate(&rig, choice.schedule);
        assert_true(choice.by_frames);
        assert_int_equal(choice.late, chosen.late);
        assert_float_equal(choice.latency_ms, chosen.latency_ms, 1e-6 * chosen.latency_ms);
        must(hax_baselines_make(&rig.problem, true, NULL, &plain, &err), &err);
        bool all_worse = true;
        for (int b = 0; b < hax_baseline_set_count(plain); b++) {
            worth other = simulate(&rig, hax_baseline_set_schedules(plain)[b]);
            assert_false(is_worse(chosen, other));
            all_worse = all_worse && is_worse(other, chosen);
        }
        better += all_worse;
        hax_baseline_set_destroy(plain);
        hax_schedule_destroy(choice.schedule);
        rig_close(&rig);
    }
    assert_true(better > TEST_COUNT(80) / 3); /* and often better */
}

/* ---- refused --------------------------------------------------------------------------------- */

static void what_cannot_be_is_refused(void **state)
{
    (void) state;
    scene scene;
    hax_error err = { 0 };
    hax_frame_source none = hax_frame_source_default();
    hax_frame_source submitted = hax_frame_source_default();
    none.release = HAX_NO_FRAMES;
    submitted.release = HAX_SUBMITTED;
    scene_make(&scene, 100, 0, 1);
    hax_stream_choice choice;
    must(hax_stream_choose(&scene.rig.config, NULL, false, &choice, NULL, &err), &err);
    scene.rig.config.schedule = choice.schedule;
    rig_open(&scene.rig);
    hax_schedule_destroy(choice.schedule);
    hax_stream *stream = scene.rig.stream;
    assert_int_equal(hax_stream_set_source(stream, 0, &none, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "no network has frames"));
    assert_int_equal(hax_stream_set_source(stream, 2, &none, &err), HAX_BAD_INPUT);
    assert_int_equal(hax_stream_set_source(stream, 0, &submitted, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "'a': frames that are submitted"));
    assert_int_equal(hax_stream_slow_unit(stream, 0, 0, &err), HAX_BAD_INPUT);
    assert_int_equal(hax_stream_slow_unit(stream, 3, 2, &err), HAX_BAD_INPUT);
    assert_int_equal(hax_stream_lose_workers(stream, -1, &err), HAX_BAD_INPUT);
    assert_int_equal(hax_stream_change(stream, scene.rig.schedule, NULL, NULL, &err), HAX_USAGE);
    assert_int_equal(hax_stream_find_rate(stream, 10, &(hax_stream_rate){ 0 }, &err), HAX_USAGE);
    rig_close(&scene.rig);

    rig rig;
    rig_make(&rig, "portable", "portable", 1);
    rig_open(&rig);
    assert_int_equal(hax_stream_set_source(rig.stream, 0, &none, &err), HAX_USAGE);
    assert_int_equal(hax_stream_slow_unit(rig.stream, 0, 2, &err), HAX_USAGE);
    assert_int_equal(hax_stream_lose_workers(rig.stream, 0, &err), HAX_USAGE);
    rig_close(&rig);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_comes),
        cmocka_unit_test(a_network_goes),
        cmocka_unit_test(a_rate_rises_and_falls),
        cmocka_unit_test(a_unit_slows_and_recovers),
        cmocka_unit_test(without_planning_frames_are_late),
        cmocka_unit_test(noise_changes_nothing),
        cmocka_unit_test(a_slow_machine_is_found_in_noise),
        cmocka_unit_test(workers_are_lost),
        cmocka_unit_test(everything_happens),
        cmocka_unit_test(no_frame_is_lost_or_done_twice),
        cmocka_unit_test(results_stay_right_when_plans_change),
        cmocka_unit_test(the_first_plan_is_never_worse_than_a_plain_one),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
