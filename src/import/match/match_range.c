/*
 * The layers of "{ForeignNode[a...b]}", of which only the first and the last are named: those on a
 * path from a to b. Where a piece begins behind a fork, the other branches have no path from a:
 * then what lies between the two in order, hangs together with them and is in no other entry
 * belongs to it as well, since every layer is in some entry. Where one end is a layer that TensorRT
 * made
 * ("(Unnamed Layer* 3) [Shuffle]...prob"), the range goes from the other one as far as layers hang
 * together that are in no other entry.
 */
#include <stdlib.h>
#include <string.h>

#include "match.h"

/* Marks of one range. */
typedef struct reach {
    bool *from_first; /* [layer] a path leads there from the first */
    bool *to_last;    /* a path leads from there to the last */
} reach;

static void walk_down(const hax_model *model, int first, int last, bool *reached)
{
    memset(reached, 0, (size_t) hax_model_layer_count(model) * sizeof *reached);
    reached[first] = true;
    for (int l = first + 1; l <= last; l++) {
        const hax_node layer = hax_model_node(model, l);
        for (int i = 0; i < layer.input_count; i++) {
            int producer = hax_model_edge(model, layer.inputs[i]).producer;
            reached[l] |= producer >= 0 && reached[producer];
        }
    }
}

static void walk_up(const hax_model *model, int first, int last, bool *reached)
{
    memset(reached, 0, (size_t) hax_model_layer_count(model) * sizeof *reached);
    reached[last] = true;
    for (int l = last; l > first; l--) {
        const hax_node layer = hax_model_node(model, l);
        for (int i = 0; i < layer.input_count && reached[l]; i++) {
            int producer = hax_model_edge(model, layer.inputs[i]).producer;
            if (producer >= first)
                reached[producer] = true;
        }
    }
}

static void take(hax_match *match, hax_match_entry *entry, int layer)
{
    if (match->owner[layer] >= 0)
        return;
    match->owner[layer] = (int) (entry - match->entries);
    hax_match_add_layer(match, entry, layer);
    entry->recovered++;
}

static void fill(hax_match *match, hax_match_entry *entry, const reach *marks, bool with_branches)
{
    int first = entry->range_first, last = entry->range_last;
    if (first > last) {
        first = entry->range_last;
        last = entry->range_first;
    }
    walk_down(match->model, first, last, marks->from_first);
    walk_up(match->model, first, last, marks->to_last);
    for (int l = first; l <= last; l++) {
        bool on_path = marks->from_first[l] && marks->to_last[l];
        bool branch = marks->from_first[l] || marks->to_last[l];
        if (with_branches ? branch : on_path)
            take(match, entry, l);
    }
}

/* From the end that is known, over layers that are in no other entry; layers stand in an order in
 * which they can run, so one walk finds them all. */
static void fill_open(hax_match *match, hax_match_entry *entry, bool *reached)
{
    const hax_model *model = match->model;
    bool up = entry->range_first == MATCH_RANGE_OPEN;
    int start = up ? entry->range_last : entry->range_first, count = hax_model_layer_count(model);
    int self = (int) (entry - match->entries);
    memset(reached, 0, (size_t) count * sizeof *reached);
    reached[start] = true;
    for (int step = 0; step < count; step++) {
        int l = up ? count - 1 - step : step;
        const hax_node layer = hax_model_node(model, l);
        bool mine = match->owner[l] < 0 || match->owner[l] == self;
        for (int i = 0; i < layer.input_count; i++) {
            int producer = hax_model_edge(model, layer.inputs[i]).producer;
            if (producer < 0)
                continue;
            if (up && reached[l] && mine)
                reached[producer] = true;
            if (!up && reached[producer] &&
                (match->owner[producer] < 0 || match->owner[producer] == self))
                reached[l] = true;
        }
        if (reached[l] && layer.compute_index >= 0)
            take(match, entry, l);
    }
}

static int by_number(const void *a, const void *b)
{
    int x = *(const int *) a, y = *(const int *) b;
    return (x > y) - (x < y);
}

/* Rising and each once. */
static void settle(hax_match_entry *entry)
{
    int kept = 0;
    if (entry->layer_count == 0)
        return;
    qsort(entry->layers, (size_t) entry->layer_count, sizeof *entry->layers, by_number);
    for (int i = 0; i < entry->layer_count; i++)
        if (kept == 0 || entry->layers[kept - 1] != entry->layers[i])
            entry->layers[kept++] = entry->layers[i];
    entry->layer_count = kept;
}

/* What names say goes before what follows from the graph. */
static void claim_named(hax_match *match)
{
    for (int l = 0; l < hax_model_layer_count(match->model); l++)
        match->owner[l] = -1;
    for (int e = 0; e < match->entry_count; e++) {
        hax_match_entry *entry = &match->entries[e];
        for (int i = 0; i < entry->layer_count && entry->role == MATCH_LAYERS; i++) {
            int *owner = &match->owner[entry->layers[i]];
            match->conflicts += *owner >= 0 && *owner != e;
            if (*owner < 0)
                *owner = e;
        }
    }
}

hax_status hax_match_fill_ranges(hax_match *match, hax_error *err)
{
    size_t layers = (size_t) hax_model_layer_count(match->model);
    match->owner = hax_arena_alloc(match->arena, layers, sizeof *match->owner);
    reach marks = { hax_arena_alloc(match->arena, layers, sizeof *marks.from_first),
                    hax_arena_alloc(match->arena, layers, sizeof *marks.to_last) };
    if (!match->owner || !marks.from_first || !marks.to_last)
        return hax_fail_memory(err, "the layers of ranges");
    claim_named(match);
    for (int branches = 0; branches < 2; branches++) {
        for (int e = 0; e < match->entry_count; e++) {
            hax_match_entry *entry = &match->entries[e];
            if (entry->role == MATCH_LAYERS && entry->range_first >= 0 && entry->range_last >= 0)
                fill(match, entry, &marks, branches == 1);
        }
    }
    for (int e = 0; e < match->entry_count; e++) {
        hax_match_entry *entry = &match->entries[e];
        bool open = entry->range_first == MATCH_RANGE_OPEN || entry->range_last == MATCH_RANGE_OPEN;
        if (entry->role == MATCH_LAYERS && open)
            fill_open(match, entry, marks.to_last);
    }
    for (int e = 0; e < match->entry_count; e++)
        settle(&match->entries[e]);
    return match->failed ? hax_fail_memory(err, "the layers of ranges") : HAX_OK;
}
