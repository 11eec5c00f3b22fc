/* Documents in files: read, stamped with where they come from, written. */
#include "haxconn/document.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "haxconn/model.h"
#include "haxconn/version.h"
#include "json.h"
#include "json_write.h"
#include "text.h"

hax_status hax_document_read(const char *path, char **text, size_t *length, hax_error *err)
{
    assert(path && text && length);
    return hax_file_read(path, HAX_DOCUMENT_BYTES_MAX, text, length, err);
}

/* HAX_OK, or what a reader of members said. */
static hax_status told(hax_status status, const char *file, const hax_json_fault *fault,
                       hax_error *err)
{
    if (status == HAX_NO_MEMORY)
        return hax_fail_memory(err, file);
    return status == HAX_OK ? HAX_OK
                            : hax_fail_at(err, status, file, fault->line, fault->column,
                                          "not valid JSON: %s", fault->text);
}

/* Its reader follows and sees all of the text: here it is read up to that member only. */
hax_status hax_document_schema(const char *text, size_t length, const char *file, char **schema,
                               hax_error *err)
{
    hax_json_place place;
    hax_json_fault fault;
    json_t *name = NULL;
    size_t used;
    HAX_TRY(hax_json_begin(text, length, file, &text, &length, err));
    HAX_TRY(told(hax_json_find_member(text, length, "schema", &place, &fault), file, &fault, err));
    hax_json root = hax_json_root(NULL, file);
    if (!place.is_there)
        return hax_json_fail(&root, err, "'schema' is missing");
    hax_status status =
        told(hax_json_read(text + place.begin, place.end - place.begin, &name, &used, &fault), file,
             &fault, err);
    const hax_json json = { .value = name, .parent = &root, .key = "schema", .file = file };
    const char *word;
    if (status == HAX_OK)
        status = hax_json_string(&json, &word, err);
    char *kept = status == HAX_OK ? strdup(word) : NULL;
    json_decref(name);
    if (status == HAX_OK && !kept)
        return hax_fail_memory(err, "a document");
    if (status == HAX_OK)
        *schema = kept;
    return status;
}

hax_status hax_document_write(const char *path, const char *text, size_t length, hax_error *err)
{
    assert(path && text);
    return hax_file_write(path, text, length, err);
}

hax_status hax_document_probe(const char *path, hax_error *err)
{
    assert(path);
    return hax_file_probe(path, err);
}

hax_status hax_document_probe_folder(const char *path, hax_error *err)
{
    assert(path);
    return hax_file_probe_folder(path, err);
}

/* A word with characters that are not to reach a terminal, in the quotes that POSIX.1-2024 has for
 * it (and bash, ksh and zsh long before). */
static void append_escaped_word(hax_text *text, const char *word)
{
    hax_text_append(text, "$'");
    for (const unsigned char *at = (const unsigned char *) word; *at; at++) {
        if (*at < ' ' || *at >= 0x7f || *at == '\'' || *at == '\\')
            hax_text_printf(text, "\\%03o", (unsigned) *at);
        else
            hax_text_append_bytes(text, (const char *) at, 1);
    }
    hax_text_append(text, "'");
}

hax_status hax_document_command(int count, const char *const *words, char **line, hax_error *err)
{
    hax_text text = { 0 };
    for (int w = 0; w < count; w++) {
        hax_text_append(&text, w > 0 ? " " : "");
        if (hax_text_is_visible(words[w]))
            hax_text_shell_word(&text, words[w]);
        else
            append_escaped_word(&text, words[w]);
    }
    hax_text_append(&text, "");
    return hax_text_give(&text, line, "a command line", err);
}

/* The text is not read as a whole: it has come from a writer of ours, and may be long. */
hax_status hax_document_stamp(const char *text, const char *command, char **stamped, hax_error *err)
{
    hax_json_fault fault;
    hax_text out = { 0 };
    if (!hax_text_is_utf8(command, strlen(command)))
        return hax_fail(err, HAX_BAD_INPUT, "the command line is not UTF-8");
    json_t *tool =
        json_pack("{s:s, s:s, s:s}", "name", "haxconn", "version", HAX_VERSION, "command", command);
    hax_status status =
        told(hax_json_put_member(text, "tool", tool, &out, &fault), "document", &fault, err);
    if (status == HAX_OK)
        return hax_text_give(&out, stamped, "a JSON document", err);
    hax_text_free(&out);
    return status;
}

static hax_status add_model(json_t **models, const char *name, hax_error *err)
{
    hax_model *model = NULL;
    HAX_TRY(hax_model_load(name, NULL, &model, err));
    json_t *entry =
        json_pack("{s:s, s:i, s:i, s:f, s:f}", "name", name, "layers", hax_model_layer_count(model),
                  "compute_layers", hax_model_compute_layer_count(model), "gmac",
                  1e-9 * (double) hax_model_macs(model), "mparam",
                  1e-6 * (double) hax_model_parameters(model));
    hax_model_destroy(model);
    hax_json_append(models, entry);
    return HAX_OK;
}

hax_status hax_document_models(char **text, hax_error *err)
{
    json_t *models = json_array();
    hax_status status = HAX_OK;
    for (const char *const *name = hax_model_builtin_names(); *name && status == HAX_OK; name++)
        status = add_model(&models, *name, err);
    json_t *tree =
        json_pack("{s:s, s:i, s:o}", "schema", "haxconn/models", "version", 1, "models", models);
    if (status == HAX_OK)
        status = hax_json_text(tree, text, err);
    json_decref(tree);
    return status;
}
