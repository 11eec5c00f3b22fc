/*
 * The names of TensorRT's profile entries: fusions, reformats, copies to and from the DLA, pieces
 * that run as one. A name that is a layer's is that layer, whatever else it looks like.
 */
#include <stdlib.h>
#include <string.h>

#include "match.h"

enum {
    DEPTH_MAX = 6, /* of names within names */
    JOIN_MAX = 6,  /* pieces that together may be one layer's name */
};

/* ---- the network's names ------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const match_name *) a)->name, ((const match_name *) b)->name);
}

hax_status match_names_make(hax_arena *arena, const hax_model *model, match_names *names,
                            hax_error *err)
{
    match_name *layers = hax_arena_alloc(arena, (size_t) model->layer_count, sizeof *layers);
    match_name *tensors = hax_arena_alloc(arena, (size_t) model->blob_count, sizeof *tensors);
    if (!layers || !tensors)
        return hax_fail_memory(err, "the names of a network");
    for (int l = 0; l < model->layer_count; l++)
        layers[l] = (match_name){ model->layers[l].spec->name, l };
    for (int b = 0; b < model->blob_count; b++)
        tensors[b] = (match_name){ model->blobs[b].name, model->blobs[b].producer };
    qsort(layers, (size_t) model->layer_count, sizeof *layers, by_name);
    qsort(tensors, (size_t) model->blob_count, sizeof *tensors, by_name);
    *names = (match_names){ model, model->layer_count, model->blob_count, layers, tensors };
    return HAX_OK;
}

static int compare(slice text, const char *name)
{
    int order = strncmp(text.at, name, text.length);
    return order != 0 ? order : name[text.length] == '\0' ? 0 : -1;
}

static const match_name *find(const match_name *list, int count, slice text)
{
    int low = 0, high = count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        int order = compare(text, list[middle].name);
        if (order == 0)
            return &list[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static const match_name *find_layer(const match *all, slice text)
{
    return find(all->names.layers, all->names.layer_count, text);
}

/* ---- filling an entry ---------------------------------------------------------------------- */

void match_add_layer(match *all, match_entry *entry, int layer)
{
    if (entry->layer_count == entry->layer_room) {
        int room = entry->layer_room ? entry->layer_room * 2 : 4;
        int *grown = realloc(entry->layers, (size_t) room * sizeof *grown);
        if (!grown) {
            all->failed = true;
            return;
        }
        entry->layers = grown;
        entry->layer_room = room;
    }
    entry->layers[entry->layer_count++] = layer;
}

static void add_unknown(match_entry *entry, slice text)
{
    if (entry->unknown++ == 0)
        entry->first_unknown = text;
}

/* The name under way: only the outermost says what the entry is. */
typedef struct parser {
    match *all;
    match_entry *entry;
    int depth;
} parser;

static void parse(parser *at, slice name);

static void set_role(parser *at, match_role role)
{
    if (at->depth == 0)
        at->entry->role = role;
}

static void parse_inner(parser *at, slice name)
{
    at->depth++;
    parse(at, name);
    at->depth--;
}

static bool add_whole(parser *at, slice name)
{
    const match_name *found = find_layer(at->all, name);
    if (!found)
        return false;
    match_add_layer(at->all, at->entry, found->layer);
    return true;
}

/* A tensor, or a layer where tensors are called after layers. */
static void add_tensor(parser *at, slice name)
{
    const match_name *found = find(at->all->names.tensors, at->all->names.tensor_count, name);
    if (!found)
        found = find_layer(at->all, name);
    if (!found)
        add_unknown(at->entry, name);
    else if (found->layer >= 0)
        match_add_layer(at->all, at->entry, found->layer);
}

/* ---- lists ---------------------------------------------------------------------------------- */

/* Length up to the next of the separators that stands outside of brackets. */
static size_t piece_length(slice text, const char *const *separators)
{
    int depth = 0;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];
        depth += c == '(' || c == '[' || c == '{';
        depth -= (c == ')' || c == ']' || c == '}') && depth > 0;
        for (int s = 0; separators[s] && depth == 0; s++)
            if (slice_starts(slice_from(text, i), separators[s]))
                return i;
    }
    return text.length;
}

static void skip_separator(slice *text, const char *const *separators)
{
    for (int s = 0; separators[s]; s++)
        if (slice_take(text, separators[s]))
            return;
}

/* Takes the longest run of pieces at the front that is a layer's name; without one, a piece. */
static slice take_piece(parser *at, slice *text, const char *const *separators)
{
    slice rest = *text, best = { text->at, 0 }, best_rest = rest;
    for (int joined = 0; joined < JOIN_MAX && rest.length > 0; joined++) {
        rest = slice_from(rest, piece_length(rest, separators));
        slice piece = slice_to(*text, (size_t) (rest.at - text->at));
        skip_separator(&rest, separators);
        if (joined == 0 || find_layer(at->all, piece)) {
            best = piece;
            best_rest = rest;
        }
    }
    *text = best_rest;
    return best;
}

static void parse_list(parser *at, slice text, const char *const *separators)
{
    while (text.length > 0) {
        slice piece = take_piece(at, &text, separators);
        if (!add_whole(at, piece))
            parse_inner(at, piece);
    }
}

static const char *const fused[] = { " || ", " + ", NULL };
static const char *const pointwise[] = { ", ", NULL };
static const char *const commas[] = { ",", NULL };

/* ---- "{...}" --------------------------------------------------------------------------------- */

/* "a...b": between two layers where both are known, else at the first dots. */
static bool split_range(parser *at, slice body, slice *first, slice *last)
{
    bool found = false;
    for (size_t i = 0; i + 3 <= body.length; i++) {
        if (!slice_starts(slice_from(body, i), "..."))
            continue;
        slice left = slice_to(body, i), right = slice_from(body, i + 3);
        bool known = find_layer(at->all, left) && find_layer(at->all, right);
        if (known || !found) {
            *first = left;
            *last = right;
        }
        if (known)
            return true;
        found = true;
    }
    return found;
}

static void parse_foreign(parser *at, slice body)
{
    slice first, last;
    at->entry->foreign = true;
    if (find_layer(at->all, body) || !split_range(at, body, &first, &last)) {
        parse_list(at, body, fused);
        return;
    }
    const match_name *from = find_layer(at->all, first), *to = find_layer(at->all, last);
    if (from && to) {
        at->entry->range_first = from->layer;
        at->entry->range_last = to->layer;
        match_add_layer(at->all, at->entry, from->layer);
        match_add_layer(at->all, at->entry, to->layer);
        return;
    }
    parse_inner(at, first);
    parse_inner(at, last);
}

/* The DLA's pieces before 8.0 name all their layers; later ones the first and the last. */
static bool take_braces(parser *at, slice name)
{
    if (!slice_starts(name, "{") || !slice_ends(name, "}") || name.length < 2)
        return false;
    slice body = { name.at + 1, name.length - 2 };
    set_role(at, MATCH_LAYERS);
    at->entry->braces |= at->depth == 0;
    if (slice_take(&body, "ForeignNode[") && slice_ends(body, "]"))
        parse_foreign(at, slice_to(body, body.length - 1));
    else
        parse_list(at, body, commas);
    return true;
}

/* ---- reformats, copies, helpers ---------------------------------------------------------------
 */

/* Takes "WORD INT" off the end. */
static bool take_numbered_end(slice *text, const char *word)
{
    ptrdiff_t at = slice_find_last(*text, word);
    double number;
    if (at == SLICE_NONE || !slice_number(slice_from(*text, (size_t) at + strlen(word)), &number))
        return false;
    *text = slice_to(*text, (size_t) at);
    return true;
}

static bool take_end(slice *text, const char *word)
{
    if (!slice_ends(*text, word))
        return false;
    text->length -= strlen(word);
    return true;
}

static bool take_reformat(parser *at, slice name)
{
    double number;
    if (slice_take(&name, "Reformatting CopyNode for ")) {
        set_role(at, MATCH_REFORMAT);
        if (slice_take(&name, "Network Input ") || slice_take(&name, "Network Output ")) {
            add_tensor(at, name);
            return true;
        }
        bool tensor = slice_take(&name, "Input Tensor ") || slice_take(&name, "Output Tensor ");
        if (tensor && slice_take_number(&name, &number) && slice_take(&name, " to "))
            parse_inner(at, name);
        else
            add_unknown(at->entry, name);
        return true;
    }
    if (!take_numbered_end(&name, " input reformatter ") &&
        !take_numbered_end(&name, " output reformatter "))
        return false;
    set_role(at, MATCH_REFORMAT);
    parse_inner(at, name);
    return true;
}

static bool take_copy(parser *at, slice name)
{
    bool moves = take_end(&name, " to nvm") || take_end(&name, " from nvm") ||
                 take_end(&name, " copy finish") || take_end(&name, " finish");
    if (moves) {
        at->entry->nvm |= at->depth == 0;
        set_role(at, MATCH_COPY);
        add_tensor(at, name);
        return true;
    }
    if (!take_end(&name, " copy") && !take_end(&name, "_copy_input") &&
        !take_end(&name, "_copy_output"))
        return false;
    set_role(at, MATCH_COPY);
    parse_inner(at, name);
    return true;
}

/* What TensorRT puts between layers is called after them. */
static bool take_helper(parser *at, slice name)
{
    static const char *const fronts[] = {
        "copied_squeeze_after_", "squeeze_after_",  "unsqueeze_node_after_",
        "unsqueeze_after_",      "reshape_before_", "reshape_after_",
    };
    slice first;
    if (slice_starts(name, "(Unnamed Layer* ")) {
        set_role(at, MATCH_HELPER);
        return true;
    }
    if (slice_take(&name, "shuffle_between_")) {
        set_role(at, MATCH_HELPER);
        if (slice_take_until(&name, "_and_", &first))
            add_tensor(at, first);
        add_tensor(at, name);
        return true;
    }
    for (size_t f = 0; f < sizeof fronts / sizeof *fronts; f++) {
        if (!slice_take(&name, fronts[f]))
            continue;
        set_role(at, MATCH_HELPER);
        parse_inner(at, name);
        return true;
    }
    return false;
}

static bool take_changed(parser *at, slice name)
{
    if (take_numbered_end(&name, "_clone_")) {
        set_role(at, MATCH_LAYERS);
        parse_inner(at, name);
        return true;
    }
    if (!slice_take(&name, "PWN(") || !take_end(&name, ")"))
        return false;
    set_role(at, MATCH_LAYERS);
    parse_list(at, name, pointwise);
    return true;
}

/* ---- a name -----------------------------------------------------------------------------------
 */

static void parse(parser *at, slice name)
{
    name = slice_trim(name);
    if (at->depth > DEPTH_MAX || name.length == 0) {
        add_unknown(at->entry, name);
        return;
    }
    if (add_whole(at, name)) {
        set_role(at, MATCH_LAYERS);
        return;
    }
    if (take_reformat(at, name) || take_copy(at, name) || take_braces(at, name))
        return;
    if (piece_length(name, fused) < name.length) {
        set_role(at, MATCH_LAYERS);
        parse_list(at, name, fused);
        return;
    }
    if (!take_helper(at, name) && !take_changed(at, name))
        add_unknown(at->entry, name);
}

void match_parse_name(match *all, match_entry *entry)
{
    parser at = { .all = all, .entry = entry };
    entry->range_first = entry->range_last = -1;
    parse(&at, slice_of(entry->name));
    bool nothing = entry->layer_count == 0 && entry->unknown > 0;
    if (nothing)
        entry->role = MATCH_NOTHING;
}
