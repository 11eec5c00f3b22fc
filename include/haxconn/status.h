/*
 * Status codes and the error record that every fallible function fills.
 *
 * A function that can fail returns `hax_status` and takes a `hax_error *` as its
 * last argument. The error may be NULL when the caller does not want the text.
 * Outputs are written on success only.
 */
#ifndef HAXCONN_STATUS_H
#define HAXCONN_STATUS_H

#include "haxconn/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The one table of statuses: name, exit code of the command-line tool, text. */
#define HAX_STATUS_TABLE(X)                                           \
    X(HAX_OK, 0, "done")                                              \
    X(HAX_FAILURE, 1, "failure")                                      \
    X(HAX_NO_MEMORY, 1, "out of memory")                              \
    X(HAX_IO, 1, "input/output failure")                              \
    X(HAX_WORKER_LOST, 1, "a worker process died or hangs")           \
    X(HAX_USAGE, 2, "wrong usage")                                    \
    X(HAX_BAD_INPUT, 3, "bad input")                                  \
    X(HAX_UNAVAILABLE, 4, "unit or driver not available")             \
    X(HAX_MISMATCH, 5, "verification failed")                         \
    X(HAX_LIMIT, 10, "a limit was reached, the best so far is given") \
    X(HAX_INFEASIBLE, 20, "proven infeasible")                        \
    X(HAX_INTERRUPTED, 130, "interrupted")

typedef enum hax_status {
#define X(name, exit_code, text) name,
    HAX_STATUS_TABLE(X)
#undef X
} hax_status;

enum {
    HAX_ERROR_FILE_MAX = 512,
    HAX_ERROR_MESSAGE_MAX = 1024,
};

/*
 * What went wrong and where. `file` is empty when no input file is concerned;
 * `line` and `column` count from 1, 0 where unknown. `message` names the object,
 * the value, the limit and what to do; it has no final newline.
 */
typedef struct hax_error {
    hax_status status;
    int line;
    int column;
    char file[HAX_ERROR_FILE_MAX];
    char message[HAX_ERROR_MESSAGE_MAX];
} hax_error;

/* Name of the enumerator, "HAX_BAD_INPUT". Never NULL. */
HAX_API const char *hax_status_name(hax_status status);

/* Short text of a status, "bad input". Never NULL. */
HAX_API const char *hax_status_text(hax_status status);

/* Exit code that the command-line tool gives for a status. */
HAX_API int hax_status_exit_code(hax_status status);

#ifdef __cplusplus
}
#endif

#endif
