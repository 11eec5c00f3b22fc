/*
 * A plan taken away: the unit of each layer, in the words of other tools. A schedule speaks of
 * groups; with the networks they are layers again.
 */
#ifndef HAXCONN_EXPORT_H
#define HAXCONN_EXPORT_H

#include "haxconn/api.h"
#include "haxconn/config.h"
#include "haxconn/jetson.h"
#include "haxconn/model.h"
#include "haxconn/problem.h"
#include "haxconn/progress.h"
#include "haxconn/schedule.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hax_export_options {
    size_t size;              /* set by the initialiser; see config.h */
    const char *instance;     /* of which alone; NULL: of all */
    hax_jetson_target target; /* layer-device-types */
    int device_count;         /* "UNIT=DEVICE": what the other tool calls a unit */
    const char *const *devices;
} hax_export_options;

static inline hax_export_options hax_export_options_default(void)
{
    hax_export_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    return options;
}

typedef struct hax_export_format {
    const char *name;
    const char *text; /* one line */
} hax_export_format;

/*
 * In this order:
 *   json                the document "haxconn/placement"
 *   csv                 a row for each layer, quoted after RFC 4180
 *   layer-device-types  trtexec's option, a line for each instance (TensorRT 8.6 and later)
 *   onnxruntime         a Python program that annotates the model, and the session's option
 *                       (ONNX Runtime 1.25 and later)
 * NULL behind the last one.
 */
HAX_API const hax_export_format *hax_export_format_at(int index);

/*
 * Writes a schedule in a format. models[instance] is the network of each instance (NULL for those
 * that `options` leaves out); the problem's groups must be named after its layers, "0-9", as those
 * of hax_profile_problem are. Free with free.
 *   HAX_USAGE      no such format or instance; "UNIT=DEVICE" of another form, or of no unit
 *   HAX_BAD_INPUT  groups that are not the network's layers; what the format cannot say: a unit
 * that the tool has no word for, names that cannot be given, a version without it
 */
HAX_API hax_status hax_export_text(const char *format, const hax_problem *problem,
                                   const hax_schedule *schedule, const hax_model *const *models,
                                   const hax_export_options *options, char **text, hax_error *err);

/* ---- ONNX ------------------------------------------------------------------------------------ */

typedef struct hax_export_onnx_options {
    size_t size;          /* set by the initialiser; see config.h */
    const char *instance; /* of which alone; NULL: of all */
    int device_count;     /* "UNIT=DEVICE": what the runtime calls a unit */
    const char *const *devices;
    bool whole;               /* a file for each network, the unit of each node noted in it */
    bool replace;             /* a folder of pieces that is there */
    uint64_t file_bytes_max;  /* of a file; weights that do not fit go into one beside it. Default:
                                 what ONNX can have, 2^31 - 1 */
    const hax_cancel *cancel; /* may be NULL */
    bool half;                /* in 16-bit floats, which a strongly typed network of TensorRT 11 is
                                 computed in then */
} hax_export_onnx_options;

static inline hax_export_onnx_options hax_export_onnx_options_default(void)
{
    hax_export_onnx_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.file_bytes_max = INT32_MAX;
    return options;
}

/*
 * Writes the pieces of a plan, groups of a network that run one after the other on one unit, as
 * ONNX models with their weights into `folder`, and the document "haxconn/pieces" (pieces.json)
 * that says what runs where, behind what, with which tensors. A network that was read from ONNX
 * keeps its nodes; what follows from constants is constant. The folder is there when all of it is.
 *   HAX_USAGE        as hax_export_text
 *   HAX_BAD_INPUT    the same; a network of which no file can be made
 *   HAX_IO           the folder cannot be written, or is not empty
 *   HAX_INTERRUPTED  cancelled
 */
HAX_API hax_status hax_export_onnx_plan(const hax_problem *problem, const hax_schedule *schedule,
                                        const hax_model *const *models,
                                        const hax_export_onnx_options *options, const char *folder,
                                        hax_error *err);

/* A network as one ONNX model, without a plan. "-" is standard output. */
HAX_API hax_status hax_export_onnx_model(const hax_model *model,
                                         const hax_export_onnx_options *options, const char *path,
                                         hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
