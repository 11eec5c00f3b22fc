/*
 * trtexec --exportLayerInfo: the layers of an engine, names only or with all their properties
 * (--profilingVerbosity=detailed). Strict JSON, read by jansson. Bytes of a tensor come from its
 * dimensions and from the words of its format, which also say to what channels are rounded up.
 */
#include <math.h>
#include <string.h>

#include "json.h"
#include "trtexec.h"

enum { TREE_BYTES_MAX = 16 << 20 }; /* a tree takes twenty times its text */

enum { LAYER, TYPE, ORIGIN, IN_BYTES, OUT_BYTES, IN_FORMAT, OUT_FORMAT, TACTIC, METADATA };

static const hax_import_column columns[] = {
    [LAYER] = { "name", false },
    [TYPE] = { "type", false },
    [ORIGIN] = { "origin", false },
    [IN_BYTES] = { "input_bytes", true },
    [OUT_BYTES] = { "output_bytes", true },
    [IN_FORMAT] = { "input_format", false },
    [OUT_FORMAT] = { "output_format", false },
    [TACTIC] = { "tactic", false },
    [METADATA] = { "metadata", false },
    { NULL, false },
};

static const hax_import_column binding_columns[] = { { "name", false }, { NULL, false } };

bool hax_trtexec_layers_recognises(hax_slice text)
{
    hax_slice rest = text;
    hax_slice_skip_blanks(&rest);
    hax_slice head = hax_slice_to(rest, rest.length < 4096 ? rest.length : 4096);
    return hax_slice_starts(rest, "{") && hax_slice_has(head, "\"Layers\"");
}

/* ---- tensors ------------------------------------------------------------------------------- */

typedef struct format_word {
    const char *word;
    double number;
} format_word;

static double find_word(const char *format, const format_word *words, size_t count, double none)
{
    for (size_t w = 0; w < count; w++)
        if (strstr(format, words[w].word))
            return words[w].number;
    return none;
}

/* Bytes of an element, NAN: words that are not known. */
static double element_bytes(const char *format)
{
    static const format_word words[] = {
        { "FP32", 4 },  { "FP16", 2 },   { "BF16", 2 },  { "FP8", 1 },   { "FP4", 0.5 },
        { "Int8", 1 },  { "INT8", 1 },   { "Int32", 4 }, { "INT32", 4 }, { "Int64", 8 },
        { "INT64", 8 }, { "Int4", 0.5 }, { "Bool", 1 },  { "UInt8", 1 }, { "BFloat16", 2 },
        { "Float", 4 }, { "Half", 2 },   { "BOOL", 1 },  { "UINT8", 1 }, { "INT4", 0.5 },
    };
    return find_word(format, words, sizeof words / sizeof *words, NAN);
}

/* What the channels are rounded up to. */
static double channel_step(const char *format)
{
    static const format_word words[] = {
        { "channel % 32", 32 },    { "channel % 16", 16 }, { "channel % 8", 8 },
        { "channel % 4", 4 },      { "channel % 2", 2 },   { "channel == 4", 4 },
        { "Thirty-two wide", 32 }, { "Sixteen wide", 16 }, { "Eight wide", 8 },
        { "Four wide", 4 },        { "Two wide", 2 },
    };
    return find_word(format, words, sizeof words / sizeof *words, 1);
}

static const char *format_of(const json_t *tensor)
{
    const char *format = json_string_value(json_object_get(tensor, "Format/Datatype"));
    return format ? format : json_string_value(json_object_get(tensor, "Format"));
}

/* NAN: dimensions that are not known before it runs, or an unknown format. */
static double tensor_bytes(const json_t *tensor)
{
    const json_t *dims = json_object_get(tensor, "Dimensions");
    const char *format = format_of(tensor);
    if (!json_is_array(dims) || !format)
        return NAN;
    double bytes = element_bytes(format), step = channel_step(format);
    /* "column stride % 32 == 0", the DLA's: a row of the image takes whole lines of 32 bytes, of
     * all channels where they are packed into 4, else of one */
    double pixel = strstr(format, "channel == 4") ? 4 * bytes : bytes;
    double line = strstr(format, "column stride % 32") ? 32 / pixel : 1;
    for (size_t d = 0; d < json_array_size(dims); d++) {
        double size = json_number_value(json_array_get(dims, d));
        double unit = d == 1 ? step : d == 3 ? line : 1;
        if (!(size >= 0))
            return NAN;
        bytes *= ceil(size / unit) * unit;
    }
    return bytes;
}

static double bytes_of_all(const json_t *tensors)
{
    double sum = 0;
    for (size_t t = 0; t < json_array_size(tensors); t++)
        sum += tensor_bytes(json_array_get(tensors, t));
    return json_array_size(tensors) > 0 ? sum : NAN;
}

/* ---- layers -------------------------------------------------------------------------------- */

static void set_words(hax_import_builder *builder, hax_import_value *cell, const char *text)
{
    if (text)
        *cell = hax_builder_words(builder, hax_slice_of(text));
}

static void set_tensors(hax_import_builder *builder, const json_t *tensors, hax_import_value *bytes,
                        hax_import_value *format)
{
    bytes->number = bytes_of_all(tensors);
    set_words(builder, format, format_of(json_array_get(tensors, 0)));
}

/* What is counted over all layers. */
typedef struct tally {
    int names_only, dla, reformats, unknown_bytes;
} tally;

static void count(const hax_import_value *row, tally *tally)
{
    const char *type = row[TYPE].text ? row[TYPE].text : "";
    tally->dla += strcmp(type, "DLA") == 0;
    tally->reformats += strcmp(type, "Reformat") == 0;
    tally->unknown_bytes += (row[IN_FORMAT].text && isnan(row[IN_BYTES].number)) ||
                            (row[OUT_FORMAT].text && isnan(row[OUT_BYTES].number));
}

static hax_status read_layer(hax_import_builder *builder, const hax_json *layer, tally *tally,
                             hax_error *err)
{
    const char *name;
    hax_import_value *row = hax_builder_row(builder);
    if (json_is_string(layer->value)) {
        row[LAYER] = hax_builder_words(builder, hax_slice_of(json_string_value(layer->value)));
        tally->names_only++;
        return HAX_OK;
    }
    HAX_TRY(hax_json_member_string(layer, "Name", &name, err));
    const json_t *value = layer->value;
    set_words(builder, &row[LAYER], name);
    set_words(builder, &row[TYPE], json_string_value(json_object_get(value, "LayerType")));
    set_words(builder, &row[ORIGIN], json_string_value(json_object_get(value, "Origin")));
    set_words(builder, &row[TACTIC], json_string_value(json_object_get(value, "TacticName")));
    set_words(builder, &row[METADATA], json_string_value(json_object_get(value, "Metadata")));
    set_tensors(builder, json_object_get(value, "Inputs"), &row[IN_BYTES], &row[IN_FORMAT]);
    set_tensors(builder, json_object_get(value, "Outputs"), &row[OUT_BYTES], &row[OUT_FORMAT]);
    count(row, tally);
    return HAX_OK;
}

static hax_status read_bindings(hax_import_builder *builder, const hax_json *root, hax_error *err)
{
    hax_json bindings;
    size_t length;
    if (!hax_json_optional(root, "Bindings", &bindings))
        return HAX_OK;
    HAX_TRY(hax_json_expect_array(&bindings, &length, err));
    hax_builder_section(builder, "bindings", 0, binding_columns);
    for (size_t b = 0; b < length; b++) {
        const char *name;
        hax_json item = hax_json_item(&bindings, b);
        HAX_TRY(hax_json_string(&item, &name, err));
        hax_builder_row(builder)[0] = hax_builder_words(builder, hax_slice_of(name));
    }
    return HAX_OK;
}

static void say(hax_import_builder *builder, size_t layers, const tally *tally)
{
    hax_builder_fact(builder, "layers", (double) layers);
    if (tally->names_only == 0) {
        hax_builder_fact(builder, "dla_layers", tally->dla);
        hax_builder_fact(builder, "reformats", tally->reformats);
    }
    if (tally->names_only > 0)
        hax_builder_note(builder, HAX_IMPORT_REMARK, 0,
                         "names only; --profilingVerbosity=detailed writes types and tensors too");
    if (tally->unknown_bytes > 0)
        hax_builder_note(builder, HAX_IMPORT_LEFT_OUT, 0,
                         "the bytes of %d %s: a size that is open or a format that is not known",
                         IMPORT_COUNT(tally->unknown_bytes, "layer", "layers"));
}

static hax_status read_tree(hax_import_builder *builder, json_t *tree, hax_error *err)
{
    hax_json root = hax_json_root(tree, builder->file), layers;
    size_t length;
    tally context = { 0 };
    HAX_TRY(hax_json_member(&root, "Layers", &layers, err));
    HAX_TRY(hax_json_expect_array(&layers, &length, err));
    if (length == 0)
        return hax_json_fail(&layers, err, "is empty: no layers");
    hax_builder_section(builder, "layers", 1, columns);
    for (size_t l = 0; l < length; l++) {
        hax_json layer = hax_json_item(&layers, l);
        HAX_TRY(read_layer(builder, &layer, &context, err));
    }
    say(builder, length, &context);
    return read_bindings(builder, &root, err);
}

hax_status hax_trtexec_layers_read(hax_import_builder *builder, hax_slice text, hax_error *err)
{
    json_t *tree = NULL;
    if (text.length > TREE_BYTES_MAX)
        return hax_builder_fail(builder, 0, err,
                                "%zu bytes of layer information; %d are the most that is read",
                                text.length, TREE_BYTES_MAX);
    HAX_TRY(hax_json_parse(text.at, text.length, builder->file, &tree, err));
    hax_status status = read_tree(builder, tree, err);
    json_decref(tree);
    hax_builder_is(builder, "trtexec --exportLayerInfo", "TensorRT 8.2 or later");
    return status;
}
