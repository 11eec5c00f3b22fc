/* The profile document, there and back, and every reason to refuse one. */
#include "fixture.h"

#include <jansson.h>

static char *text_of(const hax_profile *profile)
{
    char *text = NULL;
    hax_error err = { 0 };
    hax_status status = hax_profile_text(profile, &text, &err);
    if (status != HAX_OK)
        print_error("%s\n", err.message);
    assert_int_equal(status, HAX_OK);
    return text;
}

static const hax_profile *parse(const char *text)
{
    const hax_profile *profile = NULL;
    hax_error err = { 0 };
    hax_status status = hax_profile_parse(text, strlen(text), "p.json", &profile, &err);
    if (status != HAX_OK)
        print_error("%s\n", err.message);
    assert_int_equal(status, HAX_OK);
    return profile;
}

static void expect_summary(const hax_summary *a, const hax_summary *b)
{
    assert_int_equal(a->count, b->count);
    assert_true(a->min == b->min && a->p25 == b->p25 && a->median == b->median &&
                a->p75 == b->p75 && a->p95 == b->p95 && a->p99 == b->p99 && a->max == b->max &&
                a->spread == b->spread);
}

static void expect_network(const hax_network_profile *a, const hax_network_profile *b, int units)
{
    assert_string_equal(a->name, b->name);
    assert_true(a->model_hash == b->model_hash);
    assert_int_equal(a->group_count, b->group_count);
    for (int u = 0; u < units; u++)
        expect_summary(&a->whole[u], &b->whole[u]);
    for (int g = 0; g < a->group_count; g++) {
        assert_memory_equal(&a->groups[g], &b->groups[g], sizeof *a->groups);
        for (int u = 0; u < units; u++) {
            const hax_group_cost *x = &a->cost[g][u], *y = &b->cost[g][u];
            assert_int_equal(x->allowed, y->allowed);
            expect_summary(&x->run, &y->run);
            expect_summary(&x->out, &y->out);
            expect_summary(&x->in, &y->in);
            assert_true(x->bytes == y->bytes && x->gbps == y->gbps);
        }
    }
}

static void a_profile_reads_back_exactly(void **state)
{
    (void) state;
    lab rig;
    lab_make(&rig);
    rig.config.network_count = 2;
    /* times with many digits */
    rig.platform.kinds[0].law = (hax_law){ .overhead_ms = 1.0 / 3, .gmac_per_s = 0.7e-3 };
    const hax_profile *profile = lab_measure(&rig);
    char *text = text_of(profile);
    const hax_profile *again = parse(text);
    char *text_again = text_of(again);
    assert_string_equal(text, text_again);
    assert_string_equal(again->source, "measured");
    assert_int_equal(again->network_count, 2);
    for (int n = 0; n < 2; n++)
        expect_network(&profile->networks[n], &again->networks[n], 3);
    assert_int_equal(hax_profile_matches(again, profile->platform, NULL), HAX_OK);
    free(text);
    free(text_again);
    hax_profile_destroy(profile);
    hax_profile_destroy(again);
    lab_free(&rig);
}

/* The second profile's networks come beside the first's, and in the place of the same. */
static void profiles_join(void **state)
{
    (void) state;
    lab rig;
    lab_make(&rig);
    rig.config.network_count = 2;
    const hax_profile *both = lab_measure(&rig), *joined = NULL, *again = NULL, *other = NULL;
    hax_profile one = *both, two = *both;
    one.network_count = two.network_count = 1;
    two.networks = both->networks + 1;
    assert_int_equal(hax_profile_join(&one, &two, &joined, NULL), HAX_OK);
    assert_int_equal(joined->network_count, 2);
    assert_string_equal(joined->source, "measured; measured");
    for (int n = 0; n < 2; n++)
        expect_network(&both->networks[n], &joined->networks[n], 3);
    assert_int_equal(hax_profile_join(joined, &one, &again, NULL), HAX_OK);
    assert_int_equal(again->network_count, 2);
    expect_network(&one.networks[0], &again->networks[1], 3);
    hax_error err = { 0 };
    hax_platform renamed = *both->platform;
    renamed.name = "another";
    one.platform = &renamed;
    assert_int_equal(hax_profile_join(joined, &one, &other, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "'another'"));
    hax_profile_destroy(both);
    hax_profile_destroy(joined);
    hax_profile_destroy(again);
    lab_free(&rig);
}

/* ---- refusals ------------------------------------------------------------------------- */

/* A value of the document, by keys and indices: "networks", "#0", ... up to `depth`. */
static json_t *walk(json_t *json_t, const char *const *way, int depth)
{
    for (int i = 0; i < depth; i++)
        json_t = way[i][0] == '#' ? json_array_get(json_t, (size_t) atoi(way[i] + 1))
                                  : json_object_get(json_t, way[i]);
    assert_non_null(json_t);
    return json_t;
}

/* Puts `value` (JSON text; NULL: removes) at the end of the way, and expects the refusal to
 * say `said`. */
static void refuse(const char *text, const char *const *way, const char *value, const char *said)
{
    json_t *tree = json_loads(text, 0, NULL);
    int depth = 0;
    while (way[depth])
        depth++;
    json_t *holder = walk(tree, way, depth - 1);
    const char *last = way[depth - 1];
    if (!value)
        json_object_del(holder, last);
    else if (last[0] == '#')
        json_array_set_new(holder, (size_t) atoi(last + 1),
                           json_loads(value, JSON_DECODE_ANY, NULL));
    else
        json_object_set_new(holder, last, json_loads(value, JSON_DECODE_ANY, NULL));
    char *changed = json_dumps(tree, 0);
    const hax_profile *profile = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_profile_parse(changed, strlen(changed), "p.json", &profile, &err),
                     HAX_BAD_INPUT);
    assert_null(profile);
    assert_string_equal(err.file, "p.json");
    if (!strstr(err.message, said))
        fail_msg("'%s' does not say '%s'", err.message, said);
    free(changed);
    json_decref(tree);
}

#define WAY(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define GROUP(g) "networks", "#0", "groups", g

static void bad_documents_are_refused_with_their_place(void **state)
{
    (void) state;
    lab rig;
    lab_make(&rig);
    rig.config.network_count = 2;
    const hax_profile *profile = lab_measure(&rig);
    char *text = text_of(profile);
    refuse(text, WAY("schema"), "\"haxconn/problem\"", "expected 'haxconn/profile'");
    refuse(text, WAY("version"), "3", "version: 3 is newer than 2");
    refuse(text, WAY("surprise"), "1", "unknown key 'surprise'");
    refuse(text, WAY("platform"), NULL, "'platform' is missing");
    refuse(text, WAY("platform", "units", "#0", "kind"), "\"steam\"",
           "platform: units[0]: unknown kind 'steam'");
    refuse(text, WAY("networks"), "[]", "networks: 0 networks");
    refuse(text, WAY("networks", "#1", "name"), "\"chain\"",
           "networks[1]: two networks are named 'chain'");
    refuse(text, WAY("networks", "#0", "model_hash"), "\"12\"", "networks[0].model_hash: '12'");
    refuse(text, WAY("networks", "#0", "groups"), "[]", "networks[0].groups: 0 groups");
    refuse(text, WAY(GROUP("#1"), "first"), "2",
           "networks[0].groups[1].first: 2 is outside [1, 1]");
    refuse(text, WAY(GROUP("#1"), "last"), "0", "networks[0].groups[1].last");
    refuse(text, WAY(GROUP("#1"), "macs"), "-1", "networks[0].groups[1].macs: -1 is negative");
    refuse(text, WAY(GROUP("#1"), "macs"), "0.5", "is no whole number");
    refuse(text, WAY(GROUP("#2"), "on"), "{}", "networks[0].groups[2].on: no unit may run");
    refuse(text, WAY(GROUP("#2"), "on", "u9"), "{}", "has no unit 'u9'");
    refuse(text, WAY(GROUP("#2"), "on", "u0", "run_ms"), "null", "on.u0.run_ms: must be an object");
    refuse(text, WAY(GROUP("#2"), "on", "u0", "run_ms", "p25"), "-3",
           "networks[0].groups[2].on.u0.run_ms.p25: -3 is negative");
    refuse(text, WAY(GROUP("#2"), "on", "u0", "run_ms", "median"), "0", "must rise");
    refuse(text, WAY(GROUP("#2"), "on", "u0", "run_ms", "count"), "0",
           "run_ms.count: 0 is outside");
    refuse(text, WAY(GROUP("#2"), "on", "u0", "gbps"), NULL, "on.u0: 'gbps' is missing");
    refuse(text, WAY("networks", "#0", "whole_ms", "u9"), "{}", "whole_ms: the profile's platform");
    free(text);
    hax_profile_destroy(profile);
    lab_free(&rig);
}

static void truncated_documents_are_refused(void **state)
{
    (void) state;
    lab rig;
    lab_make(&rig);
    const hax_profile *profile = lab_measure(&rig);
    char *text = text_of(profile);
    size_t length = strlen(text);
    for (size_t cut = 0; cut + 2 < length; cut += 97) {
        const hax_profile *read = NULL;
        hax_error err = { 0 };
        assert_int_equal(hax_profile_parse(text, cut, "p.json", &read, &err), HAX_BAD_INPUT);
        assert_string_equal(err.file, "p.json");
    }
    free(text);
    hax_profile_destroy(profile);
    lab_free(&rig);
}

/* One byte at a time is made another: whatever that gives is read or refused. */
static void mutated_documents_do_no_harm(void **state)
{
    (void) state;
    static const char others[] = { '0', '9', '-', '"', '}', '[', ',', 'e', '\0', (char) 0xff };
    lab rig;
    lab_make(&rig);
    rig.config.rounds = 1;
    const hax_profile *profile = lab_measure(&rig);
    char *text = text_of(profile);
    size_t length = strlen(text);
    for (size_t at = 0; at < length; at += 7) {
        char kept = text[at];
        text[at] = others[at % sizeof others];
        const hax_profile *read = NULL;
        hax_error err = { 0 };
        hax_status status = hax_profile_parse(text, length, "p.json", &read, &err);
        assert_true(status == HAX_OK ? read != NULL : status == HAX_BAD_INPUT && !read);
        hax_profile_destroy(read);
        text[at] = kept;
    }
    free(text);
    hax_profile_destroy(profile);
    lab_free(&rig);
}

/* ---- machines --------------------------------------------------------------------------- */

static void differ(const hax_profile *profile, const hax_platform *platform, const char *said)
{
    hax_error err = { 0 };
    assert_int_equal(hax_profile_matches(profile, platform, &err), HAX_BAD_INPUT);
    if (!strstr(err.message, said))
        fail_msg("'%s' does not say '%s'", err.message, said);
}

static void other_machines_are_told_in_words(void **state)
{
    (void) state;
    lab rig;
    lab_make(&rig);
    hax_platform *platform = &rig.platform.platform;
    platform->fingerprint.cpu = "AMD EPYC";
    const hax_profile *profile = lab_measure(&rig);
    assert_int_equal(hax_profile_matches(profile, platform, NULL), HAX_OK);
    const hax_platform same = *platform;

    platform->fingerprint.cpu = "Xavier";
    platform->fingerprint.cores = 8;
    differ(profile, platform,
           "the profile was taken on AMD EPYC, 2 cores, this machine is Xavier, 8 cores");
    *platform = same;
    platform->fingerprint.libraries = "oneDNN 3.1";
    differ(profile, platform, "oneDNN 3.1");
    *platform = same;
    platform->fingerprint.clocks = "powersave";
    differ(profile, platform, "clocks unknown, this machine has powersave");
    *platform = same;
    platform->name = "other";
    differ(profile, platform, "platform 'trio', this is 'other'");
    *platform = same;
    platform->unit_count = 2;
    differ(profile, platform, "3 units");
    *platform = same;
    rig.platform.units[1].name = "dla";
    differ(profile, platform, "unit 1 was 'u1' when the profile was taken and is 'dla' now");
    rig.platform.units[1].name = "u1";
    rig.platform.units[1].threads = 5;
    differ(profile, platform, "unit 'u1' had other cores or threads");
    rig.platform.units[1].threads = 1;
    rig.platform.kinds[1].isa = "sse41";
    differ(profile, platform, "isa 'sse41'");
    hax_profile_destroy(profile);
    lab_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_reads_back_exactly),
        cmocka_unit_test(profiles_join),
        cmocka_unit_test(bad_documents_are_refused_with_their_place),
        cmocka_unit_test(truncated_documents_are_refused),
        cmocka_unit_test(mutated_documents_do_no_harm),
        cmocka_unit_test(other_machines_are_told_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
