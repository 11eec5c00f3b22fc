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

#include "batches.h"
#include "clock.h"

/* What the threads of one process have in common. */
typedef struct kind_state {
    hax_session *session;
    int kind;
    pid_t coordinator;
    const hax_driver *driver;
    hax_device *device;
    pthread_mutex_t building; /* libraries build one program at a time */
    bool input_filled;        /* the kind's input slots hold the input */
    hax_task **tasks;         /* [unit][instance] */
    hax_batches *batches;     /* where the driver takes them; NULL */
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

static void publish_chosen(const unit_thread *self)
{
    const kind_state *kind = self->kind;
    hax_shared_unit *unit = shared_of(self);
    double left_s = 0,
           done = kind->driver->chosen ? kind->driver->chosen(kind->device, &left_s) : -1;
    atomic_store_explicit(&unit->left_ms, (int) (left_s * 1e3), memory_order_relaxed);
    atomic_store_explicit(&unit->chosen, done < 0 ? -1 : (int) (done * 1e3), memory_order_relaxed);
}

static void beat(void *context)
{
    const unit_thread *self = context;
    atomic_fetch_add_explicit(&shared_of(self)->beats, 1, memory_order_relaxed);
    publish_chosen(self);
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
    self->kind->tasks[self->unit * session->config.instance_count + instance] =
        self->tasks[instance];
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
                                    from->model, from->grouping, beat, self,
                                    &self->programs[instance], err));
    HAX_TRY(bind_instance(self, instance, err));
    publish_layouts(self, instance);
    publish_checked(self);
    if (shared_with < 0 && !kind->input_filled) /* alike on all units of the kind */
        publish_notes(self, instance);
    return HAX_OK;
}

static hax_status import_inputs(const unit_thread *self, int instance, hax_error *err)
{
    const hax_instance_memory *memory = &self->kind->session->memory[instance];
    for (int n = 0; n < memory->input_count; n++) {
        const hax_boundary *input = &memory->boundaries[memory->inputs[n]];
        HAX_TRY(self->kind->driver->import(self->tasks[instance], input->tensor,
                                           &hax_layout_plain_tag, input->plain, err));
    }
    return HAX_OK;
}

/* Inputs do not change within a round: imported once per kind, and whenever others were set. */
static hax_status fill_inputs(const unit_thread *self, hax_error *err)
{
    for (int i = 0; i < self->kind->session->config.instance_count; i++)
        HAX_TRY(import_inputs(self, i, err));
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
    atomic_store_explicit(&shared_of(self)->chosen, -1, memory_order_relaxed);
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
static void meet(const unit_thread *self, const hax_shared_unit *unit)
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
}

static void await_round(const unit_thread *self, const hax_shared_unit *unit)
{
    sleep_until(self, self->kind->session->control->start_ns, unit->may_spin);
    assert((int64_t) hax_clock_ns() >= self->kind->session->control->start_ns);
}

static void end_job(hax_shared_unit *unit, hax_shared_job *job)
{
    atomic_store_explicit(&unit->running, -1, memory_order_release);
    hax_doorbell_ring(&job->done);
}

#ifndef NDEBUG
static bool dependencies_are_done(const hax_session *session, const hax_shared_job *job)
{
    for (int d = 0; d < job->dependency_count; d++)
        if (!hax_doorbell_rung(
                &session->jobs[session->dependencies[job->dependency_first + d]].done))
            return false;
    return true;
}
#endif

/* A job that the thread does itself; after a failed one the rest is passed over, so that nobody
 * waits for it. */
static hax_status run_job(const unit_thread *self, hax_shared_unit *unit, int j, hax_status status)
{
    hax_session *session = self->kind->session;
    hax_shared_job *job = &session->jobs[j];
    assert(job->unit == self->unit && !hax_doorbell_rung(&job->done));
    await_start(self, job, unit->may_spin);
    assert(dependencies_are_done(session, job));
    job->start_ns = (int64_t) hax_clock_ns();
    assert(atomic_load_explicit(&unit->running, memory_order_relaxed) == -1);
    atomic_store_explicit(&unit->running, j, memory_order_release);
    if (status == HAX_OK)
        status = do_job(self, job, &unit->error);
    job->end_ns = (int64_t) hax_clock_ns();
    end_job(unit, job);
    return status;
}

/* ---- units that take up batches -------------------------------------------------------------- */

/* Makes ready what this thread will submit. */
static hax_status prepare_batches(const unit_thread *self, hax_shared_unit *unit)
{
    const hax_session *session = self->kind->session;
    for (int j = unit->first_job; j >= 0 && self->kind->batches; j = session->jobs[j].next)
        if (session->jobs[j].batch >= 0 && session->jobs[j].batch_index == 0)
            HAX_TRY(hax_batches_prepare(self->kind->batches, j, &unit->error));
    return HAX_OK;
}

/* What begins with the round is handed over before it starts; the rest when what it waits for has
 * ended. */
static hax_status submit(const unit_thread *self, hax_shared_unit *unit, int j, hax_status status)
{
    const hax_session *session = self->kind->session;
    const hax_shared_job *job = &session->jobs[j];
    bool with_round = job->batch == self->kind->kind;
    int64_t start_ns = session->control->start_ns + session->control->traffic_lead_ns;
    for (int d = 0; d < job->dependency_count; d++)
        hax_doorbell_wait(&session->jobs[session->dependencies[job->dependency_first + d]].done,
                          unit->may_spin);
    if (!with_round)
        await_round(self, unit);
    if (status == HAX_OK)
        return hax_batches_submit(self->kind->batches, j, with_round ? start_ns : 0, &unit->error);
    hax_batches_drop(self->kind->batches, j);
    return status;
}

/* Stamps of another clock, known to a microsecond, in their place among the host's: none in the
 * future. */
static hax_status take_times(const unit_thread *self, const hax_job_times *times,
                             hax_shared_job *job, hax_error *err)
{
    const hax_session *session = self->kind->session;
    int64_t now_ns = (int64_t) hax_clock_ns();
    if (times->start_ns < session->control->start_ns || times->end_ns < times->start_ns)
        return hax_fail(err, HAX_FAILURE,
                        "unit '%.60s': the stamps of %.60s group %d are out of order: %lld to %lld "
                        "ns after the start of the round",
                        session->config.platform->units[job->unit].name,
                        session->instances[job->instance].name, job->group,
                        (long long) (times->start_ns - session->control->start_ns),
                        (long long) (times->end_ns - session->control->start_ns));
    job->start_ns = times->start_ns < now_ns ? times->start_ns : now_ns;
    job->end_ns = times->end_ns < now_ns ? times->end_ns : now_ns;
    return HAX_OK;
}

/* Waits for what the device is about to do. */
static void wait_a_moment(const hax_shared_unit *unit)
{
    if (unit->may_spin)
        hax_cpu_relax();
    else
        sched_yield();
}

static hax_status await_job(const unit_thread *self, hax_shared_unit *unit, int j,
                            hax_status status)
{
    hax_shared_job *job = &self->kind->session->jobs[j];
    hax_job_times times;
    bool ended = false;
    while (!ended && status == HAX_OK) {
        status = hax_batches_ended(self->kind->batches, j, &ended, &times, &unit->error);
        if (!ended)
            wait_a_moment(unit);
    }
    return status == HAX_OK ? take_times(self, &times, job, &unit->error) : status;
}

/* A job of a batch, which this thread hands over if it is the first one in it. */
static hax_status follow_job(const unit_thread *self, hax_shared_unit *unit, int j,
                             hax_status status)
{
    hax_session *session = self->kind->session;
    hax_shared_job *job = &session->jobs[j];
    if (job->batch_index == 0)
        status = submit(self, unit, j, status);
    else
        hax_doorbell_wait(&session->jobs[job->batch_first].submitted, unit->may_spin);
    atomic_store_explicit(&unit->running, j, memory_order_release);
    job->start_ns = job->end_ns = session->control->start_ns; /* if it does not run */
    if (hax_batches_runs(self->kind->batches, j))
        status = await_job(self, unit, j, status);
    end_job(unit, job);
    return status;
}

static hax_status run_plan(const unit_thread *self, hax_shared_unit *unit)
{
    const hax_session *session = self->kind->session;
    hax_status status = prepare_batches(self, unit);
    meet(self, unit);
    for (int j = unit->first_job; j >= 0; j = session->jobs[j].next) {
        assert(session->jobs[j].next < 0 || session->jobs[j].next > j);
        if (session->jobs[j].batch >= 0) {
            status = follow_job(self, unit, j, status);
        } else {
            await_round(self, unit);
            status = run_job(self, unit, j, status);
        }
    }
    return status;
}

/* Traffic beside the others' plan. A unit that cannot make it still comes to the barrier. */
static hax_status press(const unit_thread *self, hax_shared_unit *unit)
{
    assert(self->presser); /* the session makes traffic: check_press */
    hax_status ready = hax_press_ready(self->presser, &unit->error);
    meet(self, unit);
    await_round(self, unit);
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

/* A piece of a plan: its jobs in their order, all that they wait for has ended. */
static hax_status run_piece(const unit_thread *self, hax_shared_unit *unit)
{
    const hax_session *session = self->kind->session;
    hax_status status = HAX_OK;
    if (unit->takes_inputs)
        status = import_inputs(self, unit->instance, &unit->error);
    for (int j = unit->first_job; j >= 0; j = session->jobs[j].next) {
        assert(session->jobs[j].instance == unit->instance && session->jobs[j].batch < 0);
        status = run_job(self, unit, j, status);
    }
    if (status == HAX_OK && unit->gives_outputs)
        status = fetch(self, unit);
    return status;
}

/* Several may be under way: the coordinator looks who has ended. */
static void end_piece(hax_shared_control *control, hax_shared_unit *unit, hax_status status)
{
    unit->status = status;
    atomic_fetch_add_explicit(&unit->beats, 1, memory_order_relaxed);
    atomic_store_explicit(&unit->progress, UNIT_DONE, memory_order_release);
    hax_event_count_ring(&control->pieces);
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
        if (unit->what == COMMAND_PIECE)
            end_piece(control, unit, run_piece(self, unit));
        else
            end_command(control, unit, dispatch(self, unit));
    }
}

static void release(unit_thread *self)
{
    const hax_session *session = self->kind->session;
    if (self->kind->batches)
        hax_batches_forget(self->kind->batches);
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

static hax_status open_batches(kind_state *kind, hax_error *err)
{
    hax_session *session = kind->session;
    size_t units = (size_t) session->config.platform->unit_count;
    kind->tasks = calloc(units * (size_t) session->config.instance_count + 1, sizeof *kind->tasks);
    if (!kind->tasks)
        return hax_fail_memory(err, "the tasks of a worker");
    if (!kind->driver->compile)
        return HAX_OK;
    session->control->kinds[kind->kind].takes_batches = true;
    return hax_batches_open(session, kind->driver, kind->device, kind->tasks, &kind->batches, err);
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
    if (open_batches(&kind, &err) != HAX_OK)
        give_up(&kind, &err);
    if (kind.driver->adopt && session->exchange_bytes > 0)
        kind.driver->adopt(kind.device, session->exchange, session->exchange_bytes);
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
    hax_batches_close(kind.batches);
    free(kind.tasks);
    kind.driver->close(kind.device);
    _exit(0);
}
