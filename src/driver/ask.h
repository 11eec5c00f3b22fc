/* Questions to libraries that may not do the caller's process any harm. */
#ifndef HAX_DRIVER_ASK_H
#define HAX_DRIVER_ASK_H

#include "error.h"
#include "text.h"

/* Writes an answer, which may have any bytes. Called in the child. */
typedef hax_status hax_question(const void *context, hax_text *answer, hax_error *err);

/*
 * Has a question answered in a child process: what it allocates, changes and crashes on is its own.
 * Statuses and message of the question are handed on; HAX_FAILURE when the process died of it, with
 * `what` it did ("reading the machine's topology"). The answer, zero-terminated too, is appended.
 */
hax_status hax_ask_in_child(const char *what, hax_question *question, const void *context,
                            hax_text *answer, hax_error *err);

#endif
