/* Workload documents: what they say, and what is refused with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "haxconn/schedule.h"
#include "haxconn/workload.h"

static const char head[] = "{\"schema\": \"haxconn/workload\", \"version\": 1, ";

static hax_status parse(const char *rest, const char *file, const hax_workload **workload,
                        hax_error *err)
{
    char text[2000];
    snprintf(text, sizeof text, "%s%s}", head, rest);
    return hax_workload_parse(text, strlen(text), file, workload, err);
}

static void expect_rule(const hax_workload *workload, int index, hax_rule_kind kind,
                        const char *text)
{
    assert_true(index < workload->rule_count);
    assert_int_equal(workload->rules[index].kind, kind);
    assert_string_equal(workload->rules[index].text, text);
}

static void everything_is_read(void **state)
{
    (void) state;
    const hax_workload *workload = NULL;
    hax_error err = { 0 };
    hax_status status =
        parse("\"objective\": \"sum\","
              "\"instances\": ["
              "  {\"name\": \"eye\", \"network\": \"resnet18\", \"copies\": 2, \"weight\": 2},"
              "  {\"network\": \"nets/tail.prototxt\", \"after\": [\"eye\"], \"deadline_ms\": 30,"
              "   \"cuts\": [10]},"
              "  {\"name\": \"last\", \"network\": \"alexnet\", \"after\": [\"eye-2\"],"
              "   \"cuts\": \"fine\"}],"
              "\"limits\": {\"max_transitions\": 1, \"max_pieces\": {\"dla\": 16}},"
              "\"pin\": [\"eye=gpu\"], \"forbid\": [\"*:3=dla\"], \"join\": [\"last:2-5\"]",
              "some/where/work.json", &workload, &err);
    assert_string_equal(err.message, "");
    assert_int_equal(status, HAX_OK);
    assert_int_equal(workload->objective, HAX_SUM);
    assert_int_equal(workload->max_transitions, 1);
    assert_int_equal(workload->instance_count, 4);
    assert_string_equal(workload->instances[0].name, "eye");
    assert_string_equal(workload->instances[1].name, "eye-2");
    assert_string_equal(workload->instances[1].network, "resnet18");
    assert_null(workload->instances[1].cuts);
    assert_string_equal(workload->instances[2].network, "some/where/nets/tail.prototxt");
    assert_string_equal(workload->instances[2].name, "nets/tail.prototxt");
    assert_string_equal(workload->instances[2].cuts, "10,");
    assert_string_equal(workload->instances[3].cuts, "fine");
    int at = 0;
    expect_rule(workload, at++, HAX_RULE_WEIGHT, "eye=2");
    expect_rule(workload, at++, HAX_RULE_WEIGHT, "eye-2=2");
    expect_rule(workload, at++, HAX_RULE_DEADLINE, "nets/tail.prototxt=30");
    expect_rule(workload, at++, HAX_RULE_AFTER, "nets/tail.prototxt=eye");
    expect_rule(workload, at++, HAX_RULE_AFTER, "nets/tail.prototxt=eye-2");
    expect_rule(workload, at++, HAX_RULE_AFTER, "last=eye-2");
    expect_rule(workload, at++, HAX_RULE_PIECES, "dla=16");
    expect_rule(workload, at++, HAX_RULE_PIN, "eye=gpu");
    expect_rule(workload, at++, HAX_RULE_FORBID, "*:3=dla");
    expect_rule(workload, at++, HAX_RULE_JOIN, "last:2-5");
    assert_int_equal(workload->rule_count, at);
    hax_workload_destroy(workload);
}

static void mistakes_are_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "\"instances\": []", "instances: has 0 entries, must have 1 to 64" },
        { "\"instances\": [{\"name\": \"a\"}]", "instances[0]: 'network' is missing" },
        { "\"instances\": [{\"network\": \"a\", \"nwe\": 1}]",
          "instances[0]: unknown key 'nwe' (known: name, network, copies, cuts, weight, after, "
          "deadline_ms, rate_hz, buffer, policy)" },
        { "\"instances\": [{\"network\": \"a\"}, {\"network\": \"a\"}]",
          "instances[1]: two instances are called 'a'" },
        { "\"instances\": [{\"network\": \"a\", \"after\": [\"b\"]}]",
          "instances[0].after[0]: unknown instance 'b'" },
        { "\"instances\": [{\"network\": \"a\", \"name\": \"a=b\"}]",
          "instances[0]: a name holds no '=' and no ',': 'a=b'" },
        { "\"instances\": [{\"network\": \"a\", \"copies\": 65}]",
          "instances[0].copies: 65 is outside [1, 64]" },
        { "\"instances\": [{\"network\": \"a\", \"weight\": 0}]",
          "instances[0].weight: 0 is outside [1e-09, 1e+12]" },
        { "\"objective\": \"speed\", \"instances\": [{\"network\": \"a\"}]",
          "objective: unknown objective 'speed' (latency, throughput, sum, deadline)" },
    };
    (void) state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const hax_workload *workload = NULL;
        hax_error err = { 0 };
        assert_int_equal(parse(cases[c].text, "w.json", &workload, &err), HAX_BAD_INPUT);
        assert_string_equal(err.message, cases[c].message);
        assert_null(workload);
    }
}

/* A document as it stands. */
static hax_status parse_whole(const char *text, const hax_workload **workload, hax_error *err)
{
    return hax_workload_parse(text, strlen(text), "w.json", workload, err);
}

static void frames_are_read(void **state)
{
    (void) state;
    const hax_workload *workload = NULL;
    hax_error err = { 0 };
    hax_status status = parse_whole(
        "{\"schema\": \"haxconn/workload\", \"version\": 2, \"instances\": ["
        "{\"name\": \"cam\", \"network\": \"alexnet\", \"copies\": 2, \"rate_hz\": 25, \"buffer\": "
        "3,"
        " \"policy\": \"queue\"},"
        "{\"name\": \"slow\", \"network\": \"alexnet\", \"rate_hz\": 4, \"deadline_ms\": 100},"
        "{\"name\": \"rest\", \"network\": \"alexnet\", \"policy\": \"latest\"}]}",
        &workload, &err);
    assert_string_equal(err.message, "");
    assert_int_equal(status, HAX_OK);
    for (int copy = 0; copy < 2; copy++) {
        const hax_frame_source *cam = &workload->sources[copy];
        assert_int_equal(cam->release, HAX_PERIODIC);
        assert_true(cam->rate_hz == 25 && cam->deadline_ms == 40);
        assert_int_equal(cam->buffer, 3);
        assert_int_equal(cam->policy, HAX_KEEP_QUEUE);
    }
    assert_true(workload->sources[2].deadline_ms == 100);
    assert_int_equal(workload->sources[2].buffer, 1);
    assert_int_equal(workload->sources[2].policy, HAX_KEEP_LATEST);
    assert_int_equal(workload->sources[3].release, HAX_BACK_TO_BACK);
    assert_true(isinf(workload->sources[3].deadline_ms));
    hax_workload_destroy(workload);
}

#define FRAMES(version, members)                                                    \
    "{\"schema\": \"haxconn/workload\", \"version\": " version ", \"instances\": [" \
    "{\"network\": \"a\", " members "}]}"

static void mistakes_in_frames_are_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        { FRAMES("1", "\"rate_hz\": 3"),
          "instances[0].rate_hz: is known since version 2, the document's is 1" },
        { FRAMES("1", "\"buffer\": 3"),
          "instances[0].buffer: is known since version 2, the document's is 1" },
        { FRAMES("1", "\"policy\": \"queue\""),
          "instances[0].policy: is known since version 2, the document's is 1" },
        { FRAMES("2", "\"rate_hz\": 0"), "instances[0].rate_hz: 0 is outside [1e-06, 1e+06]" },
        { FRAMES("2", "\"buffer\": 0"), "instances[0].buffer: 0 is outside [1, 4096]" },
        { FRAMES("2", "\"policy\": \"newest\""),
          "instances[0].policy: unknown policy 'newest' (latest, queue)" },
        { FRAMES("3", "\"rate_hz\": 3"),
          "version: 3 is newer than 2, the newest this haxconn reads" },
    };
    (void) state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const hax_workload *workload = NULL;
        hax_error err = { 0 };
        assert_int_equal(parse_whole(cases[c].text, &workload, &err), HAX_BAD_INPUT);
        assert_string_equal(err.message, cases[c].message);
        assert_null(workload);
    }
}

static void instances_of_a_network_are_numbered(void **state)
{
    (void) state;
    char name[HAX_INSTANCE_NAME_BYTES], network[201] = { 0 };
    hax_instance_name("net", 1, name);
    assert_string_equal(name, "net");
    hax_instance_name("net", 12, name);
    assert_string_equal(name, "net-12");
    /* the number stands behind a name that is too long as well */
    memset(network, 'x', sizeof network - 1);
    hax_instance_name(network, 1, name);
    assert_int_equal(strlen(name), 140);
    hax_instance_name(network, 2147483647, name);
    assert_string_equal(name + 139, "x-2147483647");
}

/* It stands on finish_ms alone. */
static void a_round_lasts_until_its_last_end(void **state)
{
    (void) state;
    double finish_ms[] = { 2, 7, 5 };
    const hax_schedule schedule = { .instance_count = 3, .finish_ms = finish_ms };
    assert_float_equal(hax_schedule_round_ms(&schedule), 7, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_read),
        cmocka_unit_test(mistakes_are_refused),
        cmocka_unit_test(frames_are_read),
        cmocka_unit_test(mistakes_in_frames_are_refused),
        cmocka_unit_test(instances_of_a_network_are_numbered),
        cmocka_unit_test(a_round_lasts_until_its_last_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
