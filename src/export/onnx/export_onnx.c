/* ONNX models of a plan's pieces, of its networks, or of one network. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "file.h"
#include "folder.h"
#include "pieces.h"

static const char manifest_name[] = "pieces.json";

/* ---- pieces ---------------------------------------------------------------------------------- */

static void note_piece(const hax_onnx_pieces *pieces, int index, hax_text *notes)
{
    const hax_onnx_piece *piece = &pieces->pieces[index];
    const hax_instance_spec *instance = pieces->plan->placed[piece->placed].instance;
    int first = pieces->first_of[piece->placed], end = pieces->first_of[piece->placed + 1];
    hax_onnx_note(notes, ONNX_MODEL_METADATA, "haxconn.piece", "%d of %d", index - first,
                  end - first);
    hax_wire_put_entry(notes, ONNX_MODEL_METADATA, "haxconn.unit",
                       hax_export_unit_name(pieces->plan, piece->unit));
    hax_onnx_note(notes, ONNX_MODEL_METADATA, "haxconn.groups", "%s to %s",
                  instance->groups[piece->first_group].name,
                  instance->groups[piece->last_group].name);
    hax_onnx_note(notes, ONNX_MODEL_METADATA, "haxconn.start_ms", "%.6g", piece->start_ms);
    hax_onnx_note(notes, ONNX_MODEL_METADATA, "haxconn.predicted_ms", "%.6g",
                  piece->end_ms - piece->start_ms);
}

static hax_status write_piece(hax_onnx_pieces *pieces, int index,
                              const hax_export_onnx_options *options, const hax_onnx_folder *folder,
                              hax_error *err)
{
    hax_onnx_piece *piece = &pieces->pieces[index];
    const hax_export_plan *plan = pieces->plan;
    char path[PATH_MAX];
    hax_onnx_notes notes;
    HAX_TRY(hax_onnx_folder_file(folder, piece->file, path, err));
    hax_status status = hax_onnx_notes_make(plan, &plan->placed[piece->placed], &notes, err);
    if (status == HAX_OK) {
        const hax_onnx_target target = { path, options->file_bytes_max, options->cancel };
        note_piece(pieces, index, &notes.model);
        status = notes.model.failed ? hax_fail_memory(err, "notes in an ONNX model")
                                    : hax_onnx_write(piece->graph, &piece->part, &notes, &target,
                                                     &piece->external, err);
    }
    hax_onnx_notes_free(&notes);
    return status;
}

static hax_status write_pieces(const hax_export_plan *plan, const hax_export_onnx_options *options,
                               const hax_onnx_folder *folder, hax_error *err)
{
    char path[PATH_MAX], *manifest = NULL;
    hax_onnx_pieces pieces;
    hax_status status = hax_onnx_pieces_make(plan, &pieces, err);
    for (int i = 0; i < pieces.count && status == HAX_OK; i++)
        status = write_piece(&pieces, i, options, folder, err);
    if (status == HAX_OK)
        status = hax_onnx_manifest(&pieces, &manifest, err);
    if (status == HAX_OK)
        status = hax_onnx_folder_file(folder, manifest_name, path, err);
    if (status == HAX_OK)
        status = hax_file_write(path, manifest, strlen(manifest), err);
    free(manifest);
    hax_onnx_pieces_free(&pieces);
    return status;
}

/* ---- whole networks -------------------------------------------------------------------------- */

static hax_status write_whole(const hax_model *model, const hax_onnx_notes *notes,
                              const hax_onnx_target *target, hax_error *err)
{
    hax_onnx_graph graph;
    hax_onnx_part part;
    bool external;
    int *part_of = calloc((size_t) hax_model_layer_count(model) + 1, sizeof *part_of);
    if (!part_of)
        return hax_fail_memory(err, "an ONNX model");
    hax_status status = hax_onnx_graph_make(model, &graph, err);
    if (status == HAX_OK) {
        status = hax_onnx_parts_make(&graph, part_of, 1, &part, err);
        if (status == HAX_OK)
            status = hax_onnx_write(&graph, &part, notes, target, &external, err);
        hax_onnx_parts_free(&part, 1);
        hax_onnx_graph_free(&graph);
    }
    free(part_of);
    return status;
}

static hax_status write_network(const hax_export_plan *plan, int placed,
                                const hax_export_onnx_options *options,
                                const hax_onnx_folder *folder, hax_error *err)
{
    char stem[128], name[160], path[PATH_MAX];
    hax_onnx_notes notes;
    hax_onnx_file_stem(plan, placed, stem, sizeof stem);
    snprintf(name, sizeof name, "%s.onnx", stem);
    HAX_TRY(hax_onnx_folder_file(folder, name, path, err));
    const hax_onnx_target target = { path, options->file_bytes_max, options->cancel };
    hax_status status = hax_onnx_notes_make(plan, &plan->placed[placed], &notes, err);
    if (status == HAX_OK)
        status = write_whole(plan->placed[placed].model, &notes, &target, err);
    hax_onnx_notes_free(&notes);
    return status;
}

static hax_status write_networks(const hax_export_plan *plan,
                                 const hax_export_onnx_options *options,
                                 const hax_onnx_folder *folder, hax_error *err)
{
    for (int p = 0; p < plan->count; p++)
        HAX_TRY(write_network(plan, p, options, folder, err));
    return HAX_OK;
}

/* ---- from outside ---------------------------------------------------------------------------- */

hax_status hax_export_onnx_plan(const hax_problem *problem, const hax_schedule *schedule,
                                const hax_model *const *models,
                                const hax_export_onnx_options *options, const char *folder,
                                hax_error *err)
{
    hax_export_plan plan;
    hax_onnx_folder files;
    HAX_CONFIG_TAKE(hax_export_onnx_options, own, options, err);
    hax_export_options how = hax_export_options_default();
    how.instance = own.instance;
    how.device_count = own.device_count;
    how.devices = own.devices;
    hax_status status = hax_export_plan_make(problem, schedule, models, &how, &plan, err);
    if (status == HAX_OK)
        status = hax_onnx_folder_begin(folder, manifest_name, own.replace, &files, err);
    if (status == HAX_OK) {
        status = own.whole ? write_networks(&plan, &own, &files, err)
                           : write_pieces(&plan, &own, &files, err);
        if (status == HAX_OK)
            status = hax_onnx_folder_commit(&files, err);
        hax_onnx_folder_abandon(&files);
    }
    hax_export_plan_free(&plan);
    return status;
}

hax_status hax_export_onnx_model(const hax_model *model, const hax_export_onnx_options *options,
                                 const char *path, hax_error *err)
{
    HAX_CONFIG_TAKE(hax_export_onnx_options, own, options, err);
    const hax_onnx_target target = { path, own.file_bytes_max, own.cancel };
    hax_onnx_notes notes = { 0 };
    hax_wire_put_entry(&notes.model, ONNX_MODEL_METADATA, "haxconn.network", hax_model_name(model));
    hax_status status = notes.model.failed ? hax_fail_memory(err, "notes in an ONNX model")
                                           : write_whole(model, &notes, &target, err);
    hax_text_free(&notes.model);
    return status;
}
