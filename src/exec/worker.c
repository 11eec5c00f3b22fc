/*
 * A worker process: one kind of unit, one thread per unit. Forked before any kernel
 * library is loaded, because instruction-set caps and OpenMP settings hold for a
 * process, and so that a library that crashes takes only its own process along.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "shared.h"

/* What the threads of one process have in common. */
typedef struct kind_state {
    hax_session *session;
    int kind;
    pid_t coordinator;
    const hax_driver *driver;
    hax_device *device;
    pthread_mutex_t building; /* libraries build one program at a time */
    bool input_filled;        /* the kind's input slots hold the input */
    hax_mark **marks;         /* [job], where the driver has queues; NULL */
} kind_state;

typedef struct unit_thread {
    kind_state *kind;
    int unit;
    pthread_t thread;
    hax_program **programs;  /* [instance]; instances of one network share */
    hax_task **tasks;        /* [instance] */
    hax_press_team *presser; /* NULL: the session makes no traffic */
} unit_thread;

static hax_shared_unit *shared_of(const unit_thread *self)
{
    return &self->kind->session->control->units[self->unit];
}

static void beat(void *context)
{
    hax_shared_unit *unit = context;
    atomic_fetch_add_explicit(&unit->beats, 1, memory_order_relaxed);
}

/* ---- building --------------------------------------------------------------------- */

/* An earlier instance of the same network and grouping on this unit, -1 if none. */
static int same_network(const hax_session *session, int instance)
{
    for (int i = 0; i < instance; i++)
        if (session->instances[i].model == session->instances[instance].model &&
            session->instances[i].grouping == session->instances[instance].grouping)
            return i;
    return -1;
}

static void publish_layouts(const unit_thread *self, int instance)
{
    hax_instance_memory *memory = &self->kind->session->memory[instance];
    for (int b = 0; b < memory->boundary_count; b++) {
        hax_boundary *boundary = &memory->boundaries[b];
        boundary->layouts[self->kind->kind] =
            *self->kind->driver->layout(self->programs[instance], boundary->tensor);
    }
}

static void publish_notes(const unit_thread *self, int instance)
{
    const hax_session *session = self->kind->session;
    const hax_model *model = session->instances[instance].model;
    hax_shared_kind *kind = &session->control->kinds[self->kind->kind];
    for (int k = 0; k < hax_model_kernel_count(model); k++) {
        hax_kernel_note note = { 0 };
        self->kind->driver->note(self->programs[instance], k, &note);
        if (!note.slow || kind->note_count == NOTES_PER_KIND)
            continue;
        snprintf(kind->notes[kind->note_count++], NOTE_BYTES,
                 "%.40s: %.50s runs on kind %.20s by a slow fallback (%.40s)",
                 session->instances[instance].name,
                 hax_model_layer(model, hax_model_kernel(model, k)->layer).name,
                 session->config.platform->kinds[self->kind->kind].name, note.implementation);
    }
}

static void publish_checked(const unit_thread *self)
{
    const hax_session *session = self->kind->session;
    hax_shared_kind *kind = &session->control->kinds[self->kind->kind];
    int count = 0;
    if (!self->kind->driver->trusted)
        return;
    const uint64_t *keys = self->kind->driver->trusted(self->kind->device, &count);
    assert(count >= session->config.checked_count); /* those that were trusted come first */
    kind->checked_count = 0;
    for (int k = session->config.checked_count; k < count; k++)
        if (kind->checked_count < CHECKED_PER_KIND)
            kind->checked[kind->checked_count++] = keys[k];
}

static hax_status bind_instance(unit_thread *self, int instance, hax_error *err)
{
    hax_session *session = self->kind->session;
    hax_instance_memory *memory = &session->memory[instance];
    int tensors = hax_model_tensor_count(session->instances[instance].model);
    void **slots = calloc((size_t) tensors, sizeof *slots);
    if (!slots)
        return hax_fail_memory(err, "tensor slots");
    for (int b = 0; b < memory->boundary_count; b++)
        slots[memory->boundaries[b].tensor] = memory->boundaries[b].slots[self->kind->kind];
    hax_status status =
        self->kind->driver->bind(self->programs[instance], slots, &self->tasks[instance], err);
    free(slots);
    return status;
}

static hax_status build_instance(unit_thread *self, int instance, hax_error *err)
{
    kind_state *kind = self->kind;
    hax_session *session = kind->session;
    const hax_session_instance *from = &session->instances[instance];
    int shared_with = same_network(session, instance);
    assert(shared_with < instance && !self->programs[instance]);
    if (shared_with >= 0)
        self->programs[instance] = self->programs[shared_with];
    else
        HAX_TRY(kind->driver->build(kind->device, &session->config.platform->units[self->unit],
                                    from->model, from->grouping, beat, shared_of(self),
                                    &self->programs[instance], err));
    HAX_TRY(bind_instance(self, instance, err));
    publish_layouts(self, instance);
    publish_checked(self);
    if (shared_with < 0 && !kind->input_filled) /* alike on all units of the kind */
        publish_notes(self, instance);
    return HAX_OK;
}

/* Inputs do not change within a round: imported once per kind, and whenever others were set. */
static hax_status fill_inputs(const unit_thread *self, hax_error *err)
{
    hax_session *session = self->kind->session;
    for (int i = 0; i < session->config.instance_count; i++) {
        const hax_instance_memory *memory = &session->memory[i];
        for (int n = 0; n < memory->input_count; n++) {
            const hax_boundary *input = &memory->boundaries[memory->inputs[n]];
            HAX_TRY(self->kind->driver->import(self->tasks[i], input->tensor, &hax_layout_plain_tag,
                                               input->plain, err));
        }
    }
    return HAX_OK;
}

static hax_status build_all(unit_thread *self, hax_error *err)
{
    hax_session *session = self->kind->session;
    kind_state *kind = self->kind;
    HAX_TRY(kind->driver->enter(kind->device, &session->config.platform->units[self->unit], err));
    for (int i = 0; i < session->config.instance_count; i++) {
        atomic_store_explicit(&shared_of(self)->building, i, memory_order_relaxed);
        HAX_TRY(build_instance(self, i, err));
    }
    atomic_store_explicit(&shared_of(self)->building, -1, memory_order_relaxed);
    if (session->config.traffic)
        HAX_TRY(hax_press_open(session, self->unit, kind->device, &self->presser, err));
    if (kind->input_filled)
        return HAX_OK;
    HAX_TRY(fill_inputs(self, err));
    kind->input_filled = true;
    return HAX_OK;
}

/* ---- running ---------------------------------------------------------------------- */

/* Passes a moment without sleeping. */
static void spin_once(const unit_thread *self)
{
    const hax_driver *driver = self->kind->driver;
    if (driver->rouse)
        driver->rouse(self->kind->device, &self->kind->session->config.platform->units[self->unit]);
    hax_cpu_relax();
}

static void sleep_until(const unit_thread *self, int64_t target_ns, bool may_spin)
{
    /* A sleeper wakes 60 us late on bare metal, and in a virtual machine the host may take the
     * processor of a neighbour for some milliseconds to wake it: the last part is spun. */
    enum { SPUN_NS = 20 * 1000 * 1000 };
    int64_t sleep_to = may_spin ? target_ns - SPUN_NS : target_ns;
    struct timespec until = { sleep_to / 1000000000, sleep_to % 1000000000 };
    while (sleep_to > (int64_t) hax_clock_ns())
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    while (may_spin && (int64_t) hax_clock_ns() < target_ns)
        spin_once(self);
}

static void await_start(const unit_thread *self, const hax_shared_job *job, bool may_spin)
{
    const hax_session *session = self->kind->session;
    for (int d = 0; d < job->dependency_count; d++)
        hax_doorbell_wait(&session->jobs[session->dependencies[job->dependency_first + d]].done,
                          may_spin);
    if (job->delay_ns == 0)
        return;
    int64_t from_ns =
        job->after >= 0 ? session->jobs[job->after].end_ns : session->control->start_ns;
    sleep_until(self, from_ns + job->delay_ns, may_spin);
}

/* The tensor `index` of what crosses before a group of the job's instance. */
static const hax_boundary *crossing_at(const unit_thread *self, const hax_shared_job *job,
                                       hax_crossing crossing, int index)
{
    const hax_instance_memory *memory = &self->kind->session->memory[job->instance];
    int boundary = memory->boundary_of[crossing.tensors[index]];
    assert(boundary >= 0 && boundary < memory->boundary_count);
    return &memory->boundaries[boundary];
}

static hax_crossing crossing_of(const unit_thread *self, const hax_shared_job *job, int group)
{
    const hax_session_instance *session_instance = &self->kind->session->instances[job->instance];
    return hax_group_crossing(session_instance->model, session_instance->grouping, group);
}

static hax_status import_tensor(const unit_thread *self, const hax_shared_job *job,
                                const hax_boundary *boundary, hax_error *err)
{
    const hax_driver *driver = self->kind->driver;
    assert(job->peer_kind >= 0 && job->peer_kind != self->kind->kind);
    const hax_layout *from = &boundary->layouts[job->peer_kind];
    const void *data = boundary->slots[job->peer_kind];
    if (!driver->can_import(from)) {
        from = &hax_layout_plain_tag;
        data = boundary->plain;
    }
    return driver->import(self->tasks[job->instance], boundary->tensor, from, data, err);
}

static hax_status import_tensors(const unit_thread *self, const hax_shared_job *job, hax_error *err)
{
    assert(job->group > 0);
    hax_crossing crossing = crossing_of(self, job, job->group);
    if (job->peer_kind == self->kind->kind)
        return HAX_OK;
    for (int t = 0; t < crossing.count; t++)
        HAX_TRY(import_tensor(self, job, crossing_at(self, job, crossing, t), err));
    return HAX_OK;
}

static hax_status export_tensor(const unit_thread *self, const hax_shared_job *job,
                                const hax_boundary *boundary, hax_error *err)
{
    const hax_platform *platform = self->kind->session->config.platform;
    const hax_driver *taker = hax_driver_find(platform->kinds[job->peer_kind].driver);
    if (taker->can_import(&boundary->layouts[self->kind->kind]))
        return HAX_OK;
    return self->kind->driver->export(self->tasks[job->instance], boundary->tensor, boundary->plain,
                                      err);
}

static hax_status export_tensors(const unit_thread *self, const hax_shared_job *job, hax_error *err)
{
    assert(job->group + 1 < self->kind->session->instances[job->instance].grouping->count);
    hax_crossing crossing = crossing_of(self, job, job->group + 1);
    if (job->peer_kind == self->kind->kind)
        return HAX_OK;
    for (int t = 0; t < crossing.count; t++)
        HAX_TRY(export_tensor(self, job, crossing_at(self, job, crossing, t), err));
    return HAX_OK;
}

static hax_status do_job(const unit_thread *self, const hax_shared_job *job, hax_error *err)
{
    switch (job->part) {
    case HAX_PART_IN: return import_tensors(self, job, err);
    case HAX_PART_OUT: return export_tensors(self, job, err);
    case HAX_PART_RUN: break;
    }
    return self->kind->driver->run(self->tasks[job->instance], job->group, err);
}

/* The round's barrier: the last one to arrive sets the clock, a little ahead, so that all
 * processors have been awake for a while when the round starts (see sleep_until). */
static void barrier_wait(const unit_thread *self, const hax_shared_unit *unit)
{
    hax_shared_control *control = self->kind->session->control;
    int expected = atomic_load_explicit(&control->expected, memory_order_relaxed);
    int before = atomic_fetch_add_explicit(&control->arrived, 1, memory_order_acq_rel);
    assert(before >= 0 && before < expected);
    if (before + 1 == expected) {
        control->start_ns = (int64_t) hax_clock_ns() + control->start_lead_ns;
        hax_doorbell_ring(&control->go);
    } else {
        hax_doorbell_wait(&control->go, unit->may_spin);
    }
    sleep_until(self, control->start_ns, unit->may_spin);
    assert((int64_t) hax_clock_ns() >= control->start_ns);
}

/* ---- running ahead: units with queues ------------------------------------------------ */

/* Where a unit with a queue stands in its list of jobs. */
typedef struct queue {
    int head;         /* the first that has not ended, -1: all have */
    int next;         /* the first that is not in the queue, -1: all are */
    int64_t ended_ns; /* when the last one ended */
    hax_status status;
} queue;

static bool same_kind(const unit_thread *self, int job)
{
    const hax_session *session = self->kind->session;
    return session->config.platform->units[session->jobs[job].unit].kind == self->kind->kind;
}

/* What keeps a job out of its unit's queue. */
typedef enum obstacle {
    OBSTACLE_NONE,  /* it waits in the queue for jobs that are in others, and for nothing else */
    OBSTACLE_QUEUE, /* one of those is not in its queue yet, which takes a moment */
    OBSTACLE_OTHER, /* a part that the thread does itself, a delay, a unit without such a queue */
} obstacle;

static obstacle find_obstacle(const unit_thread *self, const hax_shared_job *job)
{
    const hax_session *session = self->kind->session;
    obstacle found = OBSTACLE_NONE;
    if (job->part != HAX_PART_RUN || job->delay_ns != 0)
        return OBSTACLE_OTHER;
    for (int d = 0; d < job->dependency_count; d++) {
        int on = session->dependencies[job->dependency_first + d];
        if (same_kind(self, on) && !hax_doorbell_rung(&session->jobs[on].submitted))
            found = OBSTACLE_QUEUE;
        else if (!same_kind(self, on) && !hax_doorbell_rung(&session->jobs[on].done))
            return OBSTACLE_OTHER;
    }
    return found;
}

static hax_status submit(const unit_thread *self, int j, hax_error *err)
{
    hax_session *session = self->kind->session;
    hax_shared_job *job = &session->jobs[j];
    hax_mark *behind[HAX_MAX_RESOURCES + 2 + HAX_MAX_INSTANCES];
    int count = 0;
    for (int d = 0; d < job->dependency_count; d++) {
        int on = session->dependencies[job->dependency_first + d];
        if (same_kind(self, on) && !hax_doorbell_rung(&session->jobs[on].done))
            behind[count++] = self->kind->marks[on];
    }
    return self->kind->driver->submit(self->tasks[job->instance], job->group, behind, count,
                                      self->kind->marks[j], err);
}

/* When the last of the jobs that it waited for was seen to end; all have. */
static int64_t dependencies_end_ns(const hax_session *session, const hax_shared_job *job)
{
    int64_t last_ns = 0;
    for (int d = 0; d < job->dependency_count; d++) {
        const hax_shared_job *shared_job =
            &session->jobs[session->dependencies[job->dependency_first + d]];
        last_ns = shared_job->end_ns > last_ns ? shared_job->end_ns : last_ns;
    }
    return last_ns;
}

/* The job at the head has ended. Its time began when it was put in the queue, or when the one
 * before it ended, or the last of those that it waited for, whichever was later. */
static void end_head(const unit_thread *self, hax_shared_unit *unit, queue *queue)
{
    hax_session *session = self->kind->session;
    hax_shared_job *job = &session->jobs[queue->head];
    job->end_ns = (int64_t) hax_clock_ns();
    int64_t free_ns = dependencies_end_ns(session, job);
    if (free_ns < queue->ended_ns)
        free_ns = queue->ended_ns;
    if (job->start_ns < free_ns)
        job->start_ns = free_ns;
    queue->ended_ns = job->end_ns;
    queue->head = job->next;
    atomic_store_explicit(&unit->running,
                          queue->head >= 0 && queue->head != queue->next ? queue->head : -1,
                          memory_order_release);
    hax_doorbell_ring(&job->done);
    /* in this order: nobody then goes behind a mark that a job which failed, or was done alone,
     * does not have */
    if (!hax_doorbell_rung(&job->submitted))
        hax_doorbell_ring(&job->submitted);
}

static void put_next(const unit_thread *self, hax_shared_unit *unit, queue *queue)
{
    hax_session *session = self->kind->session;
    hax_shared_job *job = &session->jobs[queue->next];
    job->start_ns = (int64_t) hax_clock_ns();
    if (queue->head == queue->next)
        atomic_store_explicit(&unit->running, queue->head, memory_order_release);
    if (queue->status == HAX_OK)
        queue->status = submit(self, queue->next, &unit->error);
    queue->next = job->next;
    if (queue->status == HAX_OK)
        hax_doorbell_ring(&job->submitted);
}

/* A job that the unit's thread must do itself, or wait for, while the queue is empty. */
static void do_alone(const unit_thread *self, hax_shared_unit *unit, queue *queue)
{
    hax_session *session = self->kind->session;
    hax_shared_job *job = &session->jobs[queue->next];
    await_start(self, job, unit->may_spin);
    job->start_ns = (int64_t) hax_clock_ns();
    atomic_store_explicit(&unit->running, queue->next, memory_order_release);
    if (queue->status == HAX_OK)
        queue->status = do_job(self, job, &unit->error);
    queue->next = job->next;
    end_head(self, unit, queue);
}

/* Ends are seen in the order in which they come, also by those who look later than others. */
static bool dependencies_are_done(const hax_session *session, const hax_shared_job *job)
{
    for (int d = 0; d < job->dependency_count; d++)
        if (!hax_doorbell_rung(
                &session->jobs[session->dependencies[job->dependency_first + d]].done))
            return false;
    return true;
}

static bool head_has_passed(const unit_thread *self, hax_shared_unit *unit, queue *queue)
{
    bool passed = true;
    if (!dependencies_are_done(self->kind->session, &self->kind->session->jobs[queue->head]))
        return false;
    if (queue->status == HAX_OK)
        queue->status = self->kind->driver->has_passed(
            self->kind->device, self->kind->marks[queue->head], &passed, &unit->error);
    return passed || queue->status != HAX_OK;
}

/* Waits for what other threads of this process are about to do. */
static void wait_a_moment(const hax_shared_unit *unit)
{
    if (unit->may_spin)
        hax_cpu_relax();
    else
        sched_yield();
}

/* Jobs are put in the queue as soon as they may be, and their ends are seen as they come. */
static hax_status run_ahead(const unit_thread *self, hax_shared_unit *unit)
{
    queue own = { unit->first_job, unit->first_job, 0, HAX_OK };
    while (own.head >= 0) {
        obstacle found = own.next >= 0 ? find_obstacle(self, &self->kind->session->jobs[own.next])
                                       : OBSTACLE_OTHER;
        if (found == OBSTACLE_NONE)
            put_next(self, unit, &own);
        else if (own.head == own.next && found == OBSTACLE_OTHER)
            do_alone(self, unit, &own);
        else if (own.head != own.next && head_has_passed(self, unit, &own))
            end_head(self, unit, &own);
        else
            wait_a_moment(unit);
    }
    return own.status;
}

/* After a failed job the rest is passed over, so that nobody waits for it. */
static hax_status run_plan(const unit_thread *self, hax_shared_unit *unit)
{
    hax_session *session = self->kind->session;
    hax_status status = HAX_OK;
    barrier_wait(self, unit);
    if (self->kind->marks)
        return run_ahead(self, unit);
    for (int j = unit->first_job; j >= 0; j = session->jobs[j].next) {
        hax_shared_job *job = &session->jobs[j];
        assert(job->unit == self->unit && !hax_doorbell_rung(&job->done));
        assert(job->next < 0 || job->next > j);
        await_start(self, job, unit->may_spin);
        assert(dependencies_are_done(session, job));
        job->start_ns = (int64_t) hax_clock_ns();
        assert(atomic_load_explicit(&unit->running, memory_order_relaxed) == -1);
        atomic_store_explicit(&unit->running, j, memory_order_release);
        if (status == HAX_OK)
            status = do_job(self, job, &unit->error);
        job->end_ns = (int64_t) hax_clock_ns();
        atomic_store_explicit(&unit->running, -1, memory_order_release);
        hax_doorbell_ring(&job->done);
    }
    return status;
}

/* Traffic beside the others' plan. A unit that cannot make it still comes to the barrier. */
static hax_status press(const unit_thread *self, hax_shared_unit *unit)
{
    assert(self->presser); /* the session makes traffic: check_press */
    hax_status ready = hax_press_ready(self->presser, &unit->error);
    barrier_wait(self, unit);
    hax_status status = hax_press_run(self->presser, &unit->error);
    return ready != HAX_OK ? ready : status;
}

static hax_status fetch(const unit_thread *self, hax_shared_unit *unit)
{
    const hax_session *session = self->kind->session;
    const hax_model *model = session->instances[unit->instance].model;
    float *output = session->memory[unit->instance].outputs;
    for (int o = 0; o < hax_model_output_count(model); o++) {
        int tensor = hax_model_output(model, o);
        HAX_TRY(
            self->kind->driver->export(self->tasks[unit->instance], tensor, output, &unit->error));
        output += hax_model_tensor(model, tensor)->bytes / sizeof(float);
    }
    return HAX_OK;
}

static void end_command(hax_shared_control *control, hax_shared_unit *unit, hax_status status)
{
    /* once a command: the coordinator counts */
    assert(atomic_load_explicit(&unit->progress, memory_order_relaxed) != UNIT_DONE);
    assert(atomic_load_explicit(&control->left, memory_order_relaxed) > 0);
    unit->status = status;
    atomic_store_explicit(&unit->progress, UNIT_DONE, memory_order_release);
    if (atomic_fetch_sub_explicit(&control->left, 1, memory_order_acq_rel) == 1)
        hax_doorbell_ring(&control->finished);
}

static hax_status dispatch(const unit_thread *self, hax_shared_unit *unit)
{
    switch (unit->what) {
    case COMMAND_PRESS: return press(self, unit);
    case COMMAND_FETCH: return fetch(self, unit);
    case COMMAND_FEED: return fill_inputs(self, &unit->error);
    default: break;
    }
    assert(unit->what == COMMAND_RUN);
    hax_status status = run_plan(self, unit);
    assert(atomic_load_explicit(&self->kind->session->control->runners, memory_order_relaxed) > 0);
    atomic_fetch_sub_explicit(&self->kind->session->control->runners, 1, memory_order_relaxed);
    return status;
}

/* Between commands a unit sleeps: a thread that polled would contend with the others. */
static void serve(const unit_thread *self)
{
    hax_shared_unit *unit = shared_of(self);
    hax_shared_control *control = self->kind->session->control;
    for (;;) {
        hax_doorbell_wait(&unit->wake, false);
        hax_doorbell_reset(&unit->wake);
        atomic_store_explicit(&unit->progress, UNIT_AT_WORK, memory_order_release);
        if (unit->what == COMMAND_QUIT)
            return;
        end_command(control, unit, dispatch(self, unit));
    }
}

static void release(unit_thread *self)
{
    const hax_session *session = self->kind->session;
    for (int i = 0; i < session->config.instance_count; i++)
        if (self->tasks[i])
            self->kind->driver->unbind(self->tasks[i]);
    /* instances of one network share a program, which none of their tasks may outlive */
    for (int i = 0; i < session->config.instance_count; i++)
        if (self->programs[i] && same_network(session, i) < 0)
            self->kind->driver->discard(self->programs[i]);
    hax_press_close(self->presser);
}

static void *unit_main(void *argument)
{
    unit_thread *self = argument;
    hax_shared_unit *unit = shared_of(self);
    pthread_mutex_lock(&self->kind->building);
    atomic_store_explicit(&unit->progress, UNIT_AT_WORK, memory_order_release);
    hax_status status = build_all(self, &unit->error);
    pthread_mutex_unlock(&self->kind->building);
    end_command(self->kind->session->control, unit, status);
    serve(self);
    release(self);
    return NULL;
}

/* ---- the process ------------------------------------------------------------------- */

/*
 * A terminal's signals, and those sent to the whole group, are the coordinator's business: what it
 * does about them reaches the workers as its end, or as their own being stopped and killed. A
 * worker that died by them first would look like a crash.
 *
 * The kernel's signal at the parent's death comes when the *thread* that forked ends, which the
 * process may outlive. So it is no SIGKILL but a SIGCONT, which does nothing but wake a worker that
 * was stopped, and whoever receives it looks whether the parent is still the same (watch_parent).
 */
static void set_signals(pid_t coordinator)
{
    static const int ignored[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP };
    sigset_t waited;
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGCONT, SIG_DFL);
    sigemptyset(&waited);
    sigaddset(&waited, SIGCONT);
    pthread_sigmask(SIG_BLOCK, &waited, NULL); /* also in the threads to come */
    prctl(PR_SET_PDEATHSIG, SIGCONT);
    if (getppid() != coordinator)
        _exit(1); /* it died before the line above took hold */
}

_Noreturn static void watch_parent(const kind_state *kind)
{
    sigset_t waited;
    int number;
    sigemptyset(&waited);
    sigaddset(&waited, SIGCONT);
    while (getppid() == kind->coordinator)
        sigwait(&waited, &number);
    _exit(1);
}

static void close_marks(kind_state *kind)
{
    for (int j = 0; kind->marks && j < kind->session->job_max; j++)
        if (kind->marks[j])
            kind->driver->mark_close(kind->device, kind->marks[j]);
    free(kind->marks);
    kind->marks = NULL;
}

/* A mark for every job that a plan may have, where the driver has queues. */
static hax_status open_marks(kind_state *kind, hax_error *err)
{
    size_t count = (size_t) kind->session->job_max;
    if (!kind->driver->submit || count == 0)
        return HAX_OK;
    kind->marks = calloc(count, sizeof *kind->marks);
    if (!kind->marks)
        return hax_fail_memory(err, "the marks of jobs");
    for (size_t j = 0; j < count; j++)
        HAX_TRY(kind->driver->mark_open(kind->device, &kind->marks[j], err));
    return HAX_OK;
}

static void *watch_thread(void *argument)
{
    watch_parent(argument);
}

/* Fails a unit's first command (building). */
static void fail_unit(hax_session *session, int unit, const hax_error *err)
{
    session->control->units[unit].error = *err;
    end_command(session->control, &session->control->units[unit], err->status);
}

_Noreturn static void wait_for_end(void)
{
    for (;;)
        pause(); /* the coordinator ends it */
}

/* The same for every unit of the kind. */
static void fail_units(kind_state *kind, const hax_error *err)
{
    hax_session *session = kind->session;
    for (int u = 0; u < session->config.platform->unit_count; u++) {
        if (session->config.platform->units[u].kind != kind->kind)
            continue;
        fail_unit(session, u, err);
    }
}

_Noreturn static void give_up(kind_state *kind, const hax_error *err)
{
    fail_units(kind, err);
    wait_for_end();
}

/* Where there is no thread for it, nothing else is done here. */
static void start_watching(kind_state *kind)
{
    pthread_t thread;
    hax_error err = { 0 };
    if (pthread_create(&thread, NULL, watch_thread, kind) == 0) {
        pthread_detach(thread);
        return;
    }
    hax_fail_memory(&err, "the thread that watches for the coordinator's end");
    fail_units(kind, &err);
    watch_parent(kind);
}

/* False: the unit has failed. */
static bool start_thread(kind_state *kind, unit_thread *self, int unit)
{
    hax_error err = { 0 };
    size_t instances = (size_t) kind->session->config.instance_count;
    self->kind = kind;
    self->unit = unit;
    self->programs = calloc(instances, sizeof *self->programs);
    self->tasks = calloc(instances, sizeof *self->tasks);
    if (self->programs && self->tasks && pthread_create(&self->thread, NULL, unit_main, self) == 0)
        return true;
    free(self->programs);
    free(self->tasks);
    hax_fail_memory(&err, "the thread of a unit");
    fail_unit(kind->session, unit, &err);
    return false;
}

void hax_worker_main(hax_session *session, int kind_index, pid_t coordinator)
{
    set_signals(coordinator);
    const hax_platform *platform = session->config.platform;
    const hax_kind *config = &platform->kinds[kind_index];
    kind_state kind = { .session = session, .kind = kind_index, .coordinator = coordinator };
    hax_error err = { 0 };
    start_watching(&kind);
    pthread_mutex_init(&kind.building, NULL);
    kind.driver = hax_driver_find(config->driver);
    if (!kind.driver)
        hax_fail(&err, HAX_UNAVAILABLE, "driver '%s' is not in this build", config->driver);
    if (!kind.driver || kind.driver->open(config, &kind.device, &err) != HAX_OK)
        give_up(&kind, &err);
    kind.driver = hax_device_driver(kind.device);
    if (kind.driver->trust && kind.driver->trust(kind.device, session->config.checked,
                                                 session->config.checked_count, &err) != HAX_OK)
        give_up(&kind, &err);
    if (open_marks(&kind, &err) != HAX_OK)
        give_up(&kind, &err);
    assert(platform->unit_count <= HAX_MAX_UNITS);
    unit_thread threads[HAX_MAX_UNITS] = { 0 };
    int count = 0;
    for (int u = 0; u < platform->unit_count; u++)
        if (platform->units[u].kind == kind_index)
            count += start_thread(&kind, &threads[count], u);
    if (count == 0)
        wait_for_end();
    for (int t = 0; t < count; t++)
        pthread_join(threads[t].thread, NULL);
    for (int t = 0; t < count; t++) {
        free(threads[t].programs);
        free(threads[t].tasks);
    }
    close_marks(&kind);
    kind.driver->close(kind.device);
    _exit(0);
}
