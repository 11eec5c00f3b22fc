/* The measuring loop on a clock that goes on only as it is told to. */
#include "interleave.h"

#include <stdlib.h>
#include <string.h>

#include "fixture.h"

enum { ITEM_MAX = 9, LOG_MAX = 4000 };

typedef struct execution {
    int item, round;
} execution;

/* A machine, what is measured on it, and who watches. */
typedef struct rig {
    uint64_t now_ns;
    double stolen_ms, item_ms;
    int steal_rounds; /* so many rounds lose half of the machine */
    double slept_ms;
    int begun, ended, warmed, discarded;
    int warmed_before; /* items warmed up when the first round began */
    int count;
    execution executions[LOG_MAX];
    int fail_after, cancel_after; /* executions; < 0: never */
    int reports;
    bool goes_back; /* the progress did */
    double done;
    hax_cancel cancel;
    hax_watch watch;
    hax_interleave_clock clock;
    hax_interleave_calls calls;
    hax_interleave_config config;
    hax_interleave_counts counts;
    hax_error err;
} rig;

static uint64_t rig_now_ns(void *context)
{
    return ((rig *) context)->now_ns;
}

static double rig_stolen_ms(void *context)
{
    return ((rig *) context)->stolen_ms;
}

static void rig_sleep_ms(void *context, double ms)
{
    rig *self = context;
    self->slept_ms += ms;
    self->now_ns += (uint64_t) (ms * 1e6);
    if (self->cancel_after == self->count)
        hax_cancel_request(&self->cancel);
}

static hax_status rig_warm_up(void *context, int item, hax_error *err)
{
    rig *self = context;
    (void) err;
    assert_int_equal(item, self->warmed++);
    return HAX_OK;
}

static hax_status rig_begin(void *context, int round, hax_error *err)
{
    rig *self = context;
    (void) err;
    assert_int_equal(self->begun, self->ended);
    if (self->begun++ > 0)
        assert_int_equal(round, self->count / self->config.item_count - self->discarded);
    else
        assert_int_equal(round, -1);
    return HAX_OK;
}

static void rig_end(void *context)
{
    rig *self = context;
    self->ended++;
    assert_int_equal(self->begun, self->ended);
}

static hax_status rig_execute(void *context, int item, int round, hax_error *err)
{
    rig *self = context;
    assert_in_range(self->count, 0, LOG_MAX - 1);
    if (self->fail_after == self->count)
        return hax_fail(err, HAX_WORKER_LOST, "a worker");
    self->executions[self->count++] = (execution){ item, round };
    self->now_ns += (uint64_t) (self->item_ms * 1e6);
    if (self->count % self->config.item_count == 0 && self->steal_rounds-- > 0)
        self->stolen_ms += self->item_ms * self->config.item_count;
    if (self->cancel_after == self->count)
        hax_cancel_request(&self->cancel);
    return HAX_OK;
}

static void rig_discard(void *context, int round)
{
    rig *self = context;
    assert_int_equal(round, self->executions[self->count - 1].round);
    assert_int_equal(self->begun, self->ended);
    self->discarded++;
}

static void rig_report(void *context, const hax_progress *progress)
{
    rig *self = context;
    if (strcmp(progress->stage, "warming up") == 0)
        return;
    assert_string_equal(progress->stage, "measuring");
    self->reports++;
    self->goes_back = self->goes_back || progress->done < self->done;
    self->done = progress->done;
}

static void rig_make(rig *self, int items, int rounds, double seconds)
{
    *self = (rig){ .item_ms = 10, .fail_after = -1, .cancel_after = -1 };
    self->watch = (hax_watch){ .report = rig_report, .context = self, .cancel = &self->cancel };
    self->clock = (hax_interleave_clock){ rig_now_ns, rig_stolen_ms, rig_sleep_ms, self };
    self->calls =
        (hax_interleave_calls){ rig_warm_up, rig_begin, rig_end, rig_execute, rig_discard, self };
    self->config = (hax_interleave_config){ .stage = "measuring",
                                            .warm_up_stage = "warming up",
                                            .item_count = items,
                                            .rounds = rounds,
                                            .seconds = seconds,
                                            .watch = &self->watch,
                                            .clock = &self->clock };
}

static hax_status rig_run(rig *self)
{
    return hax_interleave(&self->config, &self->calls, &self->counts, &self->err);
}

static void expect_counts(const rig *self, int counted, int repeated, int disturbed)
{
    assert_int_equal(self->counts.counted, counted);
    assert_int_equal(self->counts.repeated, repeated);
    assert_int_equal(self->counts.disturbed, disturbed);
    assert_int_equal(self->discarded, repeated);
    assert_int_equal(self->count, (counted + repeated) * self->config.item_count);
    assert_int_equal(self->begun, self->ended);
}

static void every_round_executes_every_item_once(void **state)
{
    (void) state;
    rig self;
    bool other_order = false;
    rig_make(&self, ITEM_MAX, 20, 0);
    assert_int_equal(rig_run(&self), HAX_OK);
    expect_counts(&self, 20, 0, 0);
    assert_int_equal(self.warmed, ITEM_MAX);
    for (int round = 0; round < 20; round++) {
        const execution *executions = &self.executions[(ptrdiff_t) round * ITEM_MAX];
        bool seen[ITEM_MAX] = { false };
        for (int i = 0; i < ITEM_MAX; i++) {
            assert_int_equal(executions[i].round, round);
            assert_false(seen[executions[i].item]);
            seen[executions[i].item] = true;
            other_order = other_order || executions[i].item != self.executions[i].item;
        }
    }
    assert_true(other_order);
}

static void blocks_stay_together(void **state)
{
    (void) state;
    static const int block[ITEM_MAX] = { 3, 1, 3, -1, 1, 3, 7, -1, 1 };
    rig self;
    bool apart = false;
    rig_make(&self, ITEM_MAX, 30, 0);
    self.config.block = block;
    assert_int_equal(rig_run(&self), HAX_OK);
    for (int round = 0; round < 30; round++) {
        const execution *executions = &self.executions[(ptrdiff_t) round * ITEM_MAX];
        int changes = 0;
        for (int i = 1; i < ITEM_MAX; i++)
            changes += block[executions[i].item] != block[executions[i - 1].item];
        assert_int_equal(changes, 3); /* four blocks */
        apart = apart || executions[0].item != self.executions[0].item;
    }
    assert_true(apart);
}

static void rounds_and_seconds_are_both_kept(void **state)
{
    (void) state;
    rig self;
    rig_make(&self, 5, 4, 1); /* 50 ms a round: 20 rounds fill a second */
    assert_int_equal(rig_run(&self), HAX_OK);
    expect_counts(&self, 20, 0, 0);
    rig_make(&self, 5, 30, 1);
    assert_int_equal(rig_run(&self), HAX_OK);
    expect_counts(&self, 30, 0, 0);
    assert_float_equal(self.slept_ms, 0, 0);
}

static void short_rounds_are_spread_by_pauses(void **state)
{
    (void) state;
    rig self;
    rig_make(&self, 5, 4, 10);
    self.config.rounds_in_time = 20; /* one every 500 ms, of which it takes 50 */
    assert_int_equal(rig_run(&self), HAX_OK);
    expect_counts(&self, 21, 0, 0); /* the last begins as the time ends */
    assert_true(self.now_ns >= 10050000000U && self.now_ns <= 10100000000U);
}

static void disturbed_rounds_are_executed_again(void **state)
{
    (void) state;
    rig self;
    rig_make(&self, 5, 8, 0);
    self.config.processors = 2;
    self.steal_rounds = 3;
    assert_int_equal(rig_run(&self), HAX_OK);
    expect_counts(&self, 8, 3, 0);
    assert_false(self.goes_back);
    rig_make(&self, 5, 8, 0); /* nobody asks */
    self.steal_rounds = 3;
    assert_int_equal(rig_run(&self), HAX_OK);
    expect_counts(&self, 8, 0, 0);
}

static void a_machine_never_left_alone_is_measured_all_the_same(void **state)
{
    (void) state;
    rig self;
    rig_make(&self, 5, 8, 0);
    self.config.processors = 2;
    self.steal_rounds = 1000;
    assert_int_equal(rig_run(&self), HAX_OK);
    expect_counts(&self, 8, 8, 8);
    assert_false(self.goes_back);
}

static void time_stolen_while_it_waits_for_its_turn_disturbs_nothing(void **state)
{
    (void) state;
    rig self;
    rig_make(&self, 5, 1, 0);
    self.config.processors = 2;
    self.stolen_ms = 1e6;
    assert_int_equal(rig_run(&self), HAX_OK);
    expect_counts(&self, 1, 0, 0);
}

static void no_item_begins_after_a_cancel(void **state)
{
    (void) state;
    rig self;
    rig_make(&self, 5, 8, 0);
    self.cancel_after = 13;
    assert_int_equal(rig_run(&self), HAX_INTERRUPTED);
    assert_string_equal(self.err.message, "interrupted");
    assert_int_equal(self.count, 13);
    assert_int_equal(self.counts.counted, 2);
    assert_int_equal(self.begun, self.ended);
    /* while it pauses */
    rig_make(&self, 5, 8, 1000);
    self.config.rounds_in_time = 10;
    self.cancel_after = 5;
    assert_int_equal(rig_run(&self), HAX_INTERRUPTED);
    assert_int_equal(self.count, 5);
    /* before it warms up */
    rig_make(&self, 5, 8, 0);
    hax_cancel_request(&self.cancel);
    assert_int_equal(rig_run(&self), HAX_INTERRUPTED);
    assert_int_equal(self.warmed + self.count, 0);
    assert_int_equal(self.begun, self.ended);
}

static void a_failure_ends_the_loop_and_the_turn(void **state)
{
    (void) state;
    rig self;
    rig_make(&self, 5, 8, 0);
    self.fail_after = 11;
    assert_int_equal(rig_run(&self), HAX_WORKER_LOST);
    assert_string_equal(self.err.message, "a worker");
    assert_int_equal(self.count, 11);
    assert_int_equal(self.counts.counted, 2);
    assert_int_equal(self.begun, self.ended);
}

static void progress_grows_to_the_end(void **state)
{
    (void) state;
    rig self;
    rig_make(&self, 5, 8, 0.3);
    assert_int_equal(rig_run(&self), HAX_OK);
    assert_int_equal(self.reports, 8 * 5 + 1);
    assert_false(self.goes_back);
    assert_float_equal(self.done, 1, 0);
    /* of what is farther behind, rounds or seconds */
    rig_make(&self, 5, 8, 0);
    self.cancel_after = 20;
    assert_int_equal(rig_run(&self), HAX_INTERRUPTED);
    assert_float_equal(self.done, 0.5, 0);
    rig_make(&self, 5, 8, 4);
    self.cancel_after = 20;
    assert_int_equal(rig_run(&self), HAX_INTERRUPTED);
    assert_float_equal(self.done, 0.05, 0);
}

static void only_execute_is_needed(void **state)
{
    (void) state;
    rig self;
    rig_make(&self, 3, 4, 0);
    self.calls = (hax_interleave_calls){ .execute = rig_execute, .context = &self };
    self.config.watch = NULL;
    self.config.processors = 2;
    self.steal_rounds = 1;
    assert_int_equal(rig_run(&self), HAX_OK);
    assert_int_equal(self.counts.counted, 4);
    assert_int_equal(self.counts.repeated, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_round_executes_every_item_once),
        cmocka_unit_test(blocks_stay_together),
        cmocka_unit_test(rounds_and_seconds_are_both_kept),
        cmocka_unit_test(short_rounds_are_spread_by_pauses),
        cmocka_unit_test(disturbed_rounds_are_executed_again),
        cmocka_unit_test(a_machine_never_left_alone_is_measured_all_the_same),
        cmocka_unit_test(time_stolen_while_it_waits_for_its_turn_disturbs_nothing),
        cmocka_unit_test(no_item_begins_after_a_cancel),
        cmocka_unit_test(a_failure_ends_the_loop_and_the_turn),
        cmocka_unit_test(progress_grows_to_the_end),
        cmocka_unit_test(only_execute_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
