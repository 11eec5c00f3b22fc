#include "program.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tensorrt_loader.h"

/* ---- pieces ---------------------------------------------------------------------------------- */

/* Layers without a number belong to the group of those before them. */
static hax_status make_parts(hax_program *program, hax_error *err)
{
    const hax_model *model = program->model;
    const hax_grouping *grouping = program->grouping;
    int layers = hax_model_layer_count(model), group = 0;
    int *part_of = calloc((size_t) layers + 1, sizeof *part_of);
    if (!part_of)
        return hax_fail_memory(err, "the pieces of a network");
    for (int l = 0; l < layers; l++) {
        int index = hax_model_layer(model, l).compute_index;
        while (index > grouping->groups[group].last && group + 1 < grouping->count)
            group++;
        part_of[l] = group;
    }
    assert(group == grouping->count - 1); /* layers and groups end together */
    hax_status status =
        hax_onnx_parts_make(&program->graph, part_of, grouping->count, program->parts, err);
    free(part_of);
    return status;
}

/* A tensor may have one shape for all that it goes between: a network that reshapes one where it is
 * cut, and reads both, has to be cut elsewhere. */
static hax_status add_end(hax_program *program, int graph_tensor, hax_error *err)
{
    const hax_onnx_graph_tensor *from = &program->graph.tensors[graph_tensor];
    int tensor = from->kernel_tensor - 1;
    if (tensor < 0)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "%.60s: '%.100s' goes from one piece to another and is no tensor of the "
                        "network's kernels: cut the network elsewhere (--cuts)",
                        hax_model_name(program->model), from->name);
    hax_trt_end end = hax_trt_end_of(program->device->target.precision, &from->shape);
    if (program->is_end[tensor] && memcmp(&end, &program->ends[tensor], sizeof end) != 0)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "%.60s: '%.100s' goes from one piece to another in two shapes: cut the "
                        "network elsewhere (--cuts)",
                        hax_model_name(program->model), from->name);
    assert(tensor < hax_model_tensor_count(program->model) && end.bytes > 0);
    program->is_end[tensor] = true;
    program->ends[tensor] = end;
    return HAX_OK;
}

static hax_status find_ends(hax_program *program, hax_error *err)
{
    for (int g = 0; g < program->grouping->count; g++) {
        const hax_onnx_part *part = &program->parts[g];
        for (int i = 0; i < part->input_count; i++)
            HAX_TRY(add_end(program, part->inputs[i], err));
        for (int o = 0; o < part->output_count; o++)
            HAX_TRY(add_end(program, part->outputs[o], err));
    }
    return HAX_OK;
}

/* Tensors that no piece takes or gives lie as they would: others ask for the layouts of all. */
static void describe_layouts(hax_program *program)
{
    for (int t = 0; t < hax_model_tensor_count(program->model); t++) {
        const hax_tensor *tensor = hax_model_tensor(program->model, t);
        if (!program->is_end[t])
            program->ends[t] = hax_trt_end_of(program->device->target.precision, &tensor->shape);
        program->layouts[t] =
            (hax_layout){ .driver = "tensorrt", .bytes = tensor->bytes, .data_bytes = 0 };
    }
}

/* Networks of TensorRT 11 are strongly typed: a piece that is to be computed in FP16 says so
 * itself. What Resize is told, its scales, stays 32-bit by ONNX's rules. */
static void make_half(hax_onnx_graph *graph)
{
    for (int t = 0; t < graph->tensor_count; t++)
        if (graph->tensors[t].type == ONNX_TYPE_FLOAT)
            graph->tensors[t].type = ONNX_TYPE_FLOAT16;
    for (int n = 0; n < graph->node_count; n++) {
        const hax_onnx_graph_node *node = &graph->nodes[n];
        for (int i = 1; strcmp(node->op, "Resize") == 0 && i < node->input_count; i++)
            if (node->inputs[i] >= 0 && graph->tensors[node->inputs[i]].type == ONNX_TYPE_FLOAT16)
                graph->tensors[node->inputs[i]].type = ONNX_TYPE_FLOAT;
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool allocate(hax_program *program)
{
    size_t groups = (size_t) program->grouping->count;
    size_t tensors = (size_t) hax_model_tensor_count(program->model);
    program->parts = calloc(groups, sizeof *program->parts);
    program->groups = calloc(groups, sizeof *program->groups);
    program->is_end = calloc(tensors, sizeof *program->is_end);
    program->ends = calloc(tensors, sizeof *program->ends);
    program->layouts = calloc(tensors, sizeof *program->layouts);
    return program->parts && program->groups && program->is_end && program->ends &&
           program->layouts;
}

static hax_status prepare(hax_program *program, const hax_kind *kind, hax_error *err)
{
    bool half = program->device->target.precision == HAX_TRT_F16;
    HAX_TRY(hax_onnx_graph_make(program->model, &program->graph, err));
    if (half && program->device->found.headers >= 110000)
        make_half(&program->graph);
    HAX_TRY(make_parts(program, err));
    HAX_TRY(find_ends(program, err));
    describe_layouts(program);
    for (int g = 0; g < program->grouping->count; g++) {
        hax_trt_group *group = &program->groups[g];
        group->empty = program->parts[g].node_count == 0;
        group->runs = program->unit->dla == 0 ||
                      hax_tensorrt_dla_takes(kind, program->model, &program->grouping->groups[g]);
        if (group->runs && !group->empty)
            HAX_TRY(hax_trt_prepare_engine(program, g, err));
    }
    return HAX_OK;
}

hax_status hax_trt_build_program(hax_device *device, const hax_unit *unit, const hax_model *model,
                                 const hax_grouping *grouping, void (*beat)(void *),
                                 void *beat_context, hax_program **program, hax_error *err)
{
    hax_program *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a program");
    *result = (hax_program){ .device = device,
                             .unit = hax_trt_unit_find(device, unit),
                             .unit_name = unit->name,
                             .model = model,
                             .grouping = grouping,
                             .beat = beat,
                             .beat_context = beat_context };
    assert(result->unit); /* it was entered */
    hax_status status =
        allocate(result) ? prepare(result, &device->kind, err) : hax_fail_memory(err, "a program");
    if (status != HAX_OK) {
        hax_trt_discard(result);
        return status;
    }
    *program = result;
    return HAX_OK;
}

void hax_trt_discard(hax_program *program)
{
    if (program->parts)
        hax_onnx_parts_free(program->parts, program->grouping->count);
    for (int g = 0; program->groups && g < program->grouping->count; g++) {
        free(program->groups[g].key);
        free(program->groups[g].path);
    }
    hax_onnx_graph_free(&program->graph);
    free(program->parts);
    free(program->groups);
    free(program->is_end);
    free(program->ends);
    free(program->layouts);
    free(program);
}
