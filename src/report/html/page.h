/* A report as a page: the documents in it, and how they are kept from ending their element. */
#ifndef HAX_REPORT_HTML_PAGE_H
#define HAX_REPORT_HTML_PAGE_H

/* Around each document. Within, '<' is the escape \u003c, which JSON has in strings only: whatever
 * a name holds, no text ends the element or begins another one. */
#define HAX_PAGE_DOCUMENT_BEGIN "<script type=\"application/json\" class=\"haxconn-document\">\n"
#define HAX_PAGE_DOCUMENT_END "</script>\n"
#define HAX_PAGE_LESS_THAN "\\u003c"

#endif
