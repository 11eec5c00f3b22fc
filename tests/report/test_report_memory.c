/* Pages and traces without memory: none is made, or the whole one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "each_allocation.h"
#include "error.h"
#include "haxconn/report.h"

static const char *const documents[] = {
    "{\"schema\": \"haxconn/result\", \"tool\": {\"name\": \"haxconn\", \"version\": \"1.0.0\", "
    "\"command\": \"haxconn run a\"}, \"platform\": {\"simulated\": false}, \"rows\": ["
    "{\"name\": \"haxconn\", \"reference\": false, \"predicted_ms\": 2, "
    "\"measured_ms\": {\"median\": 2}, \"jobs\": ["
    "{\"instance\": \"a\", \"group\": 0, \"part\": \"run\", \"unit\": \"big\", "
    "\"start_ms\": {\"predicted\": 0, \"median\": 0}, \"ms\": {\"predicted\": 1, \"median\": 1}},"
    "{\"instance\": \"a\", \"group\": 1, \"part\": \"run\", \"unit\": \"small\", "
    "\"start_ms\": {\"predicted\": 1, \"median\": 1}, \"ms\": {\"predicted\": 1, \"median\": 1}}"
    "]}], \"problem\": {\"instances\": [{\"name\": \"a\", \"groups\": [{\"name\": \"0-3\", "
    "\"on\": {\"big\": {\"time_ms\": 1, \"gbps\": 4}}}]}]}}"
};

typedef hax_status view_of(char **text, hax_error *err);

static hax_status page(char **text, hax_error *err)
{
    return hax_report_html(1, documents, "a table\n", text, err);
}

static hax_status trace(char **text, hax_error *err)
{
    return hax_report_trace(1, documents, text, err);
}

/* As it is with memory, or not at all. */
static hax_status compare(view_of *view, const char *whole, bool *kept, hax_error *err)
{
    char *text = &hax_untouched;
    hax_status status = view(&text, err);
    *kept = text == &hax_untouched;
    if (status != HAX_OK)
        return status;
    if (strcmp(text, whole) != 0)
        status = hax_fail(err, HAX_FAILURE, "another text than with memory");
    free(text);
    return status;
}

typedef struct wholes {
    char *page, *trace;
} wholes;

static hax_status make_page(const void *context, bool *kept, hax_error *err)
{
    return compare(page, ((const wholes *) context)->page, kept, err);
}

static hax_status make_trace(const void *context, bool *kept, hax_error *err)
{
    return compare(trace, ((const wholes *) context)->trace, kept, err);
}

static void views(void **state)
{
    (void) state;
    static const hax_allocation_case cases[] = {
        { .name = "page", .call = make_page },
        { .name = "trace", .call = make_trace },
    };
    wholes whole;
    assert_int_equal(page(&whole.page, NULL), HAX_OK);
    assert_int_equal(trace(&whole.trace, NULL), HAX_OK);
    assert_non_null(strstr(whole.page, "<title>haxconn run a</title>"));
    assert_non_null(strstr(whole.trace, "\"command\": \"haxconn run a\""));
    int wrong = hax_each_allocation(2, cases, &whole);
    free(whole.page);
    free(whole.trace);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
