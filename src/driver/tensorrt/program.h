/*
 * A network on a unit of TensorRT: each group is a piece of ONNX (onnx/) and an engine of it, built
 * for the unit or taken from the store. Groups that a DLA cannot run have none there.
 */
#ifndef HAX_DRIVER_TENSORRT_PROGRAM_H
#define HAX_DRIVER_TENSORRT_PROGRAM_H

#include "device.h"
#include "ends.h"
#include "onnx_write.h"

typedef struct hax_trt_group {
    bool runs;  /* the unit can run it */
    bool empty; /* nothing is left to do in it */
    char *key;
    char *path;
} hax_trt_group;

struct hax_program {
    hax_device *device;
    const hax_trt_unit *unit;
    const char *unit_name;
    const hax_model *model;
    const hax_grouping *grouping;
    hax_onnx_graph graph;
    hax_onnx_part *parts;  /* [group] */
    hax_trt_group *groups; /* [group] */
    bool *is_end;          /* [tensor] */
    hax_trt_end *ends;     /* [tensor] */
    hax_layout *layouts;   /* [tensor] */
    void (*beat)(void *);
    void *beat_context;
};

hax_status hax_trt_build_program(hax_device *device, const hax_unit *unit, const hax_model *model,
                                 const hax_grouping *grouping, void (*beat)(void *),
                                 void *beat_context, hax_program **program, hax_error *err);
void hax_trt_discard(hax_program *program);

/* engines.c: has the engine of a group in the store. */
hax_status hax_trt_prepare_engine(hax_program *program, int group, hax_error *err);

/* "googlenet layers 0 to 9 (conv1 to pool1) for dla0" */
void hax_trt_piece_name(const hax_program *program, int group, char *name, size_t size);

hax_status hax_trt_bind(hax_program *program, void *const *slots, hax_task **task, hax_error *err);
void hax_trt_unbind(hax_task *task);
hax_status hax_trt_run(hax_task *task, int group, hax_error *err);
bool hax_trt_can_import(const hax_layout *from);
hax_status hax_trt_import(hax_task *task, int tensor, const hax_layout *from, const void *data,
                          hax_error *err);
hax_status hax_trt_export(hax_task *task, int tensor, float *plain, hax_error *err);

#endif
