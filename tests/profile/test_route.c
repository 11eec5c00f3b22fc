/* Which unit runs which group in a pass, and the jobs that follow. */
#include "fixture.h"

#include "identity.h"
#include "route.h"

typedef struct ways {
    lab lab;
    bool can[5 * 3];
    hax_ability ability;
} ways;

static void ways_make(ways *ways)
{
    lab_make(&ways->lab);
    for (size_t i = 0; i < 15; i++)
        ways->can[i] = true;
    ways->ability = (hax_ability){ 5, 3, ways->can };
}

static hax_route route_of(const ways *ways, int unit, int other, int phase)
{
    return (hax_route){ &ways->lab.platform.platform, &ways->ability, unit, other, phase };
}

static void expect_units(const hax_route *route, int turn, const char *expected)
{
    int units[5];
    char got[6] = "";
    hax_route_units(route, turn, units);
    for (int g = 0; g < 5; g++)
        got[g] = (char) ('0' + units[g]);
    assert_string_equal(got, expected);
}

static void alone_stays_and_crossing_alternates(void **state)
{
    (void) state;
    ways context;
    ways_make(&context);
    hax_route alone = route_of(&context, 1, -1, 0), there = route_of(&context, 0, 1, 0),
              back = route_of(&context, 0, 1, 1);
    expect_units(&alone, 0, "11111");
    expect_units(&there, 0, "01010");
    expect_units(&back, 0, "10101");
    lab_free(&context.lab);
}

static void groups_that_a_unit_cannot_run_go_elsewhere(void **state)
{
    (void) state;
    ways context;
    ways_make(&context);
    context.can[1 * 3 + 1] = false;                          /* group 1 not on u1 */
    context.can[3 * 3 + 0] = context.can[3 * 3 + 1] = false; /* group 3 only on both */
    hax_route alone = route_of(&context, 1, -1, 0), there = route_of(&context, 0, 1, 0);
    expect_units(&alone, 0, "10121");
    expect_units(&there, 0, "00020");
    context.lab.platform.units[0].reference = true; /* planned units stand in before others */
    expect_units(&alone, 0, "12121");
    lab_free(&context.lab);
}

static void units_of_a_class_take_turns(void **state)
{
    (void) state;
    ways context;
    ways_make(&context);
    context.lab.platform.units[2].class_id = 0;
    hax_route alone = route_of(&context, 0, -1, 0);
    assert_int_equal(hax_route_turns(&alone), 2);
    expect_units(&alone, 0, "00000");
    expect_units(&alone, 1, "22222");
    expect_units(&alone, 2, "00000");
    /* unit 2 shares a resource with unit 1: only unit 0 is crossed with it */
    hax_route crossing = route_of(&context, 0, 1, 0);
    assert_int_equal(hax_route_turns(&crossing), 1);
    expect_units(&crossing, 1, "01010");
    /* a class that is planned on is measured on its planned units */
    context.lab.platform.units[0].reference = true;
    assert_int_equal(hax_route_turns(&alone), 1);
    expect_units(&alone, 0, "22222");
    lab_free(&context.lab);
}

static void out_and_in_stand_at_changes_of_kind_only(void **state)
{
    (void) state;
    ways context;
    ways_make(&context);
    const int units[] = { 0, 2, 1, 1, 0 };
    hax_plan_job jobs[15];
    int count = hax_route_jobs(&context.lab.platform.platform, 7, 5, units, jobs);
    assert_int_equal(count, 9);
    const struct {
        int unit, group;
        hax_part part;
        int from, to;
    } expected[] = {
        { 0, 0, HAX_PART_RUN, -1, -1 }, { 2, 1, HAX_PART_RUN, -1, -1 },
        { 2, 1, HAX_PART_OUT, -1, 1 },  { 1, 2, HAX_PART_IN, 2, -1 },
        { 1, 2, HAX_PART_RUN, -1, -1 }, { 1, 3, HAX_PART_RUN, -1, -1 },
        { 1, 3, HAX_PART_OUT, -1, 0 },  { 0, 4, HAX_PART_IN, 1, -1 },
        { 0, 4, HAX_PART_RUN, -1, -1 },
    };
    for (int j = 0; j < count; j++) {
        assert_int_equal(jobs[j].unit, expected[j].unit);
        assert_int_equal(jobs[j].group, expected[j].group);
        assert_int_equal(jobs[j].part, expected[j].part);
        assert_int_equal(jobs[j].from_unit, expected[j].from);
        assert_int_equal(jobs[j].to_unit, expected[j].to);
        assert_int_equal(jobs[j].instance, 7);
        assert_int_equal(jobs[j].after, -1);
    }
    lab_free(&context.lab);
}

static void configurations_are_known_by_what_decides_their_times(void **state)
{
    (void) state;
    ways context;
    ways_make(&context);
    trio *of = &context.lab.platform;
    const hax_platform *platform = &of->platform;
    uint64_t before = hax_class_hash(platform, 0);
    assert_true(before != hax_class_hash(platform, 1));
    assert_true(before != hax_class_hash(platform, 2));
    of->units[0].name = "another name";
    of->kinds[0].name = "another name";
    assert_true(before == hax_class_hash(platform, 0));
    of->kinds[0].isa = "sse41";
    assert_true(before != hax_class_hash(platform, 0));
    of->kinds[0].isa = "";
    of->units[0].threads = 3;
    assert_true(before != hax_class_hash(platform, 0));
    of->units[0].threads = 1;
    of->units[0].sms = 64; /* parts of a GPU have one thread each */
    uint64_t part = hax_class_hash(platform, 0);
    assert_true(before != part);
    of->units[0].sms = 68;
    assert_true(part != hax_class_hash(platform, 0));
    of->units[0].sms = 0;
    of->kinds[0].law.gbps = 7;
    assert_true(before != hax_class_hash(platform, 0));
    lab_free(&context.lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone_stays_and_crossing_alternates),
        cmocka_unit_test(groups_that_a_unit_cannot_run_go_elsewhere),
        cmocka_unit_test(units_of_a_class_take_turns),
        cmocka_unit_test(out_and_in_stand_at_changes_of_kind_only),
        cmocka_unit_test(configurations_are_known_by_what_decides_their_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
