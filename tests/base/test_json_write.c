/* Documents written as they go are the ones that a tree gives. */
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "instrumented.h"
#include "json.h"
#include "json_write.h"
#include "random.h"

/* The value that both make, of a random kind. */
static const char *const strings[] = { "",
                                       "conv1",
                                       "a \"b\"",
                                       "c\\d",
                                       "line\nend",
                                       "\x01\x1f",
                                       "Gr\xc3\xb6\xc3\x9f"
                                       "e",
                                       "\x7f"
                                       "del",
                                       "/" };

static double random_real(hax_random *random)
{
    double value = hax_random_unit(random) - 0.5;
    switch (hax_random_below(random, 6)) {
    case 0: return value * pow(10, (double) hax_random_below(random, 600) - 300.0);
    case 1: return floor(value * 2000);
    case 2: return floor(value * 1e6) / 1e3;
    case 3: return 0;
    case 4: return floor(value * 1e18);
    default: return value;
    }
}

static json_t *write_both(hax_json_writer *writer, const char *key, hax_random *random, int depth)
{
    int kind = (int) hax_random_below(random, depth < 6 ? 6 : 3);
    if (kind == 0) {
        double value = random_real(random);
        hax_json_write_real(writer, key, value);
        return json_real(value);
    }
    if (kind == 1) {
        long long value = (long long) (random_real(random) * 1e3);
        hax_json_write_int(writer, key, value);
        return json_integer(value);
    }
    if (kind == 2) {
        const char *value = strings[hax_random_below(random, sizeof strings / sizeof *strings)];
        hax_json_write_string(writer, key, value);
        return json_string(value);
    }
    if (kind == 3) {
        json_t *tree = json_pack("{s:[i,s,n],s:{},s:f}", "list", 3, "x\ny", "none", "half", .5);
        hax_json_write_tree(writer, key, json_deep_copy(tree));
        return tree;
    }
    json_t *tree = kind == 4 ? json_array() : json_object();
    hax_json_open(writer, key, kind == 4 ? '[' : '{');
    for (int i = (int) hax_random_below(random, 4); i > 0; i--) {
        char name[16];
        snprintf(name, sizeof name, "key %d", i);
        json_t *child = write_both(writer, kind == 4 ? NULL : name, random, depth + 1);
        if (kind == 4)
            json_array_append_new(tree, child);
        else
            json_object_set_new(tree, name, child);
    }
    hax_json_close(writer);
    return tree;
}

static void texts_are_those_of_trees(void **state)
{
    (void) state;
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        hax_random random = { seed };
        hax_text text = { 0 };
        hax_json_writer writer = { .text = &text };
        json_t *tree = json_array();
        hax_json_open(&writer, NULL, '[');
        for (int i = 0; i < 4; i++)
            json_array_append_new(tree, write_both(&writer, NULL, &random, 0));
        hax_json_close(&writer);
        hax_text_append(&text, "\n");
        char *expected;
        assert_int_equal(hax_json_text(tree, &expected, NULL), HAX_OK);
        assert_false(text.failed);
        assert_string_equal(hax_text_get(&text), expected);
        free(expected);
        hax_text_free(&text);
        json_decref(tree);
    }
}

/* As printf says it, at edges of rounding too. */
static void reals_have_the_digits_of_printf(void **state)
{
    (void) state;
    hax_random random = { 5 };
    for (int n = 0; n < TEST_COUNT(100000); n++) {
        /* few digits in binary or in decimals, at powers of ten, halfway between two numbers */
        const double power = pow(10, (double) hax_random_below(&random, 24) - 7.0);
        const double whole = (double) hax_random_below(&random, 2000000);
        const double some[] = { whole / 1024,
                                whole * power,
                                power * (1 + ldexp(whole, -60)),
                                nextafter(power, n % 2 ? 0 : INFINITY),
                                (whole * 1e9 + 0.5) * power,
                                hax_random_unit(&random) * power };
        const double value =
            some[hax_random_below(&random, 6)] * (hax_random_below(&random, 2) ? 1 : -1);
        char *expected;
        hax_text text = { 0 };
        hax_json_writer writer = { .text = &text };
        json_t *tree = json_array();
        json_array_append_new(tree, json_real(value));
        hax_json_open(&writer, NULL, '[');
        hax_json_write_real(&writer, NULL, value);
        hax_json_close(&writer);
        hax_text_append(&text, "\n");
        assert_int_equal(hax_json_text(tree, &expected, NULL), HAX_OK);
        assert_string_equal(hax_text_get(&text), expected);
        json_decref(tree);
        free(expected);
        hax_text_free(&text);
    }
}

static void a_line_has_all_that_is_in_it(void **state)
{
    (void) state;
    hax_text text = { 0 };
    hax_json_writer writer = { .text = &text };
    hax_json_open(&writer, NULL, '{');
    hax_json_open(&writer, "list", '[');
    hax_json_open_line(&writer, NULL, '{');
    hax_json_open(&writer, "job", '[');
    hax_json_write_string(&writer, NULL, "a");
    hax_json_write_int(&writer, NULL, 3);
    hax_json_close(&writer);
    hax_json_open_line(&writer, "none", '{');
    hax_json_close(&writer);
    hax_json_write_tree(&writer, "tree", json_pack("{s:[i,i]}", "x", 1, 2));
    hax_json_write_bool(&writer, "so", true);
    hax_json_write_null(&writer, "after");
    hax_json_close(&writer);
    hax_json_open_line(&writer, NULL, '[');
    hax_json_close(&writer);
    hax_json_close(&writer);
    hax_json_write_bool(&writer, "so", false);
    hax_json_close(&writer);
    assert_string_equal(hax_text_get(&text),
                        "{\n  \"list\": [\n"
                        "    { \"job\": [\"a\", 3], \"none\": {}, \"tree\": {\"x\": [1, 2]}, "
                        "\"so\": true, \"after\": null },\n"
                        "    []\n  ],\n  \"so\": false\n}");
    hax_text_free(&text);
}

static void a_member_is_put_in(void **state)
{
    static const struct {
        const char *before, *after;
    } cases[] = {
        { "{ \"x\": 1, \"y\": { \"z\": [1,2] } }\n",
          "{ \"x\": 1, \"y\": { \"z\": [1,2] },\n  \"new\": {\n    \"a\": 5\n  } }\n" },
        { "{\n  \"new\": [3], \"x\": 1\n}\n", "{\n  \"new\": {\n    \"a\": 5\n  }, \"x\": 1\n}\n" },
        { "{}\n", "{\n  \"new\": {\n    \"a\": 5\n  }\n}\n" },
    };
    (void) state;
    hax_json_fault fault;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        hax_text text = { 0 };
        json_t *tree = json_pack("{s:i}", "a", 5);
        assert_int_equal(hax_json_put_member(cases[c].before, "new", tree, &text, &fault), HAX_OK);
        assert_string_equal(hax_text_get(&text), cases[c].after);
        hax_text_free(&text);
    }
    hax_text text = { 0 };
    assert_int_equal(hax_json_put_member("[1]", "new", json_null(), &text, &fault), HAX_BAD_INPUT);
    assert_string_equal(hax_text_get(&text), "");
}

static void what_is_not_a_number_is_null(void **state)
{
    (void) state;
    hax_text text = { 0 };
    hax_json_writer writer = { .text = &text };
    hax_json_open(&writer, NULL, '{');
    hax_json_write_real(&writer, "a", NAN);
    hax_json_write_real(&writer, "b", -INFINITY);
    hax_json_close(&writer);
    assert_string_equal(hax_text_get(&text), "{\n  \"a\": null,\n  \"b\": null\n}");
    hax_text_free(&text);
}

static void what_is_no_text_is_told(void **state)
{
    (void) state;
    hax_text text = { 0 };
    hax_json_writer writer = { .text = &text };
    hax_json_open(&writer, NULL, '[');
    hax_json_write_string(&writer, NULL, "\xff");
    assert_true(text.failed);
    hax_text_free(&text);
    text = (hax_text){ 0 };
    writer = (hax_json_writer){ .text = &text };
    hax_json_open(&writer, NULL, '[');
    hax_json_write_tree(&writer, NULL, NULL);
    assert_true(text.failed);
    hax_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_those_of_trees),
        cmocka_unit_test(reals_have_the_digits_of_printf),
        cmocka_unit_test(a_line_has_all_that_is_in_it),
        cmocka_unit_test(a_member_is_put_in),
        cmocka_unit_test(what_is_not_a_number_is_null),
        cmocka_unit_test(what_is_no_text_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
