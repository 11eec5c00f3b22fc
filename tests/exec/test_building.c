/*
 * What is told of building while kernels are being found, which takes long on a GPU: how far it is,
 * and the seconds left. The driver is the portable one, which goes on as soon as that was heard.
 */
#define _GNU_SOURCE
#include "driver.h"
#include "fixture.h"
#include "processes.h"

#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

static const double done = 0.25, left_s = 7.5;

/* In memory that workers share with the test. */
typedef struct heard {
    _Atomic int finding, wrong;
} heard;

static heard *heard_of;
static hax_driver slow;

const hax_driver *__real_hax_driver_find(const char *name);
const hax_driver *__wrap_hax_driver_find(const char *name);

static const hax_driver *portable(void)
{
    return __real_hax_driver_find("portable");
}

static hax_status open_slow(const hax_kind *kind, hax_device **device, hax_error *err)
{
    HAX_TRY(portable()->open(kind, device, err));
    ((struct hax_device_base *) *device)->driver = &slow;
    return HAX_OK;
}

static hax_status build(hax_device *device, const hax_unit *unit, const hax_model *model,
                        const hax_grouping *grouping, void (*beat)(void *), void *beat_context,
                        hax_program **program, hax_error *err)
{
    while (atomic_load(&heard_of->finding) == 0) {
        beat(beat_context);
        sched_yield();
    }
    return portable()->build(device, unit, model, grouping, NULL, NULL, program, err);
}

static double chosen(const hax_device *device, double *seconds_left)
{
    (void) device;
    *seconds_left = left_s;
    return done;
}

const hax_driver *__wrap_hax_driver_find(const char *name)
{
    return strcmp(name, "slow") == 0 ? &slow : __real_hax_driver_find(name);
}

static void hear(void *context, const hax_progress *progress)
{
    (void) context;
    if (strcmp(progress->stage, "finding kernels") != 0)
        return;
    if (fabs(progress->done - done) > 1e-3 || fabs(progress->seconds_left - left_s) > 1e-3)
        atomic_fetch_add(&heard_of->wrong, 1);
    atomic_fetch_add(&heard_of->finding, 1);
}

static void finding_kernels_is_told(void **state)
{
    (void) state;
    int cpus[2];
    trio platform;
    hax_session *session = NULL;
    hax_error err = { 0 };
    usable_cpus(cpus);
    trio_make(&platform, "slow", cpus);
    chain net = chain_make();
    hax_session_instance instance = { "a", net.model, net.grouping };
    hax_watch watch = hax_watch_default();
    watch.report = hear;
    hax_session_config config = {
        .platform = &platform.platform, .instance_count = 1, .instances = &instance, .watch = &watch
    };
    if (hax_session_open(&config, &session, &err) != HAX_OK)
        fail_msg("%s", err.message);
    hax_session_close(session);
    chain_free(&net);
    assert_true(atomic_load(&heard_of->finding) > 0);
    assert_int_equal(atomic_load(&heard_of->wrong), 0);
}

static int share(void **state)
{
    (void) state;
    void *mapped =
        mmap(NULL, sizeof *heard_of, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
        return 1;
    heard_of = mapped;
    slow = *portable();
    slow.name = "slow";
    slow.open = open_slow;
    slow.build = build;
    slow.chosen = chosen;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(finding_kernels_is_told) };
    return cmocka_run_group_tests(tests, share, NULL);
}
