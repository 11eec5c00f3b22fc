/* What commands for NVIDIA's boards have in common. */
#ifndef CLI_JETSON_H
#define CLI_JETSON_H

#include "command.h"

/* The board that something is for. */
typedef struct cli_target {
    const char *board;
    const char *tensorrt;
    int precision;
    int batch;
} cli_target;

#define CLI_TARGET_DEFAULTS             \
    {                                   \
        .board = "orin-agx", .batch = 1 \
    }

/* In the order of hax_jetson_precision. */
extern const char *const cli_precisions[];

/* The settings need `target`. */
#define CLI_TARGET(type)                                                                           \
    { "board",  'b',                                                                               \
      CLI_TEXT, offsetof(type, target.board),                                                      \
      "B",      "the board, 'jetson boards' lists them (default orin-agx)",                        \
      0,        0,                                                                                 \
      NULL },                                                                                      \
        { "tensorrt", 't',                                                                         \
          CLI_TEXT,   offsetof(type, target.tensorrt),                                             \
          "V",        "its TensorRT: 8.5.2 (default: the newest that is usual)",                   \
          0,          0,                                                                           \
          NULL },                                                                                  \
        { "precision",                                                                             \
          0,                                                                                       \
          CLI_CHOICE,                                                                              \
          offsetof(type, target.precision),                                                        \
          "P",                                                                                     \
          "what the engine computes in",                                                           \
          0,                                                                                       \
          0,                                                                                       \
          cli_precisions },                                                                        \
    {                                                                                              \
        "batch", 0, CLI_WHOLE, offsetof(type, target.batch), "N", "images at once (default 1)", 1, \
            1000000, NULL                                                                          \
    }

hax_status cli_target_make(const cli_target *told, hax_jetson_target *target, hax_error *err);

/* Writes a script; who may read it may execute it. */
hax_status cli_write_script(const char *path, const char *text, hax_error *err);

#endif
