/* The coordinator's side of the workers: started, watched over, ended. */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "run_delay.h"
#include "shared.h"
#include "watch.h"

enum { POLL_NS = 50 * 1000 * 1000 }; /* how often a command in progress is looked after */

static const double default_hang_s = 1.5;
static const double default_build_s = 60; /* libraries try several ways for a layer */
/* A stop of the whole group (Ctrl-Z, fg) reaches its processes one after the other. */
static const double stop_grace_s = 0.5;

/* What a unit was last seen to do, and for how long it was watched doing that. */
typedef struct unit_watch {
    int progress, running, building;
    uint32_t beats;
    double still_s;
} unit_watch;

/*
 * A command that is watched. Time counts in polls, each no longer than two intervals: when this
 * process was stopped (Ctrl-Z) or got no processor, its workers were not watched and probably
 * stopped too, and nothing follows from the clock having gone on. For how long a worker's threads
 * waited for a processor that others had is taken off; asking the kernel for that costs some file
 * reads, so it begins when a third of the shortest limit has gone by without anything happening.
 */
typedef struct hax_supervision {
    hax_session *session;
    const int *units;
    int count;
    bool building;
    uint64_t last_ns;
    double step_s;                  /* of the last poll */
    double watched_s;               /* of all */
    double idle_s;                  /* no unit has had a job for so long */
    unit_watch seen[HAX_MAX_UNITS]; /* [of units] */
    double kind_still_s[KIND_MAX];  /* while building */
    double stopped_s[KIND_MAX];     /* [worker] */
    double waited_s[KIND_MAX];      /* [worker]: for a processor, in the last poll */
    bool suspicious;                /* ... which is asked for */
} supervision;

static const hax_unit *unit_of(const hax_session *session, int unit)
{
    return &session->config.platform->units[unit];
}

/* ---- dead and stopped workers ---------------------------------------------------------------- */

/* " while running googlenet group 3 on fast", from a worker's units; "" when none was at work. */
static void describe_activity(const hax_session *session, const hax_worker *worker, char *text,
                              size_t size)
{
    const hax_platform *platform = session->config.platform;
    text[0] = '\0';
    for (int u = 0; u < platform->unit_count; u++) {
        const hax_shared_unit *unit = &session->control->units[u];
        int j = atomic_load_explicit(&unit->running, memory_order_acquire);
        int building = atomic_load_explicit(&unit->building, memory_order_relaxed);
        if (platform->units[u].kind != worker->kind)
            continue;
        if (j >= 0)
            snprintf(text, size, " while running %.60s group %d on %.60s",
                     session->instances[session->jobs[j].instance].name, session->jobs[j].group,
                     platform->units[session->jobs[j].unit].name);
        else if (building >= 0)
            snprintf(text, size, " while building kernels of %.60s for %.60s",
                     session->instances[building].name, platform->units[u].name);
    }
}

static const char *kind_name(const hax_session *session, const hax_worker *worker)
{
    return session->config.platform->kinds[worker->kind].name;
}

typedef enum worker_state {
    WORKER_RUNS,
    WORKER_STOPPED,
    WORKER_ENDED, /* how is known */
    WORKER_GONE,  /* how is not: SIGCHLD is ignored in this process, or others wait for all */
} worker_state;

/* Without reaping, so that a stop is seen at every poll. */
static worker_state poll_worker(const hax_worker *one, siginfo_t *how)
{
    assert(one->pid > 0); /* 0 would be any child of this process */
    how->si_pid = 0;
    if (waitid(P_PID, (id_t) one->pid, how, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) != 0)
        return errno == ECHILD ? WORKER_GONE : WORKER_RUNS;
    if (how->si_pid == 0)
        return WORKER_RUNS;
    return how->si_code == CLD_STOPPED ? WORKER_STOPPED : WORKER_ENDED;
}

/* Takes the exit status; false when there is still somebody to end. */
static bool reaped(hax_worker *one)
{
    siginfo_t how;
    worker_state state = poll_worker(one, &how);
    if (state != WORKER_ENDED && state != WORKER_GONE)
        return false;
    if (state == WORKER_ENDED)
        waitpid(one->pid, NULL, 0);
    one->pid = 0; /* the number may soon be another process's: it gets no signal of ours */
    return true;
}

static hax_status report_worker(const hax_session *session, const hax_worker *worker,
                                worker_state state, const siginfo_t *how, hax_error *err)
{
    char activity[200], manner[120];
    describe_activity(session, worker, activity, sizeof activity);
    if (state == WORKER_GONE)
        snprintf(manner, sizeof manner, "has died (how is not known: SIGCHLD is ignored)");
    else if (state == WORKER_STOPPED)
        snprintf(manner, sizeof manner, "was stopped by signal %d (%s)", how->si_status,
                 strsignal(how->si_status));
    else if (how->si_code == CLD_EXITED)
        snprintf(manner, sizeof manner, "ended by itself with code %d", how->si_status);
    else
        snprintf(manner, sizeof manner, "was killed by signal %d (%s)", how->si_status,
                 strsignal(how->si_status));
    return hax_fail(err, HAX_WORKER_LOST, "the worker process of kind '%s' %s%s",
                    kind_name(session, worker), manner, activity);
}

static hax_status check_alive(supervision *watch, hax_error *err)
{
    hax_session *session = watch->session;
    for (int w = 0; w < session->worker_count; w++) {
        hax_worker *one = &session->workers[w];
        siginfo_t how;
        worker_state state = poll_worker(one, &how);
        if (state == WORKER_RUNS) {
            watch->stopped_s[w] = 0;
            continue;
        }
        if (state == WORKER_STOPPED && (watch->stopped_s[w] += watch->step_s) < stop_grace_s)
            continue;
        report_worker(session, one, state, &how, err);
        reaped(one);
        return HAX_WORKER_LOST;
    }
    return HAX_OK;
}

/* ---- units that do not go on ----------------------------------------------------------------- */

/* The limit that the caller has set, or another one. */
static double limit_s(const hax_session *session, double otherwise_s)
{
    const hax_watch *watch = session->config.watch;
    return watch && watch->hang_s >= 0 ? watch->hang_s : otherwise_s;
}

/* How long a job may take before it counts as hung. */
static double job_limit_s(const hax_session *session, const hax_shared_job *job)
{
    const hax_session_instance *instance = &session->instances[job->instance];
    assert(job->group < instance->grouping->count);
    size_t at = (size_t) job->unit * (size_t) session->group_total +
                (size_t) (session->group_offset[job->instance] + job->group);
    /* never seen: even plain loops reach 50 million multiply-accumulates a second */
    double seen_s = session->longest_ms[at] * 1e-3;
    double expected_s =
        seen_s > 0 ? 10 * seen_s : (double) instance->grouping->groups[job->group].macs / 50e6;
    return limit_s(session, expected_s > default_hang_s ? expected_s : default_hang_s);
}

/* ---- time that counts ------------------------------------------------------------------------ */

/* For how long a worker could have gone on in the last poll; negative where a long wait for a
 * processor is told at its end. */
static double worker_step_s(const supervision *watch, int worker)
{
    return watch->step_s - watch->waited_s[worker];
}

static double unit_step_s(const supervision *watch, int unit)
{
    const hax_session *session = watch->session;
    for (int w = 0; w < session->worker_count; w++)
        if (session->workers[w].kind == unit_of(session, unit)->kind)
            return worker_step_s(watch, w);
    return watch->step_s;
}

static double shortest_step_s(const supervision *watch)
{
    double shortest_s = watch->step_s;
    for (int w = 0; w < watch->session->worker_count; w++)
        shortest_s = fmin(shortest_s, worker_step_s(watch, w));
    return shortest_s;
}

/* Without memory for it the time of the clock counts. */
static void count_waits(supervision *watch)
{
    hax_session *session = watch->session;
    double still_s = watch->idle_s;
    for (int i = 0; i < watch->count; i++)
        still_s = fmax(still_s, watch->seen[i].still_s);
    for (int k = 0; k < KIND_MAX; k++)
        still_s = fmax(still_s, watch->kind_still_s[k]);
    bool asked_before = watch->suspicious;
    watch->suspicious = still_s >= limit_s(session, default_hang_s) / 3;
    memset(watch->waited_s, 0, sizeof watch->waited_s);
    if (watch->suspicious && !session->delays)
        session->delays = hax_arena_alloc(session->arena, KIND_MAX, sizeof *session->delays);
    for (int w = 0; w < session->worker_count && watch->suspicious && session->delays; w++) {
        char folder[48];
        snprintf(folder, sizeof folder, "/proc/%ld/task", (long) session->workers[w].pid);
        session->delays[w].count = asked_before ? session->delays[w].count : 0;
        watch->waited_s[w] = hax_run_delay_read(&session->delays[w], folder, watch->step_s);
    }
}

/* Has unit number `i` of the command done anything since the last poll? */
static bool moved_on(supervision *watch, int i)
{
    const hax_shared_unit *unit = &watch->session->control->units[watch->units[i]];
    unit_watch *seen = &watch->seen[i], now = {
        .progress = atomic_load_explicit(&unit->progress, memory_order_acquire),
        .running = atomic_load_explicit(&unit->running, memory_order_acquire),
        .building = atomic_load_explicit(&unit->building, memory_order_relaxed),
        .beats = atomic_load_explicit(&unit->beats, memory_order_relaxed),
    };
    bool moved = now.progress != seen->progress || now.running != seen->running ||
                 now.building != seen->building || now.beats != seen->beats;
    assert(now.progress >= UNIT_ASKED && now.progress <= UNIT_DONE);
    assert(now.running >= -1 && now.running < watch->session->job_max);
    assert(now.building >= -1 && now.building < watch->session->config.instance_count);
    now.still_s = moved ? 0 : fmax(seen->still_s + unit_step_s(watch, watch->units[i]), 0);
    *seen = now;
    return moved;
}

static hax_status check_unit(const supervision *watch, int i, hax_error *err)
{
    const hax_session *session = watch->session;
    const unit_watch *seen = &watch->seen[i];
    const hax_shared_unit *unit = &session->control->units[watch->units[i]];
    const char *name = unit_of(session, watch->units[i])->name;
    double short_s = limit_s(session, default_hang_s);
    if (seen->progress == UNIT_ASKED && seen->still_s > short_s)
        return hax_fail(err, HAX_WORKER_LOST, "unit '%s' does not answer", name);
    if (seen->progress != UNIT_AT_WORK)
        return HAX_OK;
    if (seen->running >= 0) {
        const hax_shared_job *job = &session->jobs[seen->running];
        double most_s = job_limit_s(session, job);
        if (seen->still_s > most_s)
            return hax_fail(err, HAX_WORKER_LOST,
                            "unit '%s' hangs: %s group %d has not ended after %.1f s",
                            unit_of(session, job->unit)->name,
                            session->instances[job->instance].name, job->group, most_s);
    } else if ((unit->what == COMMAND_FETCH || unit->what == COMMAND_FEED) &&
               seen->still_s > short_s) {
        return hax_fail(err, HAX_WORKER_LOST, "unit '%s' hangs: %s has not ended after %.1f s",
                        name, unit->what == COMMAND_FETCH ? "reading outputs" : "setting inputs",
                        short_s);
    }
    return HAX_OK;
}

static int64_t longest_delay_ns(const supervision *watch)
{
    const hax_session *session = watch->session;
    const hax_shared_control *control = session->control;
    int64_t longest_ns =
        control->press_ns > control->traffic_lead_ns ? control->press_ns : control->traffic_lead_ns;
    for (int i = 0; i < watch->count; i++) {
        const hax_shared_unit *unit = &session->control->units[watch->units[i]];
        if (unit->what != COMMAND_RUN)
            continue;
        for (int j = unit->first_job; j >= 0; j = session->jobs[j].next)
            if (session->jobs[j].delay_ns > longest_ns)
                longest_ns = session->jobs[j].delay_ns;
    }
    return longest_ns;
}

/* Nobody runs and nobody ends: the round's barrier, or a wait, that does not come to an end. */
static hax_status check_moving(const supervision *watch, hax_error *err)
{
    double most_s = limit_s(watch->session, default_hang_s);
    if (watch->idle_s <= most_s ||
        watch->idle_s <= most_s + (double) longest_delay_ns(watch) * 1e-9)
        return HAX_OK;
    for (int i = 0; i < watch->count; i++)
        if (watch->seen[i].progress != UNIT_DONE)
            return hax_fail(err, HAX_WORKER_LOST,
                            "the round has not moved on for %.1f s: unit '%s' has no job and does "
                            "not end",
                            watch->idle_s, unit_of(watch->session, watch->units[i])->name);
    return HAX_OK;
}

static hax_status check_round(supervision *watch, hax_error *err)
{
    bool moved = false, at_job = false;
    for (int i = 0; i < watch->count; i++) {
        moved = moved_on(watch, i) || moved;
        at_job = at_job || watch->seen[i].running >= 0;
    }
    watch->idle_s = moved || at_job ? 0 : fmax(watch->idle_s + shortest_step_s(watch), 0);
    for (int i = 0; i < watch->count; i++)
        HAX_TRY(check_unit(watch, i, err));
    assert(watch->idle_s >= 0 && watch->idle_s <= watch->watched_s);
    return check_moving(watch, err);
}

/* ---- building -------------------------------------------------------------------------------- */

static hax_status report_building(const supervision *watch, int kind, double most_s, hax_error *err)
{
    const hax_session *session = watch->session;
    const hax_kind *of_kind = &session->config.platform->kinds[kind];
    for (int i = 0; i < watch->count; i++) {
        const hax_unit *unit = unit_of(session, watch->units[i]);
        int building = watch->seen[i].building;
        if (unit->kind == kind && watch->seen[i].progress == UNIT_AT_WORK && building >= 0)
            return hax_fail(err, HAX_WORKER_LOST,
                            "unit '%s' hangs: building kernels of %s has made no progress for "
                            "%.1f s",
                            unit->name, session->instances[building].name, most_s);
    }
    return hax_fail(err, HAX_WORKER_LOST,
                    "the worker process of kind '%s' hangs: driver '%s' has not started after "
                    "%.1f s",
                    of_kind->name, of_kind->driver, most_s);
}

/* Units of one kind build one after the other: only all of them standing still means something. */
static hax_status check_building(supervision *watch, hax_error *err)
{
    const hax_session *session = watch->session;
    double most_s = limit_s(session, default_build_s);
    for (int w = 0; w < session->worker_count; w++) {
        int kind = session->workers[w].kind;
        bool moved = false, done = true;
        for (int i = 0; i < watch->count; i++) {
            if (unit_of(session, watch->units[i])->kind != kind)
                continue;
            moved = moved_on(watch, i) || moved;
            done = done && watch->seen[i].progress == UNIT_DONE;
        }
        double *still_s = &watch->kind_still_s[kind];
        *still_s = moved || done ? 0 : fmax(*still_s + worker_step_s(watch, w), 0);
        if (*still_s > most_s)
            return report_building(watch, kind, most_s, err);
    }
    return HAX_OK;
}

/* ---- commands -------------------------------------------------------------------------------- */

/* Units of a kind build in turn, so at most one of each is finding kernels; the slowest counts. */
void hax_workers_report_building(const hax_session *session)
{
    int chosen = -1, left_ms = -1;
    for (int u = 0; u < session->config.platform->unit_count; u++) {
        const hax_shared_unit *unit = &session->control->units[u];
        int here = atomic_load_explicit(&unit->chosen, memory_order_relaxed);
        int left = atomic_load_explicit(&unit->left_ms, memory_order_relaxed);
        if (atomic_load_explicit(&unit->building, memory_order_relaxed) < 0 || here < 0 ||
            left <= left_ms)
            continue;
        chosen = here;
        left_ms = left;
    }
    if (chosen >= 0)
        hax_watch_report(session->config.watch, "finding kernels", chosen * 1e-3, left_ms * 1e-3);
    else
        hax_watch_report(session->config.watch, "building kernels", -1, -1);
}

static void count_time(supervision *watch)
{
    uint64_t now_ns = hax_clock_ns();
    double step_s = hax_ms_between(watch->last_ns, now_ns) * 1e-3, most_s = 2e-9 * POLL_NS;
    assert(now_ns >= watch->last_ns);
    watch->step_s = step_s < most_s ? step_s : most_s;
    watch->watched_s += watch->step_s;
    watch->last_ns = now_ns;
}

static hax_status await_end(supervision *watch, hax_error *err)
{
    hax_session *session = watch->session;
    while (!hax_doorbell_wait_for(&session->control->finished, POLL_NS)) {
        count_time(watch);
        count_waits(watch);
        HAX_TRY(check_alive(watch, err));
        HAX_TRY(watch->building ? check_building(watch, err) : check_round(watch, err));
        if (watch->building && hax_watch_cancelled(session->config.watch))
            return hax_fail(err, HAX_INTERRUPTED, "interrupted while building kernels");
        if (watch->building)
            hax_workers_report_building(session);
    }
    count_time(watch);
    session->watched_ms = watch->watched_s * 1e3;
    return HAX_OK;
}

static hax_status first_failure(const hax_session *session, const int *units, int count,
                                hax_error *err)
{
    for (int i = 0; i < count; i++) {
        const hax_shared_unit *unit = &session->control->units[units[i]];
        if (unit->status == HAX_OK)
            continue;
        if (err)
            *err = unit->error;
        return unit->status;
    }
    return HAX_OK;
}

#ifndef NDEBUG
/* Are all units of a command done with it? */
static bool all_done(const hax_session *session, const int *units, int count)
{
    for (int i = 0; i < count; i++)
        if (atomic_load_explicit(&session->control->units[units[i]].progress,
                                 memory_order_acquire) != UNIT_DONE)
            return false;
    return atomic_load_explicit(&session->control->left, memory_order_acquire) == 0;
}
#endif

hax_status hax_workers_command(hax_session *session, const int *units, int count, bool building,
                               hax_error *err)
{
    hax_shared_control *control = session->control;
    assert(count > 0 && count <= session->config.platform->unit_count);
    assert(!session->broken && (building ? session->worker_count == 0 : session->worker_count > 0));
    assert(building || all_done(session, units, count)); /* with the command before */
    atomic_store_explicit(&control->expected, count, memory_order_relaxed);
    atomic_store_explicit(&control->arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&control->left, count, memory_order_relaxed);
    hax_doorbell_reset(&control->go);
    hax_doorbell_reset(&control->finished);
    for (int i = 0; i < count; i++) {
        hax_shared_unit *unit = &control->units[units[i]];
        unit->status = HAX_OK;
        atomic_store_explicit(&unit->running, -1, memory_order_relaxed);
        atomic_store_explicit(&unit->building, -1, memory_order_relaxed);
        atomic_store_explicit(&unit->chosen, -1, memory_order_relaxed);
        atomic_store_explicit(&unit->progress, UNIT_ASKED, memory_order_relaxed);
    }
    supervision watch = { .session = session,
                          .units = units,
                          .count = count,
                          .building = building,
                          .last_ns = hax_clock_ns() };
    if (building)
        HAX_TRY(hax_workers_start(session, err));
    else
        for (int i = 0; i < count; i++)
            hax_doorbell_ring(&control->units[units[i]].wake);
    hax_status status = await_end(&watch, err);
    if (status != HAX_OK) {
        session->broken = true;
        hax_workers_stop(session);
        return status;
    }
    assert(all_done(session, units, count));
    return first_failure(session, units, count, err);
}

/* ---- pieces ---------------------------------------------------------------------------------- */

hax_status hax_workers_watch_pieces(hax_session *session, hax_error *err)
{
    static const int all_units[HAX_MAX_UNITS] = { 0, 1, 2,  3,  4,  5,  6,  7,
                                                  8, 9, 10, 11, 12, 13, 14, 15 };
    if (!session->supervision)
        session->supervision = hax_arena_alloc(session->arena, 1, sizeof *session->supervision);
    if (!session->supervision)
        return hax_fail_memory(err, "a session");
    *session->supervision = (supervision){ .session = session,
                                           .units = all_units,
                                           .count = session->config.platform->unit_count,
                                           .last_ns = hax_clock_ns() };
    return HAX_OK;
}

void hax_workers_begin_piece(hax_session *session, int unit)
{
    hax_shared_unit *shared = &session->control->units[unit];
    assert(!session->broken && shared->what == COMMAND_PIECE);
    assert(atomic_load_explicit(&shared->progress, memory_order_acquire) == UNIT_DONE);
    shared->status = HAX_OK;
    atomic_store_explicit(&shared->running, -1, memory_order_relaxed);
    atomic_store_explicit(&shared->progress, UNIT_ASKED, memory_order_relaxed);
    hax_doorbell_ring(&shared->wake);
}

static uint32_t ended_units(const hax_session *session, uint32_t pending)
{
    uint32_t ended = 0;
    for (int u = 0; u < session->config.platform->unit_count; u++)
        if ((pending >> u & 1) && atomic_load_explicit(&session->control->units[u].progress,
                                                       memory_order_acquire) == UNIT_DONE)
            ended |= UINT32_C(1) << u;
    return ended;
}

/* Looks after the workers, if it is time to. */
static hax_status look_after(hax_session *session, hax_error *err)
{
    supervision *watch = session->supervision;
    if (hax_clock_ns() - watch->last_ns < POLL_NS)
        return HAX_OK;
    count_time(watch);
    count_waits(watch);
    hax_status status = check_alive(watch, err);
    if (status == HAX_OK)
        status = check_round(watch, err);
    if (status != HAX_OK) {
        session->broken = true;
        hax_workers_stop(session);
    }
    return status;
}

hax_status hax_workers_await_piece(hax_session *session, uint32_t pending, int64_t until_ns,
                                   uint32_t *ended, hax_error *err)
{
    hax_event_count *pieces = &session->control->pieces;
    assert(!session->broken && session->supervision);
    uint32_t seen = hax_event_count_read(pieces);
    *ended = ended_units(session, pending);
    int64_t left_ns = until_ns - (int64_t) hax_clock_ns();
    if (*ended == 0 && left_ns > 0) {
        hax_event_count_wait_for(pieces, seen, left_ns < POLL_NS ? left_ns : POLL_NS);
        *ended = ended_units(session, pending);
    }
    HAX_TRY(look_after(session, err));
    int units[HAX_MAX_UNITS], count = 0;
    for (int u = 0; u < session->config.platform->unit_count; u++)
        if (*ended >> u & 1)
            units[count++] = u;
    return first_failure(session, units, count, err);
}

hax_status hax_workers_start(hax_session *session, hax_error *err)
{
    const hax_platform *platform = session->config.platform;
    pid_t coordinator = getpid();
    for (int k = 0; k < platform->kind_count; k++) {
        bool used = false;
        for (int u = 0; u < platform->unit_count; u++)
            used = used || platform->units[u].kind == k;
        if (!used)
            continue;
        assert(session->worker_count < KIND_MAX);
        pid_t pid = fork();
        if (pid == 0)
            hax_worker_main(session, k, coordinator);
        if (pid < 0)
            return hax_fail(err, HAX_FAILURE, "cannot start a worker process: %s", strerror(errno));
        session->workers[session->worker_count++] = (hax_worker){ .kind = k, .pid = pid };
    }
    return HAX_OK;
}

/* Gives workers that can still answer a moment to end by themselves. */
static void ask_to_quit(hax_session *session)
{
    enum { QUIT_TIMEOUT_MS = 500 };
    for (int u = 0; u < session->config.platform->unit_count; u++) {
        session->control->units[u].what = COMMAND_QUIT;
        hax_doorbell_ring(&session->control->units[u].wake);
    }
    for (int waited = 0; waited < QUIT_TIMEOUT_MS; waited++) {
        int alive = 0;
        for (int w = 0; w < session->worker_count; w++) {
            hax_worker *one = &session->workers[w];
            alive += one->pid > 0 && !reaped(one);
        }
        if (alive == 0)
            return;
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    }
}

void hax_workers_stop(hax_session *session)
{
    if (!session->control)
        return;
    if (!session->broken)
        ask_to_quit(session);
    for (int w = 0; w < session->worker_count; w++)
        if (session->workers[w].pid > 0 && !reaped(&session->workers[w]))
            kill(session->workers[w].pid, SIGKILL);
    for (int w = 0; w < session->worker_count; w++)
        while (session->workers[w].pid > 0 && waitpid(session->workers[w].pid, NULL, 0) < 0 &&
               errno == EINTR)
            continue;
    session->worker_count = 0;
}
