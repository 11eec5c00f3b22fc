/*
 * A report as one page that needs nothing else: the documents as they were written, the report for
 * terminals, and a script that draws what is in the documents (page.js, with page.css, compiled
 * in).
 */
#include "page.h"

#include <assert.h>
#include <string.h>

#include "explain.h"
#include "haxconn/report.h"
#include "haxconn/version.h"
#include "json.h"
#include "page_css.h"
#include "page_js.h"

/* What browsers are told to refuse is what a page without a network does not need. */
static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"generator\" content=\"haxconn " HAX_VERSION "\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'\">\n"
    "<link rel=\"icon\" href=\"data:,\">\n";

static void append_lines(const char *const *lines, hax_text *out)
{
    for (; *lines; lines++) {
        hax_text_append(out, *lines);
        hax_text_append(out, "\n");
    }
}

/* Text of an element or of a quoted attribute. */
static void append_escaped(const char *text, hax_text *out)
{
    while (*text) {
        size_t plain = strcspn(text, "&<>\"");
        hax_text_append_bytes(out, text, plain);
        text += plain;
        const char *entity = *text == '&'   ? "&amp;"
                             : *text == '<' ? "&lt;"
                             : *text == '>' ? "&gt;"
                                            : "&quot;";
        if (*text) {
            hax_text_append(out, entity);
            text++;
        }
    }
}

static void append_document(const char *document, hax_text *out)
{
    hax_text_append(out, HAX_PAGE_DOCUMENT_BEGIN);
    for (;;) {
        size_t plain = strcspn(document, "<");
        hax_text_append_bytes(out, document, plain);
        document += plain;
        if (!*document)
            break;
        hax_text_append(out, HAX_PAGE_LESS_THAN);
        document++;
    }
    hax_text_append(out, HAX_PAGE_DOCUMENT_END);
}

/* The command that wrote a document, or its schema. */
static void append_title(json_t *tree, hax_text *out)
{
    const char *command =
        json_string_value(json_object_get(json_object_get(tree, "tool"), "command"));
    const char *schema = json_string_value(json_object_get(tree, "schema"));
    append_escaped(command ? command : schema ? schema : "haxconn", out);
}

/* The script takes all of them for JSON, and asks each what it is. */
static hax_status check_documents(int count, const char *const *documents, json_t **first,
                                  hax_error *err)
{
    for (int d = 0; d < count; d++) {
        json_t *tree = NULL;
        hax_json schema;
        const char *word;
        HAX_TRY(hax_json_parse(documents[d], strlen(documents[d]), "document", &tree, err));
        const hax_json root = hax_json_root(tree, "document");
        hax_status status = hax_json_member(&root, "schema", &schema, err);
        if (status == HAX_OK)
            status = hax_json_string(&schema, &word, err);
        if (status == HAX_OK && d == 0)
            *first = json_incref(tree);
        json_decref(tree);
        HAX_TRY(status);
    }
    return HAX_OK;
}

static void append_page(int count, const char *const *documents, json_t *first, const char *text,
                        hax_text *out)
{
    hax_text_append(out, head);
    hax_text_append(out, "<title>");
    append_title(first, out);
    hax_text_append(out, "</title>\n<style>\n");
    append_lines(page_css, out);
    hax_text_append(out, "</style>\n</head>\n<body>\n<main id=\"report\">\n"
                         "<noscript><p>Without JavaScript there are no charts: what follows is "
                         "the report for terminals.</p></noscript>\n</main>\n");
    if (text) {
        hax_text_append(out, "<details class=\"terminal\" open><summary>As a terminal shows "
                             "it</summary><pre tabindex=\"0\">");
        append_escaped(text, out);
        hax_text_append(out, "</pre></details>\n");
    }
    for (int d = 0; d < count; d++)
        append_document(documents[d], out);
    hax_text_append(out, "<script>\n");
    append_lines(page_js, out);
    hax_text_append(out, "</script>\n</body>\n</html>\n");
}

hax_status hax_report_html(int count, const char *const *documents, const char *text, char **html,
                           hax_error *err)
{
    assert(count > 0 && documents && html);
    hax_text out = { 0 };
    json_t *first = NULL;
    hax_status status = check_documents(count, documents, &first, err);
    if (status == HAX_OK)
        append_page(count, documents, first, text, &out);
    json_decref(first);
    return status == HAX_OK ? hax_report_take(&out, "a page", html, err) : status;
}
