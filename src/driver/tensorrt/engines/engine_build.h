/*
 * Building an engine in a process of its own (build_main.c): what crashes or hangs in there takes
 * nothing else along, and the memory that builders keep is given back.
 */
#ifndef HAX_DRIVER_TENSORRT_ENGINE_BUILD_H
#define HAX_DRIVER_TENSORRT_ENGINE_BUILD_H

#include "library.h"

typedef struct hax_trt_order {
    const hax_trt_library *library;
    hax_trt_build what;
    const char *key;    /* that the file begins with */
    const char *engine; /* path of the file */
    const char *name;   /* of the piece, for messages: "googlenet layers 0 to 9 for dla0" */
    int seconds;        /* that it may take */
    void (*beat)(void *);
    void *beat_context;
} hax_trt_order;

/*
 *   HAX_UNAVAILABLE  TensorRT refuses it (in its words, with the layer)
 *   HAX_FAILURE      the process died, or took too long
 */
hax_status hax_trt_engine_build(const hax_trt_order *order, hax_error *err);

#endif
