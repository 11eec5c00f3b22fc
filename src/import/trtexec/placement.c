/* Where the log of a build says that layers run, held against where they should. trtexec ignores
 * names that it does not find, so that only the log tells. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "match.h"

static const char *cell(const hax_import_section *section, int row, const char *column)
{
    int c = hax_import_column_index(section, column);
    return c < 0 ? NULL : section->cells[row * section->column_count + c].text;
}

static hax_status read_entries(hax_match *match, const hax_import_section *placement,
                               hax_error *err)
{
    HAX_TRY(hax_match_names_make(match->arena, match->model, &match->names, err));
    match->entries =
        hax_arena_alloc(match->arena, (size_t) placement->row_count, sizeof *match->entries);
    if (!match->entries)
        return hax_fail_memory(err, "the placement of layers");
    for (int r = 0; r < placement->row_count; r++) {
        hax_match_entry *entry = &match->entries[match->entry_count];
        const char *unit = cell(placement, r, "unit"), *name = cell(placement, r, "name");
        if (!unit || !name)
            continue;
        match->entry_count++;
        entry->name = name;
        entry->unit = strcmp(unit, "DLA") == 0 ? MATCH_DLA : MATCH_GPU;
        hax_match_parse_name(match, entry);
    }
    HAX_TRY(hax_match_fill_ranges(match, err));
    return match->failed ? hax_fail_memory(err, "the placement of layers") : HAX_OK;
}

static hax_status fail_moved(const hax_match *match, const hax_import *log,
                             const hax_match_unit *units, const bool *on_dla, hax_error *err)
{
    int moved = 0, first = -1;
    bool to_gpu = false;
    for (int l = 0; l < hax_model_layer_count(match->model); l++) {
        int index = hax_model_node(match->model, l).compute_index;
        if (index < 0 || units[l] == MATCH_UNKNOWN_UNIT || (units[l] == MATCH_DLA) == on_dla[index])
            continue;
        to_gpu = first < 0 ? on_dla[index] : to_gpu;
        first = first < 0 ? l : first;
        moved++;
    }
    if (moved == 0)
        return HAX_OK;
    return hax_fail_at(
        err, HAX_MISMATCH, log->file, 0, 0,
        "%d %s on another unit than asked for, the first is '%.100s' (layer %d), %s: "
        "see the messages of the log; a name that TensorRT does not know is ignored, "
        "and a layer that the DLA refuses falls back to the GPU",
        IMPORT_COUNT(moved, "layer runs", "layers run"), hax_model_node(match->model, first).name,
        hax_model_node(match->model, first).compute_index,
        to_gpu ? "on the GPU instead of the DLA" : "on the DLA instead of the GPU");
}

static hax_status compare(const hax_match *match, const hax_import *log, const bool *on_dla,
                          int *checked, hax_error *err)
{
    int count = 0;
    hax_match_unit *units =
        hax_arena_alloc(match->arena, (size_t) hax_model_layer_count(match->model), sizeof *units);
    if (!units)
        return hax_fail_memory(err, "the placement of layers");
    for (int e = 0; e < match->entry_count; e++)
        for (int i = 0; i < match->entries[e].layer_count; i++)
            units[match->entries[e].layers[i]] = match->entries[e].unit;
    for (int l = 0; l < hax_model_layer_count(match->model); l++)
        count +=
            hax_model_node(match->model, l).compute_index >= 0 && units[l] != MATCH_UNKNOWN_UNIT;
    HAX_TRY(fail_moved(match, log, units, on_dla, err));
    *checked = count;
    return HAX_OK;
}

hax_status hax_import_check_placement(const hax_import *log, const hax_model *model,
                                      const bool *on_dla, int *checked, hax_error *err)
{
    const hax_import_section *placement = hax_import_find(log, "placement", 0);
    bool asked = false;
    for (int i = 0; i < hax_model_compute_layer_count(model); i++)
        asked |= on_dla[i];
    if (!placement && !asked) {
        *checked = 0;
        return HAX_OK;
    }
    if (!placement)
        return hax_fail_at(
            err, HAX_MISMATCH, log->file, 0, 0,
            "lists no layers on the DLA: TensorRT built an engine for the GPU alone");
    hax_match match = { .arena = hax_arena_create(), .model = model };
    if (!match.arena)
        return hax_fail_memory(err, "the placement of layers");
    hax_status status = read_entries(&match, placement, err);
    if (status == HAX_OK)
        status = compare(&match, log, on_dla, checked, err);
    for (int e = 0; e < match.entry_count; e++)
        free(match.entries[e].layers);
    hax_arena_destroy(match.arena);
    return status;
}
