/* Schedule documents for tests: made, edited and verified. */
#ifndef TESTS_SCHEDULE_DOCUMENTS_H
#define TESTS_SCHEDULE_DOCUMENTS_H

#include <jansson.h>

#include "haxconn/verify.h"

/* The problem of a document's text; the test fails where that is none. */
const hax_problem *document_problem(const char *text);

/* What `haxconn schedule` writes: the answer, its baselines and the verdict. NULL where no schedule
 * keeps the limits. `node_limit` as in hax_solve_options. Free with json_decref. */
json_t *document_solved(const hax_problem *problem, uint64_t node_limit);

/* The same of jobs in an order, as they are evaluated: no bound, no proof. */
json_t *document_evaluated(const hax_problem *problem, int job_count, const hax_job *jobs);

/* Sets the value of a path ("order.u1[0].start_ms") to what a JSON text says; an index behind the
 * last one appends; NULL removes. The test fails where there is no such place. */
void document_set(json_t *document, const char *path, const char *text);

/* The same with a value, which is taken over. */
void document_put(json_t *document, const char *path, json_t *value);

/* NULL where there is no such place. The path "" is the document. */
json_t *document_get(json_t *document, const char *path);

typedef struct document_answer {
    hax_status status;
    hax_verification made; /* without `unchecked` */
    hax_error err;
} document_answer;

document_answer document_verify(const hax_problem *problem, const json_t *document);

#endif
