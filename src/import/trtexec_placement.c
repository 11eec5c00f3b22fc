/* Which layers a log of trtexec says run where, and what it complains of. */
#include <string.h>

#include "trtexec_log.h"

enum { UNIT, TYPE, LAYER };

const hax_import_column trtexec_placement_columns[] = {
    [UNIT] = { "unit", false },
    [TYPE] = { "type", false },
    [LAYER] = { "name", false },
    { NULL, false },
};

enum { LINE, SEVERITY, ABOUT, SUBJECT, TEXT };

const hax_import_column trtexec_message_columns[] = {
    [LINE] = { "line", true },    [SEVERITY] = { "severity", false },
    [ABOUT] = { "about", false }, [SUBJECT] = { "layer", false },
    [TEXT] = { "text", false },   { NULL, false },
};

/* ---- placement ---------------------------------------------------------------------------- */

static void place(trtexec_log *log, bool dla, slice type, slice name)
{
    import_builder *to = log->to;
    import_select(to, log->placement);
    hax_import_value *row = import_row(to);
    row[UNIT] = import_words(to, slice_of(dla ? "DLA" : "GPU"));
    if (type.length > 0)
        row[TYPE] = import_words(to, type);
    row[LAYER] = import_words(to, name);
    *(dla ? &log->dla_pieces : &log->gpu_pieces) += 1;
}

/* "CONVOLUTION: name" from 8.4 on; the type is in capitals. */
static slice take_type(slice *text)
{
    size_t length = 0;
    while (length < text->length &&
           ((text->at[length] >= 'A' && text->at[length] <= 'Z') ||
            (text->at[length] >= '0' && text->at[length] <= '9') || text->at[length] == '_'))
        length++;
    slice type = slice_to(*text, length), rest = slice_from(*text, length);
    if (length == 0 || !slice_take(&rest, ": "))
        return slice_to(*text, 0);
    *text = rest;
    return type;
}

/* Length up to the next ", " outside of brackets. */
static size_t item_length(slice text)
{
    int depth = 0;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];
        depth += c == '{' || c == '[' || c == '(';
        depth -= (c == '}' || c == ']' || c == ')') && depth > 0;
        if (depth == 0 && slice_starts(slice_from(text, i), ", "))
            return i;
    }
    return text.length;
}

/* The list of 7.x: "conv1 + relu1, pool1, ", one line, may be empty. */
static void place_list(trtexec_log *log, bool dla, slice text)
{
    for (slice_skip_blanks(&text); text.length > 0; slice_skip_blanks(&text)) {
        size_t length = item_length(text);
        slice name = slice_trim(slice_to(text, length));
        if (slice_ends(name, ","))
            name.length--;
        if (name.length > 0)
            place(log, dla, slice_to(name, 0), name);
        text = slice_from(text, length);
        slice_take(&text, ",");
    }
}

/* "--------------- Layers running on DLA: ", "---------- Layers Running on DLA ----------" */
static bool is_heading(trtexec_log *log, slice text)
{
    slice rest = slice_trim(text);
    if (!slice_take(&rest, "----------"))
        return false;
    while (slice_take(&rest, "-"))
        continue;
    bool old = slice_take(&rest, " Layers running on ");
    if (!old && !slice_take(&rest, " Layers Running on "))
        return false;
    bool dla = slice_starts(rest, "DLA");
    if (!dla && !slice_starts(rest, "GPU"))
        return false;
    log->listing = !old ? PLACEMENT_NONE : dla ? PLACEMENT_DLA : PLACEMENT_GPU;
    trtexec_narrow(&log->version, old ? TRTEXEC_FIRST : 80000, old ? 70299 : TRTEXEC_LAST);
    return true;
}

hax_status trtexec_take_placement(trtexec_log *log, const log_line *line, bool *taken,
                                  hax_error *err)
{
    (void) err;
    slice rest = slice_trim(line->text);
    if (is_heading(log, line->text)) {
        *taken = true;
        return HAX_OK;
    }
    bool dla = slice_take(&rest, "[DlaLayer] ");
    if (dla || slice_take(&rest, "[GpuLayer] ")) {
        slice type = dla ? slice_to(rest, 0) : take_type(&rest);
        place(log, dla, type, slice_trim(rest));
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
static slice cut_type(slice name)
{
    slice error;
    if (slice_starts(name, "Error[") && slice_has(name, "]: "))
        slice_take_until(&name, "]: ", &error);
    ptrdiff_t quote = slice_find_last(name, "' (");
    return quote == SLICE_NONE ? name : slice_to(name, (size_t) quote);
}

/* The first of the known that a message is, KNOWN_COUNT: none. */
static int find_known(slice text, slice *layer)
{
    for (int k = 0; k < KNOWN_COUNT; k++) {
        slice rest = text, before;
        *layer = slice_to(text, 0);
        if (known[k].before[0] && !slice_take_until(&rest, known[k].before, &before))
            continue;
        if (!known[k].after)
            return k;
        *layer = rest;
        if (known[k].after[0] && !slice_take_until(&rest, known[k].after, layer))
            continue;
        *layer = cut_type(slice_trim(*layer));
        return k;
    }
    return KNOWN_COUNT;
}

static void note_known(trtexec_log *log, const log_line *line, const char *about)
{
    log->fallbacks += strcmp(about, "fallback") == 0;
    bool shown = strcmp(about, "unstable") == 0 || strcmp(about, "bound") == 0 ||
                 strcmp(about, "no DLA") == 0 || strcmp(about, "engine") == 0;
    if (shown)
        import_note(log->to, HAX_IMPORT_WARNING, line->number, "trtexec says: %.*s",
                    SLICE_ARGS(slice_trim(line->text)));
}

hax_status trtexec_take_message(trtexec_log *log, const log_line *line, bool *taken, hax_error *err)
{
    (void) err;
    slice text = slice_trim(line->text), layer;
    bool severe = line->severity != 0 && strchr("FEW", line->severity);
    int which = text.length > 0 ? find_known(text, &layer) : KNOWN_COUNT;
    if (text.length == 0 || (which == KNOWN_COUNT && !severe))
        return HAX_OK;
    import_builder *to = log->to;
    import_select(to, log->messages);
    hax_import_value *row = import_row(to);
    row[LINE].number = line->number;
    if (line->severity)
        row[SEVERITY] = import_words(to, (slice){ &line->severity, 1 });
    if (which < KNOWN_COUNT) {
        row[ABOUT] = import_words(to, slice_of(known[which].about));
        note_known(log, line, known[which].about);
        if (layer.length > 0)
            row[SUBJECT] = import_words(to, layer);
    }
    row[TEXT] = import_words(to, text);
    log->unknown += which == KNOWN_COUNT;
    log->errors += line->severity == 'E' || line->severity == 'F';
    *taken = true;
    return HAX_OK;
}
