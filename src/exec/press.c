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
    presser *members; /* the first is the unit's own thread */
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

static void make_traffic(const presser *self)
{
    const hax_press_team *team = self->team;
    const hax_session *session = team->session;
    hax_traffic traffic = session->control->units[team->unit].traffic;
    assert(traffic.work >= 0);
    assert(session->traffic_first[team->unit] + self->number <
           session->traffic_first[team->unit + 1]);
    hax_traffic_log *log =
        &session->traffic_logs[session->traffic_first[team->unit] + self->number];
    int64_t now_ns = (int64_t) hax_clock_ns();
    hax_traffic_log_begin(log, now_ns);
    do {
        hax_traffic_block(self->source, traffic);
        now_ns = (int64_t) hax_clock_ns();
        hax_traffic_log_block(log, now_ns);
    } while (goes_on(team, now_ns));
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

hax_status hax_press_open(const hax_session *session, int unit, hax_press_team **out,
                          hax_error *err)
{
    hax_press_team *team = calloc(1, sizeof *team);
    if (!team)
        return hax_fail_memory(err, "traffic");
    *team = (hax_press_team){ .session = session, .unit = unit };
    team->count = unit_of(team)->cpu_count > 0 ? unit_of(team)->threads : 1;
    assert(team->count > 0);
    team->members = calloc((size_t) team->count, sizeof *team->members);
    hax_status status = team->members ? open_sources(team, err) : hax_fail_memory(err, "traffic");
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
