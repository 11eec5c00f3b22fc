/*
 * Layer annotations of ONNX Runtime: since 1.25 each node may carry the property "layer_ann", and
 * the session's option session.layer_assignment_settings says which device runs nodes of which
 * annotation, "gpu(=a); cpu(=b)". The annotations are part of the model, so what is written is a
 * Python program that puts them in; nodes are known by their outputs, which unlike their names are
 * always there and never twice. (Names and grammar as of ONNX Runtime's documentation of
 * partitioning with annotations and of its reader of the option, layering_annotations.cc.)
 */
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "model.h"

/* Devices that ONNX Runtime tells apart by name; others are names of execution providers. */
static const char *device_of(const hax_export_plan *plan, int unit)
{
    static const struct {
        const char *front, *device;
    } known[] = { { "gpu", "gpu" }, { "cuda", "cuda" }, { "npu", "npu" },
                  { "cpu", "cpu" }, { "core", "cpu" },  { "both", "cpu" } };
    const char *name = hax_export_unit_name(plan, unit), *device = hax_export_device(plan, unit);
    for (size_t k = 0; !device && k < sizeof known / sizeof *known; k++)
        if (strncmp(name, known[k].front, strlen(known[k].front)) == 0)
            device = known[k].device;
    return device;
}

static hax_status check_units(const hax_export_plan *plan, const hax_export_layer *placed,
                              hax_error *err)
{
    const int *unit_of = plan->schedule->assignment[placed->index];
    const char *file = hax_model_file(placed->model);
    size_t length = file ? strlen(file) : 0;
    if (length < 5 || strcmp(file + length - 5, ".onnx") != 0)
        return hax_fail(err, HAX_BAD_INPUT, "%.100s is no ONNX model, which ONNX Runtime takes",
                        hax_model_name(placed->model));
    for (int g = 0; g < placed->instance->group_count; g++) {
        const char *name = hax_export_unit_name(plan, unit_of[g]);
        const char *device = device_of(plan, unit_of[g]);
        if (!device)
            return hax_fail(
                err, HAX_BAD_INPUT,
                "ONNX Runtime has no device for '%.60s' (cpu, gpu, cuda, npu, gpu:<vendor> "
                "or the name of an execution provider): say which it is, "
                "'%.60s=DEVICE'",
                name, name);
        if (strpbrk(device, "();,\"\\\n"))
            return hax_fail(err, HAX_USAGE, "'%.60s' cannot be a device of ONNX Runtime", device);
    }
    return HAX_OK;
}

/* A Python string; what is no printing ASCII is escaped byte for byte and decoded as UTF-8 there.
 */
static void append_python(hax_text *text, const char *word)
{
    bool plain = true;
    for (const char *c = word; *c; c++)
        plain &= *c >= ' ' && *c <= '~';
    hax_text_append(text, plain ? "\"" : "b\"");
    for (; *word; word++) {
        unsigned char c = (unsigned char) *word;
        if (c == '"' || c == '\\')
            hax_text_printf(text, "\\%c", c);
        else if (c >= ' ' && c <= '~')
            hax_text_append_bytes(text, word, 1);
        else
            hax_text_printf(text, "\\x%02x", c);
    }
    hax_text_append(text, plain ? "\"" : "\".decode()");
}

/* Outputs of the layers on one unit. Some are no node's: parts of nodes have names of their own. */
static void append_outputs(const hax_export_layer *placed, int unit, hax_text *text)
{
    for (int l = 0; l < hax_model_layer_count(placed->model); l++) {
        const hax_node layer = hax_model_node(placed->model, l);
        if (placed->unit_of[l] != unit || layer.op == HAX_OP_INPUT || layer.folded)
            continue;
        for (int t = 0; t < layer.output_count; t++) {
            hax_text_append(text, "        ");
            append_python(text, hax_model_edge(placed->model, layer.outputs[t]).name);
            hax_text_append(text, ",\n");
        }
    }
}

static bool uses(const hax_export_plan *plan, const hax_export_layer *placed, int unit)
{
    for (int g = 0; g < placed->instance->group_count; g++)
        if (plan->schedule->assignment[placed->index][g] == unit)
            return true;
    return false;
}

/* "gpu(=haxconn_gpu); cpu(=haxconn_core0)": every device once. */
static void append_settings(const hax_export_plan *plan, const hax_export_layer *placed,
                            hax_text *text)
{
    int shown = 0;
    for (int u = 0; u < plan->problem->unit_count; u++) {
        bool again = !uses(plan, placed, u);
        for (int before = 0; before < u && !again; before++)
            again = uses(plan, placed, before) &&
                    strcmp(device_of(plan, before), device_of(plan, u)) == 0;
        if (again)
            continue;
        hax_text_printf(text, "%s%s(", shown++ > 0 ? "; " : "", device_of(plan, u));
        for (int v = u, names = 0; v < plan->problem->unit_count; v++)
            if (uses(plan, placed, v) && strcmp(device_of(plan, u), device_of(plan, v)) == 0)
                hax_text_printf(text, "%s=haxconn_%d", names++ > 0 ? ", " : "", v);
        hax_text_append(text, ")");
    }
}

static const char preamble[] =
    " with the units of a plan, for ONNX Runtime 1.25 and later.\n"
    "# Needs the package onnx; write the annotated model beside the other where tensors lie in "
    "files\n"
    "# of their own. Then, with the execution providers of the devices:\n"
    "#   options = onnxruntime.SessionOptions()\n"
    "#   options.add_session_config_entry(\"session.layer_assignment_settings\", SETTINGS)\n"
    "# An annotation is a wish: a node that a provider cannot run goes to the next, and what runs\n"
    "# when is ONNX Runtime's choice.\n"
    "\n"
    "SETTINGS = \"";

static const char program[] =
    "\n"
    "import sys\n"
    "\n"
    "import onnx\n"
    "\n"
    "if len(sys.argv) != 3:\n"
    "    sys.exit(f\"usage: {sys.argv[0]} MODEL.onnx ANNOTATED.onnx\")\n"
    "model = onnx.load(sys.argv[1], load_external_data=False)\n"
    "unit_of = {output: unit for unit, outputs in OUTPUTS.items() for output in outputs}\n"
    "annotated, left = 0, []\n"
    "for node in model.graph.node:\n"
    "    units = {unit_of[output] for output in node.output if output in unit_of}\n"
    "    if len(units) != 1:\n"
    "        left.append(node.name or node.output[0])\n"
    "        continue\n"
    "    for entry in [e for e in node.metadata_props if e.key == \"layer_ann\"]:\n"
    "        node.metadata_props.remove(entry)\n"
    "    node.metadata_props.add(key=\"layer_ann\", value=units.pop())\n"
    "    annotated += 1\n"
    "if annotated == 0:\n"
    "    sys.exit(f\"{sys.argv[1]}: no node has an output that the plan knows\")\n"
    "model.ir_version = max(model.ir_version, 10)  # metadata_props of nodes\n"
    "onnx.save(model, sys.argv[2])\n"
    "print(f\"{sys.argv[2]}: {annotated} nodes annotated, {len(left)} left as they are\")\n"
    "print(f\"session.layer_assignment_settings = {SETTINGS}\")\n";

static void append_instance(const hax_export_plan *plan, const hax_export_layer *placed,
                            hax_text *text)
{
    hax_text_append(text, "#!/usr/bin/env python3\n# Annotates ");
    hax_export_comment(text, hax_model_name(placed->model));
    hax_text_append(text, preamble);
    append_settings(plan, placed, text);
    hax_text_append(text, "\"\n\n# outputs of the nodes of each annotation\nOUTPUTS = {\n");
    for (int u = 0; u < plan->problem->unit_count; u++) {
        if (!uses(plan, placed, u))
            continue;
        hax_text_printf(text, "    \"haxconn_%d\": [  # ", u);
        hax_export_comment(text, hax_export_unit_name(plan, u));
        hax_text_append(text, "\n");
        append_outputs(placed, u, text);
        hax_text_append(text, "    ],\n");
    }
    hax_text_append(text, "}\n");
    hax_text_append(text, program);
}

hax_status hax_export_onnxruntime(const hax_export_plan *plan, hax_text *text, hax_error *err)
{
    if (plan->count > 1)
        return hax_fail(err, HAX_USAGE,
                        "%d instances: a program annotates one model, choose it with --instance",
                        plan->count);
    HAX_TRY(check_units(plan, &plan->placed[0], err));
    append_instance(plan, &plan->placed[0], text);
    return text->failed ? hax_fail_memory(err, "an exported plan") : HAX_OK;
}
