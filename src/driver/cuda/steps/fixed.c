/* What never changes in the GPU's memory: weights, constants, lists of indices (program.h). */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "program.h"

/* To half precision (IEEE 754 binary16), to the nearest, ties to even; what is too large becomes
 * infinite. */
static uint16_t half_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
    if (size > 0x7f800000) /* none */
        return (uint16_t) (sign | 0x7e00);
    if (size >= 0x47800000) /* 65536 and more */
        return (uint16_t) (sign | 0x7c00);
    if (size < 0x33000000) /* less than half of the smallest */
        return (uint16_t) sign;
    uint32_t exponent = size >> 23, shift = exponent < 113 ? 126 - exponent : 13;
    uint32_t fraction = exponent < 113 ? (size & 0x7fffff) | 0x800000 : size - (112U << 23);
    uint32_t kept = fraction >> shift, rest = fraction & ((1U << shift) - 1);
    uint32_t middle = 1U << (shift - 1);
    kept += rest > middle || (rest == middle && (kept & 1)) ? 1 : 0;
    return (uint16_t) (sign | kept);
}

/* Values in the type that tensors have. */
static hax_status add_typed(hax_program *program, int key, hax_cuda_role role, int form,
                            const float *values, size_t count, bool floats, CUdeviceptr *memory,
                            hax_error *err)
{
    hax_device *device = program->device;
    if (floats || device->precision != HAX_CUDA_F16)
        return hax_cuda_fixed_add(device, program->model_hash, key, role, form, values,
                                  count * sizeof(float), memory, err);
    uint16_t *halves = malloc((count + 1) * sizeof *halves);
    if (!halves)
        return hax_fail_memory(err, "weights");
    for (size_t i = 0; i < count; i++)
        halves[i] = half_of_float(values[i]);
    hax_status status = hax_cuda_fixed_add(device, program->model_hash, key, role, form, halves,
                                           count * sizeof *halves, memory, err);
    free(halves);
    return status;
}

/* [out][in][h][w] to [out][h][w][room], zeros behind the channels where there is more room.
 * Returns the new count. */
static size_t put_channels_last(const hax_kernel *kernel, const float *from, size_t count,
                                size_t at_least, float *to)
{
    size_t taps = (size_t) kernel->window.kernel_h * (size_t) kernel->window.kernel_w;
    size_t outputs = (size_t) kernel->channels_out, channels = count / outputs / taps;
    size_t capacity = channels < at_least ? at_least : channels;
    for (size_t o = 0; o < outputs; o++)
        for (size_t t = 0; t < taps; t++)
            for (size_t c = 0; c < capacity; c++)
                to[(o * taps + t) * capacity + c] =
                    c < channels ? from[(o * channels + c) * taps + t] : 0;
    return outputs * taps * capacity;
}

/* [channel][tap] to [tap][channel]. */
static void put_taps_first(const hax_kernel *kernel, const float *from, float *to)
{
    size_t taps = (size_t) kernel->window.kernel_h * (size_t) kernel->window.kernel_w;
    size_t channels = (size_t) kernel->channels_out;
    for (size_t c = 0; c < channels; c++)
        for (size_t t = 0; t < taps; t++)
            to[t * channels + c] = from[c * taps + t];
}

/* [out][in of the group][tap] to [in][out of the group][tap], or [in][tap][out of the group]. */
static void put_inputs_first(const hax_kernel *kernel, const float *from, size_t count, bool last,
                             float *to)
{
    size_t taps = (size_t) kernel->window.kernel_h * (size_t) kernel->window.kernel_w;
    size_t outputs = (size_t) kernel->channels_out, groups = (size_t) kernel->group;
    size_t group_in = count / outputs / taps, group_out = outputs / groups;
    for (size_t o = 0; o < outputs; o++)
        for (size_t i = 0; i < group_in; i++)
            for (size_t t = 0; t < taps; t++) {
                size_t row = (o / group_out * group_in + i) * group_out * taps;
                size_t within = last ? t * group_out + o % group_out : o % group_out * taps + t;
                to[row + within] = from[(o * group_in + i) * taps + t];
            }
}

/* Inputs of a fully connected kernel in the order in which they lie in memory. */
static void put_in_order(const hax_program *program, const hax_kernel *kernel, const float *from,
                         size_t count, float *to)
{
    const hax_cuda_place *place = &program->places[kernel->inputs[0]];
    size_t inputs = count / (size_t) kernel->channels_out;
    for (size_t i = 0; i < inputs; i++) {
        size_t rest = i, at = 0;
        for (int d = place->rank - 1; d >= kernel->axis; d--) {
            at += rest % place->dims[d] * (size_t) place->steps[d];
            rest /= place->dims[d];
        }
        for (size_t o = 0; o < (size_t) kernel->channels_out; o++)
            to[o * inputs + at] = from[o * inputs + i];
    }
}

typedef struct values {
    float *weights, *bias, *moved;
    size_t weight_count, bias_count;
} values;

static void values_free(values *values)
{
    free(values->weights);
    free(values->bias);
    free(values->moved);
}

static hax_status values_read(const hax_program *program, int kernel, values *host, hax_error *err)
{
    *host = (values){ .weight_count = hax_kernel_weight_count(program->model, kernel),
                      .bias_count = hax_kernel_bias_count(program->model, kernel) };
    host->weights = malloc((host->weight_count + 1) * sizeof(float));
    host->moved = malloc((HAX_CUDA_PADDED * host->weight_count + 1) * sizeof(float));
    host->bias = host->bias_count > 0 ? malloc(host->bias_count * sizeof(float)) : NULL;
    if (!host->weights || !host->moved || (host->bias_count > 0 && !host->bias)) {
        values_free(host);
        return hax_fail_memory(err, "weights");
    }
    hax_model_weights(program->model, kernel, host->weights, host->bias);
    return HAX_OK;
}

/* Weights in the order of a role; how many there are then. */
static size_t put_weights(const hax_program *program, int kernel, hax_cuda_role role, values *host)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    size_t count = host->weight_count;
    switch (role) {
    case HAX_CUDA_WEIGHTS_LAST:
    case HAX_CUDA_WEIGHTS_PADDED:
        return put_channels_last(lowered, host->weights, count,
                                 role == HAX_CUDA_WEIGHTS_PADDED ? HAX_CUDA_PADDED : 0,
                                 host->moved);
    case HAX_CUDA_WEIGHTS_TAPS: put_taps_first(lowered, host->weights, host->moved); break;
    case HAX_CUDA_WEIGHTS_TURNED:
        put_inputs_first(lowered, host->weights, count, program->channels_last[lowered->inputs[0]],
                         host->moved);
        break;
    default: memcpy(host->moved, host->weights, count * sizeof(float)); break;
    }
    return count;
}

hax_status hax_cuda_weights(hax_program *program, int kernel, hax_cuda_role role,
                            CUdeviceptr *memory, hax_error *err)
{
    values host;
    if (hax_cuda_fixed_find(program->device, program->model_hash, kernel, role, 0, memory))
        return HAX_OK;
    HAX_TRY(values_read(program, kernel, &host, err));
    bool bias = role == HAX_CUDA_BIAS || role == HAX_CUDA_BIAS_FLOAT;
    size_t count = bias ? host.bias_count : put_weights(program, kernel, role, &host);
    bool floats = role == HAX_CUDA_WEIGHTS_FLOAT || role == HAX_CUDA_BIAS_FLOAT;
    hax_status status = add_typed(program, kernel, role, 0, bias ? host.bias : host.moved, count,
                                  floats, memory, err);
    values_free(&host);
    return status;
}

hax_status hax_cuda_weights_ordered(hax_program *program, int kernel, CUdeviceptr *memory,
                                    hax_error *err)
{
    enum { ORDERED = 1 };
    values host;
    if (hax_cuda_fixed_find(program->device, program->model_hash, kernel, HAX_CUDA_WEIGHTS, ORDERED,
                            memory))
        return HAX_OK;
    HAX_TRY(values_read(program, kernel, &host, err));
    put_in_order(program, hax_model_kernel(program->model, kernel), host.weights, host.weight_count,
                 host.moved);
    hax_status status = add_typed(program, kernel, HAX_CUDA_WEIGHTS, ORDERED, host.moved,
                                  host.weight_count, false, memory, err);
    values_free(&host);
    return status;
}

/* A constant tensor, where the program's layout has it. */
static hax_status add_constant(hax_program *program, int tensor, CUdeviceptr *memory,
                               hax_error *err)
{
    const hax_tensor *tensor_info = hax_model_tensor(program->model, tensor);
    const hax_cuda_place *place = &program->places[tensor];
    size_t count = tensor_info->bytes / sizeof(float);
    int form = program->channels_last[tensor];
    if (hax_cuda_fixed_find(program->device, program->model_hash, tensor, HAX_CUDA_CONSTANT, form,
                            memory))
        return HAX_OK;
    float *moved = malloc(tensor_info->bytes + 1);
    if (!moved)
        return hax_fail_memory(err, "constants");
    for (size_t i = 0; i < count; i++) {
        size_t rest = i, at = 0;
        for (int d = place->rank - 1; d >= 0; d--) {
            at += rest % place->dims[d] * (size_t) place->steps[d];
            rest /= place->dims[d];
        }
        moved[at] = tensor_info->constant[i];
    }
    hax_status status =
        add_typed(program, tensor, HAX_CUDA_CONSTANT, form, moved, count, false, memory, err);
    free(moved);
    return status;
}

hax_status hax_cuda_constants(hax_program *program, hax_error *err)
{
    for (int t = 0; t < hax_model_tensor_count(program->model); t++)
        if (hax_model_tensor(program->model, t)->constant)
            HAX_TRY(add_constant(program, t, &program->storages[t].fixed, err));
    return HAX_OK;
}

hax_status hax_cuda_list(hax_program *program, int kernel, int form, const int *values, int count,
                         CUdeviceptr *memory, hax_error *err)
{
    if (hax_cuda_fixed_find(program->device, program->model_hash, kernel, HAX_CUDA_LIST, form,
                            memory))
        return HAX_OK;
    return hax_cuda_fixed_add(program->device, program->model_hash, kernel, HAX_CUDA_LIST, form,
                              values, (size_t) count * sizeof *values, memory, err);
}

hax_status hax_cuda_floats(hax_program *program, int kernel, int form, const float *values,
                           int count, CUdeviceptr *memory, hax_error *err)
{
    if (hax_cuda_fixed_find(program->device, program->model_hash, kernel, HAX_CUDA_LIST, form,
                            memory))
        return HAX_OK;
    return hax_cuda_fixed_add(program->device, program->model_hash, kernel, HAX_CUDA_LIST, form,
                              values, (size_t) count * sizeof *values, memory, err);
}
