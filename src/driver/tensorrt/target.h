/*
 * What stands in a kind's `isa` of the TensorRT driver: "orin-agx,10.3", the board and the version
 * of TensorRT whose rules its DLA has, or nothing where there is no DLA; and, with a comma before
 * it, "build=600", the seconds that building one engine may take.
 */
#ifndef HAX_DRIVER_TENSORRT_TARGET_H
#define HAX_DRIVER_TENSORRT_TARGET_H

#include "error.h"
#include "haxconn/jetson.h"
#include "haxconn/platform.h"
#include "shim.h"

/* Large engines take minutes on a board. */
enum { HAX_TRT_BUILD_SECONDS = 1800, HAX_TRT_BUILD_SECONDS_MAX = 86400 };

typedef struct hax_trt_target {
    bool has_board;
    hax_jetson_target board; /* for rules; where has_board */
    hax_trt_precision precision;
    int build_s;
} hax_trt_target;

/* HAX_UNAVAILABLE: a precision that is not offered; HAX_BAD_INPUT: no such board or version. */
hax_status hax_trt_target_read(const hax_kind *kind, hax_trt_target *target, hax_error *err);

#endif
