#include "json.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

hax_status hax_json_begin(const char *text, size_t length, const char *file, const char **begin,
                          size_t *left, hax_error *err)
{
    const char *wide = hax_text_wide_encoding(text, length);
    if (wide)
        return hax_fail_at(err, HAX_BAD_INPUT, file, 1, 1,
                           "is %s, JSON is read in UTF-8: convert it (iconv -f %s -t UTF-8)", wide,
                           wide);
    size_t mark = hax_text_mark_length(text, length);
    *begin = text + mark;
    *left = length - mark;
    return HAX_OK;
}

hax_status hax_json_parse(const char *text, size_t length, const char *file, json_t **tree,
                          hax_error *err)
{
    HAX_TRY(hax_json_begin(text, length, file, &text, &length, err));
    hax_json_fault fault;
    hax_status status = hax_json_read_document(text, length, tree, &fault);
    if (status == HAX_NO_MEMORY)
        return hax_fail_memory(err, file);
    if (status != HAX_OK)
        return hax_fail_at(err, status, file, fault.line, fault.column, "not valid JSON: %s",
                           fault.text);
    return HAX_OK;
}

hax_json hax_json_root(json_t *tree, const char *file)
{
    return (hax_json){ .value = tree, .file = file };
}

static void append_path(const hax_json *json, hax_text *path)
{
    if (!json->parent)
        return;
    append_path(json->parent, path);
    if (json->key)
        hax_text_printf(path, "%s%.200s", path->length ? "." : "", json->key);
    else
        hax_text_printf(path, "[%zu]", json->index);
}

hax_status(hax_json_fail)(const hax_json *json, hax_error *err, const char *format, ...)
{
    char message[HAX_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    char path_buffer[HAX_ERROR_MESSAGE_MAX];
    hax_text path = hax_text_in(path_buffer, sizeof path_buffer);
    append_path(json, &path);
    hax_status status = hax_fail_at(err, HAX_BAD_INPUT, json->file, 0, 0, "%s%s%s",
                                    hax_text_get(&path), path.length ? ": " : "", message);
    return status;
}

hax_status hax_json_member(const hax_json *object, const char *key, hax_json *child, hax_error *err)
{
    HAX_TRY(hax_json_expect_object(object, err));
    json_t *value = json_object_get(object->value, key);
    if (!value)
        return hax_json_fail(object, err, "'%s' is missing", key);
    *child = (hax_json){ .value = value, .parent = object, .key = key, .file = object->file };
    return HAX_OK;
}

bool hax_json_optional(const hax_json *object, const char *key, hax_json *child)
{
    json_t *value = json_object_get(object->value, key);
    if (!value || json_is_null(value))
        return false;
    *child = (hax_json){ .value = value, .parent = object, .key = key, .file = object->file };
    return true;
}

hax_json hax_json_item(const hax_json *array, size_t index)
{
    return (hax_json){
        .value = json_array_get(array->value, index),
        .parent = array,
        .index = index,
        .file = array->file,
    };
}

static const char *kind_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "an array";
    case JSON_STRING: return "a string";
    case JSON_INTEGER:
    case JSON_REAL: return "a number";
    case JSON_TRUE:
    case JSON_FALSE: return "a truth value";
    default: return "null";
    }
}

hax_status hax_json_expect_object(const hax_json *json, hax_error *err)
{
    if (json_is_object(json->value))
        return HAX_OK;
    return hax_json_fail(json, err, "must be an object, is %s", kind_of(json->value));
}

hax_status hax_json_expect_array(const hax_json *json, size_t *length, hax_error *err)
{
    if (!json_is_array(json->value))
        return hax_json_fail(json, err, "must be an array, is %s", kind_of(json->value));
    *length = json_array_size(json->value);
    return HAX_OK;
}

static bool listed(const char *key, const char *const *keys)
{
    for (; *keys; keys++)
        if (strcmp(key, *keys) == 0)
            return true;
    return false;
}

hax_status hax_json_only(const hax_json *object, const char *const *keys, hax_error *err)
{
    HAX_TRY(hax_json_expect_object(object, err));
    const char *key;
    json_t *value;
    json_object_foreach(object->value, key, value)
    {
        bool stamp = !object->parent && strcmp(key, "tool") == 0;
        if (stamp || listed(key, keys))
            continue;
        char known_buffer[HAX_ERROR_MESSAGE_MAX];
        hax_text known = hax_text_in(known_buffer, sizeof known_buffer);
        for (const char *const *at = keys; *at; at++)
            hax_text_printf(&known, "%s%s", at == keys ? "" : ", ", *at);
        hax_status status = hax_json_fail(object, err, "unknown key '%.100s' (known: %s)", key,
                                          hax_text_get(&known));
        return status;
    }
    return HAX_OK;
}

hax_status hax_json_number(const hax_json *json, double min, double max, double *out,
                           hax_error *err)
{
    if (!json_is_number(json->value))
        return hax_json_fail(json, err, "must be a number, is %s", kind_of(json->value));
    double value = json_number_value(json->value);
    if (!isfinite(value))
        return hax_json_fail(json, err, "must be finite");
    if (value < min && min == 0)
        return hax_json_fail(json, err, "%g is negative", value);
    if (value < min || value > max)
        return hax_json_fail(json, err, "%g is outside [%g, %g]", value, min, max);
    *out = value;
    return HAX_OK;
}

hax_status hax_json_int(const hax_json *json, int min, int max, int *out, hax_error *err)
{
    if (!json_is_integer(json->value))
        return hax_json_fail(json, err, "must be a whole number, is %s", kind_of(json->value));
    json_int_t value = json_integer_value(json->value);
    if (value < min || value > max)
        return hax_json_fail(json, err, "%lld is outside [%d, %d]", (long long) value, min, max);
    *out = (int) value;
    return HAX_OK;
}

hax_status hax_json_string(const hax_json *json, const char **out, hax_error *err)
{
    if (!json_is_string(json->value))
        return hax_json_fail(json, err, "must be a string, is %s", kind_of(json->value));
    *out = json_string_value(json->value);
    return HAX_OK;
}

hax_status hax_json_bool(const hax_json *json, bool *out, hax_error *err)
{
    if (!json_is_boolean(json->value))
        return hax_json_fail(json, err, "must be true or false, is %s", kind_of(json->value));
    *out = json_is_true(json->value);
    return HAX_OK;
}

hax_status hax_json_member_number(const hax_json *object, const char *key, double min, double max,
                                  double *out, hax_error *err)
{
    hax_json child;
    HAX_TRY(hax_json_member(object, key, &child, err));
    return hax_json_number(&child, min, max, out, err);
}

hax_status hax_json_member_string(const hax_json *object, const char *key, const char **out,
                                  hax_error *err)
{
    hax_json child;
    HAX_TRY(hax_json_member(object, key, &child, err));
    return hax_json_string(&child, out, err);
}

hax_status hax_json_number_or(const hax_json *object, const char *key, double min, double max,
                              double fallback, double *out, hax_error *err)
{
    hax_json child;
    if (hax_json_optional(object, key, &child))
        return hax_json_number(&child, min, max, out, err);
    *out = fallback;
    return HAX_OK;
}

hax_status hax_json_int_or(const hax_json *object, const char *key, int min, int max, int fallback,
                           int *out, hax_error *err)
{
    hax_json child;
    if (hax_json_optional(object, key, &child))
        return hax_json_int(&child, min, max, out, err);
    *out = fallback;
    return HAX_OK;
}

hax_status hax_json_string_or(const hax_json *object, const char *key, const char *fallback,
                              const char **out, hax_error *err)
{
    hax_json child;
    if (hax_json_optional(object, key, &child))
        return hax_json_string(&child, out, err);
    *out = fallback;
    return HAX_OK;
}

hax_status hax_json_schema(const hax_json *root, const char *schema, int version, hax_error *err)
{
    const char *found;
    hax_json json;
    HAX_TRY(hax_json_member_string(root, "schema", &found, err));
    if (strcmp(found, schema) != 0)
        return hax_json_fail(root, err, "schema is '%.100s', expected '%s'", found, schema);
    HAX_TRY(hax_json_member(root, "version", &json, err));
    int number;
    HAX_TRY(hax_json_int(&json, 1, INT_MAX, &number, err));
    if (number > version)
        return hax_json_fail(&json, err, "%d is newer than %d, the newest this haxconn reads",
                             number, version);
    return HAX_OK;
}

void hax_json_append(json_t **list, json_t *item)
{
    if (json_array_append_new(*list, item) == 0)
        return;
    json_decref(*list);
    *list = NULL;
}

void hax_json_set(json_t **object, const char *key, json_t *value)
{
    if (json_object_set_new(*object, key, value) == 0)
        return;
    json_decref(*object);
    *object = NULL;
}

json_t *hax_json_words(const char *words)
{
    return hax_text_is_utf8(words, strlen(words)) ? json_string(words) : json_null();
}

json_t *hax_json_embedded(const char *text)
{
    json_t *tree = NULL;
    return hax_json_parse(text, strlen(text), "document", &tree, NULL) == HAX_OK ? tree : NULL;
}

static int append_piece(const char *bytes, size_t length, void *data)
{
    hax_text *text = data;
    hax_text_append_bytes(text, bytes, length);
    return text->failed ? -1 : 0;
}

/* jansson (2.14, do_dump) ignores that it could not write a name, so that the text has to know. */
void hax_json_write(const json_t *tree, size_t flags, hax_text *text)
{
    if (!tree || json_dump_callback(tree, append_piece, text, flags) != 0)
        text->failed = true;
}

hax_status hax_json_text(const json_t *tree, char **text, hax_error *err)
{
    hax_text out = { 0 };
    hax_json_write(tree, JSON_INDENT(2) | JSON_REAL_PRECISION(15), &out);
    hax_text_append(&out, "\n");
    return hax_text_give(&out, text, "a JSON document", err);
}

json_t *hax_json_numbers(const double *values, int count)
{
    json_t *list = json_array();
    for (int i = 0; list && i < count; i++)
        hax_json_append(&list, json_real(values[i]));
    return list;
}

json_t *hax_json_number_rows(const double *values, int rows, int columns)
{
    json_t *list = json_array();
    for (int i = 0; list && i < rows; i++)
        hax_json_append(&list, hax_json_numbers(values + (size_t) i * (size_t) columns, columns));
    return list;
}
