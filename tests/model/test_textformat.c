/* The text format: every form of the grammar, and the place of every error. */
#include "textformat.h"

#include "fixture.h"

typedef struct parsed {
    hax_arena *arena;
    const hax_textformat_node *root;
} parsed;

static parsed parse(const char *text, size_t length)
{
    parsed p = { hax_arena_create(), NULL };
    hax_error err = { 0 };
    if (hax_textformat_parse(p.arena, text, length, "f", &p.root, &err) != HAX_OK)
        fail_msg("%d:%d: %s", err.line, err.column, err.message);
    return p;
}

static parsed parse_string(const char *text)
{
    return parse(text, strlen(text));
}

static void refuse_bytes(const char *text, size_t length, int line, int column)
{
    hax_arena *arena = hax_arena_create();
    const hax_textformat_node *root = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_textformat_parse(arena, text, length, "f", &root, &err), HAX_BAD_INPUT);
    assert_null(root);
    if (err.line != line || err.column != column)
        fail_msg("'%s': at %d:%d and not %d:%d: %s", text, err.line, err.column, line, column,
                 err.message);
    hax_arena_destroy(arena);
}

static void refuse(const char *text, int line, int column)
{
    refuse_bytes(text, strlen(text), line, column);
}

static void forms_of_fields(void **state)
{
    (void) state;
    static const char *const same[] = {
        "a: 1 b { c: 2 } d: 3",
        "a:1;b{c:2;};d:3",
        "a:1,b<c:2>,d:3,",
        "a: 1\r\nb: {\r\n\tc: 2\r\n}\r\nd: 3\r\n",
        "# a [comment] { with: 'brackets' <\na: 1 #x\nb: < c: 2 > # } ]\nd: 3#",
        "\xef\xbb\xbf"
        "a: [1] b: [ { c: 2 } ] d: 3",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        parsed p = parse_string(same[i]);
        const hax_textformat_node *a = p.root->first;
        assert_string_equal(a->name, "a");
        assert_int_equal(a->whole, 1);
        const hax_textformat_node *b = a->next;
        assert_int_equal(b->kind, TEXTFORMAT_MESSAGE);
        assert_string_equal(b->first->name, "c");
        assert_int_equal(b->first->whole, 2);
        assert_null(b->first->next);
        assert_string_equal(b->next->name, "d");
        assert_int_equal(b->next->whole, 3);
        assert_null(b->next->next);
        hax_arena_destroy(p.arena);
    }
}

static void lists_are_repeated_fields(void **state)
{
    (void) state;
    parsed p = parse_string("dim: [1, 3 , 0x1f,017] m: [{a: 1}, <a: 2>] none: [] z: 1");
    static const int64_t dims[] = { 1, 3, 31, 15 };
    const hax_textformat_node *node = p.root->first;
    for (int i = 0; i < 4; i++, node = node->next) {
        assert_string_equal(node->name, "dim");
        assert_int_equal(node->whole, dims[i]);
    }
    for (int i = 1; i <= 2; i++, node = node->next) {
        assert_string_equal(node->name, "m");
        assert_int_equal(node->first->whole, i);
    }
    assert_string_equal(node->name, "z");
    assert_null(node->next);
    hax_arena_destroy(p.arena);
}

static void numbers(void **state)
{
    (void) state;
    static const struct {
        const char *text;
        double value;
        bool whole;
    } cases[] = {
        { "a: 0", 0, true },         { "a: -17", -17, true },      { "a: - 3", -3, true },
        { "a: 0x1F", 31, true },     { "a: -0x10", -16, true },    { "a: 010", 8, true },
        { "a: 0.75", 0.75, false },  { "a: .5", 0.5, false },      { "a: 5.", 5, false },
        { "a: 1e-5", 1e-5, false },  { "a: 2.5E+3", 2500, false }, { "a: 1f", 1, false },
        { "a: 0.25F", 0.25, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        parsed p = parse_string(cases[i].text);
        assert_int_equal(p.root->first->kind, TEXTFORMAT_NUMBER);
        assert_true(p.root->first->number == cases[i].value);
        assert_int_equal(p.root->first->is_whole, cases[i].whole);
        hax_arena_destroy(p.arena);
    }
    parsed p = parse_string("a: inf b: -inf c: nan d: 9223372036854775807 e: 9223372036854775808");
    const hax_textformat_node *a = p.root->first;
    assert_true(a->number > 1e308 && a->next->number < -1e308);
    assert_true(a->next->next->number != a->next->next->number);
    assert_true(a->next->next->next->whole == INT64_MAX);
    assert_false(a->next->next->next->next->is_whole);
    hax_arena_destroy(p.arena);
}

static void strings(void **state)
{
    (void) state;
    parsed p = parse_string("a: 'it''s' b: \"x\\n\\t\\\"\\'\\\\\\101\\x42\" \"cd\"\n 'e' c: ''");
    const hax_textformat_node *a = p.root->first;
    assert_string_equal(a->text, "its");
    assert_string_equal(a->next->text, "x\n\t\"'\\ABcde");
    assert_string_equal(a->next->next->text, "");
    hax_arena_destroy(p.arena);
    p = parse_string("a: \"\xc3\xa9 \xe2\x82\xac\"");
    assert_string_equal(p.root->first->text, "\xc3\xa9 \xe2\x82\xac");
    hax_arena_destroy(p.arena);
}

static void places_of_nodes(void **state)
{
    (void) state;
    parsed p = parse_string("a: 1\n  b {\n\tc:   2\n}");
    const hax_textformat_node *c = p.root->first->next->first;
    assert_int_equal(p.root->first->next->line, 2);
    assert_int_equal(p.root->first->next->column, 3);
    assert_int_equal(c->line, 3);
    assert_int_equal(c->column, 2);
    assert_int_equal(c->value_line, 3);
    assert_int_equal(c->value_column, 7);
    hax_arena_destroy(p.arena);
}

static void errors_have_places(void **state)
{
    (void) state;
    refuse("a", 1, 2);
    refuse("a 1", 1, 3);
    refuse("a: ", 1, 4);
    refuse("a: }", 1, 4);
    refuse("a: 1\n}", 2, 1);
    refuse("a {\n b: 1\n", 3, 1);
    refuse("a { b: 1 >", 1, 10);
    refuse("a < b: 1 }", 1, 10);
    refuse("a: 1x", 1, 4);
    refuse("a: 08", 1, 4);
    refuse("a: 1.2.3", 1, 4);
    refuse("a: 0x", 1, 4);
    refuse("a: 1e", 1, 4);
    refuse("a: -true", 1, 4);
    refuse("a: [1 2]", 1, 7);
    refuse("a: [1,", 1, 7);
    refuse("a: [1,]", 1, 7);
    refuse("a: [{b: 1} {b: 2}]", 1, 12);
    refuse("a [1]", 1, 3);
    refuse("a: \"x", 1, 6);
    refuse("a: \"x\ny\"", 1, 6);
    refuse("a: \"\\q\"", 1, 6);
    refuse("a: \"\\0\"", 1, 7);
    refuse("a: \"\\777\"", 1, 9);
    refuse("[ext.name]: 1", 1, 1);
    refuse("a: 1;; b: 2", 1, 6);
    refuse("a: \"\xff\"", 1, 4);
    refuse("a: \"\xc0\x80\"", 1, 4);
    refuse("a: \"\xed\xa0\x80\"", 1, 4);
    refuse_bytes("a: \"x\0y\"", 9, 1, 6);
    refuse_bytes("\x7f"
                 "ELF\0\0",
                 6, 1, 1);
    refuse_bytes("a: 1\n\0", 6, 2, 1);
}

static void depth_is_limited(void **state)
{
    (void) state;
    enum { MANY = 100000 };
    char *deep = malloc(2 * MANY + 1);
    assert_non_null(deep);
    for (int i = 0; i < MANY; i++)
        memcpy(deep + 2 * (size_t) i, "a{", 2);
    refuse_bytes(deep, 2 * (size_t) MANY, 1, 2 * TEXTFORMAT_MAX_DEPTH);
    free(deep);
}

/* Whatever is cut off a text, it is read or refused, and never past its end. */
static void every_prefix_is_safe(void **state)
{
    (void) state;
    static const char text[] =
        "a: [1,{b:'x' \"\\x41\"}] c <d: -0x1f e: .5f> # end\nf: [] g { h: true }";
    for (size_t length = 0; length < sizeof text; length++) {
        char *exact = malloc(length + 1);
        assert_non_null(exact);
        memcpy(exact, text, length);
        hax_arena *arena = hax_arena_create();
        const hax_textformat_node *root = NULL;
        hax_status status = hax_textformat_parse(arena, exact, length, "f", &root, NULL);
        assert_true(status == HAX_OK || status == HAX_BAD_INPUT);
        hax_arena_destroy(arena);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_of_fields),  cmocka_unit_test(lists_are_repeated_fields),
        cmocka_unit_test(numbers),          cmocka_unit_test(strings),
        cmocka_unit_test(places_of_nodes),  cmocka_unit_test(errors_have_places),
        cmocka_unit_test(depth_is_limited), cmocka_unit_test(every_prefix_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
