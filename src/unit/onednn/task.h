/* Tasks of the oneDNN driver (see driver.h for what each function must do). */
#ifndef UNIT_ONEDNN_TASK_H
#define UNIT_ONEDNN_TASK_H

#include "program.h"

hax_status task_bind(hax_program *program, void *const *slots, hax_task **task, hax_error *err);
void task_unbind(hax_task *task);
hax_status task_run(hax_task *task, int group, hax_error *err);
hax_status task_import(hax_task *task, int tensor, const hax_layout *from, const void *data,
                       hax_error *err);
hax_status task_export(hax_task *task, int tensor, float *plain, hax_error *err);

#endif
