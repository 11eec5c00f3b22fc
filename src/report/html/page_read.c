/* The documents of a page, as they were before they were put in. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/report.h"
#include "page.h"
#include "text.h"

/* Back from the escape; another one's backslash is not the begin of this one ("\\u003c" is a
 * backslash and letters). */
static void append_plain(const char *begin, const char *end, hax_text *out)
{
    const size_t escape = strlen(HAX_PAGE_LESS_THAN);
    while (begin < end) {
        const char *backslash = memchr(begin, '\\', (size_t) (end - begin));
        const char *until = backslash ? backslash : end;
        hax_text_append_bytes(out, begin, (size_t) (until - begin));
        begin = until;
        if (begin == end)
            break;
        const size_t left = (size_t) (end - begin);
        const bool ours = left >= escape && memcmp(begin, HAX_PAGE_LESS_THAN, escape) == 0;
        const size_t taken = ours ? escape : left < 2 ? left : 2;
        hax_text_append_bytes(out, ours ? "<" : begin, ours ? 1 : taken);
        begin += taken;
    }
}

/* A text without its NUL bytes' successors is searched: documents have none. */
static const char *find(const char *html, const char *mark)
{
    const char *found = strstr(html, mark);
    return found ? found + strlen(mark) : NULL;
}

static int count_documents(const char *html)
{
    int count = 0;
    for (const char *at = html; (at = find(at, HAX_PAGE_DOCUMENT_BEGIN)); count++)
        ;
    return count;
}

void hax_report_html_documents_free(int count, char **documents)
{
    for (int d = 0; documents && d < count; d++)
        free(documents[d]);
    free(documents);
}

static hax_status take_documents(const char *html, const char *file, int count, char **documents,
                                 hax_error *err)
{
    for (int d = 0; d < count; d++) {
        hax_text text = { 0 };
        const char *begin = find(html, HAX_PAGE_DOCUMENT_BEGIN);
        const char *end = strstr(begin, HAX_PAGE_DOCUMENT_END);
        if (!end)
            return hax_fail(err, HAX_BAD_INPUT,
                            "'%s': document %d of %d has no end: the file is cut off", file, d + 1,
                            count);
        append_plain(begin, end, &text);
        HAX_TRY(hax_text_give(&text, &documents[d], "a document", err));
        html = end;
    }
    return HAX_OK;
}

hax_status hax_report_html_documents(const char *html, const char *file, int *count,
                                     char ***documents, hax_error *err)
{
    assert(html && file && count && documents);
    const int found = count_documents(html);
    if (found == 0)
        return hax_fail(err, HAX_BAD_INPUT,
                        "'%s' is no page that haxconn wrote: no document is in it", file);
    char **list = calloc((size_t) found, sizeof *list);
    if (!list)
        return hax_fail_memory(err, "documents");
    hax_status status = take_documents(html, file, found, list, err);
    if (status != HAX_OK) {
        hax_report_html_documents_free(found, list);
        return status;
    }
    *count = found;
    *documents = list;
    return HAX_OK;
}
