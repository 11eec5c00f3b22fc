/* Plans in the words of other tools: one file for each format. */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include <stdbool.h>

#include "error.h"
#include "haxconn/export.h"
#include "text.h"

/* An instance with the unit of each of its layers. */
typedef struct placed {
    const hax_instance_spec *instance;
    int index; /* of the instance */
    const hax_model *model;
    int *group_of; /* [hax_model_layer_count] */
    int *unit_of;  /* the same */
} placed;

typedef struct export_plan {
    const hax_problem *problem;
    const hax_schedule *schedule;
    const hax_export_options *options;
    int count;
    placed *placed; /* the instances that are asked for */
} export_plan;

/* What a tool calls a unit: "UNIT=DEVICE" of the options, else NULL. */
const char *export_device(const export_plan *plan, int unit);

const char *export_unit_name(const export_plan *plan, int unit);

/* When a group runs in the plan; false: it does not. */
bool export_times(const export_plan *plan, const placed *of, int group, double *start_ms,
                  double *end_ms);

/* A word in a line of comment: what could end the line is a '?'. */
void export_comment(hax_text *text, const char *word);

hax_status export_csv(const export_plan *plan, hax_text *text, hax_error *err);
hax_status export_json(const export_plan *plan, hax_text *text, hax_error *err);
hax_status export_device_types(const export_plan *plan, hax_text *text, hax_error *err);
hax_status export_onnxruntime(const export_plan *plan, hax_text *text, hax_error *err);

#endif
