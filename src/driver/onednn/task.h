/* Tasks of the oneDNN driver (see driver.h for what each function must do). */
#ifndef HAX_DRIVER_ONEDNN_TASK_H
#define HAX_DRIVER_ONEDNN_TASK_H

#include "program.h"

hax_status hax_task_bind(hax_program *program, void *const *slots, hax_task **task, hax_error *err);
void hax_task_unbind(hax_task *task);
hax_status hax_task_run(hax_task *task, int group, hax_error *err);
hax_status hax_task_import(hax_task *task, int tensor, const hax_layout *from, const void *data,
                           hax_error *err);
hax_status hax_task_export(hax_task *task, int tensor, float *plain, hax_error *err);

#endif
