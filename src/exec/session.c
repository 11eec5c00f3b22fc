/* Sessions: opened, plans executed, outputs fetched, closed. */
#include "session.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "shared.h"
#include "watch.h"

static hax_status copy_instances(hax_session *session, hax_error *err)
{
    int count = session->config.instance_count;
    size_t units = (size_t) session->config.platform->unit_count;
    session->instances =
        hax_arena_alloc(session->arena, (size_t) count, sizeof *session->instances);
    session->group_offset =
        hax_arena_alloc(session->arena, (size_t) count, sizeof *session->group_offset);
    if (!session->instances || !session->group_offset)
        return hax_fail_memory(err, "a session");
    for (int i = 0; i < count; i++) {
        session->instances[i] = session->config.instances[i];
        session->group_offset[i] = session->group_total;
        session->group_total += session->instances[i].grouping->count;
    }
    session->config.instances = session->instances;
    session->longest_ms =
        hax_arena_alloc(session->arena, units * (size_t) session->group_total, sizeof(double));
    return session->longest_ms ? HAX_OK : hax_fail_memory(err, "a session");
}

void hax_session_set_input(hax_session *session, int instance, int input, const float *values)
{
    if (session->config.platform->simulated)
        return;
    assert(instance >= 0 && instance < session->config.instance_count);
    const hax_instance_memory *memory = &session->memory[instance];
    const hax_model *model = session->instances[instance].model;
    assert(input >= 0 && input < memory->input_count);
    memcpy(memory->boundaries[memory->inputs[input]].plain, values,
           hax_model_tensor(model, hax_model_input(model, input))->bytes);
}

/* Different for every instance, written before the workers start. */
static void fill_inputs(hax_session *session)
{
    for (int i = 0; i < session->config.instance_count; i++) {
        const hax_instance_memory *memory = &session->memory[i];
        const hax_session_instance *session_instance = &session->instances[i];
        for (int n = 0; n < memory->input_count; n++) {
            if (session_instance->inputs && session_instance->inputs[n])
                hax_session_set_input(session, i, n, session_instance->inputs[n]);
            else
                hax_model_fill_input(session_instance->model, n,
                                     session->config.input_seed + (uint64_t) i,
                                     memory->boundaries[memory->inputs[n]].plain);
        }
    }
}

static hax_status gather_checked(hax_session *session, hax_error *err)
{
    const hax_shared_kind *kinds = session->control->kinds;
    int count = session->config.platform->kind_count, total = 0;
    for (int k = 0; k < count; k++)
        total += kinds[k].checked_count;
    assert(total <= count * CHECKED_PER_KIND);
    session->checked = hax_arena_alloc(session->arena, (size_t) total, sizeof *session->checked);
    if (!session->checked)
        return hax_fail_memory(err, "the keys of kernels");
    for (int k = 0; k < count; k++)
        for (int i = 0; i < kinds[k].checked_count; i++)
            session->checked[session->checked_count++] = kinds[k].checked[i];
    assert(session->checked_count == total);
    return HAX_OK;
}

static hax_status gather_notes(hax_session *session, hax_error *err)
{
    int kinds = session->config.platform->kind_count;
    session->notes =
        hax_arena_alloc(session->arena, (size_t) kinds * NOTES_PER_KIND, sizeof *session->notes);
    if (!session->notes)
        return hax_fail_memory(err, "a session");
    for (int k = 0; k < kinds; k++) {
        const hax_shared_kind *kind = &session->control->kinds[k];
        assert(kind->note_count >= 0 && kind->note_count <= NOTES_PER_KIND);
        for (int n = 0; n < kind->note_count; n++) {
            const char *note = hax_arena_string(session->arena, kind->notes[n]);
            if (note)
                session->notes[session->note_count++] = note;
        }
    }
    return HAX_OK;
}

static hax_status start_real(hax_session *session, hax_error *err)
{
    if (session->config.traffic)
        session->region_bytes = hax_traffic_region_bytes();
    HAX_TRY(hax_session_map(session, err));
    fill_inputs(session);
    int units[HAX_MAX_UNITS], count = session->config.platform->unit_count;
    for (int u = 0; u < count; u++) {
        units[u] = u;
        atomic_store_explicit(&session->control->units[u].chosen, -1, memory_order_relaxed);
    }
    hax_workers_report_building(session);
    HAX_TRY(hax_workers_command(session, units, count, true, err));
    HAX_TRY(gather_notes(session, err));
    return gather_checked(session, err);
}

hax_status hax_session_open(const hax_session_config *config, hax_session **out, hax_error *err)
{
    HAX_TRY(hax_platform_check_processors(config->platform, err));
    if (config->platform->datasheet && !config->clock)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "'%s' is known from its data sheet only: nothing can be executed or "
                        "measured there; profile, schedule, run and compare tell its times",
                        config->platform->name);
    for (int i = 0; i < config->instance_count; i++) {
        HAX_TRY(hax_platform_check_model(config->platform, config->instances[i].model, err));
        HAX_TRY(hax_grouping_check(config->instances[i].model, config->instances[i].grouping, err));
    }
    hax_session *session = calloc(1, sizeof *session);
    if (!session)
        return hax_fail_memory(err, "a session");
    session->config = *config;
    session->arena = hax_arena_create();
    hax_status status =
        session->arena ? copy_instances(session, err) : hax_fail_memory(err, "a session");
    if (status == HAX_OK && !config->platform->simulated)
        status = start_real(session, err);
    if (status != HAX_OK) {
        hax_session_close(session);
        return status;
    }
    *out = session;
    return HAX_OK;
}

void hax_session_close(hax_session *session)
{
    if (!session)
        return;
    hax_workers_stop(session);
    hax_session_unmap(session);
    hax_virtual_forget(session);
    hax_arena_destroy(session->arena);
    free(session);
}

/* May a unit spin while it waits? Not where another unit of the plan runs on its cores. */
static bool may_spin(const hax_platform *platform, const int *first, int unit)
{
    for (int u = 0; u < platform->unit_count; u++)
        if (u != unit && first[u] >= 0 &&
            hax_units_share_cpu(&platform->units[u], &platform->units[unit]))
            return false;
    return true;
}

#ifndef NDEBUG
/* In one queue? */
static bool follows(const hax_shared_job *job, const hax_shared_job *next)
{
    return job->unit == next->unit && job->stream == next->stream;
}
#endif

static void collect(hax_session *session, const hax_plan *plan, hax_stamp *stamps)
{
    for (int j = 0; j < plan->job_count; j++) {
        const hax_shared_job *job = &session->jobs[j];
        assert(session->control->start_ns <= job->start_ns && job->start_ns <= job->end_ns);
        assert(job->next < 0 || !follows(job, &session->jobs[job->next]) ||
               job->end_ns <= session->jobs[job->next].start_ns);
        stamps[j].start_ns = job->start_ns - session->control->start_ns;
        stamps[j].end_ns = job->end_ns - session->control->start_ns;
        if (job->part != HAX_PART_RUN)
            continue;
        assert(job->group < session->instances[job->instance].grouping->count);
        double *longest_ms =
            &session->longest_ms[(size_t) job->unit * (size_t) session->group_total +
                                 (size_t) (session->group_offset[job->instance] + job->group)];
        /* no longer than was watched: what all processes were stopped for says nothing of the job
         */
        double took_ms = fmin((double) (job->end_ns - job->start_ns) * 1e-6, session->watched_ms);
        *longest_ms = took_ms > *longest_ms ? took_ms : *longest_ms;
    }
}

double hax_stamps_round_ms(const hax_stamp *stamps, int count)
{
    int64_t last_ns = 0;
    assert(count >= 0);
    for (int j = 0; j < count; j++)
        last_ns = stamps[j].end_ns > last_ns ? stamps[j].end_ns : last_ns;
    return (double) last_ns * 1e-6;
}

/* Says who makes which traffic; units that make it are added to `units`. Returns the new count. */
static int assign_traffic(hax_session *session, const hax_press *press, int *units, int count)
{
    for (int u = 0; u < session->config.platform->unit_count; u++) {
        if (press->traffic[u].work < 0)
            continue;
        assert(count < session->config.platform->unit_count); /* it has no job: check_press */
        session->control->units[u].what = COMMAND_PRESS;
        session->control->units[u].traffic = press->traffic[u];
        session->control->units[u].may_spin = true;
        units[count++] = u;
    }
    return count;
}

/* Jobs that wait for nobody wait for the traffic to have settled, as batches that begin with the
 * round do. */
static void delay_start(hax_session *session, int job_count, double ms)
{
    for (int j = 0; j < job_count; j++)
        if (session->jobs[j].after < 0 && session->jobs[j].batch < 0)
            session->jobs[j].delay_ns += llround(ms * 1e6);
}

/* On a virtual machine, waking two processors at once cost one of them a time slice of the host, 4
 * ms, at the start of 75 of 140 rounds; awake for so long before, of 1. Lone units do the same, so
 * that all times are alike. */
enum { START_LEAD_NS = 6 * 1000 * 1000 };

/* Where a device takes up the whole plan by itself, one thread hands it over, which takes some 10
 * us, now and then 50 more to compare clocks. */
enum { BATCH_LEAD_NS = 200 * 1000 };

static hax_status execute_real(hax_session *session, const hax_plan *plan, const hax_press *press,
                               hax_stamp *stamps, hax_error *err)
{
    const hax_platform *platform = session->config.platform;
    hax_shared_control *control = session->control;
    int first[HAX_MAX_UNITS], units[HAX_MAX_UNITS], count = 0;
    bool whole = hax_plan_compile(session, plan, first);
    for (int u = 0; u < platform->unit_count; u++) {
        if (first[u] < 0)
            continue;
        hax_shared_unit *unit = &control->units[u];
        unit->what = COMMAND_RUN;
        unit->first_job = first[u];
        unit->may_spin = may_spin(platform, first, u);
        units[count++] = u;
    }
    assert((plan->job_count > 0) == (count > 0));
    atomic_store_explicit(&control->runners, count, memory_order_relaxed);
    control->start_lead_ns = whole && !press ? BATCH_LEAD_NS : START_LEAD_NS;
    control->press_ns = control->traffic_lead_ns = 0;
    if (press) {
        delay_start(session, plan->job_count, press->ms);
        control->traffic_lead_ns = llround(press->ms * 1e6);
        control->press_ns = plan->job_count == 0 ? llround(press->ms * 1e6) : 0;
        count = assign_traffic(session, press, units, count);
    }
    HAX_TRY(hax_workers_command(session, units, count, false, err));
    collect(session, plan, stamps);
    return HAX_OK;
}

/* Traffic comes from units that have no job, and from one of those that share a resource. */
static hax_status check_press(const hax_session *session, const hax_plan *plan,
                              const hax_press *press, hax_error *err)
{
    const hax_platform *platform = session->config.platform;
    uint32_t taken = 0;
    bool any = false;
    if (!session->config.traffic)
        return hax_fail(err, HAX_USAGE, "this session was opened without traffic");
    for (int j = 0; j < plan->job_count; j++)
        taken |= platform->units[plan->jobs[j].unit].resources;
    for (int u = 0; u < platform->unit_count; u++) {
        if (press->traffic[u].work < 0)
            continue;
        if (platform->units[u].resources & taken)
            return hax_fail(err, HAX_USAGE, "unit '%s' is busy and cannot make traffic",
                            platform->units[u].name);
        taken |= platform->units[u].resources;
        any = true;
    }
    if (!(press->ms >= 0 && press->ms <= HAX_SESSION_MS_MAX))
        return hax_fail(err, HAX_USAGE, "%g ms of traffic: give a time of 0 to %g ms", press->ms,
                        (double) HAX_SESSION_MS_MAX);
    if (plan->job_count == 0 && (!any || press->ms == 0))
        return hax_fail(err, HAX_USAGE, "a round without jobs and without traffic");
    return HAX_OK;
}

static hax_status execute(hax_session *session, const hax_plan *plan, const hax_press *press,
                          hax_stamp *stamps, hax_error *err)
{
    if (session->broken)
        return hax_fail(err, HAX_WORKER_LOST, "this session has lost a worker: close it");
    HAX_TRY(hax_watch_check(session->config.watch, err));
    if (!press || plan->job_count > 0)
        HAX_TRY(hax_plan_check(session, plan, err));
    if (press)
        HAX_TRY(check_press(session, plan, press, err));
    hax_status status = session->config.platform->simulated
                            ? hax_virtual_execute(session, plan, press, stamps, err)
                            : execute_real(session, plan, press, stamps, err);
    return status == HAX_OK ? hax_watch_check(session->config.watch, err) : status;
}

hax_status hax_session_execute(hax_session *session, const hax_plan *plan, hax_stamp *stamps,
                               hax_error *err)
{
    return execute(session, plan, NULL, stamps, err);
}

hax_status hax_session_press(hax_session *session, const hax_plan *plan, const hax_press *press,
                             hax_stamp *stamps, hax_error *err)
{
    const hax_plan nothing = { 0 };
    return execute(session, plan ? plan : &nothing, press, stamps, err);
}

double hax_session_moved(const hax_session *session, int unit, int64_t ns)
{
    if (session->config.platform->simulated)
        return hax_virtual_moved(session, unit, ns);
    double blocks = 0;
    assert(unit >= 0 && unit < session->config.platform->unit_count);
    for (int t = session->traffic_first[unit]; t < session->traffic_first[unit + 1]; t++)
        blocks +=
            hax_traffic_log_blocks(&session->traffic_logs[t], session->control->start_ns + ns);
    return blocks * session->control->units[unit].block_bytes;
}

/* The first unit of every kind takes the inputs, as it did while building. */
hax_status hax_session_feed(hax_session *session, hax_error *err)
{
    const hax_platform *platform = session->config.platform;
    int units[HAX_MAX_UNITS], count = 0;
    bool fed[KIND_MAX] = { false };
    if (platform->simulated)
        return HAX_OK;
    if (session->broken)
        return hax_fail(err, HAX_WORKER_LOST, "this session has lost a worker: close it");
    for (int u = 0; u < platform->unit_count; u++) {
        if (fed[platform->units[u].kind])
            continue;
        fed[platform->units[u].kind] = true;
        session->control->units[u].what = COMMAND_FEED;
        units[count++] = u;
    }
    return hax_workers_command(session, units, count, false, err);
}

hax_status hax_session_output(hax_session *session, int instance, int unit, const float **values,
                              size_t *count, hax_error *err)
{
    const hax_platform *platform = session->config.platform;
    const hax_kind *kind = &platform->kinds[platform->units[unit].kind];
    const hax_driver *driver = hax_driver_find(kind->driver);
    if (!driver || !driver->computes || platform->simulated)
        return hax_fail(err, HAX_UNAVAILABLE, "unit '%s' (driver %s) computes no outputs",
                        platform->units[unit].name, kind->driver);
    if (session->broken)
        return hax_fail(err, HAX_WORKER_LOST, "this session has lost a worker: close it");
    assert(instance >= 0 && instance < session->config.instance_count);
    hax_shared_unit *shared = &session->control->units[unit];
    shared->what = COMMAND_FETCH;
    shared->instance = instance;
    HAX_TRY(hax_workers_command(session, &unit, 1, false, err));
    *values = session->memory[instance].outputs;
    *count = session->memory[instance].output_count;
    return HAX_OK;
}

int hax_session_note_count(const hax_session *session)
{
    return session->note_count;
}

const char *hax_session_note(const hax_session *session, int note)
{
    assert(note >= 0 && note < session->note_count);
    return session->notes[note];
}

const uint64_t *hax_session_checked(const hax_session *session, int *count)
{
    *count = session->checked_count;
    return session->checked;
}
