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

static hax_status check_versions(const onnx_source *source, const onnx_model *model)
{
    if (model->ir_version < IR_LEAST)
        return wire_fail(source, 0,
                         "IR version %lld; 3 and later are read, which ONNX has had since 2017",
                         (long long) model->ir_version);
    if (model->opset == 0)
        return wire_fail(source, 0, "the model imports no opset of ONNX's own operations");
    if (model->opset < ONNX_OPSET_LEAST || model->opset > ONNX_OPSET_MOST)
        return wire_fail(source, 0,
                         "opset %lld; %d to %d are read: convert the model with "
                         "onnx.version_converter",
                         (long long) model->opset, (int) ONNX_OPSET_LEAST, (int) ONNX_OPSET_MOST);
    return HAX_OK;
}

static hax_status set_outputs(const onnx_source *source, const onnx_model *model,
                              const onnx_order *order, layer_list *list)
{
    onnx_names seen;
    if (model->output_count == 0)
        return wire_fail(source, 0, "the graph has no outputs");
    const char **names =
        hax_arena_alloc(source->arena, (size_t) model->output_count, sizeof *names);
    if (!onnx_names_init(&seen, (size_t) model->output_count) || !names) {
        onnx_names_free(&seen);
        return hax_fail_memory(source->err, "a network");
    }
    hax_status status = HAX_OK;
    for (int o = 0; o < model->output_count && status == HAX_OK; o++) {
        const onnx_value *output = &model->outputs[o];
        names[o] = output->name;
        if (onnx_names_get(&order->makers, output->name, -1) < 0)
            status = wire_fail(source, output->place, "no node makes the graph's output '%.100s'",
                               output->name);
        else if (!onnx_names_add(&seen, output->name, o))
            status = wire_fail(source, output->place, "'%.100s' is an output twice", output->name);
    }
    onnx_names_free(&seen);
    if (status == HAX_OK)
        layers_set_outputs(list, names, model->output_count);
    return status;
}

static hax_status fill(const onnx_source *source, const onnx_model *model, const onnx_order *order,
                       const onnx_shapes *shapes, layer_list *list)
{
    HAX_TRY(set_outputs(source, model, order, list));
    HAX_TRY(onnx_check_operations(source, model, order));
    HAX_TRY(onnx_add_inputs(source, model, order, shapes, list));
    return onnx_add_nodes(source, model, order, list);
}

hax_status onnx_read(const void *data, size_t length, const char *const *shapes, int shape_count,
                     layer_list *list, hax_error *err)
{
    const onnx_source source = { data, length, list->file, list->arena, err };
    onnx_model model;
    onnx_order order;
    if (length == 0)
        return wire_fail(&source, 0, "the file is empty");
    HAX_TRY(onnx_parse(&source, &model));
    HAX_TRY(check_versions(&source, &model));
    hax_status status = onnx_order_find(&source, &model, &order);
    if (status == HAX_OK)
        status = fill(&source, &model, &order, &(onnx_shapes){ shape_count, shapes }, list);
    onnx_order_free(&order);
    if (status == HAX_OK && list->failed)
        status = hax_fail_memory(err, "a network");
    return status;
}
