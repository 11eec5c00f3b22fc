#define _GNU_SOURCE
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hax_status read_precision(const hax_kind *kind, hax_trt_precision *precision, hax_error *err)
{
    static const char *const names[] = {
        [HAX_TRT_F32] = "f32", [HAX_TRT_TF32] = "tf32", [HAX_TRT_F16] = "f16"
    };
    for (int p = 0; p < 3; p++)
        if (strcmp(kind->precision, names[p]) == 0) {
            *precision = (hax_trt_precision) p;
            return HAX_OK;
        }
    return hax_fail(err, HAX_UNAVAILABLE,
                    "kind '%.60s': precision '%.20s' is not offered by the TensorRT driver, use "
                    "f16 (what a DLA computes in), tf32 or f32",
                    kind->name, kind->precision);
}

static hax_status read_seconds(const hax_kind *kind, const char *text, int *seconds, hax_error *err)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 1 || value > HAX_TRT_BUILD_SECONDS_MAX)
        return hax_fail(err, HAX_BAD_INPUT,
                        "kind '%.60s': '%.40s' is no number of seconds for building an engine, 1 "
                        "to %d",
                        kind->name, text, HAX_TRT_BUILD_SECONDS_MAX);
    *seconds = (int) value;
    return HAX_OK;
}

hax_status hax_trt_target_read(const hax_kind *kind, hax_trt_target *target, hax_error *err)
{
    static const char build[] = "build=";
    char text[128], *rest = text, *board = NULL, *version = NULL, *word;
    *target = (hax_trt_target){ .build_s = HAX_TRT_BUILD_SECONDS };
    HAX_TRY(read_precision(kind, &target->precision, err));
    snprintf(text, sizeof text, "%s", kind->isa);
    while ((word = strsep(&rest, ","))) {
        if (strncmp(word, build, sizeof build - 1) == 0)
            HAX_TRY(read_seconds(kind, word + sizeof build - 1, &target->build_s, err));
        else if (!board)
            board = word;
        else
            version = word;
    }
    target->has_board = board && board[0];
    if (target->has_board)
        HAX_TRY(hax_jetson_target_make(board, version, &target->board, err));
    return HAX_OK;
}
