/* haxconn export onnx: files that any runtime takes. */
#ifndef CLI_EXPORT_ONNX_H
#define CLI_EXPORT_ONNX_H

#include "command.h"

typedef struct cli_onnx_settings {
    const char *instance;
    const cli_list *devices;
    const cli_list *shapes;
    const char *output;
    bool whole, replace;
    double file_mb; /* 0: as large as ONNX lets them be */
} cli_onnx_settings;

/* One network as one file: export onnx NET. */
hax_status cli_export_network(const char *network, const cli_onnx_settings *settings,
                              hax_error *err);

/* A plan as a folder; models[instance] as in hax_export_onnx_plan. */
hax_status cli_export_pieces(const hax_problem *problem, const hax_schedule *schedule,
                             const hax_model *const *models, const cli_onnx_settings *settings,
                             hax_error *err);

#endif
