/* The reader of JSON against known texts, and against jansson's own on mutated ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"
#include "random.h"

static const char *const samples[] = {
    "{\"name\": \"a\", \"list\": [1, -2, 3.5, 1e3, -0.25E-2, true, false, null], \"in\": {\"b\": "
    "{}}}",
    "[\"\\u00e9\\u20ac\\ud83d\\ude00 \\\"\\\\\\/\\b\\f\\n\\r\\t\", "
    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"]",
    "{\"instances\": [{\"name\": \"A\", \"groups\": [{\"on\": {\"gpu\": {\"time_ms\": 0.1}}}]}], "
    "\"a name of exactly 32 bytes there\": 123456789012345678, \"n\": 0.12345678901234567}",
};

/* Both readers, on a copy that ends where the text does. */
static void read_both(const char *text, size_t length)
{
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    json_error_t ignored;
    hax_json_fault fault = { 0 };
    json_t *theirs = json_loadb(copy, length, JSON_REJECT_DUPLICATES, &ignored), *ours = NULL;
    hax_status status = hax_json_read_document(copy, length, &ours, &fault);
    bool zero = memchr(copy, '\0', length) != NULL; /* jansson takes it for the end */
    if ((status == HAX_OK) != (theirs != NULL) && !zero)
        fail_msg("jansson: %s, we: %s: %.*s", ignored.text, fault.text, (int) length, text);
    if (ours && theirs)
        assert_true(json_equal(ours, theirs));
    if (status != HAX_OK)
        assert_true(fault.line > 0 && fault.column > 0 && fault.text[0]);
    json_decref(ours);
    json_decref(theirs);
    free(copy);
}

static size_t mutate(hax_random *random, char *text, size_t length)
{
    static const char signs[] = "{}[]\",:\\0-+.eEtu \n";
    static const char *const pieces[] = { "\\u00e9  ",  "\\ud83d\\u", "1e999,  ", "99999999",
                                          "\\ude00\\u", "\\u0000  ",  "-0.0e-5 ", "1e-999, " };
    size_t place = hax_random_below(random, length);
    switch (hax_random_below(random, 5)) {
    case 0: text[place] = (char) hax_random_next(random); break;
    case 1: return place;
    case 2: text[place] = signs[hax_random_below(random, sizeof signs - 1)]; break;
    case 3: memmove(text + place, text + place + 1, length - place - 1); return length - 1;
    default:
        if (place + 8 < length)
            memcpy(text + place, pieces[hax_random_below(random, 8)], 8);
    }
    return length;
}

static void mutated_texts_read_as_jansson_does(void **state)
{
    (void) state;
    hax_random random = { 7 };
    for (size_t s = 0; s < sizeof samples / sizeof *samples; s++) {
        for (int turn = 0; turn < 20000; turn++) {
            char text[512];
            size_t length = strlen(samples[s]);
            memcpy(text, samples[s], length);
            for (int m = turn % 4; m > 0 && length > 0; m--)
                length = mutate(&random, text, length);
            read_both(text, length);
        }
    }
}

static void strings_are_decoded(void **state)
{
    (void) state;
    json_t *tree = NULL;
    hax_json_fault fault;
    assert_int_equal(hax_json_read_document(samples[1], strlen(samples[1]), &tree, &fault), HAX_OK);
    const char *decoded = "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 \"\\/\b\f\n\r\t";
    assert_string_equal(json_string_value(json_array_get(tree, 0)), decoded);
    json_decref(tree);
}

static void values_end_where_they_end(void **state)
{
    (void) state;
    json_t *tree = NULL;
    hax_json_fault fault;
    size_t used = 0;
    assert_int_equal(hax_json_read(" [1] [2]", 8, &tree, &used, &fault), HAX_OK);
    assert_int_equal(used, 4);
    json_decref(tree);
    assert_int_equal(hax_json_read("\"ab\": 1", 7, &tree, &used, &fault), HAX_OK);
    assert_int_equal(used, 4);
    json_decref(tree);
}

static void faults_have_places(void **state)
{
    (void) state;
    static const struct {
        const char *text;
        int line, column;
        const char *fault;
    } cases[] = {
        { "", 1, 1, "'[' or '{' expected near end of file" },
        { "4", 1, 1, "'[' or '{' expected near '4'" },
        { "{\"a\": 1,\n \"a\": 2}", 2, 2, "the member 'a' stands twice" },
        { "[1,\n2", 2, 2, "',' or ']' expected near end of file" },
        { "[1] x", 1, 5, "the end of the document expected near 'x'" },
        { "[\"\xc3\xa9\", 01]", 1, 7, "a number expected near '01'" },
        { "[nul]", 1, 2, "a value expected near 'nul'" },
        { "{\"a\" 1}", 1, 6, "':' expected near '1'" },
        { "{1: 1}", 1, 2, "a member's name expected near '1'" },
        { "[\"a\nb\"]", 1, 4, "the control character 0x0a in a string" },
        { "[\"abc]", 1, 2, "a string without its closing quote" },
        { "[\"\xff\"]", 1, 2, "a string that is not UTF-8" },
        { "[\"\\x\"]", 1, 3, "an unknown escape" },
        { "[\"\\ud83d\"]", 1, 3, "\\ud83d without its other half" },
        { "[\"\\u12g4\"]", 1, 3, "an escape \\u without four hexadecimal digits" },
        { "[\"\\u0000\"]", 1, 3, "\\u0000 is not allowed" },
        { "[1e999]", 1, 2, "1e999 is beyond real numbers of 64 bits" },
        { "[99999999999999999999]", 1, 2,
          "99999999999999999999 is beyond whole numbers of 64 bits" },
        { "[\x80]", 1, 2, "a value expected near byte 0x80" },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        json_t *tree = NULL;
        hax_json_fault fault;
        assert_int_equal(
            hax_json_read_document(cases[c].text, strlen(cases[c].text), &tree, &fault),
            HAX_BAD_INPUT);
        assert_string_equal(fault.text, cases[c].fault);
        assert_int_equal(fault.line, cases[c].line);
        assert_int_equal(fault.column, cases[c].column);
        assert_null(tree);
    }
}

/* Reals of few digits take a way of their own: it ends where strtod does, to the last bit. */
static void short_reals_are_what_strtod_says(void **state)
{
    (void) state;
    hax_random random = { 11 };
    for (int turn = 0; turn < 200000; turn++) {
        char text[40] = "[";
        int digits = 1 + (int) hax_random_below(&random, 17), length = 1;
        int point = (int) hax_random_below(&random, (uint64_t) digits + 1);
        if (turn % 3 == 0)
            text[length++] = '-';
        text[length++] = (char) ('1' + hax_random_below(&random, 9));
        for (int d = 0; d < digits; d++) {
            if (d == point)
                text[length++] = '.';
            text[length++] = (char) ('0' + hax_random_below(&random, 10));
        }
        snprintf(text + length, sizeof text - (size_t) length, "%s]", point == digits ? ".0" : "");
        json_t *tree = NULL;
        hax_json_fault fault;
        assert_int_equal(hax_json_read_document(text, strlen(text), &tree, &fault), HAX_OK);
        double value = json_real_value(json_array_get(tree, 0)), wanted = strtod(text + 1, NULL);
        if (memcmp(&value, &wanted, sizeof value) != 0)
            fail_msg("%s is read as %.17g, it is %.17g", text, value, wanted);
        json_decref(tree);
    }
}

/* What stands behind the member is not looked at: documents have many megabytes there. */
static void a_member_is_found_without_what_follows(void **state)
{
    static const struct {
        const char *text, *value; /* NULL: there is none */
        size_t end;
    } cases[] = {
        { "{\"key\": 12, \"a\": no JSON", "12", 0 },
        { " { \"a\" : [{\"key\": 1}] ,\"key\":\n\"x\\\"y\"}", "\"x\\\"y\"", 0 },
        { "{\"a\": 1 }", NULL, 7 },
        { "{}", NULL, 1 },
    };
    (void) state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        hax_json_place place;
        hax_json_fault fault;
        const char *text = cases[c].text, *value = cases[c].value;
        assert_int_equal(hax_json_find_member(text, strlen(text), "key", &place, &fault), HAX_OK);
        assert_int_equal(place.is_there, value != NULL);
        if (value) {
            assert_int_equal(place.end - place.begin, strlen(value));
            assert_memory_equal(text + place.begin, value, strlen(value));
        } else {
            assert_int_equal(place.begin, cases[c].end);
            assert_int_equal(place.end, cases[c].end);
        }
    }
}

static void a_text_without_members_has_no_place(void **state)
{
    static const struct {
        const char *text, *fault;
    } cases[] = {
        { "[1]", "'{' expected near '[1'" },
        { "", "'{' expected near end of file" },
        { "{\"a\": 1", "',' or '}' expected near end of file" },
        { "{\"a\": 1,}", "a member's name expected near '}'" },
        { "{\"a\" 1}", "':' expected near '1'" },
        { "{\"key\": nul}", "a value expected near 'nul'" },
    };
    (void) state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        hax_json_place place;
        hax_json_fault fault = { 0 };
        assert_int_equal(
            hax_json_find_member(cases[c].text, strlen(cases[c].text), "key", &place, &fault),
            HAX_BAD_INPUT);
        assert_string_equal(fault.text, cases[c].fault);
    }
}

static void depth_has_a_limit(void **state)
{
    (void) state;
    static char text[6000];
    json_t *tree = NULL;
    hax_json_fault fault;
    for (int depth = 2048; depth <= 2049; depth++) {
        memset(text, '[', (size_t) depth);
        memset(text + depth, ']', (size_t) depth);
        hax_status status = hax_json_read_document(text, 2 * (size_t) depth, &tree, &fault);
        assert_int_equal(status, depth == 2048 ? HAX_OK : HAX_BAD_INPUT);
        if (status == HAX_OK)
            json_decref(tree);
    }
    assert_string_equal(fault.text, "more than 2048 values within each other");
}

/* A tree that lacks something is none. */
static void incomplete_trees_are_none(void **state)
{
    (void) state;
    hax_error err = { 0 };
    char *text = NULL;
    json_t *list = json_array(), *object = json_object();
    hax_json_append(&list, json_integer(1));
    assert_int_equal(json_array_size(list), 1);
    hax_json_append(&list, NULL);
    assert_null(list);
    hax_json_append(&list, json_integer(2));
    assert_null(list);
    hax_json_set(&object, "list", list);
    assert_null(object);
    hax_json_set(&object, "more", json_true());
    assert_null(object);
    assert_int_equal(hax_json_text(object, &text, &err), HAX_NO_MEMORY);
    assert_null(text);
    json_t *null = hax_json_words("\xff");
    assert_true(json_is_null(null));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(values_end_where_they_end),
        cmocka_unit_test(faults_have_places),
        cmocka_unit_test(short_reals_are_what_strtod_says),
        cmocka_unit_test(a_member_is_found_without_what_follows),
        cmocka_unit_test(a_text_without_members_has_no_place),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(mutated_texts_read_as_jansson_does),
        cmocka_unit_test(incomplete_trees_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
