/* What is wrong with problems, schedules and their documents is said: every refusal once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "editable_problem.h"
#include "haxconn/schedule.h"
#include "haxconn/sensitivity.h"
#include "haxconn/workload.h"

/* Two units with resources of their own, two instances of two groups, a slowdown table on a. */
static const char text[] =
    "{\"schema\": \"haxconn/problem\", \"version\": 1, \"resources\": [\"r\", \"s\"],\n"
    " \"units\": [{\"name\": \"a\", \"uses\": [\"r\"], \"slowdown\": {\"kind\": \"table\",\n"
    "   \"own_gbps\": [1, 2], \"external_gbps\": [0, 5], \"slowdown\": [[1, 1.5], [1, 2]]}},\n"
    "  {\"name\": \"b\", \"uses\": [\"s\"], \"slowdown\": {\"kind\": \"linear\", \"per_gbps\": "
    "0.1}}],\n"
    " \"instances\": [{\"name\": \"x\", \"groups\": [\n"
    "    {\"name\": \"0\", \"on\": {\"a\": {\"time_ms\": 1}, \"b\": {\"time_ms\": 2, \"out_ms\": "
    "1}}},\n"
    "    {\"name\": \"1\", \"on\": {\"a\": {\"time_ms\": 1, \"in_ms\": 1}, \"b\": {\"time_ms\": "
    "2}}}]},\n"
    "  {\"name\": \"y\", \"groups\": [\n"
    "    {\"name\": \"0\", \"on\": {\"a\": {\"time_ms\": 3}, \"b\": {\"time_ms\": 2}}},\n"
    "    {\"name\": \"1\", \"on\": {\"a\": {\"time_ms\": 1}}}]}],\n"
    " \"objective\": \"latency\"}";

static const hax_problem *read_problem(void)
{
    const hax_problem *problem = NULL;
    hax_error err = { 0 };
    if (hax_problem_parse(text, strlen(text), "problem", &problem, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return problem;
}

static void expect(const hax_error *err, const char *part)
{
    if (!strstr(err->message, part))
        fail_msg("'%s' does not hold '%s'", err->message, part);
}

/* ---- problems that are built by hand ------------------------------------------------------ */

#define FAULT(name, ...)                       \
    static void name(editable_problem *edited) \
    {                                          \
        __VA_ARGS__;                           \
    }

static const double falling[] = { 2, 1 }, below_one[] = { 1, 0.5, 1, 2 },
                    not_one[] = { 1.1, 2, 1.1, 2 };
static const double infinite[] = { 1, INFINITY, 1, INFINITY };

FAULT(no_resources, edited->problem.resource_count = 0)
FAULT(no_units, edited->problem.unit_count = 0)
FAULT(no_instances, edited->problem.instance_count = 0)
FAULT(no_resource_used, edited->units[1].resources = 0)
FAULT(unknown_resource, edited->units[1].resources = 4)
FAULT(units_of_one_name, edited->units[1].name = edited->units[0].name)
FAULT(kind_without_a_name, edited->units[1].kind = "")
FAULT(entered_from_itself, edited->costs[0][0][0].entering_count = 1;
      edited->entering[0][0][0][0].from_unit = 0; editable_link_entering(edited))
FAULT(entered_in_no_time, edited->costs[0][0][0].entering_count = 1;
      edited->entering[0][0][0][0] = (hax_entering){ .from_unit = 1, .ms = -1 };
      editable_link_entering(edited))
FAULT(endless_slope, edited->units[1].slowdown.per_gbps = INFINITY)
FAULT(no_kernels, edited->units[0].slowdown.own_count = 0)
FAULT(no_pressures, edited->units[0].slowdown.external_count = 0)
FAULT(axis_falls, edited->units[0].slowdown.own_gbps = falling)
FAULT(speeds_up, edited->units[0].slowdown.slowdown = below_one)
FAULT(endless_slowdown, edited->units[0].slowdown.slowdown = infinite)
FAULT(slow_without_pressure, edited->units[0].slowdown.slowdown = not_one)
FAULT(no_pccs_number, edited->units[0].slowdown.kind = HAX_SLOWDOWN_PCCS;
      edited->units[0].slowdown.pccs = (hax_pccs){ .cbp_gbps = -1 })
FAULT(pccs_regions, edited->units[0].slowdown.kind = HAX_SLOWDOWN_PCCS;
      edited->units[0].slowdown.pccs = (hax_pccs){ .normal_gbps = 2, .intensive_gbps = 1 })
FAULT(negative_time, edited->costs[0][0][0].time_ms = -1)
FAULT(no_number, edited->costs[0][1][1].in_gbps = NAN)
FAULT(outside_its_range, edited->costs[0][0][0].low_ms = 2; edited->costs[0][0][0].high_ms = 3)
FAULT(no_groups, edited->instances[0].group_count = 0)
FAULT(joined_to_nothing, edited->groups[0][0].joined = true)
FAULT(nowhere, edited->costs[1][1][0].allowed = false)
FAULT(after_an_unknown, edited->instances[0].after_count = 1; edited->after[0][0] = 7)
FAULT(after_itself, edited->instances[0].after_count = 1; edited->after[0][0] = 0)
FAULT(instances_of_one_name, edited->instances[1].name = edited->instances[0].name)
FAULT(no_weight, edited->instances[0].weight = 0)
FAULT(no_deadline, edited->problem.objective = HAX_DEADLINE;
      edited->instances[0].deadline_ms = INFINITY)
FAULT(
    timeless, edited->problem.objective = HAX_THROUGHPUT;
    for (int g = 0; g < 2; g++) { edited->costs[0][g][0] = (hax_cost){ .allowed = true }; })

static void problems_are_refused(void **state)
{
    static const struct {
        void (*plant)(editable_problem *edited);
        const char *part;
    } faults[] = {
        { no_resources, "0 resources: 1 to" },
        { no_units, "0 units: 1 to" },
        { no_instances, "no instances" },
        { no_resource_used, "unit 'b' must use known resources" },
        { unknown_resource, "unit 'b' must use known resources" },
        { units_of_one_name, "two units are called 'a'" },
        { kind_without_a_name, "unit 'b': its kind has no name" },
        { entered_from_itself, "entering from unit 0 must name another unit" },
        { entered_in_no_time, "entering from 'b': -1 is no time or bandwidth" },
        { endless_slope, "unit 'b': per_gbps inf" },
        { no_kernels, "the slowdown table has no own_gbps" },
        { no_pressures, "the slowdown table has no external_gbps" },
        { axis_falls, "own_gbps of the slowdown table must rise" },
        { speeds_up, "slowdown[0][1] is 0.5" },
        { endless_slowdown, "slowdown[0][1] is inf" },
        { slow_without_pressure, "slowdown[0][0] is 1.1; at external 0 it is 1" },
        { no_pccs_number, "-1 is no PCCS parameter" },
        { pccs_regions, "PCCS needs normal_gbps <= intensive_gbps" },
        { negative_time, "group '0' on 'a': -1 is no time or bandwidth" },
        { no_number, "nan is no time or bandwidth" },
        { outside_its_range, "1 ms is not between 2 and 3 ms" },
        { no_groups, "instance 'x' has no groups" },
        { joined_to_nothing, "nothing comes before its first group" },
        { nowhere, "group '1': no unit may run it" },
        { after_an_unknown, "'x' comes after an unknown one" },
        { after_itself, "'x' comes after itself" },
        { instances_of_one_name, "two instances are called 'x'" },
        { no_weight, "weight 0 must be positive" },
        { no_deadline, "'x' has no deadline_ms" },
        { timeless, "'x' can end at 0 ms" },
    };
    static editable_problem edited;
    const hax_problem *problem = read_problem();
    (void) state;
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        const hax_problem *copy = NULL;
        hax_error err = { 0 };
        assert_true(editable_fill(&edited, problem));
        faults[f].plant(&edited);
        assert_int_equal(hax_problem_copy(&edited.problem, &copy, &err), HAX_BAD_INPUT);
        assert_null(copy);
        expect(&err, faults[f].part);
    }
    hax_problem_destroy(problem);
}

static void searches_take_so_many_instances(void **state)
{
    enum { MANY = HAX_MAX_INSTANCES + 1 };
    static hax_instance_spec instances[MANY];
    static char names[MANY][8];
    const hax_problem *problem = read_problem();
    const hax_schedule *schedule = NULL;
    hax_problem many = *problem;
    hax_error err = { 0 };
    (void) state;
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "n%d", i);
        instances[i] = problem->instances[0];
        instances[i].name = names[i];
    }
    many.instances = instances;
    many.instance_count = MANY;
    assert_int_equal(hax_solve(&many, NULL, &schedule, &err), HAX_BAD_INPUT);
    assert_null(schedule);
    expect(&err, "65 instances");
    hax_problem_destroy(problem);
}

static void factors_are_refused(void **state)
{
    static const double factors[] = { 1, 0 };
    const hax_problem *problem = read_problem(), *scaled = NULL;
    hax_error err = { 0 };
    (void) state;
    assert_int_equal(hax_problem_scale(problem, factors, &scaled, &err), HAX_BAD_INPUT);
    expect(&err, "unit 'b': times cannot be multiplied by 0");
    hax_problem_destroy(problem);
}

/* ---- jobs of schedules -------------------------------------------------------------------- */

enum { JOBS = 6 };

/* x changes from a to b, whose IN and OUT are left for the evaluator to add; y stays on a. */
static const hax_job right[JOBS] = {
    { .unit = 0, .instance = 0, .group = 0, .after = -1 },
    { .unit = 1, .instance = 0, .group = 1, .after = -1 },
    { .unit = 0, .instance = 1, .group = 0, .after = -1 },
    { .unit = 0, .instance = 1, .group = 1, .after = -1 },
};

typedef struct bad_jobs {
    int count;
    int index; /* of the job that is another one */
    hax_job job;
    const char *part;
} bad_jobs;

static void jobs_are_refused(void **state)
{
    static const bad_jobs cases[] = {
        { 4, 0, { .unit = 5, .after = -1 }, "does not exist" },
        { 4, 0, { .after = 0 }, "a wait must be for another job" },
        { 4,
          0,
          { .after = -1, .delay_ms = INFINITY },
          "a wait must be for another job, and finite" },
        { 4, 3, { .unit = 1, .instance = 1, .group = 1, .after = -1 }, "may not run on unit 'b'" },
        { 4, 1, { .unit = 1, .after = -1 }, "group 0 stands twice" },
        { 4, 0, { .group = 1, .after = -1 }, "stands before group 0" },
        { 3, 0, { .after = -1 }, "instance 'y', group 1 is missing" },
        { 5, 4, { .part = HAX_PART_IN, .group = 0, .after = -1 }, NULL }, /* needless: left out */
        { 4, 0, { .after = 3 }, "wait for each other in a circle" },
    };
    const hax_problem *problem = read_problem();
    (void) state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        hax_job jobs[JOBS];
        const hax_schedule *schedule = NULL;
        hax_error err = { 0 };
        memcpy(jobs, right, sizeof right);
        jobs[cases[c].index] = cases[c].job;
        hax_status status =
            hax_schedule_evaluate(problem, "x", cases[c].count, jobs, &schedule, &err);
        assert_int_equal(status, cases[c].part ? HAX_BAD_INPUT : HAX_OK);
        if (cases[c].part)
            expect(&err, cases[c].part);
        hax_schedule_destroy(schedule);
    }
    hax_problem_destroy(problem);
}

/* A wait for an IN that counts for no group, and limits of the problem. */
static void limits_are_kept(void **state)
{
    static editable_problem edited;
    const hax_problem *problem = read_problem();
    const hax_schedule *schedule = NULL;
    hax_job jobs[JOBS];
    hax_error err = { 0 };
    (void) state;
    memcpy(jobs, right, sizeof right);
    jobs[4] = (hax_job){ .part = HAX_PART_IN, .instance = 1, .group = 1, .after = -1 };
    jobs[5] = jobs[4];
    jobs[2].after = 5; /* of a part that stands twice the first counts */
    assert_int_equal(hax_schedule_evaluate(problem, "x", 6, jobs, &schedule, &err), HAX_BAD_INPUT);
    expect(&err, "waits for an IN or OUT without its group");
    assert_true(editable_fill(&edited, problem));
    edited.groups[0][1].joined = true;
    assert_int_equal(hax_schedule_evaluate(&edited.problem, "x", 4, right, &schedule, &err),
                     HAX_BAD_INPUT);
    expect(&err, "group 1 changes the unit where no cut is allowed");
    assert_true(editable_fill(&edited, problem));
    edited.problem.max_transitions = 0;
    assert_int_equal(hax_schedule_evaluate(&edited.problem, "x", 4, right, &schedule, &err),
                     HAX_BAD_INPUT);
    expect(&err, "instance 'x' has 1 transitions, at most 0 allowed");
    assert_true(editable_fill(&edited, problem));
    edited.units[0].max_pieces = 1;
    assert_int_equal(hax_schedule_evaluate(&edited.problem, "x", 4, right, &schedule, &err),
                     HAX_BAD_INPUT);
    expect(&err, "unit 'a' has 2 pieces, at most 1 allowed");
    hax_problem_destroy(problem);
}

static void whole_networks_need_their_unit(void **state)
{
    static const int beyond[] = { 0, 2 }, forbidden[] = { 0, 1 };
    const hax_problem *problem = read_problem();
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    (void) state;
    assert_int_equal(hax_schedule_whole(problem, "x", beyond, NULL, &schedule, &err),
                     HAX_BAD_INPUT);
    expect(&err, "instance 'y': no such unit");
    assert_int_equal(hax_schedule_whole(problem, "x", forbidden, NULL, &schedule, &err),
                     HAX_INFEASIBLE);
    expect(&err, "unit 'b' cannot run all of instance 'y'");
    hax_problem_destroy(problem);
}

/* ---- documents ---------------------------------------------------------------------------- */

#define SCHEDULE(order) "{\"schema\": \"haxconn/schedule\", \"version\": 1, \"order\": {" order "}}"
#define X0 "{\"instance\": \"x\", \"group\": 0, \"part\": \"run\"}"
#define X1 "{\"instance\": \"x\", \"group\": 1, \"part\": \"run\"}"
#define Y0 "{\"instance\": \"y\", \"group\": 0, \"part\": \"run\"}"
#define Y1 "{\"instance\": \"y\", \"group\": 1, \"part\": \"run\"}"

static void schedule_documents_are_refused(void **state)
{
    static const struct {
        const char *document, *part;
    } cases[] = {
        { SCHEDULE("\"c\": []"), "unknown unit" },
        { SCHEDULE("\"a\": [{\"instance\": \"z\", \"group\": 0, \"part\": \"run\"}]"),
          "unknown instance 'z'" },
        { SCHEDULE("\"a\": [{\"instance\": \"x\", \"group\": 0, \"part\": \"walk\"}]"),
          "'walk' is none of run, out, in" },
        { SCHEDULE("\"a\": [" X0 ", " X1 ", " Y0 ", " Y1 ", " X0 "]"),
          "group 0 of 'x' stands more than once" },
        { SCHEDULE("\"a\": [" X0 ", " X1 ", " Y0 "]"), "group 1 of 'y' stands nowhere" },
        { SCHEDULE("\"a\": [" X0 ", " X1 ", " Y0 ", {\"instance\": \"y\", \"group\": 1, \"part\": "
                   "\"run\", \"after\": [\"x\", 0]}]"),
          "must be [instance, group, part]" },
        { SCHEDULE("\"a\": [" X0 ", " X1 ", " Y0 ", {\"instance\": \"y\", \"group\": 1, \"part\": "
                   "\"run\", \"after\": [\"x\", 0, \"out\"]}]"),
          "the schedule has no such job" },
    };
    const hax_problem *problem = read_problem();
    (void) state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const hax_schedule *schedule = NULL;
        hax_error err = { 0 };
        assert_int_equal(hax_schedule_parse(problem, cases[c].document, strlen(cases[c].document),
                                            "plan", &schedule, &err),
                         HAX_BAD_INPUT);
        assert_null(schedule);
        expect(&err, cases[c].part);
    }
    hax_problem_destroy(problem);
}

/* "{head}1, 2, ...{tail}", where each number stands between `before` and `behind`. */
static char *repeat(const char *head, const char *before, const char *behind, int count,
                    const char *tail)
{
    size_t each = strlen(before) + strlen(behind) + 16;
    size_t size = strlen(head) + (size_t) count * each + strlen(tail) + 1;
    char *whole = malloc(size);
    assert_non_null(whole);
    size_t used = (size_t) snprintf(whole, size, "%s", head);
    for (int i = 1; i <= count; i++)
        used += (size_t) snprintf(whole + used, size - used, "%s%s%d%s", i > 1 ? ", " : "", before,
                                  i, behind);
    snprintf(whole + used, size - used, "%s", tail);
    return whole;
}

static void refuse_workload(const char *document, const char *part)
{
    const hax_workload *workload = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_workload_parse(document, strlen(document), "work", &workload, &err),
                     HAX_BAD_INPUT);
    assert_null(workload);
    expect(&err, part);
}

#define WORKLOAD "{\"schema\": \"haxconn/workload\", \"version\": 1, \"instances\": ["

static void workloads_are_refused(void **state)
{
    (void) state;
    char *cuts = repeat(WORKLOAD "{\"network\": \"alexnet\", \"cuts\": [", "", "", 61, "]}]}");
    refuse_workload(cuts, "has 61 cuts, must have 1 to 60");
    free(cuts);
    refuse_workload(WORKLOAD "{\"network\": \"alexnet\", \"cuts\": []}]}", "has 0 cuts");
    refuse_workload(WORKLOAD "{\"network\": \"alexnet\", \"name\": \"one\"},\n"
                             "{\"network\": \"alexnet\", \"name\": \"one\"}]}",
                    "two instances are called 'one'");
    char *many = repeat(WORKLOAD, "{\"network\": \"alexnet\", \"name\": \"n", "\"}", 65, "]}");
    refuse_workload(many, "has 65 entries, must have 1 to 64");
    free(many);
    refuse_workload(WORKLOAD "{\"network\": \"alexnet\", \"copies\": 40},\n"
                             "{\"network\": \"vgg19\", \"copies\": 40}]}",
                    "more than 64 instances, copies counted");
    many = repeat(WORKLOAD "{\"network\": \"alexnet\"}], \"pin\": [", "\"alexnet:", "=u\"", 4097,
                  "]}");
    refuse_workload(many, "more than 4096 rules");
    free(many);
}

/* ---- sensitivity ---------------------------------------------------------------------------- */

static void questions_end_when_asked_to(void **state)
{
    const hax_problem *problem = read_problem();
    const hax_schedule *plan = NULL, *chosen = NULL;
    hax_sensitivity seen = hax_sensitivity_default();
    hax_robust robust = hax_robust_default();
    hax_error err = { 0 };
    hax_cancel cancel = HAX_CANCEL_INIT;
    hax_sensitivity_options options = hax_sensitivity_options_default();
    (void) state;
    assert_int_equal(hax_solve(problem, NULL, &plan, &err), HAX_OK);
    hax_cancel_request(&cancel);
    options.cancel = &cancel;
    assert_int_equal(hax_schedule_sensitivity(problem, plan, &options, &seen, &err),
                     HAX_INTERRUPTED);
    expect(&err, "interrupted while times were varied");
    options.cancel = NULL;
    options.time_limit_s = 0;
    assert_int_equal(hax_schedule_sensitivity(problem, plan, &options, &seen, &err), HAX_LIMIT);
    expect(&err, "the time was over while times were varied");
    options.time_limit_s = INFINITY;
    assert_int_equal(hax_schedule_robust(problem, 0, &plan, &options, &chosen, &robust, &err),
                     HAX_BAD_INPUT);
    expect(&err, "no schedule to compare others with");
    /* answers of another size than any version's */
    seen.size = 0;
    assert_int_equal(hax_schedule_sensitivity(problem, plan, &options, &seen, &err), HAX_USAGE);
    expect(&err, "hax_sensitivity: its size is not set");
    robust.size = sizeof robust + 8;
    assert_int_equal(hax_schedule_robust(problem, 1, &plan, &options, &chosen, &robust, &err),
                     HAX_USAGE);
    expect(&err, "hax_robust: ");
    hax_schedule_destroy(plan);
    hax_problem_destroy(problem);
}

/* A program of an earlier version: nothing is written behind the end of its struct. */
static void shorter_answers_stay_short(void **state)
{
    const hax_problem *problem = read_problem();
    const hax_schedule *plan = NULL;
    struct {
        hax_sensitivity seen;
    } whole = { hax_sensitivity_default() };
    hax_error err = { 0 };
    (void) state;
    assert_int_equal(hax_solve(problem, NULL, &plan, &err), HAX_OK);
    whole.seen.size = offsetof(hax_sensitivity, regret);
    whole.seen.regret = -7;
    assert_int_equal(hax_schedule_sensitivity(problem, plan, NULL, &whole.seen, &err), HAX_OK);
    assert_true(whole.seen.optimal);
    assert_true(whole.seen.regret == -7);
    assert_int_equal(whole.seen.size, offsetof(hax_sensitivity, regret));
    hax_schedule_destroy(plan);
    hax_problem_destroy(problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(problems_are_refused),
        cmocka_unit_test(searches_take_so_many_instances),
        cmocka_unit_test(factors_are_refused),
        cmocka_unit_test(jobs_are_refused),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(whole_networks_need_their_unit),
        cmocka_unit_test(schedule_documents_are_refused),
        cmocka_unit_test(workloads_are_refused),
        cmocka_unit_test(questions_end_when_asked_to),
        cmocka_unit_test(shorter_answers_stay_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
