/* Pages for browsers: what stands in them, that no name gets out of its place, that documents come
 * back. What only a browser can tell is in scripts/report_browser.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/report.h"

#define RUN                                                                                   \
    "{\n  \"schema\": \"haxconn/result\",\n  \"tool\": {\"name\": \"haxconn\", \"version\": " \
    "\"0.1.0\", \"command\": \"haxconn run a b\"}\n}\n"

static char *page_of(int count, const char *const *documents, const char *text)
{
    hax_error err = { 0 };
    char *html = NULL;
    if (hax_report_html(count, documents, text, &html, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return html;
}

static int count_of(const char *text, const char *what)
{
    int count = 0;
    for (const char *found = text; (found = strstr(found, what)); found++)
        count++;
    return count;
}

/* ---- well formed ----------------------------------------------------------------------------- */

typedef struct stack {
    char names[32][16];
    int depth;
} stack;

/* The tag that begins here, checked against the open ones; the place behind it, which of an element
 * with text that is no markup is its end. */
static const char *take_tag(stack *open, const char *tag)
{
    static const char *const empty[] = { "meta", "link", "!DOCTYPE" };
    const bool closes = tag[1] == '/';
    char name[16] = "";
    size_t length = 0;
    tag += 1 + closes;
    while (length + 1 < sizeof name && (isalnum((unsigned char) *tag) || *tag == '!'))
        name[length++] = *tag++;
    assert_true(length > 0);
    const char *end = strchr(tag, '>');
    assert_non_null(end);
    for (size_t e = 0; e < sizeof empty / sizeof *empty; e++)
        if (strcmp(name, empty[e]) == 0)
            return end + 1;
    if (closes) {
        assert_true(open->depth > 0);
        assert_string_equal(open->names[--open->depth], name);
        return end + 1;
    }
    assert_true(open->depth < 32);
    strcpy(open->names[open->depth++], name);
    if (strcmp(name, "script") != 0 && strcmp(name, "style") != 0)
        return end + 1;
    end = strstr(end, name[1] == 'c' ? "</script" : "</style");
    assert_non_null(end);
    return end;
}

static void assert_well_formed(const char *html)
{
    stack open = { 0 };
    assert_memory_equal(html, "<!DOCTYPE html>", 15);
    while ((html = strchr(html, '<')))
        html = take_tag(&open, html);
    assert_int_equal(open.depth, 0);
}

static void page_is_whole(void **state)
{
    (void) state;
    const char *const documents[] = { RUN };
    char *html = page_of(1, documents, "a table\n");
    assert_well_formed(html);
    assert_non_null(strstr(html, "<title>haxconn run a b</title>"));
    assert_non_null(strstr(html, "<pre tabindex=\"0\">a table\n</pre>"));
    assert_non_null(strstr(html, "prefers-color-scheme: dark"));
    assert_non_null(strstr(html, "@media print"));
    assert_int_equal(count_of(html, "<script"), 2);
    free(html);
}

/* A browser that is told to refuse all of a network cannot be made to ask; nothing of the page's
 * own would. */
static void page_asks_for_nothing(void **state)
{
    (void) state;
    const char *const documents[] = { RUN };
    char *html = page_of(1, documents, NULL);
    assert_non_null(strstr(html, "default-src 'none'"));
    assert_int_equal(count_of(html, "src="), 0);
    assert_int_equal(count_of(html, "@import"), 0);
    assert_int_equal(count_of(html, "url("), 0);
    assert_int_equal(count_of(html, "href=\"http"), 0);
    assert_int_equal(count_of(html, "://"), 1); /* the name of SVG */
    assert_non_null(strstr(html, "'http://www.w3.org/2000/svg'"));
    free(html);
}

/* What is left of a megabyte is for documents. */
static void page_is_small(void **state)
{
    (void) state;
    const char *const documents[] = { RUN };
    char *html = page_of(1, documents, NULL);
    assert_true(strlen(html) < 60000);
    free(html);
}

static void page_is_the_same_again(void **state)
{
    (void) state;
    const char *const documents[] = { RUN, RUN };
    char *html = page_of(2, documents, "text"), *again = page_of(2, documents, "text");
    assert_string_equal(html, again);
    free(html);
    free(again);
}

/* ---- documents ------------------------------------------------------------------------------- */

static void assert_comes_back(const char *document)
{
    const char *const documents[] = { RUN, document };
    hax_error err = { 0 };
    char **found = NULL;
    int count = 0;
    char *html = page_of(2, documents, NULL);
    assert_well_formed(html);
    assert_int_equal(count_of(html, "<script"), 3);
    assert_int_equal(count_of(html, "</script"), 3);
    assert_int_equal(hax_report_html_documents(html, "p.html", &count, &found, &err), HAX_OK);
    assert_int_equal(count, 2);
    assert_string_equal(found[0], RUN);
    assert_string_equal(found[1], document);
    hax_report_html_documents_free(count, found);
    free(html);
}

static void names_stay_in_their_place(void **state)
{
    (void) state;
    assert_comes_back("{\"schema\": \"x\", \"net\": \"</script><script>alert(1)</script>\"}\n");
    assert_comes_back("{\"schema\": \"x\", \"net\": \"<!--<script>\"}\n");
    assert_comes_back("{\"schema\": \"x\", \"net\": \"a < b, \\\\u003c, \\\\\\\\u003c, \\\"\"}\n");
    assert_comes_back("{\"schema\": \"x\", \"net\": \"\\\\<\"}");
    assert_comes_back("{\"schema\": \"x\", \"\\u00fc\": \"\xc3\xbc\"}\n\n");
}

static void title_and_text_are_escaped(void **state)
{
    (void) state;
    const char *const documents[] = { "{\"schema\": \"haxconn/result\", \"tool\": {\"command\": "
                                      "\"haxconn run '</title><b>' \\\"&\\\"\"}}" };
    char *html = page_of(1, documents, "</pre><b>&amp;");
    assert_well_formed(html);
    assert_non_null(strstr(html, "<title>haxconn run '&lt;/title&gt;&lt;b&gt;' "
                                 "&quot;&amp;&quot;</title>"));
    assert_non_null(strstr(html, ">&lt;/pre&gt;&lt;b&gt;&amp;amp;</pre>"));
    free(html);
}

/* An escape that was there already comes back as the character that it is. */
static void escape_becomes_its_character(void **state)
{
    (void) state;
    const char *const documents[] = { "{\"schema\": \"x\", \"net\": \"\\u003cb\"}" };
    hax_error err = { 0 };
    char **found = NULL;
    int count = 0;
    char *html = page_of(1, documents, NULL);
    assert_int_equal(hax_report_html_documents(html, "p.html", &count, &found, &err), HAX_OK);
    assert_string_equal(found[0], "{\"schema\": \"x\", \"net\": \"<b\"}");
    hax_report_html_documents_free(count, found);
    free(html);
}

static void what_is_no_page_is_refused(void **state)
{
    (void) state;
    hax_error err = { 0 };
    char **found = NULL;
    int count = -1;
    assert_int_equal(hax_report_html_documents("<html></html>", "p.html", &count, &found, &err),
                     HAX_BAD_INPUT);
    assert_string_equal(err.message,
                        "'p.html' is no page that haxconn wrote: no document is in it");
}

static void page_that_is_cut_off_is_refused(void **state)
{
    (void) state;
    const char *const documents[] = { RUN, RUN };
    hax_error err = { 0 };
    char **found = NULL;
    int count = -1;
    char *html = page_of(2, documents, NULL);
    char *second = strstr(strstr(html, "haxconn-document\">\n") + 1, "haxconn-document\">\n");
    second[40] = '\0';
    assert_int_equal(hax_report_html_documents(html, "p.html", &count, &found, &err),
                     HAX_BAD_INPUT);
    assert_string_equal(err.message, "'p.html': document 2 of 2 has no end: the file is cut off");
    assert_int_equal(count, -1);
    free(html);
}

static void what_is_no_document_is_refused(void **state)
{
    (void) state;
    static const char *const wrong[] = { "{\"schema\": \"x\", }", "{\"version\": 1}",
                                         "{\"schema\": 1}", "[]" };
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
        const char *const documents[] = { RUN, wrong[w] };
        hax_error err = { 0 };
        char *html = NULL;
        assert_int_equal(hax_report_html(2, documents, NULL, &html, &err), HAX_BAD_INPUT);
        assert_null(html);
        assert_true(err.message[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_is_whole),
        cmocka_unit_test(page_asks_for_nothing),
        cmocka_unit_test(page_is_small),
        cmocka_unit_test(page_is_the_same_again),
        cmocka_unit_test(names_stay_in_their_place),
        cmocka_unit_test(title_and_text_are_escaped),
        cmocka_unit_test(escape_becomes_its_character),
        cmocka_unit_test(what_is_no_page_is_refused),
        cmocka_unit_test(page_that_is_cut_off_is_refused),
        cmocka_unit_test(what_is_no_document_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
