/*
 * Traffic that a unit's device makes by itself: begun, watched and ended by the unit's thread,
 * while processors make their own on another unit. The device is one that only counts.
 */
#define _GNU_SOURCE
#include "driver.h"
#include "fixture.h"
#include "processes.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct hax_device {
    struct hax_device_base base;
};

struct hax_device_traffic {
    uint64_t blocks;
};

/* What came to pass, in memory that workers share with the test. */
typedef struct seen {
    _Atomic int opened, closed, begun, ended, kind, work, refuse;
    _Atomic uint64_t blocks;
} seen;

enum { BLOCK_BYTES = 1000, BLOCKS_MOST = 5000, STEP = 3 };

static seen *shared;
static const hax_driver maker;

const hax_driver *__real_hax_driver_find(const char *name);
const hax_driver *__wrap_hax_driver_find(const char *name);

const hax_driver *__wrap_hax_driver_find(const char *name)
{
    return strcmp(name, "maker") == 0 ? &maker : __real_hax_driver_find(name);
}

/* ---- the driver ------------------------------------------------------------------------------ */

static hax_status open_maker(const hax_kind *kind, hax_device **device, hax_error *err)
{
    hax_device *result = calloc(1, sizeof *result);
    (void) kind;
    if (!result)
        return hax_fail_memory(err, "a device");
    result->base.driver = &maker;
    *device = result;
    return HAX_OK;
}

static void close_maker(hax_device *device)
{
    free(device);
}

static hax_status enter(hax_device *device, const hax_unit *unit, hax_error *err)
{
    (void) device;
    (void) unit;
    (void) err;
    return HAX_OK;
}

static hax_status traffic_open(hax_device *device, const hax_unit *unit,
                               hax_device_traffic **traffic, hax_error *err)
{
    hax_device_traffic *result = calloc(1, sizeof *result);
    (void) device;
    (void) unit;
    if (!result)
        return hax_fail_memory(err, "traffic");
    atomic_fetch_add(&shared->opened, 1);
    *traffic = result;
    return HAX_OK;
}

static void traffic_close(hax_device_traffic *traffic)
{
    atomic_fetch_add(&shared->closed, 1);
    free(traffic);
}

static hax_status traffic_begin(hax_device_traffic *traffic, hax_traffic_kind kind, int work,
                                double *block_bytes, hax_error *err)
{
    if (atomic_load(&shared->refuse))
        return hax_fail(err, HAX_UNAVAILABLE, "the maker refuses");
    traffic->blocks = 0;
    *block_bytes = BLOCK_BYTES;
    atomic_store(&shared->kind, (int) kind);
    atomic_store(&shared->work, work);
    atomic_fetch_add(&shared->begun, 1);
    return HAX_OK;
}

static uint64_t traffic_blocks(const hax_device_traffic *traffic)
{
    hax_device_traffic *own = (hax_device_traffic *) (uintptr_t) traffic;
    if (own->blocks < BLOCKS_MOST)
        own->blocks += STEP;
    atomic_store(&shared->blocks, own->blocks);
    return own->blocks;
}

static hax_status traffic_end(hax_device_traffic *traffic, hax_error *err)
{
    (void) traffic;
    (void) err;
    atomic_fetch_add(&shared->ended, 1);
    return HAX_OK;
}

static const hax_driver maker = {
    .name = "maker",
    .computes = true,
    .open = open_maker,
    .close = close_maker,
    .enter = enter,
    .traffic_open = traffic_open,
    .traffic_close = traffic_close,
    .traffic_begin = traffic_begin,
    .traffic_blocks = traffic_blocks,
    .traffic_end = traffic_end,
};

/* ---- sessions ---------------------------------------------------------------------------------
 */

static void open_session(trio *platform, hax_session **session)
{
    int cpus[2];
    hax_error err = { 0 };
    usable_cpus(cpus);
    trio_make(platform, "maker", cpus);
    platform->kinds[1].driver = "portable";
    platform->platform.unit_count = 2; /* without the union of both */
    const hax_session_config config = { .platform = &platform->platform, .traffic = true };
    memset(shared, 0, sizeof *shared);
    if (hax_session_open(&config, session, &err) != HAX_OK)
        fail_msg("%s", err.message);
}

static void a_device_makes_its_own(void **state)
{
    (void) state;
    trio platform;
    hax_session *session;
    hax_error err = { 0 };
    const int64_t ever_ns = (int64_t) 1 << 60;
    open_session(&platform, &session);
    for (int round = 1; round <= 2; round++) {
        hax_press press = hax_press_begin(5);
        press.traffic[0] = (hax_traffic){ HAX_TRAFFIC_CACHE, 7 };
        press.traffic[1] = (hax_traffic){ HAX_TRAFFIC_READ, 0 };
        if (hax_session_press(session, NULL, &press, NULL, &err) != HAX_OK)
            fail_msg("%s", err.message);
        assert_int_equal(atomic_load(&shared->kind), HAX_TRAFFIC_CACHE);
        assert_int_equal(atomic_load(&shared->work), 7);
        assert_int_equal(atomic_load(&shared->begun), round);
        assert_int_equal(atomic_load(&shared->ended), round);
        uint64_t blocks = atomic_load(&shared->blocks);
        assert_true(blocks >= STEP);
        /* all that the device told of, and the processor's in blocks of its own */
        assert_float_equal(hax_session_moved(session, 0, ever_ns), (double) (blocks * BLOCK_BYTES),
                           1e-6);
        assert_true(hax_session_moved(session, 0, 0) <= hax_session_moved(session, 0, ever_ns));
        double others = hax_session_moved(session, 1, ever_ns);
        assert_true(others > 0);
        assert_float_equal(others / HAX_TRAFFIC_BLOCK,
                           (double) (int64_t) (others / HAX_TRAFFIC_BLOCK), 1e-9);
    }
    hax_session_close(session);
    assert_int_equal(atomic_load(&shared->opened), 1);
    assert_int_equal(atomic_load(&shared->closed), 1);
}

static void what_a_device_refuses_is_said(void **state)
{
    (void) state;
    trio platform;
    hax_session *session;
    hax_error err = { 0 };
    open_session(&platform, &session);
    atomic_store(&shared->refuse, 1);
    hax_press press = hax_press_begin(2);
    press.traffic[0] = (hax_traffic){ HAX_TRAFFIC_READ, 0 };
    assert_int_equal(hax_session_press(session, NULL, &press, NULL, &err), HAX_UNAVAILABLE);
    assert_non_null(strstr(err.message, "the maker refuses"));
    assert_int_equal(atomic_load(&shared->ended), 0);
    hax_session_close(session);
}

static int share(void **state)
{
    (void) state;
    void *mapped =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared = mapped;
    return mapped == MAP_FAILED ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_makes_its_own),
        cmocka_unit_test(what_a_device_refuses_is_said),
    };
    return cmocka_run_group_tests(tests, share, NULL);
}
