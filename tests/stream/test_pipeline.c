/*
 * Several frames of one network in flight: on the virtual clock what a pipeline of its pieces comes
 * to by hand, and by a recursion for random pieces; results in their order and right where units
 * compute; buffers, policies, plans that change and workers that are lost meanwhile.
 */
#define _GNU_SOURCE
#include "rig.h"

#include "inside.h"
#include "instrumented.h"
#include "random.h"

enum { FRAMES_MOST = 2000 };

typedef struct journal {
    int count;
    hax_frame frames[FRAMES_MOST]; /* of network 0, as they ended, were dropped or lost */
} journal;

static journal seen;

static void note(void *context, const hax_frame *frame)
{
    (void) context;
    if (frame->network != 0)
        return;
    assert_true(seen.count < FRAMES_MOST);
    seen.frames[seen.count++] = *frame;
}

/* Results come in the order of their numbers, and none comes twice. */
static void expect_order(void)
{
    int64_t last = -1, last_ns = 0;
    for (int f = 0; f < seen.count; f++) {
        if (seen.frames[f].dropped || seen.frames[f].lost)
            continue;
        assert_true(seen.frames[f].number > last && seen.frames[f].end_ns >= last_ns);
        assert_true(seen.frames[f].start_ns >= seen.frames[f].release_ns);
        last = seen.frames[f].number;
        last_ns = seen.frames[f].end_ns;
    }
}

/* "a" alone, its first `cut` groups of 1 ms on u0 and the others on u1. */
static void make(rig *rig, const char *driver, int cut, int in_flight)
{
    hax_job jobs[NETWORKS * GROUPS];
    hax_error err = { 0 };
    rig_make(rig, driver, driver, 1);
    for (int j = 0; j < NETWORKS * GROUPS; j++)
        jobs[j] = (hax_job){ .unit = j < GROUPS && j >= cut ? 1 : 0,
                             .instance = j / GROUPS,
                             .group = j % GROUPS,
                             .after = -1 };
    hax_schedule_destroy(rig->schedule);
    must(hax_schedule_evaluate(&rig->problem, "cut", NETWORKS * GROUPS, jobs, &rig->schedule, &err),
         &err);
    rig->config.schedule = rig->schedule;
    rig->config.in_flight = in_flight;
    rig->config.frame_ended = note;
    rig->sources[1].release = HAX_SUBMITTED; /* and never is */
    memset(&seen, 0, sizeof seen);
}

static const hax_stream_result *run(rig *rig, int64_t frames, double seconds)
{
    hax_error err = { 0 };
    const hax_stream_result *result = NULL;
    must(hax_stream_run(rig->stream, &(hax_stream_limits){ frames, seconds }, &result, &err), &err);
    expect_order();
    return result;
}

/* ---- by hand --------------------------------------------------------------------------------- */

static void back_to_back_takes_the_longest_piece(void **state)
{
    /* cut after so many of 4 ms, frames in flight; 100 frames take */
    static const struct {
        int cut, in_flight;
        double seconds;
    } cases[] = {
        { 2, 0, 0.4 },   { 2, 1, 0.4 },   { 2, 2, 0.202 }, { 2, 3, 0.202 }, { 1, 2, 0.301 },
        { 3, 2, 0.301 }, { 3, 8, 0.301 }, { 4, 2, 0.4 }, /* on one unit: no gain, and no harm */
    };
    (void) state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        rig rig;
        make(&rig, "synthetic", cases[c].cut, cases[c].in_flight);
        rig_open(&rig);
        const hax_stream_result *result = run(&rig, 100, INFINITY);
        assert_int_equal(result->networks[0].ended, 100);
        assert_int_equal(result->networks[0].dropped, 0);
        assert_float_equal(result->seconds, cases[c].seconds, 1e-9);
        hax_stream_result_destroy(result);
        rig_close(&rig);
    }
}

/* 400 frames a second of 4 ms each: two halves of 2 ms keep that, one after the other does not. */
static void a_rate_above_one_over_the_latency(void **state)
{
    (void) state;
    for (int in_flight = 1; in_flight <= 2; in_flight++) {
        rig rig;
        make(&rig, "synthetic", 2, in_flight);
        rig.sources[0] = hax_frame_source_periodic(400);
        rig.sources[0].deadline_ms = 4;
        rig_open(&rig);
        const hax_stream_result *result = run(&rig, 200, INFINITY);
        const hax_stream_network *network = &result->networks[0];
        assert_int_equal(network->ended + network->dropped, 200);
        if (in_flight == 2) {
            assert_int_equal(network->missed, 0);
            assert_int_equal(network->dropped, 0);
            assert_float_equal(network->max_ms, 4, 1e-9);
        } else {
            assert_true(network->dropped > 70);
        }
        hax_stream_result_destroy(result);
        rig_close(&rig);
    }
}

static void the_highest_rate_counts_it(void **state)
{
    static const double right[] = { 2.5, 5, 5 }; /* times 100 */
    (void) state;
    for (int in_flight = 1; in_flight <= 3; in_flight++) {
        rig rig;
        hax_error err = { 0 };
        hax_stream_rate rate;
        make(&rig, "synthetic", 2, in_flight);
        rig.sources[0] = hax_frame_source_periodic(100);
        rig.sources[0].deadline_ms = 4;
        rig.config.frame_ended = NULL;
        rig_open(&rig);
        must(hax_stream_find_rate(rig.stream, 100, &rate, &err), &err);
        assert_true(rate.factor <= right[in_flight - 1] * (1 + 1e-9));
        assert_true(rate.factor > right[in_flight - 1] * 0.98);
        rig_close(&rig);
    }
}

/* A frame each 1 ms, of which every second can be worked on. */
static void what_there_is_no_room_for(void **state)
{
    (void) state;
    for (int queue = 0; queue < 2; queue++) {
        rig rig;
        make(&rig, "synthetic", 2, 2);
        rig.sources[0] = hax_frame_source_periodic(1000);
        rig.sources[0].buffer = 3;
        rig.sources[0].policy = queue ? HAX_KEEP_QUEUE : HAX_KEEP_LATEST;
        rig_open(&rig);
        const hax_stream_result *result = run(&rig, 1000, INFINITY);
        const hax_stream_network *network = &result->networks[0];
        assert_int_equal(network->ended + network->dropped, 1000);
        assert_in_range(network->ended, 500, 504);
        /* the oldest of three that wait has waited for 3 to 6 ms; 2 ms more where it is not dropped
         */
        assert_true(network->max_ms <= (queue ? 11 : 9));
        hax_stream_result_destroy(result);
        rig_close(&rig);
    }
}

/* ---- by recursion ---------------------------------------------------------------------------- */

/* Frame n of a line of pieces on units of their own begins piece k when piece k - 1 of it, piece k
 * of frame n - 1 and, for its first piece, frame n - D have ended. Two units: pieces of one and
 * three groups, two and two, three and one, of any length. */
static void random_lines_of_pieces(void **state)
{
    enum { LINES = TEST_COUNT(300), FRAMES = 60 };
    (void) state;
    for (int line = 0; line < LINES; line++) {
        rig rig;
        hax_random random = hax_random_fork(7, (uint64_t) line);
        const int cut = 1 + (int) hax_random_below(&random, 3);
        const int depth = 1 + (int) hax_random_below(&random, 3);
        const int period_us = 500 + (int) hax_random_below(&random, 6000);
        int64_t piece_ns[2] = { 0 }, ended_ns[FRAMES][2];
        make(&rig, "synthetic", cut, depth);
        for (int g = 0; g < GROUPS; g++) {
            const int us = 100 + (int) hax_random_below(&random, 2000);
            for (int u = 0; u < UNITS; u++)
                rig.costs[0][g][u].time_ms = us / 1000.0;
            piece_ns[g < cut ? 0 : 1] += (int64_t) us * 1000;
        }
        rig.sources[0] = hax_frame_source_periodic(1e6 / period_us);
        rig.sources[0].deadline_ms = INFINITY;
        rig.sources[0].buffer = FRAMES;
        rig_open(&rig);
        hax_stream_result_destroy(run(&rig, FRAMES, INFINITY));
        assert_int_equal(seen.count, FRAMES);
        for (int n = 0; n < FRAMES; n++) {
            int64_t start_ns = seen.frames[n].release_ns;
            for (int k = 0; k < 2; k++) {
                const int64_t room_ns = k == 0 && n >= depth ? ended_ns[n - depth][1] : 0;
                const int64_t before_ns = n > 0 ? ended_ns[n - 1][k] : 0;
                start_ns = room_ns > start_ns ? room_ns : start_ns;
                start_ns = before_ns > start_ns ? before_ns : start_ns;
                start_ns = ended_ns[n][k] = start_ns + piece_ns[k];
            }
            if (llabs(seen.frames[n].end_ns - ended_ns[n][1]) > 1)
                fail_msg("line %d, frame %d: ended after %lld ns, right is %lld", line, n,
                         (long long) seen.frames[n].end_ns, (long long) ended_ns[n][1]);
        }
        rig_close(&rig);
    }
}

/* ---- plans ----------------------------------------------------------------------------------- */

/* With one frame at a time no plan keeps 400 a second; with two, halves do, which is found. */
static void the_plan_is_chosen_for_it(void **state)
{
    (void) state;
    for (int by_rate = 0; by_rate < 2; by_rate++)
        for (int in_flight = 1; in_flight <= 2; in_flight++) {
            rig rig;
            hax_error err = { 0 };
            hax_stream_choice choice;
            make(&rig, "synthetic", 4, in_flight);
            rig.sources[0] = hax_frame_source_periodic(400);
            rig.sources[1] = hax_frame_source_periodic(10);
            rig.sources[0].deadline_ms = rig.sources[1].deadline_ms = 20;
            for (int g = 0; g < GROUPS; g++)
                for (int u = 0; u < UNITS; u++)
                    rig.costs[1][g][u].time_ms = 0.1;
            must(hax_stream_choose(&rig.config, NULL, by_rate, &choice, NULL, &err), &err);
            assert_int_equal(choice.late == 0, in_flight == 2);
            if (by_rate)
                assert_true(in_flight == 2 ? choice.factor > 1.1 : choice.factor < 0.7);
            hax_schedule_destroy(choice.schedule);
            rig_close(&rig);
        }
}

/* Back to back for throughput: what ends in a second counts, and that halves give most of. */
static void the_plan_is_chosen_for_throughput(void **state)
{
    (void) state;
    for (int in_flight = 1; in_flight <= 2; in_flight++) {
        rig rig;
        hax_error err = { 0 };
        hax_stream_choice choice;
        make(&rig, "synthetic", 4, in_flight);
        rig.problem.objective = HAX_THROUGHPUT;
        rig.sources[1].release = HAX_NO_FRAMES;
        must(hax_stream_choose(&rig.config, NULL, false, &choice, NULL, &err), &err);
        assert_int_equal(choice.by_frames, in_flight == 2);
        hax_schedule_destroy(rig.schedule);
        rig.config.schedule = rig.schedule = choice.schedule;
        rig_open(&rig);
        const hax_stream_result *result = run(&rig, 100, INFINITY);
        assert_float_equal(result->seconds, in_flight == 2 ? 0.202 : 0.4, 1e-9);
        hax_stream_result_destroy(result);
        rig_close(&rig);
    }
}

typedef struct changes {
    int64_t times_ns[20];
    double rates_hz[20];
    int count, next;
} changes;

static hax_status change_rates(void *context, hax_stream *stream, int64_t now_ns, int64_t *next_ns,
                               hax_error *err)
{
    changes *changes = context;
    for (; changes->next < changes->count; changes->next++) {
        if (changes->times_ns[changes->next] > now_ns) {
            *next_ns = changes->times_ns[changes->next];
            return HAX_OK;
        }
        hax_frame_source source = hax_frame_source_periodic(changes->rates_hz[changes->next]);
        source.deadline_ms = 30;
        if (changes->next % 3 == 2)
            HAX_TRY(hax_stream_lose_workers(stream, 1, err));
        HAX_TRY(hax_stream_set_source(stream, changes->next % 2, &source, err));
    }
    return HAX_OK;
}

/* Each frame is accounted for once, whatever plans it met. */
static void plans_change_and_workers_are_lost(void **state)
{
    (void) state;
    rig rig;
    changes changes = { .count = 20 };
    make(&rig, "synthetic", 2, 3);
    for (int g = 0; g < GROUPS; g++) /* "a" alone needs both units at most of its rates */
        for (int u = 0; u < UNITS; u++)
            rig.costs[1][g][u].time_ms = 0.1;
    for (int c = 0; c < changes.count; c++) {
        changes.times_ns[c] = (c + 1) * INT64_C(50123457);
        changes.rates_hz[c] = 100 + 40 * (c * 7 % 11);
    }
    for (int n = 0; n < NETWORKS; n++) {
        rig.sources[n] = hax_frame_source_periodic(300);
        rig.sources[n].deadline_ms = 30;
    }
    rig.config.replan = rig.config.restart = true;
    rig.config.control = change_rates;
    rig.config.context = &changes;
    rig_open(&rig);
    const hax_stream_result *result = run(&rig, HAX_NO_LIMIT, 1.5);
    int64_t lost = 0;
    int overlapping = 0;
    for (int f = 1; f < seen.count; f++)
        overlapping +=
            seen.frames[f].end_ns > 0 && seen.frames[f].start_ns < seen.frames[f - 1].end_ns;
    assert_true(overlapping > 200);
    for (int n = 0; n < NETWORKS; n++) {
        const hax_stream_network *network = &result->networks[n];
        assert_int_equal(network->unfinished, 0);
        assert_int_equal(network->released, network->ended + network->dropped + network->lost);
        assert_true(network->ended > 200);
        lost += network->lost;
    }
    assert_int_equal(changes.next, changes.count);
    assert_int_equal(result->restarts, 6);
    assert_true(lost > 6);
    assert_int_equal(seen.count, result->networks[0].released);
    hax_stream_result_destroy(result);
    rig_close(&rig);
}

static char warning[HAX_ERROR_MESSAGE_MAX + 400];

static void keep_warning(void *context, const char *message)
{
    (void) context;
    snprintf(warning, sizeof warning, "%s", message);
}

static hax_status lose_once(void *context, hax_stream *stream, int64_t now_ns, int64_t *next_ns,
                            hax_error *err)
{
    bool *lost = context;
    if (*lost || now_ns < 11000000) {
        *next_ns = *lost ? INT64_MAX : 11000000;
        return HAX_OK;
    }
    *lost = true;
    return hax_stream_lose_workers(stream, 1, err);
}

/* After 11 ms the first half of frame 5 is done by half, and the second one of frame 4. */
static void all_in_flight_are_lost(void **state)
{
    (void) state;
    rig rig;
    bool lost = false;
    make(&rig, "synthetic", 2, 2);
    rig.config.restart = true;
    rig.config.control = lose_once;
    rig.config.context = &lost;
    rig.watch.warn = keep_warning;
    rig_open(&rig);
    const hax_stream_result *result = run(&rig, 100, INFINITY);
    assert_int_equal(result->networks[0].lost, 2);
    assert_int_equal(result->networks[0].ended, 98);
    assert_int_equal(result->networks[0].unfinished, 0);
    assert_float_equal(result->seconds, 0.012 + 94 * 0.002 + 0.002, 1e-9);
    assert_non_null(strstr(warning, "started anew, frame 4 of a is lost, frame 5 of a is lost"));
    hax_stream_result_destroy(result);
    rig_close(&rig);
}

/* ---- on workers ------------------------------------------------------------------------------ */

static float step_of(int64_t number)
{
    return 0.1F + 0.01F * (float) number;
}

static hax_array *row(float step)
{
    hax_array *array;
    hax_error err = { 0 };
    must(hax_array_make(&(hax_shape){ 1, { ELEMENTS } }, &array, &err), &err);
    for (int i = 0; i < ELEMENTS; i++)
        array->values[i] = step * (float) i;
    return array;
}

/* Is the first output the one of inputs that rise by so much, the second by 2? */
static void expect_output(const float *values, float step)
{
    float in[ELEMENTS], p[ELEMENTS], q[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++)
        in[i] = step * (float) i;
    softmax(in, p);
    softmax(p, q);
    for (int i = 0; i < ELEMENTS; i++)
        assert_float_equal(values[i], p[i] * q[i] * 2 * (float) i, 1e-6F);
}

static void check_submitted(void *context, const hax_frame *frame)
{
    note(context, frame);
    assert_false(frame->dropped || frame->lost);
    assert_int_equal(frame->output_count, 2);
    expect_output(frame->outputs[0].values, step_of(frame->number));
}

/* Frames take a network's copies in turns. */
static void check_fed(void *context, const hax_frame *frame)
{
    const rig *rig = context;
    size_t count;
    note(context, frame);
    if (frame->network == 0)
        expect_output(
            hax_pieces_output(rig->stream->pieces, (int) (frame->number % 3) * NETWORKS, &count),
            0.7F);
}

/* Each frame has other inputs; three are in flight, on units that take turns at every cut. */
static void outputs_of_frames_in_flight_are_right(void **state)
{
    enum { FRAMES = TEST_COUNT(400) };
    (void) state;
    for (int cut = 1; cut <= 3; cut++) {
        rig rig;
        hax_error err = { 0 };
        hax_frame frame;
        hax_array *b = row(2);
        make(&rig, "portable", cut, 3);
        rig.sources[0].release = HAX_SUBMITTED;
        rig.sources[0].buffer = 3;
        rig.sources[0].policy = HAX_KEEP_QUEUE;
        rig.config.frame_ended = check_submitted;
        rig_open(&rig);
        for (int64_t n = 0; n < FRAMES; n++) {
            hax_array *a = row(step_of(n));
            const hax_feed feeds[] = { { 0, "a", a }, { 0, "b", b } };
            int64_t number;
            if (n >= 4)
                must(hax_stream_wait(rig.stream, 0, n - 4, &frame, &err), &err);
            must(hax_stream_submit(rig.stream, 0, 2, feeds, &number, &err), &err);
            assert_int_equal(number, n);
            hax_array_destroy(a);
        }
        must(hax_stream_wait(rig.stream, 0, FRAMES - 1, &frame, &err), &err);
        assert_int_equal(seen.count, FRAMES);
        expect_order();
        hax_array_destroy(b);
        rig_close(&rig);
    }
}

/* Frames of a stream's own have the same inputs in each copy, fed or random. */
static void outputs_are_those_of_a_single_unit(void **state)
{
    (void) state;
    for (int fed = 0; fed < 2; fed++) {
        rig rig;
        hax_array *a = row(0.7F), *b = row(2);
        const hax_feed feeds[] = { { 0, "a", a }, { 0, "b", b } };
        make(&rig, "portable", 2, 3);
        rig.sources[1] = hax_frame_source_default();
        rig.config.check_outputs = true;
        rig.config.feed_count = 2 * fed;
        rig.config.feeds = feeds;
        if (fed)
            rig.config.frame_ended = check_fed;
        rig_open(&rig);
        const hax_stream_result *result = run(&rig, TEST_COUNT(1000), INFINITY);
        assert_true(result->outputs_checked && result->outputs_equal);
        for (int n = 0; n < NETWORKS; n++)
            assert_int_equal(result->networks[n].compared, TEST_COUNT(1000));
        hax_stream_result_destroy(result);
        hax_array_destroy(a);
        hax_array_destroy(b);
        rig_close(&rig);
    }
}

/* ---- refused --------------------------------------------------------------------------------- */

/* Nine networks of eight frames each. */
static void more_than_a_session_holds_are_refused(void **state)
{
    enum { MANY = 9 };
    rig rig;
    hax_error err = { 0 };
    const hax_schedule *schedule = NULL;
    hax_instance_spec instances[MANY];
    hax_profile_network networks[MANY];
    hax_frame_source sources[MANY];
    int units[MANY] = { 0 };
    char names[MANY][8];
    (void) state;
    make(&rig, "synthetic", 2, HAX_FRAMES_IN_FLIGHT_MAX);
    for (int n = 0; n < MANY; n++) {
        snprintf(names[n], sizeof names[n], "n%d", n);
        instances[n] = rig.instances[0];
        networks[n] = rig.networks[0];
        instances[n].name = networks[n].name = names[n];
        sources[n] = hax_frame_source_default();
    }
    rig.problem.instance_count = rig.config.network_count = MANY;
    rig.problem.instances = instances;
    rig.config.networks = networks;
    rig.config.sources = sources;
    must(hax_schedule_whole(&rig.problem, "whole", units, NULL, &schedule, &err), &err);
    rig.config.schedule = schedule;
    assert_int_equal(hax_stream_open(&rig.config, &rig.stream, &err), HAX_BAD_INPUT);
    assert_string_equal(err.message, "9 networks with 8 frames in flight each: 64 can be worked on "
                                     "together at most");
    rig.config.in_flight = 7; /* 63 */
    rig_open(&rig);
    const hax_stream_result *result = run(&rig, 20, INFINITY);
    for (int n = 0; n < MANY; n++)
        assert_int_equal(result->networks[n].ended, 20);
    hax_stream_result_destroy(result);
    hax_schedule_destroy(schedule);
    rig_close(&rig);
}

static void too_many_are_refused(void **state)
{
    (void) state;
    static const int counts[] = { -1, HAX_FRAMES_IN_FLIGHT_MAX + 1 };
    for (int c = 0; c < 2; c++) {
        rig rig;
        hax_error err = { 0 };
        make(&rig, "synthetic", 2, counts[c]);
        assert_int_equal(hax_stream_open(&rig.config, &rig.stream, &err), HAX_BAD_INPUT);
        assert_non_null(strstr(err.message, "1 to 8 can be worked on at once"));
        rig_close(&rig);
    }
    rig rig;
    hax_error err = { 0 };
    const hax_cycle *cycle = NULL;
    const hax_schedule *schedule = NULL;
    make(&rig, "synthetic", 2, 2);
    rig.sources[0] = rig.sources[1] = hax_frame_source_periodic(100);
    must(hax_cycle_make(&rig.problem, rig.sources, &cycle, &err), &err);
    must(hax_solve(cycle->problem, NULL, &schedule, &err), &err);
    rig_open(&rig);
    assert_int_equal(hax_stream_change(rig.stream, schedule, cycle, NULL, &err), HAX_BAD_INPUT);
    hax_stream_close(rig.stream);
    rig.config.cycle = cycle;
    rig.config.schedule = schedule;
    assert_int_equal(hax_stream_open(&rig.config, &rig.stream, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "2 cannot be in flight"));
    rig.stream = NULL;
    hax_schedule_destroy(schedule);
    hax_cycle_destroy(cycle);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(back_to_back_takes_the_longest_piece),
        cmocka_unit_test(a_rate_above_one_over_the_latency),
        cmocka_unit_test(the_highest_rate_counts_it),
        cmocka_unit_test(what_there_is_no_room_for),
        cmocka_unit_test(random_lines_of_pieces),
        cmocka_unit_test(the_plan_is_chosen_for_it),
        cmocka_unit_test(the_plan_is_chosen_for_throughput),
        cmocka_unit_test(plans_change_and_workers_are_lost),
        cmocka_unit_test(all_in_flight_are_lost),
        cmocka_unit_test(outputs_of_frames_in_flight_are_right),
        cmocka_unit_test(outputs_are_those_of_a_single_unit),
        cmocka_unit_test(too_many_are_refused),
        cmocka_unit_test(more_than_a_session_holds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
