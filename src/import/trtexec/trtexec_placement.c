/* Which layers a log of trtexec says run where, and what it complains of. */
#include <string.h>

#include "trtexec_log.h"

enum { UNIT, TYPE, LAYER };

const hax_import_column hax_trtexec_placement_columns[] = {
    [UNIT] = { "unit", false },
    [TYPE] = { "type", false },
    [LAYER] = { "name", false },
    { NULL, false },
};

enum { LINE, SEVERITY, ABOUT, SUBJECT, TEXT };

const hax_import_column hax_trtexec_message_columns[] = {
    [LINE] = { "line", true },    [SEVERITY] = { "severity", false },
    [ABOUT] = { "about", false }, [SUBJECT] = { "layer", false },
    [TEXT] = { "text", false },   { NULL, false },
};

/* ---- placement ---------------------------------------------------------------------------- */

static void place(hax_trtexec_log *log, bool dla, hax_slice type, hax_slice name)
{
    hax_import_builder *builder = log->builder;
    hax_builder_select(builder, log->placement);
    hax_import_value *row = hax_builder_row(builder);
    row[UNIT] = hax_builder_words(builder, hax_slice_of(dla ? "DLA" : "GPU"));
    if (type.length > 0)
        row[TYPE] = hax_builder_words(builder, type);
    row[LAYER] = hax_builder_words(builder, name);
    *(dla ? &log->dla_pieces : &log->gpu_pieces) += 1;
}

/* "CONVOLUTION: name" from 8.4 on; the type is in capitals. */
static hax_slice take_type(hax_slice *text)
{
    size_t length = 0;
    while (length < text->length &&
           ((text->at[length] >= 'A' && text->at[length] <= 'Z') ||
            (text->at[length] >= '0' && text->at[length] <= '9') || text->at[length] == '_'))
        length++;
    hax_slice type = hax_slice_to(*text, length), rest = hax_slice_from(*text, length);
    if (length == 0 || !hax_slice_take(&rest, ": "))
        return hax_slice_to(*text, 0);
    *text = rest;
    return type;
}

/* Length up to the next ", " outside of brackets. */
static size_t item_length(hax_slice text)
{
    int depth = 0;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];
        depth += c == '{' || c == '[' || c == '(';
        depth -= (c == '}' || c == ']' || c == ')') && depth > 0;
        if (depth == 0 && hax_slice_starts(hax_slice_from(text, i), ", "))
            return i;
    }
    return text.length;
}

/* Without the comma behind it: lists have one behind each of their items, some logs also where a
 * line has one item. */
static hax_slice without_comma(hax_slice name)
{
    name = hax_slice_trim(name);
    if (hax_slice_ends(name, ","))
        name.length--;
    return hax_slice_trim(name);
}

/* The list of 7.x: "conv1 + relu1, pool1, ", one line, may be empty. Behind a heading of its
 * words 8.x has a line for each item instead. */
static void place_list(hax_trtexec_log *log, bool dla, hax_slice text)
{
    if (log->version.first < 80000)
        hax_trtexec_narrow(&log->version, TRTEXEC_FIRST, 70299);
    for (hax_slice_skip_blanks(&text); text.length > 0; hax_slice_skip_blanks(&text)) {
        size_t length = item_length(text);
        hax_slice name = without_comma(hax_slice_to(text, length));
        if (name.length > 0)
            place(log, dla, hax_slice_to(name, 0), name);
        text = hax_slice_from(text, length);
        hax_slice_take(&text, ",");
    }
}

/* "--------------- Layers running on DLA: ", "---------- Layers Running on DLA ----------" */
static bool is_heading(hax_trtexec_log *log, hax_slice text)
{
    hax_slice rest = hax_slice_trim(text);
    if (!hax_slice_take(&rest, "----------"))
        return false;
    while (hax_slice_take(&rest, "-"))
        continue;
    bool old = hax_slice_take(&rest, " Layers running on ");
    if (!old && !hax_slice_take(&rest, " Layers Running on "))
        return false;
    bool dla = hax_slice_starts(rest, "DLA");
    if (!dla && !hax_slice_starts(rest, "GPU"))
        return false;
    log->listing = !old ? PLACEMENT_NONE : dla ? PLACEMENT_DLA : PLACEMENT_GPU;
    if (!old)
        hax_trtexec_narrow(&log->version, 80000, TRTEXEC_LAST);
    return true;
}

hax_status hax_trtexec_take_placement(hax_trtexec_log *log, const hax_log_line *line, bool *taken,
                                      hax_error *err)
{
    (void) err;
    hax_slice rest = hax_slice_trim(line->text);
    if (is_heading(log, line->text)) {
        *taken = true;
        return HAX_OK;
    }
    bool dla = hax_slice_take(&rest, "[DlaLayer] ");
    if (dla || hax_slice_take(&rest, "[GpuLayer] ")) {
        hax_slice type = dla ? hax_slice_to(rest, 0) : take_type(&rest);
        place(log, dla, type, without_comma(rest));
        hax_trtexec_narrow(&log->version, 80000, TRTEXEC_LAST);
        log->listing = PLACEMENT_NONE;
        *taken = true;
    } else if (log->listing != PLACEMENT_NONE) {
        place_list(log, log->listing == PLACEMENT_DLA, rest);
        log->listing = PLACEMENT_NONE;
        *taken = true;
    }
    return HAX_OK;
}

/* ---- messages ----------------------------------------------------------------------------- */

/* Stable parts of the words of all versions: a layer's name stands between the two; where the
 * second is NULL there is none. */
static const struct {
    const char *before, *after, *about;
} known[] = {
    { "Default DLA is enabled but layer ", " is not supported on DLA", "fallback" },
    { "subgraphs per DLA core. Switching to GPU for layer ", "", "fallback" },
    { " for layer ", " exceeds max batch size allowed of ", "batch" },
    { "setDefaultDeviceType was called but no layer in the network can run on DLA", NULL,
      "no DLA" },
    { "Layer '", "Unsupported on DLA. Switching this layer's device type to GPU", "fallback" },
    { "DLA only supports FP16 and Int8 precision type", NULL, "precision" },
    { "", ": DLA cores do not support ", "unsupported" },
    { "", ": DLA only supports ", "unsupported" },
    { "Validation failed for DLA layer: ", ". Switching to GPU fallback", "fallback" },
    { "Splitting DLA subgraph at: ", " because DLA validation failed for this layer", "split" },
    { "Cannot deserialize serialized engine built with EngineCapability::kDLA_STANDALONE", NULL,
      "engine" },
    { "rt::kPLAN_MAGIC_TAG", NULL, "engine" },
    { "Unknown option: ", NULL, "option" },
    { "time is unstable, with coefficient of variance", NULL, "unstable" },
    { "Throughput may be bound by", NULL, "bound" },
};

enum { KNOWN_COUNT = sizeof known / sizeof *known };

/* The layer in "Layer 'NAME' (TYPE): Unsupported ..." and behind "Error[4]: ". */
static hax_slice cut_type(hax_slice name)
{
    hax_slice error;
    if (hax_slice_starts(name, "Error[") && hax_slice_has(name, "]: "))
        hax_slice_take_until(&name, "]: ", &error);
    ptrdiff_t quote = hax_slice_find_last(name, "' (");
    return quote == SLICE_NONE ? name : hax_slice_to(name, (size_t) quote);
}

/* The first of the known that a message is, KNOWN_COUNT: none. */
static int find_known(hax_slice text, hax_slice *layer)
{
    for (int k = 0; k < KNOWN_COUNT; k++) {
        hax_slice rest = text, before;
        *layer = hax_slice_to(text, 0);
        if (known[k].before[0] && !hax_slice_take_until(&rest, known[k].before, &before))
            continue;
        if (!known[k].after)
            return k;
        *layer = rest;
        if (known[k].after[0] && !hax_slice_take_until(&rest, known[k].after, layer))
            continue;
        *layer = cut_type(hax_slice_trim(*layer));
        return k;
    }
    return KNOWN_COUNT;
}

static void note_known(hax_trtexec_log *log, const hax_log_line *line, const char *about)
{
    log->fallbacks += strcmp(about, "fallback") == 0;
    bool shown = strcmp(about, "unstable") == 0 || strcmp(about, "bound") == 0 ||
                 strcmp(about, "no DLA") == 0 || strcmp(about, "engine") == 0;
    if (shown)
        hax_builder_note(log->builder, HAX_IMPORT_WARNING, line->number, "trtexec says: %.*s",
                         SLICE_ARGS(hax_slice_trim(line->text)));
}

hax_status hax_trtexec_take_message(hax_trtexec_log *log, const hax_log_line *line, bool *taken,
                                    hax_error *err)
{
    (void) err;
    hax_slice text = hax_slice_trim(line->text), layer;
    bool severe = line->severity != 0 && strchr("FEW", line->severity);
    int which = text.length > 0 ? find_known(text, &layer) : KNOWN_COUNT;
    if (text.length == 0 || (which == KNOWN_COUNT && !severe))
        return HAX_OK;
    hax_import_builder *builder = log->builder;
    hax_builder_select(builder, log->messages);
    hax_import_value *row = hax_builder_row(builder);
    row[LINE].number = line->number;
    if (line->severity)
        row[SEVERITY] = hax_builder_words(builder, (hax_slice){ &line->severity, 1 });
    if (which < KNOWN_COUNT) {
        row[ABOUT] = hax_builder_words(builder, hax_slice_of(known[which].about));
        note_known(log, line, known[which].about);
        if (layer.length > 0)
            row[SUBJECT] = hax_builder_words(builder, layer);
    }
    row[TEXT] = hax_builder_words(builder, text);
    log->unknown += which == KNOWN_COUNT;
    log->errors += line->severity == 'E' || line->severity == 'F';
    *taken = true;
    return HAX_OK;
}
