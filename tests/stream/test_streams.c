/* Streams by hand: submitted frames and their results, ends, counts, refusals. */
#define _GNU_SOURCE
#include "rig.h"

#include "driver.h"
#include "inside.h"
#include "skip.h"

/* ---- submitted frames ------------------------------------------------------------------------ */

static hax_array *steps(float step)
{
    hax_array *array;
    hax_error err;
    must(hax_array_make(&(hax_shape){ 1, { ELEMENTS } }, &array, &err), &err);
    for (int i = 0; i < ELEMENTS; i++)
        array->values[i] = step * (float) i;
    return array;
}

static hax_status submit(rig *rig, int n, float step_a, float step_b, int64_t *number,
                         hax_error *err)
{
    hax_array *a = steps(step_a), *b = steps(step_b);
    const hax_feed feeds[] = { { n, "a", a }, { n, "b", b } };
    hax_status status = hax_stream_submit(rig->stream, n, 2, feeds, number, err);
    hax_array_destroy(a); /* the numbers have been copied */
    hax_array_destroy(b);
    return status;
}

static void expect_outputs(const hax_frame *frame, float step_a, float step_b)
{
    float a[ELEMENTS], p[ELEMENTS], q[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++)
        a[i] = step_a * (float) i;
    softmax(a, p);
    softmax(p, q);
    assert_int_equal(frame->output_count, 2);
    assert_string_equal(frame->outputs[0].name, "y");
    assert_string_equal(frame->outputs[0].instance, frame->network ? "b" : "a");
    assert_int_equal(frame->outputs[0].shape.rank, 2);
    for (int i = 0; i < ELEMENTS; i++)
        assert_float_equal(frame->outputs[0].values[i], p[i] * q[i] * step_b * (float) i, 1e-6F);
    for (int i = 0; i < ELEMENTS; i++)
        assert_float_equal(frame->outputs[1].values[i], p[i] * p[i] * q[i], 1e-6F);
}

static float step_of(int n, int64_t number)
{
    return 0.1F * (float) (number + 1) * (n ? -1 : 1);
}

static void wait_for(rig *rig, int n, int64_t number, hax_frame *frame)
{
    hax_error err = { 0 };
    must(hax_stream_wait(rig->stream, n, number, frame, &err), &err);
    assert_int_equal(frame->network, n);
    assert_int_equal(frame->number, number);
    assert_false(frame->dropped);
    assert_true(frame->release_ns <= frame->start_ns && frame->start_ns <= frame->end_ns);
}

/* Three of each network under way at once, twenty times over. */
static void results(const char *first, const char *second)
{
    enum { ROUNDS = 20, AT_ONCE = 3 };
    rig rig;
    hax_error err = { 0 };
    hax_frame frame;
    int64_t number;
    rig_make(&rig, first, second, 1);
    for (int n = 0; n < NETWORKS; n++) {
        rig.sources[n].release = HAX_SUBMITTED;
        rig.sources[n].buffer = AT_ONCE;
        rig.sources[n].policy = HAX_KEEP_QUEUE;
    }
    rig_open(&rig);
    for (int64_t round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < AT_ONCE; i++)
            for (int n = 0; n < NETWORKS; n++) {
                int64_t due = round * AT_ONCE + i;
                must(submit(&rig, n, step_of(n, due), 2, &number, &err), &err);
                assert_int_equal(number, due);
            }
        for (int i = 0; i < AT_ONCE; i++)
            for (int n = 0; n < NETWORKS; n++) {
                wait_for(&rig, n, round * AT_ONCE + i, &frame);
                expect_outputs(&frame, step_of(n, frame.number), 2);
            }
    }
    rig_close(&rig);
}

static void results_of_submitted_frames_are_right(void **state)
{
    (void) state;
    results("portable", "portable");
}

/* Tensors change their form on the way. */
static void results_between_libraries_are_right(void **state)
{
    (void) state;
    hax_driver_probe probe;
    if (hax_driver_ask("onednn", &probe, NULL) != HAX_OK || !probe.available)
        SKIP("oneDNN is not here");
    results("onednn", "portable");
    results("portable", "onednn");
}

/* What nothing is fed with stays as it was. */
static void an_input_that_is_not_fed_stays(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    hax_frame frame;
    int64_t number;
    rig_make(&rig, "portable", "portable", 1);
    rig.sources[0].release = HAX_SUBMITTED;
    rig_open(&rig);
    must(submit(&rig, 0, 0.5F, 3, &number, &err), &err);
    wait_for(&rig, 0, number, &frame);
    hax_array *a = steps(-0.25F);
    const hax_feed feed = { 0, "a", a };
    must(hax_stream_submit(rig.stream, 0, 1, &feed, &number, &err), &err);
    hax_array_destroy(a);
    wait_for(&rig, 0, number, &frame);
    expect_outputs(&frame, -0.25F, 3);
    must(hax_stream_submit(rig.stream, 0, 0, NULL, &number, &err), &err);
    wait_for(&rig, 0, number, &frame);
    expect_outputs(&frame, -0.25F, 3);
    rig_close(&rig);
}

static float last_output[ELEMENTS]; /* the first output of "a" */

static void keep_output(void *context, const hax_frame *frame)
{
    rig *rig = context;
    size_t count;
    const float *values = hax_pieces_output(rig->stream->pieces, 0, &count);
    if (frame->network == 0)
        memcpy(last_output, values, sizeof last_output);
}

/* What a network is fed with goes into each of its frames. */
static void a_fed_network_computes_of_that(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    hax_array *a = steps(0.5F), *b = steps(3);
    const hax_feed feeds[] = { { 0, "a", a }, { 0, "b", b } };
    const hax_stream_result *result = NULL;
    rig_make(&rig, "portable", "portable", 1);
    rig.config.feed_count = 2;
    rig.config.feeds = feeds;
    rig.config.check_outputs = true;
    rig.config.frame_ended = keep_output;
    rig_open(&rig);
    hax_array_destroy(a); /* the numbers have been copied */
    hax_array_destroy(b);
    must(hax_stream_run(rig.stream, &(hax_stream_limits){ 20, INFINITY }, &result, &err), &err);
    assert_int_equal(result->networks[0].ended, 20);
    assert_true(result->outputs_equal);
    float p[ELEMENTS], q[ELEMENTS], in[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++)
        in[i] = 0.5F * (float) i;
    softmax(in, p);
    softmax(p, q);
    for (int i = 0; i < ELEMENTS; i++)
        assert_float_equal(last_output[i], p[i] * q[i] * 3 * (float) i, 1e-6F);
    hax_stream_result_destroy(result);
    rig_close(&rig);
}

static void a_feed_that_is_not_possible_is_refused(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    hax_array *a = steps(1);
    hax_feed feed = { 1, "a", a };
    rig_make(&rig, "portable", "portable", 1);
    rig.sources[1].release = HAX_SUBMITTED;
    rig.config.feed_count = 1;
    rig.config.feeds = &feed;
    assert_int_equal(hax_stream_open(&rig.config, &rig.stream, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "'b': its frames are submitted"));
    feed.network = 2;
    assert_int_equal(hax_stream_open(&rig.config, &rig.stream, &err), HAX_BAD_INPUT);
    feed = (hax_feed){ 0, "c", a };
    assert_int_equal(hax_stream_open(&rig.config, &rig.stream, &err), HAX_BAD_INPUT);
    hax_array_destroy(a);
    rig_close(&rig);
}

/* ---- on the virtual clock -------------------------------------------------------------------- */

static int told, told_dropped;

static void count_frame(void *context, const hax_frame *frame)
{
    (void) context;
    told++;
    told_dropped += frame->dropped;
}

static void open_submitted(rig *rig, hax_frame_policy policy)
{
    rig_make(rig, "synthetic", "synthetic", 1);
    rig->sources[1].release = HAX_SUBMITTED;
    rig->sources[1].buffer = 2;
    rig->sources[1].policy = policy;
    rig->config.frame_ended = count_frame;
    told = told_dropped = 0;
    rig_open(rig);
}

/* One is worked on, two wait, two more come. */
static void a_full_queue_drops_the_frame(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    hax_frame frame;
    int64_t number = -1;
    open_submitted(&rig, HAX_KEEP_QUEUE);
    for (int i = 0; i < 3; i++)
        must(hax_stream_submit(rig.stream, 1, 0, NULL, &number, &err), &err);
    for (int i = 3; i < 5; i++) {
        assert_int_equal(hax_stream_submit(rig.stream, 1, 0, NULL, &number, &err), HAX_LIMIT);
        assert_int_equal(number, i);
    }
    assert_string_equal(err.message, "frame 4 of 'b' is dropped: 2 wait already, as many as its "
                                     "buffer holds");
    assert_int_equal(told_dropped, 2);
    for (int64_t i = 0; i < 3; i++) {
        must(hax_stream_wait(rig.stream, 1, i, &frame, &err), &err);
        assert_false(frame.dropped);
        assert_int_equal(frame.end_ns, (i + 1) * 4000000); /* four groups of a millisecond */
        assert_int_equal(frame.output_count, 0);           /* nothing is computed */
    }
    assert_int_equal(told, 5);
    rig_close(&rig);
}

static void the_latest_frames_win(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    hax_frame frame;
    open_submitted(&rig, HAX_KEEP_LATEST);
    for (int i = 0; i < 5; i++)
        must(hax_stream_submit(rig.stream, 1, 0, NULL, NULL, &err), &err);
    for (int64_t i = 0; i < 5; i++) {
        bool dropped = i == 1 || i == 2;
        if (i == 1)
            continue; /* the last two that ended are kept, and what ended since 0 did: 2 and 0 */
        must(hax_stream_wait(rig.stream, 1, i, &frame, &err), &err);
        assert_int_equal(frame.dropped, dropped);
        if (!dropped)
            assert_int_equal(frame.end_ns, i == 0 ? 4000000 : (i - 1) * 4000000);
    }
    assert_int_equal(told, 5);
    assert_int_equal(told_dropped, 2);
    rig_close(&rig);
}

/* What was kept gives way, oldest first, and is named then. */
static void old_results_are_no_longer_kept(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    hax_frame frame;
    int64_t number;
    open_submitted(&rig, HAX_KEEP_QUEUE);
    for (int i = 0; i < 20; i++) {
        must(hax_stream_submit(rig.stream, 1, 0, NULL, &number, &err), &err);
        must(hax_stream_wait(rig.stream, 1, number, &frame, &err), &err);
    }
    must(hax_stream_wait(rig.stream, 1, 18, &frame, &err), &err);
    assert_int_equal(hax_stream_wait(rig.stream, 1, 3, &frame, &err), HAX_BAD_INPUT);
    assert_string_equal(err.message, "what became of frame 3 of 'b' is no longer kept");
    assert_int_equal(hax_stream_wait(rig.stream, 1, 20, &frame, &err), HAX_BAD_INPUT);
    assert_string_equal(err.message, "no frame 20 of 'b' was submitted");
    assert_int_equal(hax_stream_wait(rig.stream, 1, -1, &frame, &err), HAX_BAD_INPUT);
    assert_int_equal(hax_stream_wait(rig.stream, 0, 0, &frame, &err), HAX_BAD_INPUT);
    assert_string_equal(err.message,
                        "the frames of 'a' are not submitted: its source releases them");
    assert_int_equal(hax_stream_submit(rig.stream, 2, 0, NULL, NULL, &err), HAX_BAD_INPUT);
    assert_string_equal(err.message, "there is no network 2: the stream has 2");
    rig_close(&rig);
}

static void a_wait_can_be_interrupted(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    hax_frame frame;
    open_submitted(&rig, HAX_KEEP_QUEUE);
    must(hax_stream_submit(rig.stream, 1, 0, NULL, NULL, &err), &err);
    hax_cancel_request(&rig.cancel);
    assert_int_equal(hax_stream_wait(rig.stream, 1, 0, &frame, &err), HAX_INTERRUPTED);
    hax_cancel_clear(&rig.cancel);
    must(hax_stream_wait(rig.stream, 1, 0, &frame, &err), &err);
    rig_close(&rig);
}

/* "b" alone takes 4 ms: a deadline of 4 ms is kept, one that is a nanosecond shorter missed. */
static void a_result_at_its_deadline_is_in_time(void **state)
{
    (void) state;
    static const double deadlines_ms[] = { 4, 3.999999 };
    for (int i = 0; i < 2; i++) {
        rig rig;
        hax_error err = { 0 };
        const hax_stream_result *result = NULL;
        rig_make(&rig, "synthetic", "synthetic", 1);
        rig.sources[1].deadline_ms = deadlines_ms[i];
        rig.sources[0].release = HAX_SUBMITTED; /* and never is */
        rig_open(&rig);
        must(hax_stream_run(rig.stream, &(hax_stream_limits){ 3, INFINITY }, &result, &err), &err);
        assert_int_equal(result->networks[1].ended, 3);
        assert_int_equal(result->networks[1].missed, 3 * i);
        assert_true(result->networks[1].max_ms == 4 && result->seconds == 0.012);
        assert_int_equal(result->unit_count, 2);
        assert_true(result->units[1].load == 1 && result->units[0].load == 0);
        hax_stream_result_destroy(result);
        rig_close(&rig);
    }
}

/* Of "b" alone, whose result is due before the next frame: every 4 ms. */
static void the_highest_rate_is_found(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    hax_stream_rate rate;
    rig_make(&rig, "synthetic", "synthetic", 1);
    rig.sources[0].release = HAX_SUBMITTED;
    rig.sources[1] = hax_frame_source_periodic(10);
    rig_open(&rig);
    must(hax_stream_find_rate(rig.stream, 50, &rate, &err), &err);
    assert_true(rate.factor <= 25 && rate.factor > 25 / 1.011);
    assert_true(rate.first_missed > 25 && rate.first_missed < 25 * 1.011);
    /* the source is as before */
    const hax_stream_result *result = NULL;
    must(hax_stream_run(rig.stream, &(hax_stream_limits){ 3, INFINITY }, &result, &err), &err);
    assert_true(result->networks[1].source.rate_hz == 10 &&
                result->networks[1].source.deadline_ms == 100);
    hax_stream_result_destroy(result);
    /* a deadline of its own stays: 4 ms are just kept, at any rate up to the same */
    rig.sources[1].deadline_ms = 3;
    must(hax_stream_change(rig.stream, rig.schedule, NULL, rig.sources, &err), &err);
    must(hax_stream_find_rate(rig.stream, 50, &rate, &err), &err);
    assert_true(rate.factor == 0);
    assert_int_equal(hax_stream_find_rate(rig.stream, 0, &rate, &err), HAX_USAGE);
    rig.sources[1] = hax_frame_source_default();
    must(hax_stream_change(rig.stream, rig.schedule, NULL, rig.sources, &err), &err);
    assert_int_equal(hax_stream_find_rate(rig.stream, 50, &rate, &err), HAX_USAGE);
    assert_non_null(strstr(err.message, "no frames come at a rate"));
    rig_close(&rig);
}

/* Another schedule, from the next run on: "a" whole on u0 no longer disturbs "b". */
static void a_schedule_can_be_changed(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    const hax_stream_result *result = NULL;
    rig_make(&rig, "synthetic", "synthetic", 1);
    rig_open(&rig);
    must(hax_stream_run(rig.stream, &(hax_stream_limits){ 9, INFINITY }, &result, &err), &err);
    assert_true(result->networks[1].max_ms > 4);
    hax_stream_result_destroy(result);
    const hax_schedule *whole = rig_schedule(&rig, false);
    must(hax_stream_change(rig.stream, whole, NULL, NULL, &err), &err);
    hax_schedule_destroy(whole);
    must(hax_stream_run(rig.stream, &(hax_stream_limits){ 9, INFINITY }, &result, &err), &err);
    assert_true(result->networks[0].max_ms == 4 && result->networks[1].max_ms == 4);
    hax_stream_result_destroy(result);
    rig_close(&rig);
}

/* ---- ends ------------------------------------------------------------------------------------ */

static void cancel_behind_five(void *context, const hax_frame *frame)
{
    rig *rig = context;
    if (frame->number == 4)
        hax_cancel_request(&rig->cancel);
}

static void what_waits_when_it_is_interrupted_is_unfinished(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    const hax_stream_result *result = NULL;
    rig_make(&rig, "synthetic", "synthetic", 1);
    rig.sources[1] = hax_frame_source_periodic(1000); /* four times what it can */
    rig.sources[1].buffer = 100;
    rig.sources[0].release = HAX_SUBMITTED;
    rig.config.frame_ended = cancel_behind_five;
    rig_open(&rig);
    assert_int_equal(
        hax_stream_run(rig.stream, &(hax_stream_limits){ HAX_NO_LIMIT, INFINITY }, &result, &err),
        HAX_INTERRUPTED);
    assert_true(result->interrupted);
    assert_int_equal(result->networks[1].ended, 5);
    assert_int_equal(result->networks[1].unfinished, result->networks[1].released - 5);
    assert_true(result->networks[1].unfinished > 10);
    hax_stream_result_destroy(result);
    rig_close(&rig);
}

static bool second_enough(void *context, const hax_stream_result *so_far)
{
    (void) context;
    assert_true(so_far->networks[1].ended > 0);
    told++;
    return told < 3;
}

static void a_second_can_end_it(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    const hax_stream_result *result = NULL;
    rig_make(&rig, "synthetic", "synthetic", 1);
    rig.config.second_passed = second_enough;
    told = 0;
    rig_open(&rig);
    assert_int_equal(
        hax_stream_run(rig.stream, &(hax_stream_limits){ HAX_NO_LIMIT, INFINITY }, &result, &err),
        HAX_INTERRUPTED);
    assert_int_equal(told, 3);
    assert_true(result->seconds >= 3 && result->seconds < 3.1);
    hax_stream_result_destroy(result);
    rig_close(&rig);
}

/* ---- real units ------------------------------------------------------------------------------ */

static int64_t last_number[NETWORKS];

static void check_order(void *context, const hax_frame *frame)
{
    (void) context;
    assert_true(frame->dropped || frame->number > last_number[frame->network]);
    last_number[frame->network] = frame->dropped ? last_number[frame->network] : frame->number;
    assert_int_equal(frame->release_ns,
                     llroundl((long double) frame->number * 1e9L / (frame->network ? 700 : 300)));
    assert_true(frame->dropped ||
                (frame->release_ns <= frame->end_ns && frame->start_ns <= frame->end_ns));
}

/* Counts add up, releases do not drift, and each result is the single unit's. */
static void frames_at_rates_on_real_units(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    const hax_stream_result *result = NULL;
    rig_make(&rig, "portable", "portable", 1);
    rig.sources[0] = hax_frame_source_periodic(300);
    rig.sources[1] = hax_frame_source_periodic(700);
    rig.config.check_outputs = true;
    rig.config.frame_ended = check_order;
    last_number[0] = last_number[1] = -1;
    rig_open(&rig);
    must(hax_stream_run(rig.stream, &(hax_stream_limits){ 150, INFINITY }, &result, &err), &err);
    for (int n = 0; n < NETWORKS; n++) {
        const hax_stream_network *network = &result->networks[n];
        assert_int_equal(network->released, 150);
        assert_int_equal(network->ended + network->dropped, 150);
        assert_int_equal(network->compared, network->ended);
        assert_true(network->p50_ms <= network->p95_ms && network->p99_ms <= network->max_ms);
    }
    assert_true(result->outputs_checked && result->outputs_equal);
    hax_stream_result_destroy(result);
    rig_close(&rig);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void expect_refused(rig *rig, const char *message)
{
    hax_error err = { 0 };
    assert_int_equal(hax_stream_open(&rig->config, &rig->stream, &err), HAX_BAD_INPUT);
    assert_string_equal(err.message, message);
    assert_null(rig->stream);
}

static void impossible_sources_are_refused(void **state)
{
    (void) state;
    static const struct {
        hax_frame_source source;
        const char *message;
    } cases[] = {
        { { 7, 0, INFINITY, 1, HAX_KEEP_QUEUE }, "'b': no such release of frames (7)" },
        { { HAX_BACK_TO_BACK, 0, INFINITY, 1, 9 }, "'b': no such policy of a buffer (9)" },
        { { HAX_PERIODIC, 0, INFINITY, 1, HAX_KEEP_QUEUE },
          "'b': a rate of 0 frames a second; above 0 and at most 1e+06 can be released" },
        { { HAX_PERIODIC, NAN, INFINITY, 1, HAX_KEEP_QUEUE },
          "'b': a rate of nan frames a second; above 0 and at most 1e+06 can be released" },
        { { HAX_PERIODIC, 2e6, INFINITY, 1, HAX_KEEP_QUEUE },
          "'b': a rate of 2e+06 frames a second; above 0 and at most 1e+06 can be released" },
        { { HAX_BACK_TO_BACK, 0, 0, 1, HAX_KEEP_QUEUE },
          "'b': a deadline of 0 ms; give a time above 0 and at most 1e+12, or none" },
        { { HAX_BACK_TO_BACK, 0, INFINITY, 0, HAX_KEEP_QUEUE },
          "'b': a buffer of 0 frames; it can hold 1 to 4096" },
        { { HAX_BACK_TO_BACK, 0, INFINITY, 4097, HAX_KEEP_QUEUE },
          "'b': a buffer of 4097 frames; it can hold 1 to 4096" },
    };
    rig rig;
    rig_make(&rig, "synthetic", "synthetic", 1);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        rig.sources[1] = cases[c].source;
        expect_refused(&rig, cases[c].message);
    }
    rig_close(&rig);
}

static void impossible_chains_are_refused(void **state)
{
    (void) state;
    static const int after[] = { 0, 0 };
    rig rig;
    rig_make(&rig, "synthetic", "synthetic", 1);
    rig.instances[1].after = after;
    rig.instances[1].after_count = 1;
    rig.sources[1] = hax_frame_source_periodic(3);
    expect_refused(&rig, "'b' comes after another network and takes its frames from there: it has "
                         "no rate of its own");
    rig.instances[1].after_count = 2;
    expect_refused(&rig, "'b' comes after 2 networks: frames are taken over from one");
    rig_close(&rig);
}

static void another_problem_is_refused(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    const hax_grouping *other;
    rig_make(&rig, "synthetic", "synthetic", 1);
    rig.config.network_count = 1;
    expect_refused(&rig, "the problem has 2 instances, 1 networks are given");
    rig.config.network_count = NETWORKS;
    must(hax_grouping_make(rig.model, "1", &other, &err), &err);
    rig.networks[1].grouping = other;
    expect_refused(&rig, "instance 'b' of the problem has 4 groups, network 'b' 1");
    rig.networks[1].grouping = rig.grouping;
    hax_grouping_destroy(other);
    rig.config.size = 0;
    assert_int_equal(hax_stream_open(&rig.config, &rig.stream, &err), HAX_USAGE);
    rig_close(&rig);
}

static void runs_without_a_frame_are_refused(void **state)
{
    (void) state;
    static const hax_stream_limits none[] = { { 0, 1 }, { -2, 1 }, { 1, 0 }, { 1, NAN } };
    rig rig;
    hax_error err = { 0 };
    const hax_stream_result *result = NULL;
    rig_make(&rig, "synthetic", "synthetic", 1);
    rig_open(&rig);
    for (size_t c = 0; c < sizeof none / sizeof *none; c++)
        assert_int_equal(hax_stream_run(rig.stream, &none[c], &result, &err), HAX_USAGE);
    assert_null(result);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_of_submitted_frames_are_right),
        cmocka_unit_test(results_between_libraries_are_right),
        cmocka_unit_test(an_input_that_is_not_fed_stays),
        cmocka_unit_test(a_fed_network_computes_of_that),
        cmocka_unit_test(a_feed_that_is_not_possible_is_refused),
        cmocka_unit_test(a_full_queue_drops_the_frame),
        cmocka_unit_test(the_latest_frames_win),
        cmocka_unit_test(old_results_are_no_longer_kept),
        cmocka_unit_test(a_wait_can_be_interrupted),
        cmocka_unit_test(a_result_at_its_deadline_is_in_time),
        cmocka_unit_test(the_highest_rate_is_found),
        cmocka_unit_test(a_schedule_can_be_changed),
        cmocka_unit_test(what_waits_when_it_is_interrupted_is_unfinished),
        cmocka_unit_test(a_second_can_end_it),
        cmocka_unit_test(frames_at_rates_on_real_units),
        cmocka_unit_test(impossible_sources_are_refused),
        cmocka_unit_test(impossible_chains_are_refused),
        cmocka_unit_test(another_problem_is_refused),
        cmocka_unit_test(runs_without_a_frame_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
