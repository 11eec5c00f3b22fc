/* Plans in the words of other tools: one file for each format. */
#ifndef HAX_EXPORT_EXPORT_H
#define HAX_EXPORT_EXPORT_H

#include <stdbool.h>

#include "error.h"
#include "haxconn/export.h"
#include "text.h"

/* An instance with the unit of each of its layers. */
typedef struct hax_export_layer {
    const hax_instance_spec *instance;
    int index; /* of the instance */
    const hax_model *model;
    int *group_of;          /* [hax_model_layer_count] */
    int *unit_of;           /* the same */
    const hax_job **run_of; /* [group]: its run in the plan, NULL: none */
} hax_export_layer;

typedef struct hax_export_plan {
    const hax_problem *problem;
    const hax_schedule *schedule;
    const hax_export_options *options;
    int count;
    hax_export_layer *placed; /* the instances that are asked for */
} hax_export_plan;

/* The units of a plan brought from groups to layers; `options` are kept. Free with
 * hax_export_plan_free, also after a failure. */
hax_status hax_export_plan_make(const hax_problem *problem, const hax_schedule *schedule,
                                const hax_model *const *models, const hax_export_options *options,
                                hax_export_plan *plan, hax_error *err);
void hax_export_plan_free(hax_export_plan *plan);

/* What a tool calls a unit: "UNIT=DEVICE" of the options, else NULL. */
const char *hax_export_device(const hax_export_plan *plan, int unit);

const char *hax_export_unit_name(const hax_export_plan *plan, int unit);

/* When a group runs in the plan; false: it does not. */
bool hax_export_times(const hax_export_layer *placed, int group, double *start_ms, double *end_ms);

/* A word in a line of comment: what could end the line is a '?'. */
void hax_export_comment(hax_text *text, const char *word);

hax_status hax_export_csv(const hax_export_plan *plan, hax_text *text, hax_error *err);
hax_status hax_export_json(const hax_export_plan *plan, hax_text *text, hax_error *err);
hax_status hax_export_device_types(const hax_export_plan *plan, hax_text *text, hax_error *err);
hax_status hax_export_onnxruntime(const hax_export_plan *plan, hax_text *text, hax_error *err);

#endif
