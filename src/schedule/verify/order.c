/*
 * From the orders of the units to one list in which every job stands behind all that it has to
 * wait for: the one before it in its instance and on its unit, the one it was made to wait for, the
 * instances that come before its own. Of those that could be next the one with the earliest claimed
 * start is: so units that share a resource take turns as claimed (topological order, Kahn 1962).
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

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

static bool comes_first(const sorter *sorting, int a, int b)
{
    const hax_job *x = &sorting->plan->jobs[a], *y = &sorting->plan->jobs[b];
    if (x->start_ms != y->start_ms)
        return x->start_ms < y->start_ms;
    if (x->end_ms != y->end_ms) /* what takes no time, before what begins then */
        return x->end_ms < y->end_ms;
    return a < b;
}

static void push(sorter *sorting, int job)
{
    assert(sorting->heap_count < sorting->plan->job_count);
    int k = sorting->heap_count++;
    for (; k > 0 && comes_first(sorting, job, sorting->heap[(k - 1) / 2]); k = (k - 1) / 2)
        sorting->heap[k] = sorting->heap[(k - 1) / 2];
    sorting->heap[k] = job;
    assert(k == 0 || !comes_first(sorting, job, sorting->heap[(k - 1) / 2])); /* heap order */
}

static int pop(sorter *sorting)
{
    assert(sorting->heap_count > 0);
    int top = sorting->heap[0], last = sorting->heap[--sorting->heap_count], k = 0;
    for (;;) {
        int child = 2 * k + 1;
        if (child + 1 < sorting->heap_count &&
            comes_first(sorting, sorting->heap[child + 1], sorting->heap[child]))
            child++;
        if (child >= sorting->heap_count || !comes_first(sorting, sorting->heap[child], last))
            break;
        sorting->heap[k] = sorting->heap[child];
        k = child;
    }
    sorting->heap[k] = last;
    return top;
}

static void release(sorter *sorting, int job)
{
    assert(job < 0 || sorting->open[job] > 0); /* each is released once by each that it waits for */
    if (job >= 0 && --sorting->open[job] == 0)
        push(sorting, job);
}

/* The job of the same instance right behind, -1: it is the last. */
static int job_behind(const hax_verify_plan *plan, int job)
{
    const hax_job *before = &plan->jobs[job];
    int out = *hax_verify_job(plan, before->instance, before->group, HAX_PART_OUT);
    if (before->part == HAX_PART_IN)
        return *hax_verify_job(plan, before->instance, before->group, HAX_PART_RUN);
    if (before->part == HAX_PART_RUN && out >= 0)
        return out;
    if (before->group + 1 >= plan->problem->instances[before->instance].group_count)
        return -1;
    int in = *hax_verify_job(plan, before->instance, before->group + 1, HAX_PART_IN);
    return in >= 0 ? in : *hax_verify_job(plan, before->instance, before->group + 1, HAX_PART_RUN);
}

static void link_jobs(sorter *sorting)
{
    const hax_verify_plan *plan = sorting->plan;
    int last_on[HAX_MAX_UNITS];
    memset(last_on, -1, sizeof last_on);
    for (int j = 0; j < plan->job_count; j++) {
        const hax_job *job = &plan->jobs[j];
        int before = hax_verify_job_before(plan, j), *last = &last_on[job->unit];
        sorting->open[j] = (before >= 0) + (*last >= 0) + (job->after >= 0);
        if (before < 0) {
            sorting->first[job->instance] = j;
            sorting->open[j] += plan->problem->instances[job->instance].after_count;
        }
        if (*last >= 0)
            sorting->behind_unit[*last] = j;
        *last = j;
        if (job->after >= 0) {
            sorting->next_waiter[j] = sorting->waiter[job->after];
            sorting->waiter[job->after] = j;
        }
    }
}

/* Instances by the one that they come after: counted, then filled from the ends. */
static void link_instances(sorter *sorting)
{
    const hax_problem *problem = sorting->plan->problem;
    for (int i = 0; i < problem->instance_count; i++)
        for (int a = 0; a < problem->instances[i].after_count; a++)
            sorting->followers_end[problem->instances[i].after[a]]++;
    for (int i = 1; i < problem->instance_count; i++)
        sorting->followers_end[i] += sorting->followers_end[i - 1];
    int *from = sorting->first; /* of use later only */
    for (int i = 0; i < problem->instance_count; i++)
        from[i] = sorting->followers_end[i];
    for (int i = 0; i < problem->instance_count; i++)
        for (int a = 0; a < problem->instances[i].after_count; a++)
            sorting->followers[--from[problem->instances[i].after[a]]] = i;
}

static int precedences(const hax_problem *problem)
{
    int count = 0;
    for (int i = 0; i < problem->instance_count; i++)
        count += problem->instances[i].after_count;
    return count;
}

static hax_status open_sorter(sorter *sorting, const hax_verify_plan *plan, hax_error *err)
{
    size_t jobs = (size_t) plan->job_count, instances = (size_t) plan->problem->instance_count;
    size_t count = 5 * jobs + 2 * instances + (size_t) precedences(plan->problem);
    int *memory = calloc(count + 1, sizeof *memory);
    if (!memory)
        return hax_fail_memory(err, "a schedule's check");
    *sorting = (sorter){ .plan = plan, .memory = memory };
    sorting->open = memory;
    sorting->behind_unit = sorting->open + jobs;
    sorting->waiter = sorting->behind_unit + jobs;
    sorting->next_waiter = sorting->waiter + jobs;
    sorting->heap = sorting->next_waiter + jobs;
    sorting->first = sorting->heap + jobs;
    sorting->followers_end = sorting->first + instances;
    sorting->followers = sorting->followers_end + instances;
    memset(sorting->behind_unit, -1, 3 * jobs * sizeof *memory);
    link_instances(sorting);
    link_jobs(sorting);
    return HAX_OK;
}

static void release_behind(sorter *sorting, int job)
{
    const hax_verify_plan *plan = sorting->plan;
    int behind = job_behind(plan, job), instance = plan->jobs[job].instance;
    release(sorting, behind);
    release(sorting, sorting->behind_unit[job]);
    for (int w = sorting->waiter[job]; w >= 0; w = sorting->next_waiter[w])
        release(sorting, w);
    for (int f = instance ? sorting->followers_end[instance - 1] : 0;
         behind < 0 && f < sorting->followers_end[instance]; f++)
        release(sorting, sorting->first[sorting->followers[f]]);
}

hax_status hax_verify_order(hax_verifier *verifier, hax_verify_plan *plan)
{
    sorter sort;
    int done = 0, stuck = 0;
    HAX_TRY(open_sorter(&sort, plan, verifier->err));
    for (int j = 0; j < plan->job_count; j++)
        if (sort.open[j] == 0)
            push(&sort, j);
    while (sort.heap_count > 0) {
        plan->list[done] = pop(&sort);
        release_behind(&sort, plan->list[done++]);
    }
    while (done < plan->job_count && sort.open[stuck] == 0)
        stuck++;
    free(sort.memory);
    return done == plan->job_count
               ? HAX_OK
               : hax_verify_refuse_job(verifier, HAX_REFUSAL_CIRCLE, &plan->jobs[stuck],
                                       "in this order of jobs and waits it can never start: it "
                                       "waits for what waits for it");
}
