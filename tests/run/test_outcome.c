/*
 * Verdicts of rounds: a property test over made-up samples (whatever the rounds were, the verdict
 * contradicts neither medians nor ratios, noise, disturbance or outputs), and cases by hand. The
 * words are those of docs/verdicts.md.
 */
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

#include "outcome.h"
#include "random.h"
#include "statistics.h"
#include "verdict.h"

enum { ROWS = 5, ROUNDS_MAX = 30 };

static const int split_units[] = { 0, 1 }, whole_units[] = { 0, 0 };

/* One network of two groups; rows[0] is the plan. */
typedef struct sample {
    hax_instance_spec instance;
    hax_problem problem;
    const int *assignment[1], *whole_assignment[1];
    hax_schedule plan, whole; /* of rows[0], and of the others */
    hax_run_rows list;
    double values[ROWS][ROUNDS_MAX];
    hax_judged_rounds from;
} sample;

static const char *const names[ROWS] = { "haxconn", "serial", "per-network", "h2h", "all-cores" };

static void sample_make(sample *sample, int rows, int rounds, bool splits)
{
    memset(sample, 0, sizeof *sample);
    sample->instance = (hax_instance_spec){ .name = "a", .group_count = 2 };
    sample->problem = (hax_problem){ .objective = HAX_LATENCY,
                                     .instance_count = 1,
                                     .instances = &sample->instance };
    sample->assignment[0] = splits ? split_units : whole_units;
    sample->plan.assignment = sample->assignment;
    sample->whole_assignment[0] = whole_units;
    sample->whole.assignment = sample->whole_assignment;
    sample->list.count = rows;
    for (int r = 0; r < rows; r++)
        sample->list.rows[r] = (hax_run_row){ .name = names[r],
                                              .plain = r == 1 || r == 2,
                                              .reference = r == 4,
                                              .same_as = -1,
                                              .schedule = &sample->whole,
                                              .value = sample->values[r] };
    sample->list.rows[0].schedule = &sample->plan;
    sample->from = (hax_judged_rounds){
        .problem = &sample->problem, .list = &sample->list, .rounds = rounds, .how = "measured"
    };
}

static hax_run_outcome judge(const sample *sample)
{
    hax_run_outcome judged;
    hax_error err;
    assert_int_equal(hax_run_outcome_judge(&sample->from, &judged, &err), HAX_OK);
    return judged;
}

static const double *values_of(const sample *sample, int r)
{
    const hax_run_row *one = &sample->list.rows[r];
    return sample->list.rows[one->same_as >= 0 ? one->same_as : r].value;
}

static double median(const sample *sample, int r)
{
    double copy[ROUNDS_MAX];
    memcpy(copy, values_of(sample, r), (size_t) sample->from.rounds * sizeof *copy);
    return hax_summarise(copy, (size_t) sample->from.rounds).median;
}

static double median_ratio(const sample *sample, int r)
{
    double ratio[ROUNDS_MAX];
    for (int i = 0; i < sample->from.rounds; i++)
        ratio[i] = values_of(sample, 0)[i] / values_of(sample, r)[i];
    return hax_summarise(ratio, (size_t) sample->from.rounds).median;
}

/* Of the median ratio alone. */
static double ratio_noise(const sample *sample, int r)
{
    double ratio[ROUNDS_MAX];
    for (int i = 0; i < sample->from.rounds; i++)
        ratio[i] = values_of(sample, 0)[i] / values_of(sample, r)[i];
    hax_summary summary = hax_summarise(ratio, (size_t) sample->from.rounds);
    double range = summary.p75 - summary.p25;
    return fmax(0.01, sample->from.drawn ? range / 2 : 1.57 * range / sqrt(sample->from.rounds));
}

/* ---- the property ---------------------------------------------------------------------------- */

/* Times as machines give them: a level, a spread, drift that all rows share, and rounds of one row
 * alone that are far off. */
static void draw_times(hax_random *random, sample *sample)
{
    static const double spreads[] = { 0, 0.001, 0.02, 0.3 }, outliers[] = { 0, 0, 0.1, 0.5 };
    double spread = spreads[hax_random_below(random, 4)];
    double outlier = outliers[hax_random_below(random, 4)];
    double drift = hax_random_below(random, 2) ? hax_random_unit(random) : 0;
    double scale = pow(10, 6 * hax_random_unit(random) - 3);
    for (int r = 0; r < sample->list.count; r++) {
        double level = scale * (1 + (hax_random_below(random, 2) ? hax_random_unit(random) : 0));
        for (int i = 0; i < sample->from.rounds; i++) {
            double value = level * (1 + spread * hax_random_unit(random));
            value *= 1 + drift * i;
            if (hax_random_unit(random) < outlier)
                value *= 1 + 3 * hax_random_unit(random);
            sample->values[r][i] = value;
        }
    }
    if (hax_random_below(random, 40) == 0)
        sample->values[hax_random_below(random, 3)][0] = 0;
}

static void draw(hax_random *random, sample *sample)
{
    int rows = 1 + (int) hax_random_below(random, ROWS);
    int rounds = 1 + (int) hax_random_below(random, ROUNDS_MAX);
    sample_make(sample, rows, rounds, hax_random_below(random, 2));
    draw_times(random, sample);
    if (rows > 2 && hax_random_below(random, 4) == 0)
        sample->list.rows[2].same_as = (int) hax_random_below(random, 2);
    sample->from.drawn = hax_random_below(random, 4) == 0;
    sample->from.outputs_differ = hax_random_below(random, 10) == 0;
    if (hax_random_below(random, 4) == 0)
        sample->from.disturbed = (int) hax_random_below(random, (uint32_t) rounds + 1);
    if (hax_random_below(random, 10) == 0)
        sample->from.overtaken_by = "serial";
}

static bool is_plain_row(const sample *sample, int r)
{
    return r > 0 && sample->list.rows[r].plain && !sample->list.rows[r].reference;
}

static void check_better(const sample *sample, const hax_run_outcome *judged)
{
    assert_false(sample->from.outputs_differ);
    assert_true(sample->from.disturbed * 4 <= sample->from.rounds);
    if (judged->best_other < 0)
        return;
    assert_null(sample->from.overtaken_by);
    assert_true(judged->gain_percent > judged->noise_percent && judged->noise_percent >= 1);
    for (int r = 0; r < sample->list.count; r++)
        if (is_plain_row(sample, r)) {
            assert_true(median(sample, 0) < median(sample, r));
            assert_true(median_ratio(sample, r) < 1);
        }
}

/* What is printed is what was judged: no number that is none, no gain of 0. */
static void check_words(const hax_run_outcome *judged)
{
    const char *words = hax_outcome_words(judged->kind);
    assert_int_equal(strncmp(judged->verdict, words, strlen(words)), 0);
    assert_int_equal(judged->verdict[strlen(words)], ':');
    assert_null(strstr(judged->verdict, "nan"));
    assert_null(strstr(judged->verdict, "inf"));
    assert_null(strstr(judged->verdict, "-0.0"));
    assert_true(strlen(judged->verdict) < sizeof judged->verdict - 1); /* nothing was cut off */
}

static void check(const sample *sample, const hax_run_outcome *judged)
{
    double gain = judged->gain_percent, medians = judged->medians_percent;
    double noise = judged->noise_percent;
    int rival = judged->best_other;
    switch (judged->kind) {
    case HAX_OUTCOME_SPLIT:
    case HAX_OUTCOME_AS_PLANNED:
        assert_int_equal(judged->kind == HAX_OUTCOME_SPLIT,
                         sample->plan.assignment[0] == split_units);
        check_better(sample, judged);
        break;
    case HAX_OUTCOME_WORSE:
        assert_true(gain < -noise && median(sample, 0) > median(sample, rival));
        assert_true(median_ratio(sample, rival) > 1);
        break;
    case HAX_OUTCOME_TIE: assert_true(fabs(gain) <= noise); break;
    case HAX_OUTCOME_DO_NOT_SPLIT:
        assert_true(gain >= -noise);
        assert_true(sample->list.rows[2].same_as == 0);
        break;
    case HAX_OUTCOME_NOT_CLAIMED: return;
    }
    assert_false(sample->from.outputs_differ || sample->from.disturbed * 4 > sample->from.rounds);
    if (rival >= 0) {
        assert_true(isfinite(gain) && isfinite(noise));
        assert_true(gain * medians >= 0 || fabs(gain) <= 100 * ratio_noise(sample, rival) + 1e-9);
        for (int r = 1; r < sample->list.count; r++)
            if (is_plain_row(sample, r))
                assert_true(median(sample, rival) <= median(sample, r));
    }
}

/* The answer is what the verdict says, and no row that could be one is better by more than the
 * noise of what is said. */
static void check_answer(const sample *sample, const hax_run_outcome *judged)
{
    const hax_run_row *answer = &sample->list.rows[judged->answer];
    const bool claimed =
        judged->kind == HAX_OUTCOME_SPLIT || judged->kind == HAX_OUTCOME_AS_PLANNED;
    assert_false(answer->reference);
    assert_false(claimed && answer->plain);
    for (int r = 0; r < sample->list.count; r++) {
        const hax_run_row *row = &sample->list.rows[r];
        if (row->reference || (claimed && row->plain))
            continue;
        assert_true(median(sample, judged->answer) <=
                    median(sample, r) * (1 + judged->noise_percent / 100) * (1 + 1e-12));
    }
    if (judged->kind == HAX_OUTCOME_WORSE)
        assert_int_not_equal(judged->answer, 0);
}

/* The order of rounds and the unit of time mean nothing. */
static void check_symmetries(const sample *given, const hax_run_outcome *judged)
{
    static sample other; /* too large for some stacks */
    int rounds = given->from.rounds;
    sample_make(&other, given->list.count, rounds, given->plan.assignment[0] == split_units);
    for (int r = 0; r < given->list.count; r++) {
        other.list.rows[r].same_as = given->list.rows[r].same_as;
        for (int i = 0; i < rounds; i++)
            other.values[r][i] = 1024 * given->values[r][rounds - 1 - i];
    }
    other.from.drawn = given->from.drawn;
    other.from.outputs_differ = given->from.outputs_differ;
    other.from.disturbed = given->from.disturbed;
    other.from.overtaken_by = given->from.overtaken_by;
    hax_run_outcome again = judge(&other);
    assert_int_equal(again.kind, judged->kind);
    assert_string_equal(again.verdict, judged->verdict);
}

static void verdicts_never_contradict_their_tables(void **state)
{
    (void) state;
    enum { SAMPLES = 40000 };
    static sample of;
    int seen[HAX_OUTCOME_NOT_CLAIMED + 1] = { 0 };
    hax_random random = hax_random_fork(7, 0);
    for (int s = 0; s < SAMPLES; s++) {
        draw(&random, &of);
        hax_run_outcome judged = judge(&of);
        seen[judged.kind]++;
        check(&of, &judged);
        check_answer(&of, &judged);
        check_words(&judged);
        check_symmetries(&of, &judged);
    }
    for (int o = 0; o <= HAX_OUTCOME_NOT_CLAIMED; o++)
        assert_true(seen[o] > SAMPLES / 200); /* every verdict was tried */
}

/* ---- cases ----------------------------------------------------------------------------------- */

static void fill(sample *sample, int r, const double *values)
{
    memcpy(sample->values[r], values, (size_t) sample->from.rounds * sizeof *values);
}

static void expect(const sample *sample, hax_outcome kind, const char *verdict)
{
    hax_run_outcome judged = judge(sample);
    assert_int_equal(judged.kind, kind);
    assert_string_equal(judged.verdict, verdict);
}

static void expect_answer(const sample *sample, int row)
{
    const hax_run_outcome judged = judge(sample);
    assert_int_equal(judged.answer, row);
}

static const double fast[] = { 10, 10, 10, 10, 10 }, slow[] = { 20, 20, 20, 20, 20 };

static void a_plan_beside_one_plain_deployment(void **state)
{
    (void) state;
    sample of;
    sample_make(&of, 2, 5, true);
    fill(&of, 0, fast);
    fill(&of, 1, slow);
    expect(&of, HAX_OUTCOME_SPLIT,
           "split: 50.0 % shorter than serial, the best plain deployment (measured round by round, "
           "+- 1.0 %)");
    of.assignment[0] = whole_units;
    expect(&of, HAX_OUTCOME_AS_PLANNED,
           "as planned: 50.0 % shorter than serial, the best plain deployment (measured round by "
           "round, +- 1.0 %)");
    fill(&of, 0, slow);
    expect(&of, HAX_OUTCOME_TIE,
           "tie: 0.0 % over serial is within the noise of 1.0 % (measured round by round)");
    fill(&of, 1, fast);
    expect(&of, HAX_OUTCOME_WORSE,
           "worse: 100.0 % longer than serial, the best plain deployment (measured round by round, "
           "+- 1.0 %)");
    of.list.rows[1].same_as = 0;
    expect(&of, HAX_OUTCOME_DO_NOT_SPLIT,
           "do not split: no split beats the plain deployment 'serial'");
    sample_make(&of, 1, 5, true);
    fill(&of, 0, fast);
    expect(&of, HAX_OUTCOME_SPLIT, "split: no plain deployment is possible");
}

/* A machine whose speed changes: round by round the plan is ahead by 13.5 % in ten of thirteen, and
 * its median is that of slow rounds, the plain deployment's that of fast ones. */
static void medians_and_rounds_that_disagree_claim_nothing(void **state)
{
    (void) state;
    sample of;
    sample_make(&of, 2, 13, true);
    for (int i = 0; i < 13; i++) {
        of.values[1][i] = i < 5 ? 100 : i < 10 ? 330 : 90;
        of.values[0][i] = i < 10 ? 0.865 * of.values[1][i] : 300;
    }
    assert_true(median(&of, 0) > median(&of, 1) && median_ratio(&of, 1) < 1);
    expect(&of, HAX_OUTCOME_NOT_CLAIMED,
           "not claimed: round by round the plan is 13.5 % better than serial, by the medians "
           "185.4 % worse: the machine was disturbed; measure again");
}

/* What a row of the table shows and the rounds do not is noise, and said. */
static void medians_that_say_more_than_the_rounds_are_noise(void **state)
{
    (void) state;
    static const double plan[] = { 100, 100, 100, 50, 50 }, plain[] = { 99, 107, 108, 54, 54 };
    sample of;
    hax_run_outcome judged;
    sample_make(&of, 2, 5, true);
    fill(&of, 0, plan);
    fill(&of, 1, plain);
    judged = judge(&of);
    assert_true(judged.noise_percent >= fabs(judged.gain_percent - judged.medians_percent));
    static const double even[] = { 10, 10, 10, 100, 100 }, odd[] = { 20, 10.05, 10.05, 100.5, 90 };
    fill(&of, 0, even);
    fill(&of, 1, odd);
    expect(&of, HAX_OUTCOME_TIE,
           "tie: 0.5 % over serial is within the noise of 49.5 % (measured round by round; by the "
           "medians +50.0 %)");
}

static void disturbed_rounds_claim_nothing(void **state)
{
    (void) state;
    sample of;
    sample_make(&of, 2, 5, true);
    fill(&of, 0, fast);
    fill(&of, 1, slow);
    of.from.disturbed = 1;
    assert_int_equal(judge(&of).kind, HAX_OUTCOME_SPLIT);
    of.from.disturbed = 2;
    expect(&of, HAX_OUTCOME_NOT_CLAIMED,
           "not claimed: the host took processors away in 2 of 5 rounds; measure again when the "
           "machine is left alone");
}

static void other_reasons_to_claim_nothing(void **state)
{
    (void) state;
    static const double zero[] = { 0, 0, 0, 0, 0 };
    sample of;
    sample_make(&of, 3, 5, true);
    fill(&of, 0, fast);
    fill(&of, 1, slow);
    fill(&of, 2, slow);
    of.from.overtaken_by = "per-network";
    expect(&of, HAX_OUTCOME_NOT_CLAIMED,
           "not claimed: the plan came out better, but group times have changed since it was made "
           "and speak for per-network now; profile again (--fresh)");
    of.from.outputs_differ = true;
    expect(&of, HAX_OUTCOME_NOT_CLAIMED, "not claimed: outputs differ from the single-unit run");
    of.from.outputs_differ = false;
    fill(&of, 1, zero);
    expect(&of, HAX_OUTCOME_NOT_CLAIMED,
           "not claimed: some rounds took no time that could be compared");
}

static void a_plain_deployment_that_is_not_beaten_is_named(void **state)
{
    (void) state;
    /* serial has the better median, per-network is ahead in most rounds */
    static const double plan[] = { 10, 20, 30, 40, 50 }, serial[] = { 50, 40, 32, 42, 52 },
                        other[] = { 70, 60, 50, 39, 49 };
    sample of;
    sample_make(&of, 3, 5, true);
    fill(&of, 0, plan);
    fill(&of, 1, serial);
    fill(&of, 2, other);
    assert_true(median(&of, 0) < median(&of, 1));
    hax_run_outcome judged = judge(&of);
    assert_true(judged.kind == HAX_OUTCOME_SPLIT || judged.kind == HAX_OUTCOME_TIE);
    static const double behind[] = { 70, 19.9, 29.9, 70, 49.9 };
    static const double rival[] = { 11, 22, 33, 44, 55 };
    fill(&of, 1, rival);
    fill(&of, 2, behind);
    expect(&of, HAX_OUTCOME_NOT_CLAIMED,
           "not claimed: the plan is ahead of serial, which has the best median, but round by "
           "round not of per-network: the machine was disturbed; measure again");
}

/* Every verdict stands in the table of the docs, in its words and those of documents. */
static void the_docs_have_the_same_table(void **state)
{
    (void) state;
    FILE *file = fopen(HAX_TEST_FOLDER "/../../docs/verdicts.md", "r");
    assert_non_null(file);
    char line[600];
    int found = 0, rows = 0;
    while (fgets(line, sizeof line, file)) {
        rows += strncmp(line, "| `", 3) == 0;
        for (int o = 0; o <= HAX_OUTCOME_NOT_CLAIMED; o++) {
            char start[80];
            snprintf(start, sizeof start, "| `%s:` | `%s` |", hax_outcome_words((hax_outcome) o),
                     hax_outcome_name((hax_outcome) o));
            found += strncmp(line, start, strlen(start)) == 0;
        }
    }
    fclose(file);
    assert_int_equal(found, HAX_OUTCOME_NOT_CLAIMED + 1);
    assert_int_equal(rows, found);
}

/* The simpler deployment of a tie, none whose outputs are wrong, none that is no schedule, and what
 * a verdict claims. */
static void the_answer_is_the_best_that_can_be_deployed(void **state)
{
    (void) state;
    sample of;
    static const double near[] = { 10.05, 10.05, 10.05, 10.05, 10.05 };
    sample_make(&of, 4, 5, true);
    of.from.output_tolerance = 1e-3;
    fill(&of, 0, fast);
    fill(&of, 1, slow);
    fill(&of, 2, slow);
    fill(&of, 3, slow);
    expect_answer(&of, 0); /* split */
    fill(&of, 2, near);
    expect_answer(&of, 2); /* a tie with a plain row */
    fill(&of, 0, slow);
    fill(&of, 1, near);
    fill(&of, 2, fast);
    expect_answer(&of, 2); /* worse; two plain rows: the smaller median */
    of.list.rows[2].compared = true;
    of.list.rows[2].largest_difference = 1;
    expect_answer(&of, 1);
    of.list.rows[2].compared = false;
    of.list.rows[2].schedule = NULL;
    expect_answer(&of, 1);
    of.list.rows[1].same_as = 3; /* by that one's rounds */
    expect_answer(&of, 1);
    fill(&of, 3, fast);
    fill(&of, 0, fast);
    of.list.rows[1].same_as = -1;
    fill(&of, 1, slow);
    of.list.rows[2].schedule = &of.whole;
    fill(&of, 2, slow);
    expect_answer(&of, 3); /* another scheduler is as good, and stays whole */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answer_is_the_best_that_can_be_deployed),
        cmocka_unit_test(verdicts_never_contradict_their_tables),
        cmocka_unit_test(a_plan_beside_one_plain_deployment),
        cmocka_unit_test(medians_and_rounds_that_disagree_claim_nothing),
        cmocka_unit_test(medians_that_say_more_than_the_rounds_are_noise),
        cmocka_unit_test(disturbed_rounds_claim_nothing),
        cmocka_unit_test(other_reasons_to_claim_nothing),
        cmocka_unit_test(a_plain_deployment_that_is_not_beaten_is_named),
        cmocka_unit_test(the_docs_have_the_same_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
