#include "outputs.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "hash.h"
#include "haxconn/array.h"
#include "model.h"
#include "text.h"

double hax_outputs_tolerance(const hax_platform *platform)
{
    for (int k = 0; k < platform->kind_count; k++)
        if (strcmp(platform->kinds[k].precision, "f32") != 0)
            return 1e-2;
    return 1e-3;
}

static hax_status fetch_one(hax_session *session, int instance, int unit, hax_run_outputs *kept,
                            hax_error *err)
{
    const float *values;
    size_t count;
    HAX_TRY(hax_session_output(session, instance, unit, &values, &count, err));
    kept->values[instance] = malloc(count * sizeof(float) + 1);
    if (!kept->values[instance])
        return hax_fail_memory(err, "outputs");
    memcpy(kept->values[instance], values, count * sizeof(float));
    kept->counts[instance] = count;
    return HAX_OK;
}

hax_status hax_run_outputs_fetch(hax_session *session, int instance_count, const int *last_unit,
                                 hax_run_outputs *kept, hax_error *err)
{
    hax_run_outputs outputs = { .instance_count = instance_count };
    outputs.values = calloc((size_t) instance_count, sizeof *outputs.values);
    outputs.counts = calloc((size_t) instance_count, sizeof *outputs.counts);
    hax_status status = outputs.values && outputs.counts ? HAX_OK : hax_fail_memory(err, "outputs");
    for (int i = 0; status == HAX_OK && i < instance_count; i++)
        status = fetch_one(session, i, last_unit[i], &outputs, err);
    if (status == HAX_OK)
        *kept = outputs;
    else
        hax_run_outputs_free(&outputs);
    return status;
}

static hax_status list_one(const float *values, hax_output *out, const char *instance,
                           const hax_tensor *tensor, int index, hax_arena *arena, hax_error *err)
{
    float *copy = hax_arena_alloc(arena, tensor->bytes, 1);
    *out = (hax_output){ .network = index,
                         .instance = hax_arena_string(arena, instance),
                         .name = hax_arena_string(arena, tensor->name),
                         .shape = tensor->scalar ? (hax_shape){ 0 } : tensor->shape,
                         .values = copy };
    if (!copy || !out->instance || !out->name)
        return hax_fail_memory(err, "outputs");
    memcpy(copy, values, tensor->bytes);
    return HAX_OK;
}

hax_status hax_run_outputs_list(const hax_run_outputs *kept, const hax_session_instance *instances,
                                hax_arena *arena, const hax_output **list, int *count,
                                hax_error *err)
{
    int total = 0, next = 0;
    for (int i = 0; i < kept->instance_count; i++)
        total += hax_model_output_count(instances[i].model);
    hax_output *output = hax_arena_alloc(arena, (size_t) total, sizeof *output);
    if (!output)
        return hax_fail_memory(err, "outputs");
    for (int i = 0; i < kept->instance_count; i++) {
        const hax_model *model = instances[i].model;
        const float *values = kept->values[i];
        for (int o = 0; o < hax_model_output_count(model); o++) {
            const hax_tensor *tensor = hax_model_tensor(model, hax_model_output(model, o));
            HAX_TRY(list_one(values, &output[next++], instances[i].name, tensor, i, arena, err));
            values += tensor->bytes / sizeof(float);
        }
    }
    assert(next == total);
    *list = output;
    *count = total;
    return HAX_OK;
}

enum { STEM_MAX = 200 }; /* bytes; a file's name may have 255 */

/* A name as part of a file's name. */
static void append_safely(hax_text *stem, const char *name)
{
    for (const char *at = name; *at; at++) {
        bool safe = isalnum((unsigned char) *at) || strchr("._-#", *at);
        hax_text_append_bytes(stem, safe ? at : "_", 1);
    }
}

static void append_plain(hax_text *stem, const hax_output *output)
{
    append_safely(stem, output->instance);
    hax_text_append(stem, ".");
    append_safely(stem, output->name);
}

/* Of what a file's name cannot hold, or another output has as well, a hash of both names tells it
 * apart; it does not depend on which other outputs there are. */
static char *hashed_stem(const hax_output *output, unsigned turn)
{
    hax_text stem = { 0 }, text = { 0 };
    append_plain(&stem, output);
    uint64_t hash = hax_hash_bytes(HAX_HASH_START, output->instance, strlen(output->instance) + 1);
    hash = hax_hash_bytes(hash, output->name, strlen(output->name));
    hash = hax_hash_bytes(hash, &turn, sizeof turn);
    size_t length = stem.length < STEM_MAX ? stem.length : STEM_MAX;
    hax_text_append_bytes(&text, hax_text_get(&stem), length);
    hax_text_printf(&text, "-%08x", (unsigned) (hash & 0xffffffffu));
    text.failed |= stem.failed;
    hax_text_free(&stem);
    return hax_text_take(&text);
}

static char *plain_stem(const hax_output *output)
{
    hax_text stem = { 0 };
    append_plain(&stem, output);
    return hax_text_take(&stem);
}

static bool is_taken(char *const *stems, int count, int but, const char *stem)
{
    for (int o = 0; o < count; o++)
        if (o != but && strcmp(stems[o], stem) == 0)
            return true;
    return false;
}

/* Every output's file, each another one; free all with free. */
static hax_status name_files(const hax_result *result, char **stems, hax_error *err)
{
    const int count = result->output_count;
    bool *hashed = calloc((size_t) count, sizeof *hashed);
    bool ok = hashed != NULL;
    for (int o = 0; o < count && ok; o++)
        ok = (stems[o] = plain_stem(&result->outputs[o])) != NULL;
    for (int o = 0; o < count && ok; o++)
        hashed[o] = strlen(stems[o]) > STEM_MAX || is_taken(stems, count, o, stems[o]);
    for (int o = 0; o < count && ok; o++) {
        for (unsigned turn = 0; ok && hashed[o]; turn++) {
            char *stem = hashed_stem(&result->outputs[o], turn);
            ok = stem != NULL;
            hashed[o] = ok && is_taken(stems, count, o, stem);
            free(stems[o]);
            stems[o] = stem;
        }
    }
    for (int o = 0; o < count && ok; o++)
        assert(!is_taken(stems, count, o, stems[o])); /* no file is written twice */
    free(hashed);
    return ok ? HAX_OK : hax_fail_memory(err, "outputs");
}

static hax_status save_one(const hax_output *output, const char *stem, const char *folder,
                           hax_error *err)
{
    hax_text path = { 0 };
    hax_text_printf(&path, "%s/%s.npy", folder, stem);
    hax_status status =
        path.failed ? hax_fail_memory(err, "outputs")
                    : hax_array_write(hax_text_get(&path), &output->shape, output->values, err);
    hax_text_free(&path);
    return status;
}

/* One that cannot be written does not keep the others from it; the first failure is told. */
static hax_status save_all(const hax_result *result, char *const *stems, const char *folder,
                           hax_error *err)
{
    hax_status status = HAX_OK;
    for (int o = 0; o < result->output_count; o++) {
        hax_error why = { 0 };
        hax_status saved = save_one(&result->outputs[o], stems[o], folder, &why);
        if (status != HAX_OK || saved == HAX_OK)
            continue;
        status = saved;
        if (err)
            *err = why;
    }
    return status;
}

hax_status hax_result_save_outputs(const hax_result *result, const char *folder, hax_error *err)
{
    if (result->output_count == 0)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "there are no outputs to save in '%.200s': the units of this platform "
                        "compute none",
                        folder);
    HAX_TRY(hax_file_make_folder(folder, err));
    char **stems = calloc((size_t) result->output_count, sizeof *stems);
    hax_status status = stems ? name_files(result, stems, err) : hax_fail_memory(err, "outputs");
    if (status == HAX_OK)
        status = save_all(result, stems, folder, err);
    for (int o = 0; stems && o < result->output_count; o++)
        free(stems[o]);
    free(stems);
    return status;
}

/* What is infinite or no number in both is as equal as it can be. */
static bool same_beyond(float a, float b)
{
    return isnan(a) ? isnan(b) : a == b;
}

double hax_outputs_difference(const float *values, const float *kept, size_t count)
{
    double largest_value = 0, largest_difference = 0;
    for (size_t v = 0; v < count; v++) {
        if (isfinite(values[v]) && isfinite(kept[v])) {
            double apart = fabs((double) values[v] - (double) kept[v]);
            largest_value = fmax(largest_value, fabs((double) kept[v]));
            largest_difference = fmax(largest_difference, apart);
        } else if (!same_beyond(values[v], kept[v])) {
            return INFINITY;
        }
    }
    assert(largest_difference >= 0 && largest_value >= 0);
    if (largest_value == 0)
        return largest_difference == 0 ? 0 : INFINITY;
    return largest_difference / largest_value;
}

hax_status hax_run_outputs_compare(hax_session *session, const int *last_unit,
                                   const hax_run_outputs *kept, double *largest, hax_error *err)
{
    double worst = 0;
    for (int i = 0; i < kept->instance_count; i++) {
        const float *values;
        size_t count;
        HAX_TRY(hax_session_output(session, i, last_unit[i], &values, &count, err));
        worst = fmax(worst, count == kept->counts[i]
                                ? hax_outputs_difference(values, kept->values[i], count)
                                : INFINITY);
    }
    *largest = worst;
    return HAX_OK;
}

void hax_run_outputs_free(hax_run_outputs *kept)
{
    for (int i = 0; kept->values && i < kept->instance_count; i++)
        free(kept->values[i]);
    free(kept->values);
    free(kept->counts);
    *kept = (hax_run_outputs){ 0 };
}
