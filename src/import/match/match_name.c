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
    return strcmp(((const hax_match_name *) a)->name, ((const hax_match_name *) b)->name);
}

/* As TensorRT has it, which knows no names that are made here. */
static const char *name_of_layer(const hax_model *model, int layer)
{
    const hax_node node = hax_model_node(model, layer);
    return node.parser_name ? node.parser_name : "";
}

hax_status hax_match_names_make(hax_arena *arena, const hax_model *model, hax_match_names *names,
                                hax_error *err)
{
    hax_match_name *layers =
        hax_arena_alloc(arena, (size_t) hax_model_layer_count(model), sizeof *layers);
    hax_match_name *tensors =
        hax_arena_alloc(arena, (size_t) hax_model_edge_count(model), sizeof *tensors);
    if (!layers || !tensors)
        return hax_fail_memory(err, "the names of a network");
    for (int l = 0; l < hax_model_layer_count(model); l++)
        layers[l] = (hax_match_name){ name_of_layer(model, l), l };
    for (int b = 0; b < hax_model_edge_count(model); b++)
        tensors[b] =
            (hax_match_name){ hax_model_edge(model, b).name, hax_model_edge(model, b).producer };
    qsort(layers, (size_t) hax_model_layer_count(model), sizeof *layers, by_name);
    qsort(tensors, (size_t) hax_model_edge_count(model), sizeof *tensors, by_name);
    *names = (hax_match_names){ model, hax_model_layer_count(model), hax_model_edge_count(model),
                                layers, tensors };
    return HAX_OK;
}

static int compare(hax_slice text, const char *name)
{
    int order = strncmp(text.at, name, text.length);
    return order != 0 ? order : name[text.length] == '\0' ? 0 : -1;
}

static const hax_match_name *find(const hax_match_name *list, int count, hax_slice text)
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

static const hax_match_name *find_layer(const hax_match *match, hax_slice text)
{
    return find(match->names.layers, match->names.layer_count, text);
}

/* ---- filling an entry ---------------------------------------------------------------------- */

void hax_match_add_layer(hax_match *match, hax_match_entry *entry, int layer)
{
    if (entry->layer_count == entry->layer_capacity) {
        int capacity = entry->layer_capacity ? entry->layer_capacity * 2 : 4;
        int *grown = realloc(entry->layers, (size_t) capacity * sizeof *grown);
        if (!grown) {
            match->failed = true;
            return;
        }
        entry->layers = grown;
        entry->layer_capacity = capacity;
    }
    entry->layers[entry->layer_count++] = layer;
}

static void add_unknown(hax_match_entry *entry, hax_slice text)
{
    if (entry->unknown++ == 0)
        entry->first_unknown = text;
}

/* The name under way: only the outermost says what the entry is. */
typedef struct parser {
    hax_match *match;
    hax_match_entry *entry;
    int depth;
} parser;

static void parse(parser *parser, hax_slice name);

static void set_role(parser *parser, hax_match_role role)
{
    if (parser->depth == 0)
        parser->entry->role = role;
}

static void parse_inner(parser *parser, hax_slice name)
{
    parser->depth++;
    parse(parser, name);
    parser->depth--;
}

static bool add_whole(parser *parser, hax_slice name)
{
    const hax_match_name *found = find_layer(parser->match, name);
    if (!found)
        return false;
    hax_match_add_layer(parser->match, parser->entry, found->layer);
    return true;
}

/* A tensor, or a layer where tensors are called after layers. */
static void add_tensor(parser *parser, hax_slice name)
{
    const hax_match_name *found =
        find(parser->match->names.tensors, parser->match->names.tensor_count, name);
    if (!found)
        found = find_layer(parser->match, name);
    if (!found)
        add_unknown(parser->entry, name);
    else if (found->layer >= 0)
        hax_match_add_layer(parser->match, parser->entry, found->layer);
}

/* ---- lists ---------------------------------------------------------------------------------- */

/* Length up to the next of the separators that stands outside of brackets. */
static size_t piece_length(hax_slice text, const char *const *separators)
{
    int depth = 0;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];
        depth += c == '(' || c == '[' || c == '{';
        depth -= (c == ')' || c == ']' || c == '}') && depth > 0;
        for (int s = 0; separators[s] && depth == 0; s++)
            if (hax_slice_starts(hax_slice_from(text, i), separators[s]))
                return i;
    }
    return text.length;
}

static void skip_separator(hax_slice *text, const char *const *separators)
{
    for (int s = 0; separators[s]; s++)
        if (hax_slice_take(text, separators[s]))
            return;
}

/* Takes the longest run of pieces at the front that is a layer's name; without one, a piece. */
static hax_slice take_piece(parser *parser, hax_slice *text, const char *const *separators)
{
    hax_slice rest = *text, best = { text->at, 0 }, best_rest = rest;
    for (int joined = 0; joined < JOIN_MAX && rest.length > 0; joined++) {
        rest = hax_slice_from(rest, piece_length(rest, separators));
        hax_slice piece = hax_slice_to(*text, (size_t) (rest.at - text->at));
        skip_separator(&rest, separators);
        if (joined == 0 || find_layer(parser->match, piece)) {
            best = piece;
            best_rest = rest;
        }
    }
    *text = best_rest;
    return best;
}

static void parse_list(parser *parser, hax_slice text, const char *const *separators)
{
    while (text.length > 0) {
        hax_slice piece = take_piece(parser, &text, separators);
        if (!add_whole(parser, piece))
            parse_inner(parser, piece);
    }
}

static const char *const fused[] = { " || ", " + ", NULL };
static const char *const pointwise[] = { ", ", NULL };
static const char *const commas[] = { ",", NULL };

/* ---- "{...}" --------------------------------------------------------------------------------- */

/* "a...b": between two layers where both are known, else at the first dots. */
static bool split_range(parser *parser, hax_slice body, hax_slice *first, hax_slice *last)
{
    bool found = false;
    for (size_t i = 0; i + 3 <= body.length; i++) {
        if (!hax_slice_starts(hax_slice_from(body, i), "..."))
            continue;
        hax_slice left = hax_slice_to(body, i), right = hax_slice_from(body, i + 3);
        bool known = find_layer(parser->match, left) && find_layer(parser->match, right);
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

/* What a name at an end of a range says by itself. */
static hax_match_entry parse_end(parser *parser, hax_slice name)
{
    hax_match_entry end = { .range_first = -1, .range_last = -1 };
    struct parser inner = { parser->match, &end, parser->depth + 1 };
    parse(&inner, name);
    return end;
}

/* The layer at which a range begins or ends: of several in one name ("Transpose_1 + Reshape_2") the
 * first or the last. RANGE_OPEN for a name of TensorRT's own making, which is no layer. */
static int layer_at_end(const hax_match_entry *end, bool begins)
{
    int layer = end->layer_count > 0 ? end->layers[0] : MATCH_RANGE_OPEN;
    for (int i = 1; i < end->layer_count; i++)
        if (begins ? end->layers[i] < layer : end->layers[i] > layer)
            layer = end->layers[i];
    return layer;
}

static void take_end_layers(parser *parser, hax_match_entry *end)
{
    for (int i = 0; i < end->layer_count; i++)
        hax_match_add_layer(parser->match, parser->entry, end->layers[i]);
    if (end->unknown > 0)
        add_unknown(parser->entry, end->first_unknown);
    free(end->layers);
}

/* A range from one name to another. Without a layer at either end nothing is known of it. */
static void parse_ends(parser *parser, hax_slice first, hax_slice last)
{
    hax_match_entry from = parse_end(parser, first), to = parse_end(parser, last);
    int begin = layer_at_end(&from, true), end = layer_at_end(&to, false);
    bool known = from.unknown == 0 && to.unknown == 0;
    if (known && begin == MATCH_RANGE_OPEN && end == MATCH_RANGE_OPEN)
        add_unknown(parser->entry, first);
    else if (known) {
        parser->entry->range_first = begin;
        parser->entry->range_last = end;
    }
    take_end_layers(parser, &from);
    take_end_layers(parser, &to);
}

static void parse_foreign(parser *parser, hax_slice body)
{
    hax_slice first, last;
    parser->entry->foreign = true;
    if (find_layer(parser->match, body) || !split_range(parser, body, &first, &last)) {
        parse_list(parser, body, fused);
        return;
    }
    parse_ends(parser, first, last);
}

/* The DLA's pieces before 8.0 name all their layers; later ones the first and the last. */
static bool take_braces(parser *parser, hax_slice name)
{
    if (!hax_slice_starts(name, "{") || !hax_slice_ends(name, "}") || name.length < 2)
        return false;
    hax_slice body = { name.at + 1, name.length - 2 };
    set_role(parser, MATCH_LAYERS);
    parser->entry->braces |= parser->depth == 0;
    if (hax_slice_take(&body, "ForeignNode[") && hax_slice_ends(body, "]"))
        parse_foreign(parser, hax_slice_to(body, body.length - 1));
    else
        parse_list(parser, body, commas);
    return true;
}

/* ---- reformats, copies, helpers -------------------------------------------------------------- */

/* Takes "WORD INT" off the end. */
static bool take_numbered_end(hax_slice *text, const char *word)
{
    ptrdiff_t at = hax_slice_find_last(*text, word);
    double number;
    if (at == SLICE_NONE ||
        !hax_slice_number(hax_slice_from(*text, (size_t) at + strlen(word)), &number))
        return false;
    *text = hax_slice_to(*text, (size_t) at);
    return true;
}

static bool take_end(hax_slice *text, const char *word)
{
    if (!hax_slice_ends(*text, word))
        return false;
    text->length -= strlen(word);
    return true;
}

static bool take_reformat(parser *parser, hax_slice name)
{
    double number;
    if (hax_slice_take(&name, "Reformatting CopyNode for ")) {
        set_role(parser, MATCH_REFORMAT);
        if (hax_slice_take(&name, "Network Input ") || hax_slice_take(&name, "Network Output ")) {
            add_tensor(parser, name);
            return true;
        }
        bool tensor =
            hax_slice_take(&name, "Input Tensor ") || hax_slice_take(&name, "Output Tensor ");
        if (tensor && hax_slice_take_number(&name, &number) && hax_slice_take(&name, " to "))
            parse_inner(parser, name);
        else
            add_unknown(parser->entry, name);
        return true;
    }
    if (!take_numbered_end(&name, " input reformatter ") &&
        !take_numbered_end(&name, " output reformatter "))
        return false;
    set_role(parser, MATCH_REFORMAT);
    parse_inner(parser, name);
    return true;
}

static bool take_copy(parser *parser, hax_slice name)
{
    bool moves = take_end(&name, " to nvm") || take_end(&name, " from nvm") ||
                 take_end(&name, " copy finish") || take_end(&name, " finish");
    if (moves) {
        parser->entry->nvm |= parser->depth == 0;
        set_role(parser, MATCH_COPY);
        add_tensor(parser, name);
        return true;
    }
    if (!take_end(&name, " copy") && !take_end(&name, "_copy_input") &&
        !take_end(&name, "_copy_output"))
        return false;
    set_role(parser, MATCH_COPY);
    parse_inner(parser, name);
    return true;
}

/* What TensorRT puts between layers is called after them. */
static bool take_helper(parser *parser, hax_slice name)
{
    static const char *const fronts[] = {
        "copied_squeeze_after_", "squeeze_after_",  "unsqueeze_node_after_",
        "unsqueeze_after_",      "reshape_before_", "reshape_after_",
    };
    hax_slice first;
    if (hax_slice_starts(name, "(Unnamed Layer* ")) {
        set_role(parser, MATCH_HELPER);
        return true;
    }
    if (hax_slice_take(&name, "shuffle_between_")) {
        set_role(parser, MATCH_HELPER);
        if (hax_slice_take_until(&name, "_and_", &first))
            add_tensor(parser, first);
        add_tensor(parser, name);
        return true;
    }
    for (size_t f = 0; f < sizeof fronts / sizeof *fronts; f++) {
        if (!hax_slice_take(&name, fronts[f]))
            continue;
        set_role(parser, MATCH_HELPER);
        parse_inner(parser, name);
        return true;
    }
    return false;
}

static bool take_changed(parser *parser, hax_slice name)
{
    if (take_numbered_end(&name, "_clone_")) {
        set_role(parser, MATCH_LAYERS);
        parse_inner(parser, name);
        return true;
    }
    if (!hax_slice_take(&name, "PWN(") || !take_end(&name, ")"))
        return false;
    set_role(parser, MATCH_LAYERS);
    parse_list(parser, name, pointwise);
    return true;
}

/* ---- a name ---------------------------------------------------------------------------------- */

static void parse(parser *parser, hax_slice name)
{
    name = hax_slice_trim(name);
    if (parser->depth > DEPTH_MAX || name.length == 0) {
        add_unknown(parser->entry, name);
        return;
    }
    if (add_whole(parser, name)) {
        set_role(parser, MATCH_LAYERS);
        return;
    }
    if (take_reformat(parser, name) || take_copy(parser, name) || take_braces(parser, name))
        return;
    if (piece_length(name, fused) < name.length) {
        set_role(parser, MATCH_LAYERS);
        parse_list(parser, name, fused);
        return;
    }
    if (!take_helper(parser, name) && !take_changed(parser, name))
        add_unknown(parser->entry, name);
}

void hax_match_parse_name(hax_match *match, hax_match_entry *entry)
{
    parser context = { .match = match, .entry = entry };
    entry->range_first = entry->range_last = -1;
    parse(&context, hax_slice_of(entry->name));
    bool nothing = entry->layer_count == 0 && entry->unknown > 0;
    if (nothing)
        entry->role = MATCH_NOTHING;
}
