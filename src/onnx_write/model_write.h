/* A part of a graph written as a file of ONNX, with its weights in it or in a file beside it. */
#ifndef HAX_ONNX_WRITE_MODEL_WRITE_H
#define HAX_ONNX_WRITE_MODEL_WRITE_H

#include "haxconn/progress.h"
#include "part.h"
#include "text.h"

/* What is noted in a file besides the network: fields of onnx.proto, ready to be put in. */
typedef struct hax_onnx_notes {
    hax_text model; /* metadata of the model */
    int group_count;
    hax_text *groups;    /* [group_count]: of the nodes of each group */
    const int *group_of; /* [layer]; NULL: there are no groups */
} hax_onnx_notes;

typedef struct hax_onnx_target {
    const char *path;
    uint64_t bytes_max;       /* of the file: what does not fit goes into PATH.data */
    const hax_cancel *cancel; /* may be NULL */
} hax_onnx_target;

/*
 * Files that are there are replaced when the new ones are complete; after a failure they are as
 * they were.
 *   HAX_BAD_INPUT    larger than any file of ONNX can be, without its weights
 *   HAX_IO           cannot be written
 *   HAX_INTERRUPTED  cancelled
 * *external says whether there is a file of data.
 */
hax_status hax_onnx_write(const hax_onnx_graph *graph, const hax_onnx_part *part,
                          const hax_onnx_notes *notes, const hax_onnx_target *target,
                          bool *external, hax_error *err);

/* Metadata of a node or a model: KEY and a printf format. */
void hax_onnx_note(hax_text *to, uint32_t field, const char *key, const char *format, ...)
    HAX_PRINTF(4, 5);

#endif
