/* Ways of deploying on a GPU that need no plan (rows.h). */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static const char streams_unpredicted[] =
    "streams share the multiprocessors as the hardware pleases, of which there is no model";

/* The whole GPU, by its number in the platform and in the problem. */
typedef struct whole_gpu {
    int unit, problem_unit;
} whole_gpu;

static int in_problem(const hax_problem *problem, const char *name)
{
    for (int u = 0; u < problem->unit_count; u++)
        if (strcmp(problem->units[u].name, name) == 0)
            return u;
    return -1;
}

/* The unit that all other parts are parts of. */
static bool find_whole(const hax_platform *platform, const hax_problem *problem, whole_gpu *whole)
{
    for (int u = 0; u < platform->unit_count; u++) {
        const hax_unit *unit = &platform->units[u];
        bool holds = unit->sms > 0 && !unit->reference;
        for (int other = 0; other < platform->unit_count && holds; other++)
            if (platform->units[other].sms > 0)
                holds = (platform->units[other].resources & ~unit->resources) == 0;
        if (!holds)
            continue;
        *whole = (whole_gpu){ u, in_problem(problem, unit->name) };
        return whole->problem_unit >= 0;
    }
    return false;
}

static double time_on(const hax_problem *problem, int instance, int unit)
{
    double ms = 0;
    for (int g = 0; g < problem->instances[instance].group_count; g++)
        ms += problem->instances[instance].groups[g].on[unit].time_ms;
    return ms;
}

/* ---- streams -----------------------------------------------------------------------------------
 */

/* The longest network first: the round ends with it. Others that take as long come in their order.
 */
static int priority_of(const hax_problem *problem, int instance, int unit)
{
    int shorter = 0;
    double mine = time_on(problem, instance, unit);
    for (int i = 0; i < problem->instance_count; i++) {
        double theirs = time_on(problem, i, unit);
        shorter += theirs < mine || (theirs == mine && i > instance);
    }
    return shorter;
}

static bool is_listed(const int *order, int count, int instance)
{
    for (int i = 0; i < count; i++)
        if (order[i] == instance)
            return true;
    return false;
}

/* Instances behind those that they come after. */
static void order_instances(const hax_problem *problem, int *order)
{
    for (int count = 0; count < problem->instance_count;) {
        int before = count;
        for (int i = 0; i < problem->instance_count; i++) {
            const hax_instance_spec *instance = &problem->instances[i];
            bool ready = !is_listed(order, count, i);
            for (int a = 0; a < instance->after_count; a++)
                ready = ready && is_listed(order, count, instance->after[a]);
            if (ready)
                order[count++] = i;
        }
        assert(count > before); /* a problem has no circle: hax_problem_adjust */
        if (count == before)
            return;
    }
}

static bool runs_whole_network(const hax_problem *problem, int unit)
{
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 0; g < problem->instances[i].group_count; g++)
            if (!problem->instances[i].groups[g].on[unit].allowed)
                return false;
    return true;
}

static int fill_jobs(const hax_problem *problem, const whole_gpu *whole, bool priorities,
                     const int *order, hax_plan_job *jobs)
{
    int count = 0;
    for (int n = 0; n < problem->instance_count; n++) {
        int i = order[n];
        for (int g = 0; g < problem->instances[i].group_count; g++)
            jobs[count++] = (hax_plan_job){
                .unit = whole->unit,
                .instance = i,
                .group = g,
                .part = HAX_PART_RUN,
                .from_unit = -1,
                .to_unit = -1,
                .stream = n,
                .priority = priorities ? priority_of(problem, i, whole->problem_unit) : 0,
                .after = -1,
            };
    }
    return count;
}

static hax_status add_streams(const hax_problem *problem, const whole_gpu *whole, const char *name,
                              bool priorities, hax_run_rows *list, hax_error *err)
{
    int groups = 0;
    for (int i = 0; i < problem->instance_count; i++)
        groups += problem->instances[i].group_count;
    int *order = calloc((size_t) problem->instance_count + 1, sizeof *order);
    hax_plan_job *jobs = calloc((size_t) groups + 1, sizeof *jobs);
    if (!order || !jobs) {
        free(order);
        free(jobs);
        return hax_fail_memory(err, "a baseline");
    }
    assert(list->count < ROW_MAX);
    order_instances(problem, order);
    int count = fill_jobs(problem, whole, priorities, order, jobs);
    free(order);
    list->rows[list->count++] = (hax_run_row){ .name = name,
                                               .plain = true,
                                               .same_as = -1,
                                               .unpredicted = streams_unpredicted,
                                               .plan = { count, jobs, true },
                                               .jobs = jobs };
    return HAX_OK;
}

/* ---- parts of one size -------------------------------------------------------------------------
 */

/* Parts as large as one of them, up to a group of multiprocessors that could not be divided; false:
 * fewer than there are networks, or parts that overlap. */
static bool find_equal(const hax_platform *platform, const hax_problem *problem, int like,
                       bool *allowed)
{
    enum { GROUP_SMS = 8 };
    uint32_t taken = 0;
    int count = 0;
    for (int u = 0; u < problem->unit_count; u++)
        allowed[u] = false;
    for (int u = 0; u < platform->unit_count; u++) {
        const hax_unit *unit = &platform->units[u];
        int problem_unit = in_problem(problem, unit->name);
        if (unit->sms == 0 || problem_unit < 0 || unit->sms < platform->units[like].sms ||
            unit->sms >= platform->units[like].sms + GROUP_SMS)
            continue;
        if (unit->resources & taken)
            return false;
        taken |= unit->resources;
        allowed[problem_unit] = true;
        count++;
    }
    return count >= problem->instance_count && count > 1;
}

/* As many parts as there are networks, or the next more. */
static hax_status add_equal_parts(const hax_platform *platform, const hax_problem *problem,
                                  const hax_baseline_limits *limits, hax_run_rows *list,
                                  hax_error *err)
{
    bool allowed[HAX_MAX_UNITS], found[HAX_MAX_UNITS];
    int largest = 0;
    for (int u = 0; u < platform->unit_count; u++) {
        const hax_unit *unit = &platform->units[u];
        if (unit->sms <= largest || !find_equal(platform, problem, u, found))
            continue;
        largest = unit->sms;
        memcpy(allowed, found, sizeof allowed);
    }
    return largest > 0 ? hax_run_rows_add_each(platform, problem, "equal-parts", false, allowed,
                                               limits, list, err)
                       : HAX_OK;
}

hax_status hax_run_rows_add_gpu(const hax_platform *platform, const hax_problem *problem,
                                const hax_baseline_limits *limits, hax_run_rows *list,
                                hax_error *err)
{
    whole_gpu whole;
    if (platform->simulated || !find_whole(platform, problem, &whole))
        return HAX_OK;
    if (problem->instance_count > 1 && runs_whole_network(problem, whole.problem_unit)) {
        HAX_TRY(add_streams(problem, &whole, "streams", false, list, err));
        HAX_TRY(add_streams(problem, &whole, "priority-streams", true, list, err));
    }
    return add_equal_parts(platform, problem, limits, list, err);
}
