/*
 * Networks in ONNX's form (github.com/onnx/onnx, docs/IR.md): IR 3 and later, opsets 7 to 28.
 *
 * The file is parsed (proto.c), its nodes are ordered (order.c) and held against the table of
 * operators (operators.c), the inputs get their shapes (input.c), and nodes become layers
 * (nodes.c) with the constants that they read (tensor.c). Shapes, and what follows from
 * constants, are the graph's business as of any other network.
 */
#include "onnx/onnx.h"

#include "onnx/input.h"
#include "onnx/nodes.h"
#include "onnx/operators.h"

enum { IR_LEAST = 3 };

static hax_status check_versions(const hax_onnx_source *source, const hax_onnx_model *model)
{
    if (model->ir_version < IR_LEAST)
        return hax_wire_fail(source, 0,
                             "IR version %lld; 3 and later are read, which ONNX has had since 2017",
                             (long long) model->ir_version);
    if (model->opset == 0)
        return hax_wire_fail(source, 0, "the model imports no opset of ONNX's own operations");
    if (model->opset < ONNX_OPSET_LEAST || model->opset > ONNX_OPSET_MOST)
        return hax_wire_fail(source, 0,
                             "opset %lld; %d to %d are read: convert the model with "
                             "onnx.version_converter",
                             (long long) model->opset, (int) ONNX_OPSET_LEAST,
                             (int) ONNX_OPSET_MOST);
    return HAX_OK;
}

static hax_status set_outputs(const hax_onnx_source *source, const hax_onnx_model *model,
                              const hax_onnx_order *order, hax_layer_list *list)
{
    hax_onnx_names seen;
    if (model->output_count == 0)
        return hax_wire_fail(source, 0, "the graph has no outputs");
    const char **names =
        hax_arena_alloc(source->arena, (size_t) model->output_count, sizeof *names);
    if (!hax_onnx_names_init(&seen, (size_t) model->output_count) || !names) {
        hax_onnx_names_free(&seen);
        return hax_fail_memory(source->err, "a network");
    }
    hax_status status = HAX_OK;
    for (int o = 0; o < model->output_count && status == HAX_OK; o++) {
        const hax_onnx_value *output = &model->outputs[o];
        names[o] = output->name;
        if (hax_onnx_names_get(&order->makers, output->name, -1) < 0)
            status = hax_wire_fail(source, output->place,
                                   "no node makes the graph's output '%.100s'", output->name);
        else if (!hax_onnx_names_add(&seen, output->name, o))
            status =
                hax_wire_fail(source, output->place, "'%.100s' is an output twice", output->name);
    }
    hax_onnx_names_free(&seen);
    if (status == HAX_OK)
        hax_layer_list_set_outputs(list, names, model->output_count);
    return status;
}

static hax_status fill(const hax_onnx_source *source, const hax_onnx_model *model,
                       const hax_onnx_order *order, const hax_onnx_shapes *shapes,
                       hax_layer_list *list)
{
    HAX_TRY(set_outputs(source, model, order, list));
    HAX_TRY(hax_onnx_check_operations(source, model, order));
    HAX_TRY(hax_onnx_add_inputs(source, model, order, shapes, list));
    HAX_TRY(hax_onnx_add_nodes(source, model, order, list));
    return hax_onnx_keep_origin(source, model, order, list);
}

hax_status hax_onnx_read(const void *data, size_t length, const char *const *shapes,
                         int shape_count, hax_layer_list *list, hax_error *err)
{
    const hax_onnx_source source = { data, length, list->file, list->arena, err };
    hax_onnx_model model;
    hax_onnx_order order;
    if (length == 0)
        return hax_wire_fail(&source, 0, "the file is empty");
    HAX_TRY(hax_onnx_parse(&source, &model));
    HAX_TRY(check_versions(&source, &model));
    hax_status status = hax_onnx_order_find(&source, &model, &order);
    if (status == HAX_OK)
        status = fill(&source, &model, &order, &(hax_onnx_shapes){ shape_count, shapes }, list);
    hax_onnx_order_free(&order);
    if (status == HAX_OK && list->failed)
        status = hax_fail_memory(err, "a network");
    return status;
}
