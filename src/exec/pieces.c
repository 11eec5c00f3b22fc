#include "pieces.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "shared.h"

/* A job on the virtual clock. */
typedef struct virtual_work {
    int job; /* -1: none */
    hax_virtual_cost cost;
    double slowdown;
    double left;      /* share of it that was not done at `since_ns` */
    int64_t since_ns; /* when the slowdown last changed */
    int64_t end_ns;   /* if it does not change again */
    int64_t start_ns; /* of the piece */
} virtual_work;

struct hax_pieces {
    hax_session *session;
    int job_most;                             /* of all places together */
    hax_plan_job *jobs;                       /* [job_most] of the plans, copied */
    int *next;                                /* [job]: in the same piece, -1 */
    hax_piece *list;                          /* [job_most] */
    hax_piece_range plans[HAX_PIECES_PLACES]; /* their jobs; count 0: none is there */
    hax_piece_range cut[HAX_PIECES_PLACES];   /* their pieces, which begin where their jobs do */
    uint32_t pending;                         /* units with a piece under way */
    int on_unit[HAX_MAX_UNITS];
    /* of a virtual clock */
    int64_t now_ns;
    virtual_work work[HAX_MAX_UNITS];
    double factor[HAX_MAX_UNITS]; /* that jobs take longer by */
    hax_stamp *stamps;            /* [job_most] */
    bool lost;                    /* the workers */
    int64_t restart_ns;
};

/* ---- cutting --------------------------------------------------------------------------------- */

/* Pieces of others that need what a job takes end before it. */
static void close_others(const hax_pieces *pieces, int *open, int instances, int instance,
                         uint32_t resources)
{
    for (int i = 0; i < instances; i++)
        if (i != instance && open[i] >= 0 && (pieces->list[open[i]].resources & resources))
            open[i] = -1;
}

/* `open` has an entry for each instance. */
static void cut(hax_pieces *pieces, int place, int *open, int instances)
{
    const hax_unit *units = pieces->session->config.platform->units;
    const hax_piece_range plan = pieces->plans[place];
    hax_piece_range *range = &pieces->cut[place];
    *range = (hax_piece_range){ plan.first, 0 };
    for (int i = 0; i < instances; i++)
        open[i] = -1;
    for (int j = plan.first; j < plan.first + plan.count; j++) {
        const hax_plan_job *job = &pieces->jobs[j];
        uint32_t resources = units[job->unit].resources;
        int *piece = &open[job->instance];
        pieces->next[j] = -1;
        close_others(pieces, open, instances, job->instance, resources);
        if (*piece >= 0 && pieces->list[*piece].unit == job->unit &&
            pieces->list[*piece].turn == job->turn) {
            pieces->next[pieces->list[*piece].last_job] = j;
            pieces->list[*piece].last_job = j;
            continue;
        }
        *piece = range->first + range->count++;
        pieces->list[*piece] = (hax_piece){ .unit = job->unit,
                                            .instance = job->instance,
                                            .turn = job->turn,
                                            .resources = resources,
                                            .first_job = j,
                                            .last_job = j };
    }
}

static void mark_ends(hax_pieces *pieces, hax_piece_range range)
{
    const hax_unit *units = pieces->session->config.platform->units;
    const int end = range.first + range.count;
    for (int p = range.first; p < end; p++) {
        hax_piece *piece = &pieces->list[p];
        piece->first = piece->last = piece->first_of_kind = true;
        for (int other = range.first; other < end; other++) {
            bool same = pieces->list[other].instance == piece->instance &&
                        pieces->list[other].turn == piece->turn;
            bool same_kind = units[pieces->list[other].unit].kind == units[piece->unit].kind;
            piece->first = piece->first && !(same && other < p);
            piece->last = piece->last && !(same && other > p);
            piece->first_of_kind = piece->first_of_kind && !(same && same_kind && other < p);
        }
    }
}

static hax_status check_plan(const hax_session *session, const hax_plan *plan, hax_error *err)
{
    if (session->broken)
        return hax_fail(err, HAX_WORKER_LOST, "this session has lost a worker: close it");
    HAX_TRY(hax_plan_check(session, plan, err));
    for (int j = 0; j < plan->job_count; j++)
        if (plan->jobs[j].stream != 0 || plan->jobs[j].priority != 0)
            return hax_fail(err, HAX_BAD_INPUT,
                            "job %d is in a stream beside others: frames take turns on a unit", j);
    return HAX_OK;
}

static hax_status reserve(hax_pieces *pieces, hax_error *err)
{
    size_t count = (size_t) pieces->job_most;
    pieces->jobs = calloc(count, sizeof *pieces->jobs);
    pieces->next = calloc(count, sizeof *pieces->next);
    pieces->list = calloc(count, sizeof *pieces->list);
    pieces->stamps = calloc(count, sizeof *pieces->stamps);
    if (!pieces->jobs || !pieces->next || !pieces->list || !pieces->stamps)
        return hax_fail_memory(err, "a plan in pieces");
    return HAX_OK;
}

/* Copies a plan that was checked into a place that has room for it, cut into pieces. */
static void place_plan(hax_pieces *pieces, int place, int first, const hax_plan *plan)
{
    int open[HAX_MAX_INSTANCES];
    assert(first + plan->job_count <= pieces->job_most);
    memcpy(&pieces->jobs[first], plan->jobs, (size_t) plan->job_count * sizeof *pieces->jobs);
    pieces->plans[place] = (hax_piece_range){ first, plan->job_count };
    cut(pieces, place, open, pieces->session->config.instance_count);
    mark_ends(pieces, pieces->cut[place]);
}

/* To where workers read it. */
static void load_plan(const hax_pieces *pieces, int place)
{
    const hax_piece_range range = pieces->plans[place];
    const hax_plan plan = { .job_count = range.count, .jobs = &pieces->jobs[range.first] };
    if (range.count > 0 && !pieces->session->config.platform->simulated)
        hax_plan_load(pieces->session, range.first, &plan, pieces->next);
}

hax_status hax_pieces_open(hax_session *session, const hax_plan *plan, hax_pieces **out,
                           hax_error *err)
{
    int instances = session->config.instance_count;
    if (instances > HAX_MAX_INSTANCES)
        return hax_fail(err, HAX_BAD_INPUT, "%d instances: %d can be executed in pieces at most",
                        instances, HAX_MAX_INSTANCES);
    HAX_TRY(check_plan(session, plan, err));
    hax_pieces *pieces = calloc(1, sizeof *pieces);
    if (!pieces)
        return hax_fail_memory(err, "a plan in pieces");
    pieces->session = session;
    pieces->job_most = hax_plan_limit(session);
    hax_status status = reserve(pieces, err);
    if (status != HAX_OK) {
        hax_pieces_close(pieces);
        return status;
    }
    for (int u = 0; u < HAX_MAX_UNITS; u++)
        pieces->factor[u] = 1;
    place_plan(pieces, 0, 0, plan);
    status = hax_pieces_restart(pieces, err);
    if (status != HAX_OK) {
        hax_pieces_close(pieces);
        return status;
    }
    *out = pieces;
    return HAX_OK;
}

#ifndef NDEBUG
static bool is_under_way(const hax_pieces *pieces, int place)
{
    const hax_piece_range range = pieces->cut[place];
    for (int u = 0; u < HAX_MAX_UNITS; u++)
        if ((pieces->pending >> u & 1) && pieces->on_unit[u] >= range.first &&
            pieces->on_unit[u] < range.first + range.count)
            return true;
    return false;
}
#endif

hax_status hax_pieces_replace(hax_pieces *pieces, int place, const hax_plan *plan, hax_error *err)
{
    const int half = pieces->job_most / HAX_PIECES_PLACES;
    assert(place >= 0 && place < HAX_PIECES_PLACES && !is_under_way(pieces, place));
    HAX_TRY(check_plan(pieces->session, plan, err));
    for (int p = 0; p < HAX_PIECES_PLACES; p++) {
        int count = p == place ? plan->job_count : pieces->plans[p].count;
        if (count > half)
            return hax_fail(err, HAX_BAD_INPUT,
                            "a plan of %d jobs beside another: this session takes %d of each",
                            count, half);
    }
    place_plan(pieces, place, place * half, plan);
    load_plan(pieces, place);
    return HAX_OK;
}

hax_status hax_pieces_restart(hax_pieces *pieces, hax_error *err)
{
    pieces->pending = 0;
    for (int u = 0; u < HAX_MAX_UNITS; u++)
        pieces->work[u].job = -1;
    if (pieces->session->config.platform->simulated) {
        pieces->now_ns += pieces->lost ? pieces->restart_ns : 0;
        pieces->lost = false;
        return HAX_OK;
    }
    for (int place = 0; place < HAX_PIECES_PLACES; place++)
        load_plan(pieces, place);
    return hax_workers_watch_pieces(pieces->session, err);
}

void hax_pieces_close(hax_pieces *pieces)
{
    hax_piece_end ends[HAX_MAX_UNITS];
    int count;
    if (!pieces)
        return;
    while (pieces->pending && !pieces->session->broken)
        if (hax_pieces_await(pieces, INT64_MAX, ends, &count, NULL) == HAX_WORKER_LOST)
            break;
    free(pieces->jobs);
    free(pieces->next);
    free(pieces->list);
    free(pieces->stamps);
    free(pieces);
}

const hax_piece *hax_pieces_list(const hax_pieces *pieces)
{
    return pieces->list;
}

hax_piece_range hax_pieces_of(const hax_pieces *pieces, int place)
{
    assert(place >= 0 && place < HAX_PIECES_PLACES);
    return pieces->cut[place];
}

int64_t hax_pieces_now_ns(const hax_pieces *pieces)
{
    return pieces->session->config.platform->simulated ? pieces->now_ns : (int64_t) hax_clock_ns();
}

/* ---- on workers ------------------------------------------------------------------------------ */

static void begin_real(hax_pieces *pieces, const hax_piece *piece, bool takes_inputs,
                       bool gives_outputs)
{
    hax_session *session = pieces->session;
    hax_shared_unit *unit = &session->control->units[piece->unit];
    for (int j = piece->first_job; j >= 0; j = pieces->next[j])
        hax_doorbell_reset(&session->jobs[j].done);
    unit->what = COMMAND_PIECE;
    unit->first_job = piece->first_job;
    unit->instance = piece->instance;
    unit->takes_inputs = takes_inputs;
    unit->gives_outputs = gives_outputs;
    unit->may_spin = false; /* nothing in it waits */
    hax_workers_begin_piece(session, piece->unit);
}

/* What the supervision knows of a job's longest time: it never counts as hung before ten times
 * that. */
static void note_longest(hax_session *session, const hax_shared_job *job)
{
    double *longest_ms =
        &session->longest_ms[(size_t) job->unit * (size_t) session->group_total +
                             (size_t) (session->group_offset[job->instance] + job->group)];
    if (job->part == HAX_PART_RUN)
        *longest_ms = fmax(*longest_ms, (double) (job->end_ns - job->start_ns) * 1e-6);
}

static hax_piece_end take_end(hax_pieces *pieces, int unit)
{
    hax_session *session = pieces->session;
    int p = pieces->on_unit[unit];
    const hax_piece *piece = &pieces->list[p];
    for (int j = piece->first_job; j >= 0; j = pieces->next[j])
        note_longest(session, &session->jobs[j]);
    pieces->pending &= ~(UINT32_C(1) << unit);
    return (hax_piece_end){ p, session->jobs[piece->first_job].start_ns,
                            session->jobs[piece->last_job].end_ns };
}

static hax_status await_real(hax_pieces *pieces, int64_t until_ns, hax_piece_end *ends, int *count,
                             hax_error *err)
{
    uint32_t ended = 0;
    hax_status status =
        hax_workers_await_piece(pieces->session, pieces->pending, until_ns, &ended, err);
    if (status != HAX_WORKER_LOST)
        for (int u = 0; u < HAX_MAX_UNITS; u++)
            if (ended >> u & 1)
                ends[(*count)++] = take_end(pieces, u);
    return status;
}

/* ---- on the virtual clock -------------------------------------------------------------------- */

/* The first job of the plan that a job is of. */
static int first_beside(const hax_pieces *pieces, int j)
{
    int first = 0;
    for (int place = 0; place < HAX_PIECES_PLACES; place++)
        if (pieces->plans[place].count > 0 && pieces->plans[place].first <= j &&
            pieces->plans[place].first > first)
            first = pieces->plans[place].first;
    return first;
}

/* The other unit of the job's kind that the network comes from; -1: it does not. */
static int entered_from(const hax_pieces *pieces, int j)
{
    const hax_unit *units = pieces->session->config.platform->units;
    const hax_plan_job *job = &pieces->jobs[j];
    if (job->part != HAX_PART_RUN)
        return -1;
    for (int before = j - 1; before >= first_beside(pieces, j); before--) {
        const hax_plan_job *other = &pieces->jobs[before];
        if (other->instance == job->instance && other->turn == job->turn &&
            other->part == HAX_PART_RUN)
            return other->unit != job->unit && units[other->unit].kind == units[job->unit].kind
                       ? other->unit
                       : -1;
    }
    return -1;
}

static void begin_work(hax_pieces *pieces, int unit, int job)
{
    virtual_work *work = &pieces->work[unit];
    work->job = job;
    work->cost =
        hax_virtual_cost_of(pieces->session, &pieces->jobs[job], entered_from(pieces, job) >= 0);
    work->cost.alone_ms *= pieces->factor[unit];
    pieces->stamps[job].start_ns = pieces->now_ns;
    work->slowdown = 0; /* not known yet */
    work->left = 1;
    work->since_ns = pieces->now_ns;
}

/* What of a job is left now, and when it ends from now on. */
static void change_slowdown(const hax_pieces *pieces, virtual_work *work, double slowdown)
{
    double full_ns = work->cost.alone_ms * work->slowdown * 1e6;
    if (full_ns > 0)
        work->left = fmax(0, work->left - (double) (pieces->now_ns - work->since_ns) / full_ns);
    work->slowdown = slowdown;
    work->since_ns = pieces->now_ns;
    work->end_ns = pieces->now_ns + llround(work->left * work->cost.alone_ms * slowdown * 1e6);
}

/* After jobs have started or ended. */
static void settle(hax_pieces *pieces)
{
    for (int u = 0; u < HAX_MAX_UNITS; u++) {
        virtual_work *work = &pieces->work[u];
        double external_gbps = 0;
        if (work->job < 0)
            continue;
        for (int other = 0; other < HAX_MAX_UNITS; other++)
            if (other != u && pieces->work[other].job >= 0)
                external_gbps += pieces->work[other].cost.gbps;
        double slowdown =
            hax_virtual_slowdown(pieces->session, u, work->cost.own_gbps, external_gbps);
        if (slowdown != work->slowdown)
            change_slowdown(pieces, work, slowdown);
    }
}

/* Jobs that end now: the next ones of their pieces start, and pieces without one have ended. */
static void end_works(hax_pieces *pieces, hax_piece_end *ends, int *count)
{
    for (int u = 0; u < HAX_MAX_UNITS; u++) {
        virtual_work *work = &pieces->work[u];
        if (work->job < 0 || work->end_ns > pieces->now_ns)
            continue;
        int next = pieces->next[work->job];
        pieces->stamps[work->job].end_ns = pieces->now_ns;
        if (next >= 0) {
            begin_work(pieces, u, next);
            continue;
        }
        work->job = -1;
        pieces->pending &= ~(UINT32_C(1) << u);
        ends[(*count)++] = (hax_piece_end){ pieces->on_unit[u], work->start_ns, pieces->now_ns };
    }
}

static void await_virtual(hax_pieces *pieces, int64_t until_ns, hax_piece_end *ends, int *count)
{
    settle(pieces);
    while (*count == 0) {
        int64_t next_ns = INT64_MAX;
        for (int u = 0; u < HAX_MAX_UNITS; u++)
            if (pieces->work[u].job >= 0 && pieces->work[u].end_ns < next_ns)
                next_ns = pieces->work[u].end_ns;
        assert(next_ns < INT64_MAX || until_ns < INT64_MAX); /* else nothing would ever happen */
        if (next_ns > until_ns) {
            pieces->now_ns = until_ns > pieces->now_ns ? until_ns : pieces->now_ns;
            return;
        }
        assert(next_ns >= pieces->now_ns);
        pieces->now_ns = next_ns;
        end_works(pieces, ends, count);
        settle(pieces);
    }
}

/* ---- both ------------------------------------------------------------------------------------ */

void hax_pieces_begin(hax_pieces *pieces, int p, bool takes_inputs, bool gives_outputs)
{
    assert(p >= 0 && p < pieces->job_most);
    const hax_piece *piece = &pieces->list[p];
    assert(!(pieces->pending >> piece->unit & 1));
    pieces->pending |= UINT32_C(1) << piece->unit;
    pieces->on_unit[piece->unit] = p;
    if (!pieces->session->config.platform->simulated) {
        begin_real(pieces, piece, takes_inputs, gives_outputs);
        return;
    }
    pieces->work[piece->unit].start_ns = pieces->now_ns;
    begin_work(pieces, piece->unit, piece->first_job);
}

hax_status hax_pieces_await(hax_pieces *pieces, int64_t until_ns, hax_piece_end *ends, int *count,
                            hax_error *err)
{
    *count = 0;
    if (!pieces->session->config.platform->simulated)
        return await_real(pieces, until_ns, ends, count, err);
    if (pieces->lost)
        return hax_fail(err, HAX_WORKER_LOST, "the workers were lost, as was asked");
    await_virtual(pieces, until_ns, ends, count);
    return HAX_OK;
}

hax_piece_job hax_pieces_job(const hax_pieces *pieces, int j)
{
    const hax_shared_job *shared = pieces->session->jobs ? &pieces->session->jobs[j] : NULL;
    const bool simulated = pieces->session->config.platform->simulated;
    assert(j >= 0 && j < pieces->job_most);
    return (hax_piece_job){ .job = &pieces->jobs[j],
                            .next = pieces->next[j],
                            .entered_from = entered_from(pieces, j),
                            .start_ns = simulated ? pieces->stamps[j].start_ns : shared->start_ns,
                            .end_ns = simulated ? pieces->stamps[j].end_ns : shared->end_ns };
}

void hax_pieces_slow(hax_pieces *pieces, int unit, double factor)
{
    assert(pieces->session->config.platform->simulated && factor > 0);
    pieces->factor[unit] = factor;
}

void hax_pieces_lose(hax_pieces *pieces, int64_t restart_ns)
{
    assert(pieces->session->config.platform->simulated && restart_ns >= 0);
    pieces->lost = true;
    pieces->restart_ns = restart_ns;
}

const float *hax_pieces_output(const hax_pieces *pieces, int instance, size_t *count)
{
    const hax_session *session = pieces->session;
    *count = 0;
    if (session->config.platform->simulated)
        return NULL;
    *count = session->memory[instance].output_count;
    return session->memory[instance].outputs;
}
