/* The coordinator's side of the workers: started, watched over, ended. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "shared.h"

enum { GLANCE_NS = 50 * 1000 * 1000 }; /* how often a round in progress is looked after */

static const double default_hang_s = 1.5;
static const double build_hang_s = 20; /* packing the weights of one layer can take seconds */

static const char *kind_name(const hax_session *session, const worker *of)
{
    return session->config.platform->kinds[of->kind].name;
}

/* "googlenet group 3 on fast", from a worker's units; "" when none was running. */
static void describe_activity(const hax_session *session, const worker *of, char *text, size_t size)
{
    const hax_platform *platform = session->config.platform;
    text[0] = '\0';
    for (int u = 0; u < platform->unit_count; u++) {
        int j = atomic_load_explicit(&session->control->units[u].running, memory_order_relaxed);
        if (platform->units[u].kind != of->kind || j < 0)
            continue;
        const shared_job *job = &session->jobs[j];
        snprintf(text, size, " while running %s group %d on %s",
                 session->instances[job->instance].name, job->group, platform->units[u].name);
    }
}

static hax_status report_death(hax_session *session, const worker *of, int how, hax_error *err)
{
    char activity[200], manner[80];
    describe_activity(session, of, activity, sizeof activity);
    if (WIFSIGNALED(how))
        snprintf(manner, sizeof manner, "was killed by signal %d (%s)", WTERMSIG(how),
                 strsignal(WTERMSIG(how)));
    else
        snprintf(manner, sizeof manner, "ended by itself with code %d", WEXITSTATUS(how));
    return hax_fail(err, HAX_WORKER_LOST, "the worker process of kind '%s' %s%s",
                    kind_name(session, of), manner, activity);
}

static hax_status check_alive(hax_session *session, hax_error *err)
{
    for (int w = 0; w < session->worker_count; w++) {
        worker *one = &session->workers[w];
        int how;
        if (one->pid <= 0 || waitpid(one->pid, &how, WNOHANG) != one->pid)
            continue;
        one->pid = 0;
        return report_death(session, one, how, err);
    }
    return HAX_OK;
}

/* How long job `j` may take before it counts as hung. */
static double hang_limit_s(const hax_session *session, const shared_job *job)
{
    if (session->config.hang_s > 0)
        return session->config.hang_s;
    const hax_session_instance *instance = &session->instances[job->instance];
    size_t at = (size_t) job->unit * (size_t) session->group_total +
                (size_t) (session->group_offset[job->instance] + job->group);
    /* never seen: even plain loops reach 50 million multiply-accumulates a second */
    double seen_s = session->longest_ms[at] * 1e-3;
    double expected_s =
        seen_s > 0 ? 10 * seen_s : (double) instance->grouping->groups[job->group].macs / 50e6;
    return expected_s > default_hang_s ? expected_s : default_hang_s;
}

static hax_status check_running(const hax_session *session, const int *units, int count,
                                uint64_t command_ns, hax_error *err)
{
    uint64_t now_ns = hax_clock_ns();
    for (int i = 0; i < count; i++) {
        const shared_unit *unit = &session->control->units[units[i]];
        const char *name = session->config.platform->units[units[i]].name;
        int j = atomic_load_explicit(&unit->running, memory_order_relaxed);
        if (!atomic_load_explicit(&unit->arrived, memory_order_relaxed)) {
            if (hax_ms_between(command_ns, now_ns) > default_hang_s * 1e3)
                return hax_fail(err, HAX_WORKER_LOST, "unit '%s' does not answer", name);
        } else if (j >= 0) {
            const shared_job *job = &session->jobs[j];
            int64_t since_ns = atomic_load_explicit(&unit->running_since_ns, memory_order_relaxed);
            double limit_s = hang_limit_s(session, job);
            if (hax_ms_between((uint64_t) since_ns, now_ns) > limit_s * 1e3)
                return hax_fail(err, HAX_WORKER_LOST,
                                "unit '%s' hangs: %s group %d has not ended after %.1f s", name,
                                session->instances[job->instance].name, job->group, limit_s);
        }
    }
    return HAX_OK;
}

/* While building, progress shows as beats. */
typedef struct build_watch {
    uint32_t beats;
    uint64_t since_ns;
} build_watch;

static hax_status check_building(const hax_session *session, build_watch *watch, hax_error *err)
{
    uint32_t beats = 0;
    for (int u = 0; u < session->config.platform->unit_count; u++)
        beats += atomic_load_explicit(&session->control->units[u].beats, memory_order_relaxed);
    uint64_t now_ns = hax_clock_ns();
    if (beats != watch->beats || watch->since_ns == 0)
        *watch = (build_watch){ beats, now_ns };
    if (hax_ms_between(watch->since_ns, now_ns) > build_hang_s * 1e3)
        return hax_fail(err, HAX_WORKER_LOST,
                        "no worker has made progress in building kernels for %.0f s", build_hang_s);
    return HAX_OK;
}

/* Nobody runs and nobody ends: a worker that was stopped between two jobs. */
static hax_status check_moving(const hax_session *session, const int *units, int count,
                               uint64_t *idle_since_ns, hax_error *err)
{
    int64_t longest_delay_ns = session->control->press_ns;
    for (int i = 0; i < count; i++) {
        const shared_unit *unit = &session->control->units[units[i]];
        if (atomic_load_explicit(&unit->running, memory_order_relaxed) >= 0) {
            *idle_since_ns = 0;
            return HAX_OK;
        }
        if (unit->what != COMMAND_RUN)
            continue;
        for (int j = unit->first_job; j >= 0; j = session->jobs[j].next)
            if (session->jobs[j].delay_ns > longest_delay_ns)
                longest_delay_ns = session->jobs[j].delay_ns;
    }
    uint64_t now_ns = hax_clock_ns();
    if (*idle_since_ns == 0)
        *idle_since_ns = now_ns;
    double idle_s = hax_ms_between(*idle_since_ns, now_ns) * 1e-3;
    if (idle_s > default_hang_s + (double) longest_delay_ns * 1e-9)
        return hax_fail(err, HAX_WORKER_LOST,
                        "the round has not moved on for %.1f s: a worker is stopped", idle_s);
    return HAX_OK;
}

static bool cancelled(const hax_session *session)
{
    const hax_watch *watch = session->config.watch;
    return watch && hax_cancel_requested(watch->cancel);
}

static hax_status await_end(hax_session *session, const int *units, int count, bool building,
                            hax_error *err)
{
    uint64_t command_ns = hax_clock_ns();
    uint64_t idle_since_ns = 0;
    build_watch watch = { 0 };
    while (!doorbell_wait_for(&session->control->finished, GLANCE_NS)) {
        HAX_TRY(check_alive(session, err));
        if (building) {
            HAX_TRY(check_building(session, &watch, err));
            if (cancelled(session))
                return hax_fail(err, HAX_INTERRUPTED, "interrupted while building kernels");
        } else {
            HAX_TRY(check_running(session, units, count, command_ns, err));
            HAX_TRY(check_moving(session, units, count, &idle_since_ns, err));
        }
    }
    return HAX_OK;
}

static hax_status first_failure(const hax_session *session, const int *units, int count,
                                hax_error *err)
{
    for (int i = 0; i < count; i++) {
        const shared_unit *unit = &session->control->units[units[i]];
        if (unit->status == HAX_OK)
            continue;
        if (err)
            *err = unit->error;
        return unit->status;
    }
    return HAX_OK;
}

hax_status workers_command(hax_session *session, const int *units, int count, bool building,
                           hax_error *err)
{
    shared_control *control = session->control;
    atomic_store_explicit(&control->expected, count, memory_order_relaxed);
    atomic_store_explicit(&control->arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&control->left, count, memory_order_relaxed);
    doorbell_reset(&control->go);
    doorbell_reset(&control->finished);
    for (int i = 0; i < count; i++) {
        shared_unit *unit = &control->units[units[i]];
        unit->status = HAX_OK;
        atomic_store_explicit(&unit->running, -1, memory_order_relaxed);
        atomic_store_explicit(&unit->arrived, 0, memory_order_relaxed);
    }
    if (building)
        HAX_TRY(workers_start(session, err));
    else
        for (int i = 0; i < count; i++)
            doorbell_ring(&control->units[units[i]].wake);
    hax_status status = await_end(session, units, count, building, err);
    if (status != HAX_OK) {
        session->broken = true;
        workers_stop(session);
        return status;
    }
    return first_failure(session, units, count, err);
}

hax_status workers_start(hax_session *session, hax_error *err)
{
    const hax_platform *platform = session->config.platform;
    pid_t coordinator = getpid();
    for (int k = 0; k < platform->kind_count; k++) {
        bool used = false;
        for (int u = 0; u < platform->unit_count; u++)
            used = used || platform->units[u].kind == k;
        if (!used)
            continue;
        pid_t pid = fork();
        if (pid == 0)
            worker_main(session, k, coordinator);
        if (pid < 0)
            return hax_fail(err, HAX_FAILURE, "cannot start a worker process: %s", strerror(errno));
        session->workers[session->worker_count++] = (worker){ .kind = k, .pid = pid };
    }
    return HAX_OK;
}

/* Gives workers that can still answer a moment to end by themselves. */
static void ask_to_quit(hax_session *session)
{
    enum { PATIENCE_MS = 500 };
    for (int u = 0; u < session->config.platform->unit_count; u++) {
        session->control->units[u].what = COMMAND_QUIT;
        doorbell_ring(&session->control->units[u].wake);
    }
    for (int waited = 0; waited < PATIENCE_MS; waited++) {
        int alive = 0;
        for (int w = 0; w < session->worker_count; w++) {
            worker *one = &session->workers[w];
            if (one->pid > 0 && waitpid(one->pid, NULL, WNOHANG) == one->pid)
                one->pid = 0;
            alive += one->pid > 0;
        }
        if (alive == 0)
            return;
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    }
}

void workers_stop(hax_session *session)
{
    if (!session->control)
        return;
    if (!session->broken)
        ask_to_quit(session);
    for (int w = 0; w < session->worker_count; w++)
        if (session->workers[w].pid > 0)
            kill(session->workers[w].pid, SIGKILL);
    for (int w = 0; w < session->worker_count; w++)
        if (session->workers[w].pid > 0)
            waitpid(session->workers[w].pid, NULL, 0);
    session->worker_count = 0;
}
