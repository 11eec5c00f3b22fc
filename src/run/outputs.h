/* Are the outputs of a round those of a single-unit run? */
#ifndef HAX_RUN_OUTPUTS_H
#define HAX_RUN_OUTPUTS_H

#include "arena.h"
#include "exec.h"
#include "haxconn/run.h"
#include "rows.h"

/*
 * Largest difference allowed between the outputs of two units, relative to the largest
 * value: 32-bit sums of thousands of products in another order differ by some 1e-5. Numbers of 11
 * bits (f16, tf32) differ by up to 6e-4 of the largest before a softmax, which makes a few
 * thousandths of it.
 */
double hax_outputs_tolerance(const hax_platform *platform);

/* Outputs of every instance, kept from the run that the others are compared with. */
typedef struct hax_run_outputs {
    int instance_count;
    float **values; /* [instance] */
    size_t *counts;
} hax_run_outputs;

/* Fetches the outputs of all instances after a plan; `last_unit[instance]` is the platform's
 * unit of the last group. Free with hax_run_outputs_free. */
hax_status hax_run_outputs_fetch(hax_session *session, int instance_count, const int *last_unit,
                                 hax_run_outputs *kept, hax_error *err);

/* The kept outputs with their names and shapes, in `arena`; one list for all instances. */
hax_status hax_run_outputs_list(const hax_run_outputs *kept, const hax_session_instance *instances,
                                hax_arena *arena, const hax_output **list, int *count,
                                hax_error *err);

/* Largest difference of two lists of numbers, relative to the largest finite kept value; infinite
 * when a value that is not finite is not the same in both: the same infinity, or no number. */
double hax_outputs_difference(const float *values, const float *kept, size_t count);

/* The same between the session's present outputs and the kept ones: the largest of any instance. */
hax_status hax_run_outputs_compare(hax_session *session, const int *last_unit,
                                   const hax_run_outputs *kept, double *largest, hax_error *err);

void hax_run_outputs_free(hax_run_outputs *kept);

#endif
