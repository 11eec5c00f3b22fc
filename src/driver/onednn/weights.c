/* Packed weights, shared by the programs of a device. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

/* A vector's numbers. Where channels do not fill the last vector, kernels read on behind a list of
 * one number for each; what is zero there leaves the lanes beside the channels zero, as all others
 * rely on. */
enum { LANES = 16 };

static hax_packed_weights *find(hax_device *device, const hax_model *model, int kernel,
                                hax_const_md want)
{
    uint64_t hash = hax_model_hash(model);
    for (hax_packed_weights *packed = device->packed; packed; packed = packed->next)
        if (packed->model_hash == hash && packed->kernel == kernel &&
            hax_dnnl_md_equal(packed->desc, want))
            return packed;
    return NULL;
}

static void free_entry(hax_packed_weights *entry)
{
    if (!entry)
        return;
    hax_dnnl_md_free(entry->desc);
    hax_large_free(entry->data, entry->bytes);
    free(entry->bias);
    free(entry);
}

void hax_weights_free(hax_device *device)
{
    for (hax_packed_weights *packed = device->packed, *next; packed; packed = next) {
        next = packed->next;
        free_entry(packed);
    }
    device->packed = NULL;
}

static hax_status execute_reorder(dnnl_engine_t engine, dnnl_primitive_t primitive,
                                  dnnl_memory_t from, dnnl_memory_t to, dnnl_memory_t scratch)
{
    dnnl_stream_t stream = NULL;
    if (dnnl_stream_create(&stream, engine, dnnl_stream_default_flags) != dnnl_success)
        return HAX_FAILURE;
    const dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, from },
                                     { DNNL_ARG_TO, to },
                                     { DNNL_ARG_SCRATCHPAD, scratch } };
    bool ok = dnnl_primitive_execute(primitive, stream, 3, args) == dnnl_success &&
              dnnl_stream_wait(stream) == dnnl_success;
    dnnl_stream_destroy(stream);
    return ok ? HAX_OK : HAX_FAILURE;
}

hax_status hax_reorder_now(dnnl_engine_t engine, hax_const_md from, void *src, hax_const_md to,
                           void *dst)
{
    dnnl_primitive_desc_t pd = hax_dnnl_pd_reorder(engine, from, to);
    dnnl_primitive_t primitive = NULL;
    dnnl_memory_t a = NULL, b = NULL, scratch = NULL;
    void *scratch_memory = NULL;
    hax_status status = HAX_FAILURE;
    if (pd && dnnl_primitive_create(&primitive, pd) == dnnl_success) {
        hax_const_md scratch_desc = hax_dnnl_pd_md(pd, dnnl_query_scratchpad_md);
        scratch_memory = malloc(hax_dnnl_md_bytes(scratch_desc) + 1);
        status = scratch_memory ? HAX_FAILURE : HAX_NO_MEMORY;
        if (scratch_memory && dnnl_memory_create(&a, from, engine, src) == dnnl_success &&
            dnnl_memory_create(&b, to, engine, dst) == dnnl_success &&
            dnnl_memory_create(&scratch, scratch_desc, engine, scratch_memory) == dnnl_success)
            status = execute_reorder(engine, primitive, a, b, scratch);
    }
    dnnl_memory_destroy(a);
    dnnl_memory_destroy(b);
    dnnl_memory_destroy(scratch);
    free(scratch_memory);
    dnnl_primitive_destroy(primitive);
    dnnl_primitive_desc_destroy(pd);
    return status;
}

static hax_status pack(hax_device *device, const hax_model *model, hax_packed_weights *entry,
                       hax_const_md plain, hax_error *err)
{
    size_t count = hax_kernel_weight_count(model, entry->kernel);
    size_t biases = hax_kernel_bias_count(model, entry->kernel);
    bool as_is = hax_dnnl_md_equal(plain, entry->desc);
    entry->bytes = hax_dnnl_md_bytes(entry->desc) + LANES * sizeof(float);
    entry->data = hax_large_alloc(entry->bytes);
    entry->bias = biases ? calloc(biases + LANES, sizeof(float)) : NULL;
    if (entry->data)
        memset((unsigned char *) entry->data + hax_dnnl_md_bytes(entry->desc), 0,
               LANES * sizeof(float));
    float *values = as_is ? entry->data : hax_large_alloc(count * sizeof(float));
    bool ok = entry->data && values && (!biases || entry->bias);
    hax_status status = ok ? HAX_OK : hax_fail_memory(err, "packed weights");
    if (ok)
        hax_model_weights(model, entry->kernel, values, entry->bias);
    if (ok && !as_is)
        status = hax_reorder_now(device->engine, plain, values, entry->desc, entry->data);
    if (ok && status == HAX_NO_MEMORY)
        hax_fail_memory(err, "packed weights");
    else if (ok && status != HAX_OK)
        status = hax_fail(
            err, HAX_FAILURE,
            "oneDNN cannot pack the weights of kernel %d of %s: out of memory, in all likelihood",
            entry->kernel, hax_model_name(model));
    if (!as_is)
        hax_large_free(values, count * sizeof(float));
    return status;
}

hax_status hax_weights_get(hax_device *device, const hax_model *model, int kernel,
                           hax_const_md plain, hax_const_md want, const hax_packed_weights **found,
                           hax_error *err)
{
    hax_packed_weights *entry = find(device, model, kernel, want);
    if (!entry) {
        entry = calloc(1, sizeof *entry);
        if (!entry)
            return hax_fail_memory(err, "packed weights");
        entry->model_hash = hax_model_hash(model);
        entry->kernel = kernel;
        entry->desc = hax_dnnl_md_copy(want);
        hax_status status = entry->desc ? pack(device, model, entry, plain, err)
                                        : hax_fail_memory(err, "packed weights");
        if (status != HAX_OK) {
            free_entry(entry);
            return status;
        }
        entry->next = device->packed;
        device->packed = entry;
    }
    *found = entry;
    return HAX_OK;
}
