/*
 * Drivers that fail: in every call of a driver a worker dies, hangs, is stopped or refuses, and the
 * session says who, how and where, and leaves nothing behind.
 */
#define _GNU_SOURCE
#include "rig.h"

#include "faulty.h"

/* How the calls of a driver are brought about. */
typedef enum deed {
    DEED_OPEN, /* hax_session_open */
    DEED_RUN,
    DEED_PRESS,
    DEED_FEED,
    DEED_FETCH,
} deed;

typedef struct phase {
    fault_call call;
    deed deed;
    const char *hang;     /* what is said of a hang */
    const char *activity; /* said behind a death or a stop */
} phase;

static const phase phases[] = {
    { CALL_OPEN, DEED_OPEN, "kind 'second' hangs: driver 'faulty' has not started", "" },
    { CALL_ENTER, DEED_OPEN, "kind 'second' hangs: driver 'faulty' has not started", "" },
    { CALL_BUILD, DEED_OPEN, "unit 'u1' hangs: building kernels of a",
      " while building kernels of a for u1" },
    { CALL_BIND, DEED_OPEN, "unit 'u1' hangs: building kernels of a",
      " while building kernels of a for u1" },
    { CALL_IMPORT, DEED_OPEN, "kind 'second' hangs: driver 'faulty' has not started", "" },
    { CALL_RUN, DEED_RUN, "unit 'u1' hangs: a group 0 has not ended after 0.3 s",
      " while running a group 0 on u1" },
    { CALL_RUN, DEED_PRESS, "unit 'u1' hangs: a group 0 has not ended after 0.3 s",
      " while running a group 0 on u1" },
    { CALL_IMPORT, DEED_FEED, "unit 'u1' hangs: setting inputs has not ended", "" },
    { CALL_EXPORT, DEED_FETCH, "unit 'u1' hangs: reading outputs has not ended", "" },
};

enum { PHASES = sizeof phases / sizeof *phases };

static hax_status act(rig *rig, deed what, hax_error *err)
{
    hax_stamp stamps[3];
    hax_press press = hax_press_begin(1);
    const float *values;
    size_t count;
    press.traffic[0].work = 0;
    switch (what) {
    case DEED_OPEN: return rig_try(rig, "portable", "faulty", false, err);
    case DEED_RUN: return rig_run(rig, err);
    case DEED_PRESS: return hax_session_press(rig->session, &whole_plan, &press, stamps, err);
    case DEED_FEED: return hax_session_feed(rig->session, err);
    case DEED_FETCH: return hax_session_output(rig->session, 0, 1, &values, &count, err);
    }
    return HAX_FAILURE;
}

/* Brings a fault about in a session that is sound until then. */
static hax_status provoke(const phase *where, fault_kind kind, double hang_s, hax_error *err)
{
    rig context;
    fault_plan_clear();
    if (where->deed == DEED_OPEN) {
        fault_plan_set(where->call, kind);
    } else {
        if (rig_try(&context, "portable", "faulty", where->deed == DEED_PRESS, err) != HAX_OK)
            fail_msg("%s", err->message);
        assert_int_equal(rig_run(&context, err), HAX_OK);
        fault_plan_set(where->call, kind);
        context.watch.hang_s = hang_s;
    }
    hax_status status = act(&context, where->deed, err);
    assert_true(atomic_load(&fault_plan_get()->hits) > 0);
    if (kind != FAULT_REFUSE && where->deed != DEED_OPEN)
        assert_int_equal(rig_run(&context, NULL), HAX_WORKER_LOST); /* only close is left */
    rig_close(&context);
    return status;
}

static void expect(const hax_error *err, const char *part)
{
    if (!strstr(err->message, part))
        fail_msg("'%s' is not in: %s", part, err->message);
}

static void a_worker_that_dies_is_named_in_every_phase(void **state)
{
    (void) state;
    for (int p = 0; p < PHASES; p++) {
        hax_error err = { 0 };
        assert_int_equal(provoke(&phases[p], FAULT_DIE, patient_s, &err), HAX_WORKER_LOST);
        expect(&err, "the worker process of kind 'second' was killed by signal 6");
        expect(&err, phases[p].activity);
    }
}

static void a_worker_that_is_stopped_is_named_in_every_phase(void **state)
{
    (void) state;
    for (int p = 0; p < PHASES; p++) {
        hax_error err = { 0 };
        assert_int_equal(provoke(&phases[p], FAULT_STOP, patient_s, &err), HAX_WORKER_LOST);
        expect(&err, "the worker process of kind 'second' was stopped by signal 19");
        expect(&err, phases[p].activity);
    }
}

static void errors_of_a_driver_are_handed_on_in_every_phase(void **state)
{
    (void) state;
    for (int p = 0; p < PHASES; p++) {
        hax_error err = { 0 };
        assert_int_equal(provoke(&phases[p], FAULT_REFUSE, patient_s, &err), HAX_FAILURE);
        expect(&err, "the faulty driver refuses");
    }
}

static void a_session_that_lost_a_worker_says_so(void **state)
{
    (void) state;
    rig context;
    hax_error err = { 0 };
    fault_plan_clear();
    rig_open(&context, "portable", "faulty");
    fault_plan_set(CALL_RUN, FAULT_DIE);
    assert_int_equal(rig_run(&context, &err), HAX_WORKER_LOST);
    fault_plan_clear();
    for (deed what = DEED_RUN; what <= DEED_FETCH; what++) {
        assert_int_equal(act(&context, what, &err), HAX_WORKER_LOST);
        expect(&err, "this session has lost a worker: close it");
    }
    rig_close(&context);
}

static void what_a_session_was_not_opened_for_is_refused(void **state)
{
    (void) state;
    rig context;
    hax_error err = { 0 };
    hax_cancel cancel = HAX_CANCEL_INIT;
    fault_plan_clear();
    rig_open(&context, "portable", "faulty");
    assert_int_equal(act(&context, DEED_PRESS, &err), HAX_USAGE);
    expect(&err, "this session was opened without traffic");
    hax_cancel_request(&cancel);
    context.watch.cancel = &cancel;
    assert_int_equal(act(&context, DEED_RUN, &err), HAX_INTERRUPTED);
    hax_cancel_clear(&cancel);
    assert_int_equal(act(&context, DEED_RUN, &err), HAX_OK);
    rig_close(&context);
}

static void a_session_goes_on_after_an_error_of_a_job(void **state)
{
    (void) state;
    rig context;
    hax_error err;
    fault_plan_clear();
    rig_open(&context, "portable", "faulty");
    fault_plan_set(CALL_RUN, FAULT_REFUSE);
    assert_int_equal(rig_run(&context, &err), HAX_FAILURE);
    fault_plan_clear();
    assert_int_equal(rig_run(&context, &err), HAX_OK);
    assert_int_equal(atomic_load(&fault_plan_get()->calls[CALL_RUN]), 3);
    rig_close(&context);
}

static void a_hang_while_running_is_named(void **state)
{
    (void) state;
    for (int p = 0; p < PHASES; p++) {
        hax_error err = { 0 };
        if (phases[p].deed == DEED_OPEN)
            continue;
        assert_int_equal(provoke(&phases[p], FAULT_HANG, 0.3, &err), HAX_WORKER_LOST);
        expect(&err, phases[p].hang);
    }
}

/* The limit is the caller's: shorter only here, where the units have next to nothing to build. */
static void a_hang_while_opening_is_named(void **state)
{
    (void) state;
    for (int p = 0; p < PHASES; p++) {
        hax_error err = { 0 };
        rig context = { 0 };
        int cpus[2];
        if (phases[p].deed != DEED_OPEN)
            continue;
        usable_cpus(cpus);
        fault_plan_clear();
        fault_plan_set(phases[p].call, FAULT_HANG);
        trio_make(&context.platform, "null", cpus);
        context.platform.kinds[1].driver = "faulty";
        context.net = chain_make();
        context.instance = (hax_session_instance){ "a", context.net.model, context.net.grouping };
        context.watch.hang_s = 1;
        const hax_session_config config = { .platform = &context.platform.platform,
                                            .instance_count = 1,
                                            .instances = &context.instance,
                                            .watch = &context.watch };
        assert_int_equal(hax_session_open(&config, &context.session, &err), HAX_WORKER_LOST);
        expect(&err, phases[p].hang);
        rig_close(&context);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_that_dies_is_named_in_every_phase),
        cmocka_unit_test(a_worker_that_is_stopped_is_named_in_every_phase),
        cmocka_unit_test(errors_of_a_driver_are_handed_on_in_every_phase),
        cmocka_unit_test(a_session_that_lost_a_worker_says_so),
        cmocka_unit_test(what_a_session_was_not_opened_for_is_refused),
        cmocka_unit_test(a_session_goes_on_after_an_error_of_a_job),
        cmocka_unit_test(a_hang_while_running_is_named),
        cmocka_unit_test(a_hang_while_opening_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
