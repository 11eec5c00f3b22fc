/*
 * From the orders of the units to one list in which every job stands behind all that it has to
 * wait for: the one before it in its instance and on its unit, the one it was made to wait for, the
 * instances that come before its own. Of those that could be next the one with the earliest claimed
 * start is: so units that share a resource take turns as claimed (topological order, Kahn 1962).
 */
#include <stdlib.h>
#include <string.h>

#include "verify/verify.h"

typedef struct sorter {
    const hax_verify_plan *plan;
    int *memory;
    int *open;        /* [job]: how many others must still come first */
    int *behind_unit; /* [job]: the next of its unit, -1 */
    int *waiter;      /* [job]: the first that waits for it, -1 */
    int *next_waiter; /* [job]: the next that waits for the same */
    int *heap;        /* jobs that could be next, the earliest first */
    int heap_count;
    int *first;         /* [instance]: its first job */
    int *followers;     /* instances behind each, one list after the other */
    int *followers_end; /* [instance] */
} sorter;

static bool comes_first(const sorter *of, int a, int b)
{
    const hax_job *x = &of->plan->jobs[a], *y = &of->plan->jobs[b];
    if (x->start_ms != y->start_ms)
        return x->start_ms < y->start_ms;
    if (x->end_ms != y->end_ms) /* what takes no time, before what begins then */
        return x->end_ms < y->end_ms;
    return a < b;
}

static void push(sorter *of, int job)
{
    int k = of->heap_count++;
    for (; k > 0 && comes_first(of, job, of->heap[(k - 1) / 2]); k = (k - 1) / 2)
        of->heap[k] = of->heap[(k - 1) / 2];
    of->heap[k] = job;
}

static int pop(sorter *of)
{
    int top = of->heap[0], last = of->heap[--of->heap_count], k = 0;
    for (;;) {
        int child = 2 * k + 1;
        if (child + 1 < of->heap_count && comes_first(of, of->heap[child + 1], of->heap[child]))
            child++;
        if (child >= of->heap_count || !comes_first(of, of->heap[child], last))
            break;
        of->heap[k] = of->heap[child];
        k = child;
    }
    of->heap[k] = last;
    return top;
}

static void release(sorter *of, int job)
{
    if (job >= 0 && --of->open[job] == 0)
        push(of, job);
}

/* The job of the same instance right behind, -1: it is the last. */
static int job_behind(const hax_verify_plan *plan, int job)
{
    const hax_job *of = &plan->jobs[job];
    int out = *hax_verify_job(plan, of->instance, of->group, HAX_PART_OUT);
    if (of->part == HAX_PART_IN)
        return *hax_verify_job(plan, of->instance, of->group, HAX_PART_RUN);
    if (of->part == HAX_PART_RUN && out >= 0)
        return out;
    if (of->group + 1 >= plan->problem->instances[of->instance].group_count)
        return -1;
    int in = *hax_verify_job(plan, of->instance, of->group + 1, HAX_PART_IN);
    return in >= 0 ? in : *hax_verify_job(plan, of->instance, of->group + 1, HAX_PART_RUN);
}

static void link_jobs(sorter *of)
{
    const hax_verify_plan *plan = of->plan;
    int last_on[HAX_MAX_UNITS];
    memset(last_on, -1, sizeof last_on);
    for (int j = 0; j < plan->job_count; j++) {
        const hax_job *job = &plan->jobs[j];
        int before = hax_verify_job_before(plan, j), *last = &last_on[job->unit];
        of->open[j] = (before >= 0) + (*last >= 0) + (job->after >= 0);
        if (before < 0) {
            of->first[job->instance] = j;
            of->open[j] += plan->problem->instances[job->instance].after_count;
        }
        if (*last >= 0)
            of->behind_unit[*last] = j;
        *last = j;
        if (job->after >= 0) {
            of->next_waiter[j] = of->waiter[job->after];
            of->waiter[job->after] = j;
        }
    }
}

/* Instances by the one that they come after: counted, then filled from the ends. */
static void link_instances(sorter *of)
{
    const hax_problem *problem = of->plan->problem;
    for (int i = 0; i < problem->instance_count; i++)
        for (int a = 0; a < problem->instances[i].after_count; a++)
            of->followers_end[problem->instances[i].after[a]]++;
    for (int i = 1; i < problem->instance_count; i++)
        of->followers_end[i] += of->followers_end[i - 1];
    int *from = of->first; /* of use later only */
    for (int i = 0; i < problem->instance_count; i++)
        from[i] = of->followers_end[i];
    for (int i = 0; i < problem->instance_count; i++)
        for (int a = 0; a < problem->instances[i].after_count; a++)
            of->followers[--from[problem->instances[i].after[a]]] = i;
}

static int precedences(const hax_problem *problem)
{
    int count = 0;
    for (int i = 0; i < problem->instance_count; i++)
        count += problem->instances[i].after_count;
    return count;
}

static hax_status open_sorter(sorter *of, const hax_verify_plan *plan, hax_error *err)
{
    size_t jobs = (size_t) plan->job_count, instances = (size_t) plan->problem->instance_count;
    size_t count = 5 * jobs + 2 * instances + (size_t) precedences(plan->problem);
    int *memory = calloc(count + 1, sizeof *memory);
    if (!memory)
        return hax_fail_memory(err, "a schedule's check");
    *of = (sorter){ .plan = plan, .memory = memory };
    of->open = memory;
    of->behind_unit = of->open + jobs;
    of->waiter = of->behind_unit + jobs;
    of->next_waiter = of->waiter + jobs;
    of->heap = of->next_waiter + jobs;
    of->first = of->heap + jobs;
    of->followers_end = of->first + instances;
    of->followers = of->followers_end + instances;
    memset(of->behind_unit, -1, 3 * jobs * sizeof *memory);
    link_instances(of);
    link_jobs(of);
    return HAX_OK;
}

static void release_behind(sorter *of, int job)
{
    const hax_verify_plan *plan = of->plan;
    int behind = job_behind(plan, job), instance = plan->jobs[job].instance;
    release(of, behind);
    release(of, of->behind_unit[job]);
    for (int w = of->waiter[job]; w >= 0; w = of->next_waiter[w])
        release(of, w);
    for (int f = instance ? of->followers_end[instance - 1] : 0;
         behind < 0 && f < of->followers_end[instance]; f++)
        release(of, of->first[of->followers[f]]);
}

hax_status hax_verify_order(hax_verifier *of, hax_verify_plan *plan)
{
    sorter at;
    int done = 0, stuck = 0;
    HAX_TRY(open_sorter(&at, plan, of->err));
    for (int j = 0; j < plan->job_count; j++)
        if (at.open[j] == 0)
            push(&at, j);
    while (at.heap_count > 0) {
        plan->list[done] = pop(&at);
        release_behind(&at, plan->list[done++]);
    }
    while (done < plan->job_count && at.open[stuck] == 0)
        stuck++;
    free(at.memory);
    return done == plan->job_count
               ? HAX_OK
               : hax_verify_refuse_job(of, HAX_REFUSAL_CIRCLE, &plan->jobs[stuck],
                                       "in this order of jobs and waits it can never start: it "
                                       "waits for what waits for it");
}
