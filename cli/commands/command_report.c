/* haxconn report: pages made of documents, and documents read back from pages. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "message.h"
#include "output.h"
#include "views.h"

typedef struct settings {
    cli_views views;
    const char *json;
    const char *document;
} settings;

static const settings defaults = { .json = NULL };

static const cli_option options[] = {
    { "output", 'o', CLI_FILE, offsetof(settings, views.page), "FILE",
      "write the page, - is standard output", 0, 0, NULL },
    { "json", 0, CLI_FILE, offsetof(settings, json), "FILE",
      "write a document as it was before it was put into a page, - is standard output", 0, 0,
      NULL },
    { "document", 0, CLI_TEXT, offsetof(settings, document), "NAME",
      "which one: result, schedule, problem, stream (default: the first; of several of that name "
      "the first too)",
      0, 0, NULL },
    { "trace", 0, CLI_FILE, offsetof(settings, views.trace), "FILE",
      "write the rounds as trace events, for Perfetto or Chrome", 0, 0, NULL },
    { .name = NULL },
};

/* What the operands hold. */
typedef struct documents {
    int count;
    char **texts;
    char **schemas;
} documents;

static void documents_free(documents *list)
{
    for (int d = 0; d < list->count; d++) {
        free(list->texts[d]);
        free(list->schemas[d]);
    }
    free(list->texts);
    free(list->schemas);
}

/* Takes the text over. */
static hax_status add_document(documents *list, char *text, const char *file, hax_error *err)
{
    char *schema = NULL;
    char **texts = realloc(list->texts, ((size_t) list->count + 1) * sizeof *texts);
    list->texts = texts ? texts : list->texts;
    char **schemas = realloc(list->schemas, ((size_t) list->count + 1) * sizeof *schemas);
    list->schemas = schemas ? schemas : list->schemas;
    hax_status status = texts && schemas
                            ? hax_document_schema(text, strlen(text), file, &schema, err)
                            : cli_fail(err, HAX_NO_MEMORY, "out of memory for documents");
    if (status != HAX_OK) {
        free(text);
        return status;
    }
    list->texts[list->count] = text;
    list->schemas[list->count++] = schema;
    return HAX_OK;
}

static hax_status add_page(documents *list, const char *html, const char *file, hax_error *err)
{
    char **found = NULL;
    int count = 0;
    hax_status status = hax_report_html_documents(html, file, &count, &found, err);
    for (int d = 0; d < count && status == HAX_OK; d++) {
        char *text = found[d];
        found[d] = NULL;
        status = add_document(list, text, file, err);
    }
    hax_report_html_documents_free(count, found);
    return status;
}

static bool is_page(const char *text)
{
    text += strspn(text, " \t\r\n");
    return text[0] == '<';
}

/* Lines of JSON are what a stream writes: each is a document, of which the last of a deployment
 * count. */
static hax_status add_lines(documents *list, const char *text, const char *file, hax_error *err)
{
    hax_status status = HAX_OK;
    while (*text && status == HAX_OK) {
        size_t length = strcspn(text, "\n");
        char *line = length > 0 ? strndup(text, length) : NULL;
        if (line)
            status = add_document(list, line, file, err);
        else if (length > 0)
            status = cli_fail(err, HAX_NO_MEMORY, "out of memory for documents");
        text += length + (text[length] == '\n');
    }
    return status;
}

static bool is_lines(const char *text)
{
    static const char begin[] = "{\"schema\":\"haxconn/stream\"";
    return strncmp(text, begin, sizeof begin - 1) == 0;
}

static hax_status read_file(documents *list, const char *file, hax_error *err)
{
    char *text = NULL;
    size_t length;
    hax_status status = hax_document_read(file, &text, &length, err);
    if (status != HAX_OK)
        return status;
    if (strlen(text) < length)
        status =
            cli_fail(err, HAX_BAD_INPUT, "'%s' is neither a page nor JSON: it has NUL bytes", file);
    else if (is_page(text))
        status = add_page(list, text, file, err);
    else if (is_lines(text))
        status = add_lines(list, text, file, err);
    else
        return add_document(list, text, file, err);
    free(text);
    return status;
}

static const char *short_name(const char *schema)
{
    const char *slash = strchr(schema, '/');
    return slash ? slash + 1 : schema;
}

static hax_status write_document(const documents *list, const settings *set, hax_error *err)
{
    int chosen = 0;
    while (set->document && chosen < list->count &&
           strcmp(short_name(list->schemas[chosen]), set->document) != 0)
        chosen++;
    if (chosen == list->count)
        return cli_fail(err, HAX_BAD_INPUT,
                        "there is no document '%s': 'haxconn report FILE' lists those that are",
                        set->document);
    const char *text = list->texts[chosen];
    if (!cli_to_stdout(set->json))
        return hax_document_write(set->json, text, strlen(text), err);
    fputs(text, stdout);
    return HAX_OK;
}

static void print_list(const documents *list)
{
    char schema[200];
    for (int d = 0; d < list->count; d++) {
        hax_report_visible(list->schemas[d], schema, sizeof schema);
        printf("%-20s %zu bytes\n", schema, strlen(list->texts[d]));
    }
}

/* A page or a trace of a profile would be an empty one. */
static hax_status check_kinds(const documents *list, hax_error *err)
{
    static const char *const drawn[] = { "haxconn/result", "haxconn/schedule", "haxconn/stream" };
    for (int d = 0; d < list->count; d++)
        for (size_t k = 0; k < sizeof drawn / sizeof *drawn; k++)
            if (strcmp(list->schemas[d], drawn[k]) == 0)
                return HAX_OK;
    return cli_fail(err, HAX_BAD_INPUT,
                    "a '%s' alone has nothing to draw: give what run, compare, schedule or stream "
                    "wrote with --json",
                    list->schemas[0]);
}

static hax_status report(const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    documents list = { 0 };
    hax_status status = HAX_OK;
    if (set->document && !set->json)
        return cli_fail(err, HAX_USAGE, "report: --document has no effect without --json");
    for (int o = 0; o < call->operand_count && status == HAX_OK; o++)
        status = read_file(&list, call->operands[o], err);
    if (status == HAX_OK && cli_views_wanted(&set->views))
        status = check_kinds(&list, err);
    if (status == HAX_OK)
        status = cli_views_write_stamped(&set->views, list.count, (const char *const *) list.texts,
                                         NULL, err);
    if (status == HAX_OK && set->json)
        status = write_document(&list, set, err);
    else if (status == HAX_OK && !cli_views_wanted(&set->views))
        print_list(&list);
    documents_free(&list);
    return status;
}

const cli_command cli_report = {
    .name = "report",
    .operands = "RUN.json... | PAGE.html",
    .summary = "Make a page or a trace of documents, read documents back from a page",
    .text = "RUN.json is what run, compare, schedule or stream wrote with --json; a schedule's "
            "problem\n"
            "may stand beside it, and then names and times are shown too. PAGE.html is what they "
            "wrote\n"
            "with --report. Without an option the documents are listed.\n\n"
            "  haxconn report run.json -o run.html\n"
            "  haxconn report plan.json problem.json -o plan.html --trace plan-trace.json\n"
            "  haxconn report run.html --json -\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 1,
    .operand_max = -1,
    .run = report,
};
