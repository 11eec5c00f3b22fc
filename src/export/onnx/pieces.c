#include "pieces.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- where pieces begin ---------------------------------------------------------------------- */

/* The groups of the exported instances, one after the other. */
typedef struct starts {
    const hax_export_plan *plan;
    int *placed_of; /* [instance]: index in plan->placed, -1: it is left out */
    int *base;      /* [placed]: the number of its first group */
    bool *begins;   /* [group]: a piece begins with it */
    int total;
} starts;

static hax_status make_starts(const hax_export_plan *plan, starts *starts, hax_error *err)
{
    size_t instances = (size_t) plan->problem->instance_count;
    *starts = (struct starts){ .plan = plan,
                               .placed_of = calloc(instances + 1, sizeof *starts->placed_of),
                               .base = calloc((size_t) plan->count + 1, sizeof *starts->base) };
    if (!starts->placed_of || !starts->base)
        return hax_fail_memory(err, "pieces");
    for (size_t i = 0; i < instances; i++)
        starts->placed_of[i] = -1;
    for (int p = 0; p < plan->count; p++) {
        starts->placed_of[plan->placed[p].index] = p;
        starts->base[p] = starts->total;
        starts->total += plan->placed[p].instance->group_count;
    }
    starts->begins = calloc((size_t) starts->total + 1, sizeof *starts->begins);
    return starts->begins ? HAX_OK : hax_fail_memory(err, "pieces");
}

static void free_starts(starts *starts)
{
    free(starts->placed_of);
    free(starts->base);
    free(starts->begins);
}

/* A piece begins with this group; nothing where it is not exported, or behind the last one. */
static void begin_piece(const starts *starts, int instance, int group)
{
    int placed = starts->placed_of[instance];
    if (placed >= 0 && group < starts->plan->placed[placed].instance->group_count)
        starts->begins[starts->base[placed] + group] = true;
}

/* Jobs stand by their start, those of a unit in their order. */
static void find_starts(const starts *starts)
{
    const hax_schedule *schedule = starts->plan->schedule;
    const hax_job *last_on[HAX_MAX_UNITS] = { 0 };
    for (int j = 0; j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        if (job->after >= 0) {
            const hax_job *awaited = &schedule->jobs[job->after];
            begin_piece(starts, awaited->instance, awaited->group + 1);
        }
        if (job->after >= 0 || job->delay_ms > 0)
            begin_piece(starts, job->instance, job->group);
        if (job->part != HAX_PART_RUN)
            continue;
        const hax_job *before = last_on[job->unit];
        bool follows =
            before && before->instance == job->instance && before->group + 1 == job->group;
        if (!follows)
            begin_piece(starts, job->instance, job->group);
        last_on[job->unit] = job;
    }
}

/* ---- pieces ---------------------------------------------------------------------------------- */

int hax_onnx_piece_of(const hax_onnx_pieces *pieces, int placed, int group)
{
    for (int i = pieces->first_of[placed]; i < pieces->first_of[placed + 1]; i++)
        if (pieces->pieces[i].first_group <= group && group <= pieces->pieces[i].last_group)
            return i;
    return -1;
}

static void fill_pieces(hax_onnx_pieces *pieces, const starts *starts)
{
    const hax_export_plan *plan = pieces->plan;
    for (int p = 0; p < plan->count; p++) {
        const hax_export_layer *placed = &plan->placed[p];
        const int *unit_of = plan->schedule->assignment[placed->index];
        double ignored;
        pieces->first_of[p] = pieces->count;
        for (int g = 0; g < placed->instance->group_count; g++) {
            if (g == 0 || starts->begins[starts->base[p] + g])
                pieces->pieces[pieces->count++] = (hax_onnx_piece){
                    .placed = p, .unit = unit_of[g], .first_group = g, .after = -1
                };
            hax_onnx_piece *piece = &pieces->pieces[pieces->count - 1];
            assert(piece->unit == unit_of[g]);
            piece->last_group = g;
            if (piece->first_group == g)
                hax_export_times(placed, g, &piece->start_ms, &ignored);
            hax_export_times(placed, g, &ignored, &piece->end_ms);
        }
    }
    pieces->first_of[plan->count] = pieces->count;
}

/* What the plan makes a job wait for, in terms of pieces. */
static void copy_waits(hax_onnx_pieces *pieces, const starts *starts)
{
    const hax_schedule *schedule = pieces->plan->schedule;
    for (int j = 0; j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        int placed = starts->placed_of[job->instance];
        if (placed < 0 || (job->after < 0 && job->delay_ms <= 0))
            continue;
        hax_onnx_piece *piece = &pieces->pieces[hax_onnx_piece_of(pieces, placed, job->group)];
        int awaited = job->after < 0 ? -1 : starts->placed_of[schedule->jobs[job->after].instance];
        if (job->after >= 0 && awaited < 0)
            continue; /* for one that is not exported */
        piece->delay_ms = job->delay_ms;
        if (awaited >= 0)
            piece->after = hax_onnx_piece_of(pieces, awaited, schedule->jobs[job->after].group);
    }
}

/* ---- parts of the networks ------------------------------------------------------------------- */

static hax_status make_parts(hax_onnx_pieces *pieces, int p, hax_error *err)
{
    const hax_export_layer *placed = &pieces->plan->placed[p];
    int first = pieces->first_of[p], count = pieces->first_of[p + 1] - first;
    size_t layers = (size_t) hax_model_layer_count(placed->model);
    hax_onnx_part *parts = calloc((size_t) count, sizeof *parts);
    int *part_of = calloc(layers + 1, sizeof *part_of);
    hax_status status = parts && part_of ? HAX_OK : hax_fail_memory(err, "pieces");
    for (size_t l = 0; status == HAX_OK && l < layers; l++)
        part_of[l] = hax_onnx_piece_of(pieces, p, placed->group_of[l]) - first;
    if (status == HAX_OK) {
        status = hax_onnx_parts_make(&pieces->graphs[p], part_of, count, parts, err);
        for (int i = 0; i < count; i++) /* freed with the pieces, also after a failure */
            pieces->pieces[first + i].part = parts[i];
    }
    for (int i = 0; status == HAX_OK && i < count; i++)
        pieces->pieces[first + i].graph = &pieces->graphs[p];
    free(parts);
    free(part_of);
    return status;
}

/* What nothing reads is not computed: a piece of which nothing is left is none. */
static hax_status drop_empty(hax_onnx_pieces *pieces, hax_error *err)
{
    const hax_export_plan *plan = pieces->plan;
    int *moved = calloc((size_t) pieces->count + 1, sizeof *moved), kept = 0;
    if (!moved)
        return hax_fail_memory(err, "pieces");
    for (int p = 0, i = 0; p < plan->count; p++) {
        int end = pieces->first_of[p + 1];
        pieces->first_of[p] = kept;
        for (; i < end; i++) {
            bool is_empty = pieces->pieces[i].part.node_count == 0;
            moved[i] = is_empty ? -1 : kept;
            if (is_empty)
                hax_onnx_parts_free(&pieces->pieces[i].part, 1);
            else
                pieces->pieces[kept++] = pieces->pieces[i];
        }
    }
    pieces->first_of[plan->count] = pieces->count = kept;
    for (int i = 0; i < kept; i++)
        if (pieces->pieces[i].after >= 0)
            pieces->pieces[i].after = moved[pieces->pieces[i].after];
    free(moved);
    return HAX_OK;
}

static void name_files(hax_onnx_pieces *pieces)
{
    for (int i = 0; i < pieces->count; i++) {
        hax_onnx_piece *piece = &pieces->pieces[i];
        char stem[128];
        hax_onnx_file_stem(pieces->plan, piece->placed, stem, sizeof stem);
        snprintf(piece->file, sizeof piece->file, "%s.%d.onnx", stem,
                 i - pieces->first_of[piece->placed]);
    }
}

static hax_status make_pieces(hax_onnx_pieces *pieces, starts *starts, hax_error *err)
{
    const hax_export_plan *plan = pieces->plan;
    HAX_TRY(make_starts(plan, starts, err));
    find_starts(starts);
    pieces->pieces = calloc((size_t) starts->total + 1, sizeof *pieces->pieces);
    pieces->first_of = calloc((size_t) plan->count + 1, sizeof *pieces->first_of);
    pieces->graphs = calloc((size_t) plan->count + 1, sizeof *pieces->graphs);
    if (!pieces->pieces || !pieces->first_of || !pieces->graphs)
        return hax_fail_memory(err, "pieces");
    fill_pieces(pieces, starts);
    copy_waits(pieces, starts);
    for (int p = 0; p < plan->count; p++) {
        HAX_TRY(hax_onnx_graph_make(plan->placed[p].model, &pieces->graphs[p], err));
        HAX_TRY(make_parts(pieces, p, err));
    }
    HAX_TRY(drop_empty(pieces, err));
    name_files(pieces);
    return HAX_OK;
}

hax_status hax_onnx_pieces_make(const hax_export_plan *plan, hax_onnx_pieces *pieces,
                                hax_error *err)
{
    starts starts = { 0 };
    *pieces = (hax_onnx_pieces){ .plan = plan };
    hax_status status = make_pieces(pieces, &starts, err);
    free_starts(&starts);
    return status;
}

void hax_onnx_pieces_free(hax_onnx_pieces *pieces)
{
    for (int i = 0; i < pieces->count; i++)
        hax_onnx_parts_free(&pieces->pieces[i].part, 1);
    for (int p = 0; pieces->graphs && p < pieces->plan->count; p++)
        hax_onnx_graph_free(&pieces->graphs[p]);
    free(pieces->pieces);
    free(pieces->graphs);
    free(pieces->first_of);
    *pieces = (hax_onnx_pieces){ 0 };
}

/* ---- names and notes ------------------------------------------------------------------------- */

enum { STEM_BYTES = 100 };

static void clean_name(const char *name, char *stem)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    size_t length = 0;
    for (; name[length] && length < STEM_BYTES - 1; length++) {
        bool takes =
            strchr(plain, name[length]) && (length > 0 || (name[0] != '.' && name[0] != '-'));
        stem[length] = takes ? name[length] : '_';
    }
    stem[length] = '\0';
}

void hax_onnx_file_stem(const hax_export_plan *plan, int placed, char *stem, size_t size)
{
    char own[STEM_BYTES], other[STEM_BYTES];
    bool taken = false;
    clean_name(plan->placed[placed].instance->name, own);
    for (int p = 0; p < plan->count && !taken; p++) {
        clean_name(plan->placed[p].instance->name, other);
        taken = p != placed && strcmp(own, other) == 0;
    }
    if (taken) /* no instance's own name has a '+' here */
        snprintf(stem, size, "%s+%d", own, placed);
    else
        snprintf(stem, size, "%s", own);
}

hax_status hax_onnx_notes_make(const hax_export_plan *plan, const hax_export_layer *placed,
                               hax_onnx_notes *notes, hax_error *err)
{
    const hax_instance_spec *instance = placed->instance;
    bool failed = false;
    *notes = (hax_onnx_notes){ .group_count = instance->group_count, .group_of = placed->group_of };
    notes->groups = calloc((size_t) instance->group_count, sizeof *notes->groups);
    if (!notes->groups)
        return hax_fail_memory(err, "notes in an ONNX model");
    for (int g = 0; g < instance->group_count; g++) {
        double start_ms = 0, end_ms = 0;
        hax_text *note = &notes->groups[g];
        int unit = plan->schedule->assignment[placed->index][g];
        hax_wire_put_entry(note, ONNX_NODE_METADATA, "haxconn.unit",
                           hax_export_unit_name(plan, unit));
        hax_wire_put_entry(note, ONNX_NODE_METADATA, "haxconn.group", instance->groups[g].name);
        if (hax_export_times(placed, g, &start_ms, &end_ms))
            hax_onnx_note(note, ONNX_NODE_METADATA, "haxconn.group_ms", "%.6g", end_ms - start_ms);
        failed = failed || note->failed;
    }
    hax_wire_put_entry(&notes->model, ONNX_MODEL_METADATA, "haxconn.instance", instance->name);
    hax_wire_put_entry(&notes->model, ONNX_MODEL_METADATA, "haxconn.network",
                       hax_model_name(placed->model));
    failed = failed || notes->model.failed;
    return failed ? hax_fail_memory(err, "notes in an ONNX model") : HAX_OK;
}

void hax_onnx_notes_free(hax_onnx_notes *notes)
{
    for (int g = 0; notes->groups && g < notes->group_count; g++)
        hax_text_free(&notes->groups[g]);
    free(notes->groups);
    hax_text_free(&notes->model);
    *notes = (hax_onnx_notes){ 0 };
}
