/* A unit's thread as a source of memory traffic, with a team where the unit has several cores. */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "clock.h"
#include "shared.h"

typedef struct presser {
    hax_press_team *team;
    int number; /* in the team */
    hax_traffic_source *source;
    pthread_t thread;
    hax_status status;
    hax_error error;
} presser;

struct hax_press_team {
    const hax_session *session;
    int unit;
    int count;
    int started;
    presser *members;            /* the first is the unit's own thread */
    const hax_driver *driver;    /* of a device that makes its traffic itself; NULL: */
    hax_device_traffic *traffic; /* processors make it */
};

static const hax_unit *unit_of(const hax_press_team *team)
{
    return &team->session->config.platform->units[team->unit];
}

static bool goes_on(const hax_press_team *team, int64_t now_ns)
{
    const hax_shared_control *control = team->session->control;
    if (control->press_ns > 0)
        return now_ns < control->start_ns + control->press_ns;
    return atomic_load_explicit(&control->runners, memory_order_relaxed) > 0;
}

static hax_shared_unit *shared_of(const hax_press_team *team)
{
    return &team->session->control->units[team->unit];
}

static hax_traffic_log *log_of(const hax_press_team *team, int member)
{
    const hax_session *session = team->session;
    assert(session->traffic_first[team->unit] + member < session->traffic_first[team->unit + 1]);
    return &session->traffic_logs[session->traffic_first[team->unit] + member];
}

static void make_traffic(const presser *self)
{
    const hax_press_team *team = self->team;
    hax_traffic traffic = shared_of(team)->traffic;
    assert(traffic.work >= 0);
    hax_traffic_log *log = log_of(team, self->number);
    int64_t now_ns = (int64_t) hax_clock_ns();
    hax_traffic_log_begin(log, now_ns);
    do {
        hax_traffic_block(self->source, traffic);
        now_ns = (int64_t) hax_clock_ns();
        hax_traffic_log_block(log, now_ns);
    } while (goes_on(team, now_ns));
}

/* Blocks that were done since it was looked at before, spread evenly over that time. */
static void log_blocks(hax_traffic_log *log, uint64_t count, int64_t before_ns, int64_t now_ns)
{
    for (uint64_t b = 1; b <= count; b++)
        hax_traffic_log_block(log, before_ns + (int64_t) ((double) (now_ns - before_ns) *
                                                          (double) b / (double) count));
}

/* The device makes it, its unit's thread keeps the log. */
static hax_status watch_device(const hax_press_team *team, hax_error *err)
{
    hax_shared_unit *unit = shared_of(team);
    hax_traffic_log *log = log_of(team, 0);
    uint64_t before = 0;
    int64_t before_ns = (int64_t) hax_clock_ns(), now_ns;
    hax_traffic_log_begin(log, before_ns);
    HAX_TRY(team->driver->traffic_begin(team->traffic, unit->traffic.kind, unit->traffic.work,
                                        &unit->block_bytes, err));
    do {
        uint64_t blocks = team->driver->traffic_blocks(team->traffic);
        now_ns = (int64_t) hax_clock_ns();
        assert(blocks >= before);
        if (blocks == before)
            continue;
        log_blocks(log, blocks - before, before_ns, now_ns);
        before = blocks;
        before_ns = now_ns;
    } while (goes_on(team, now_ns));
    return team->driver->traffic_end(team->traffic, err);
}

/* Members other than the first: on a processor of their own, each with a region of its own. */
static void *member_main(void *argument)
{
    presser *self = argument;
    const hax_press_team *team = self->team;
    const hax_unit *unit = unit_of(team);
    self->status =
        hax_unit_pin_thread(&unit->cpus[self->number % unit->cpu_count], 1, &self->error);
    if (self->status != HAX_OK)
        return NULL;
    hax_doorbell_wait(&team->session->control->go, true);
    make_traffic(self);
    return NULL;
}

static hax_status open_sources(hax_press_team *team, hax_error *err)
{
    size_t bytes = team->session->region_bytes / (size_t) team->count;
    for (int m = 0; m < team->count; m++) {
        team->members[m] = (presser){ .team = team, .number = m };
        HAX_TRY(hax_traffic_open(bytes, &team->members[m].source, err));
    }
    return HAX_OK;
}

/* Of the unit's device where it makes traffic, else of its processors. */
static hax_status open_members(hax_press_team *team, hax_device *device, hax_error *err)
{
    const hax_driver *driver = hax_device_driver(device);
    team->members = calloc((size_t) team->count, sizeof *team->members);
    if (!team->members)
        return hax_fail_memory(err, "traffic");
    if (!driver->traffic_open)
        return open_sources(team, err);
    assert(team->count == 1);
    HAX_TRY(driver->traffic_open(device, unit_of(team), &team->traffic, err));
    team->driver = driver;
    return HAX_OK;
}

hax_status hax_press_open(const hax_session *session, int unit, hax_device *device,
                          hax_press_team **out, hax_error *err)
{
    hax_press_team *team = calloc(1, sizeof *team);
    if (!team)
        return hax_fail_memory(err, "traffic");
    *team = (hax_press_team){ .session = session, .unit = unit };
    team->count = unit_of(team)->cpu_count > 0 ? unit_of(team)->threads : 1;
    assert(team->count > 0);
    hax_status status = open_members(team, device, err);
    if (status != HAX_OK) {
        hax_press_close(team);
        return status;
    }
    *out = team;
    return HAX_OK;
}

void hax_press_close(hax_press_team *team)
{
    if (!team)
        return;
    for (int m = 0; team->members && m < team->count; m++)
        hax_traffic_close(team->members[m].source);
    if (team->driver)
        team->driver->traffic_close(team->traffic);
    free(team->members);
    free(team);
}

hax_status hax_press_ready(hax_press_team *team, hax_error *err)
{
    for (team->started = 1; team->started < team->count; team->started++) {
        presser *member = &team->members[team->started];
        member->status = HAX_OK;
        if (pthread_create(&member->thread, NULL, member_main, member) != 0)
            return hax_fail(err, HAX_FAILURE, "cannot start a thread for traffic on '%.100s'",
                            unit_of(team)->name);
    }
    return HAX_OK;
}

hax_status hax_press_run(hax_press_team *team, hax_error *err)
{
    hax_status status = HAX_OK;
    assert(team->started >= 1 && team->started <= team->count); /* hax_press_ready came before */
    if (team->driver)
        return watch_device(team, err);
    shared_of(team)->block_bytes = hax_traffic_block_bytes(shared_of(team)->traffic.kind);
    make_traffic(&team->members[0]);
    for (int m = 1; m < team->started; m++) {
        pthread_join(team->members[m].thread, NULL);
        if (team->members[m].status != HAX_OK && status == HAX_OK) {
            status = team->members[m].status;
            *err = team->members[m].error;
        }
    }
    team->started = 0;
    return status;
}
