/*
 * The batches of a worker process (driver.h, compile): made when a plan is first executed, kept for
 * the rounds to come.
 */
#ifndef HAX_EXEC_BATCHES_H
#define HAX_EXEC_BATCHES_H

#include "shared.h"

typedef struct hax_batches hax_batches;

/* `tasks` is [unit][instance], filled before the first plan. */
hax_status hax_batches_open(hax_session *session, const hax_driver *driver, hax_device *device,
                            hax_task *const *tasks, hax_batches **batches, hax_error *err);
/* Before any task ends; later calls do nothing. */
void hax_batches_forget(hax_batches *batches);
void hax_batches_close(hax_batches *batches); /* NULL is allowed */

/* Has the batch that begins with a job of the plan ready, by the thread that will submit it. */
hax_status hax_batches_prepare(hax_batches *batches, int first_job, hax_error *err);

/* Submits it, and rings for those of its jobs that are other threads'. */
hax_status hax_batches_submit(hax_batches *batches, int first_job, int64_t start_ns,
                              hax_error *err);
/* The same where it is not to run any more. */
void hax_batches_drop(hax_batches *batches, int first_job);

/* Of a job whose first in its batch has rung `submitted`: does it run, or was it dropped? */
bool hax_batches_runs(const hax_batches *batches, int job);
hax_status hax_batches_ended(hax_batches *batches, int job, bool *ended, hax_job_times *times,
                             hax_error *err);

#endif
