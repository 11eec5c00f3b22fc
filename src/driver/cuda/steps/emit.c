/* The steps of kernels that move elements or compute them one by one (program.h). */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "program.h"

#define SAME(name) _Static_assert((int) HAX_CUDA_CURVE_##name == (int) HAX_CURVE_##name, #name);
HAX_CUDA_CURVES(SAME)
_Static_assert((int) HAX_CUDA_CURVE_COUNT == (int) HAX_CURVE_COUNT, "every curve");

static const hax_kernel *kernel_of(const hax_program *program, int kernel)
{
    return hax_model_kernel(program->model, kernel);
}

static unsigned count_of(const hax_cuda_place *place)
{
    unsigned count = 1;
    for (int d = 0; d < place->rank; d++)
        count *= place->dims[d];
    return count;
}

/* ---- element by element ---------------------------------------------------------------------- */

/* Packs of 16 bytes where all operands have them in the innermost dimension, or one element for all
 * of it; elements of the loop are packs then. */
static bool widen(const hax_program *program, const hax_cuda_map *map, hax_cuda_loop *loop)
{
    int pack = 16 / (int) program->device->element_bytes, inner = loop->rank - 1;
    bool fits =
        map->name == NULL && loop->dims[inner] % (unsigned) pack == 0 && loop->steps[0][inner] == 1;
    for (int o = 0; o <= map->inputs && fits; o++) {
        const hax_cuda_operand *operand = o == 0 ? &map->out : &map->in[o - 1];
        hax_cuda_place place = { .rank = loop->rank };
        memcpy(place.dims, loop->dims, sizeof place.dims);
        memcpy(place.steps, loop->steps[o], sizeof place.steps);
        fits = place.steps[inner] == 0 ||
               (place.steps[inner] == 1 && hax_cuda_is_aligned(program, operand, &place));
    }
    if (!fits)
        return false;
    loop->dims[inner] /= (unsigned) pack;
    loop->count /= (unsigned) pack;
    for (int o = 0; o <= map->inputs; o++)
        loop->steps[o][inner] *= pack;
    return true;
}

hax_status hax_cuda_emit_map(hax_program *program, int kernel, const hax_cuda_map *map,
                             hax_error *err)
{
    hax_cuda_map_args args = { .element = map->element,
                               .inputs = map->inputs,
                               .curve = map->curve };
    hax_cuda_operand operands[1 + HAX_CUDA_OPERANDS] = { map->out };
    unsigned pointers[1 + HAX_CUDA_OPERANDS] = { offsetof(hax_cuda_map_args, out) };
    int steps[1 + HAX_CUDA_OPERANDS][HAX_CUDA_RANK] = { { 0 } };
    memcpy(steps[0], map->to->steps, sizeof steps[0]);
    for (int i = 0; i < map->inputs; i++) {
        hax_cuda_broadcast(map->from[i], map->to, steps[1 + i]);
        args.coefficients[i] = map->coefficients[i];
        operands[1 + i] = map->in[i];
        pointers[1 + i] =
            (unsigned) (offsetof(hax_cuda_map_args, in) + (size_t) i * sizeof args.in[0]);
    }
    args.loop = hax_cuda_loop_make(map->to->rank, map->to->dims, 1 + map->inputs,
                                   (const int(*)[HAX_CUDA_RANK]) steps);
    bool wide = widen(program, map, &args.loop);
    return hax_cuda_launch(program, kernel,
                           map->name ? map->name
                           : wide    ? "map_wide"
                                     : "map",
                           map->name == NULL, hax_cuda_blocks(args.loop.count), &args, sizeof args,
                           1 + map->inputs, operands, pointers, err);
}

hax_status hax_cuda_emit_curve(hax_program *program, int kernel, hax_cuda_operand operand,
                               const hax_cuda_place *place, const hax_activation *curve,
                               hax_error *err)
{
    hax_cuda_map map = { .element = HAX_CUDA_COPY,
                         .inputs = 1,
                         .out = operand,
                         .in = { operand },
                         .to = place,
                         .from = { place },
                         .curve = hax_cuda_curve_of(curve) };
    return hax_cuda_emit_map(program, kernel, &map, err);
}

/* Operands and places of a kernel's output and first inputs. */
static hax_cuda_map map_of(const hax_program *program, const hax_kernel *kernel,
                           hax_cuda_element element, int inputs)
{
    hax_cuda_map map = { .element = element,
                         .inputs = inputs,
                         .out = hax_cuda_operand_of(kernel->output),
                         .to = &program->places[kernel->output],
                         .curve = hax_cuda_curve_of(&kernel->activation) };
    for (int i = 0; i < inputs && i < kernel->input_count; i++) {
        map.in[i] = hax_cuda_operand_of(kernel->inputs[i]);
        map.from[i] = &program->places[kernel->inputs[i]];
    }
    return map;
}

static hax_status emit_pointwise(hax_program *program, int kernel, hax_error *err)
{
    hax_cuda_map map = map_of(program, kernel_of(program, kernel), HAX_CUDA_COPY, 1);
    return hax_cuda_emit_map(program, kernel, &map, err);
}

static hax_cuda_element element_of(hax_op op)
{
    switch (op) {
    case HAX_OP_ADD: return HAX_CUDA_ADD;
    case HAX_OP_SUB: return HAX_CUDA_SUB;
    case HAX_OP_MUL: return HAX_CUDA_MUL;
    case HAX_OP_DIV: return HAX_CUDA_DIV;
    case HAX_OP_POW: return HAX_CUDA_POW;
    case HAX_OP_MIN: return HAX_CUDA_MIN;
    default: return HAX_CUDA_MAX;
    }
}

static hax_status emit_binary(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    hax_cuda_map map = map_of(program, lowered, element_of(lowered->op), 2);
    return hax_cuda_emit_map(program, kernel, &map, err);
}

/* So many inputs as one kernel reads at once; what they gave is the first input of the next. */
static hax_status emit_eltwise(hax_program *program, int kernel, hax_error *err)
{
    static const hax_cuda_element elements[] = { [HAX_ELTWISE_SUM] = HAX_CUDA_SUM,
                                                 [HAX_ELTWISE_PRODUCT] = HAX_CUDA_PRODUCT,
                                                 [HAX_ELTWISE_MAX] = HAX_CUDA_LARGEST };
    const hax_kernel *lowered = kernel_of(program, kernel);
    for (int done = 0; done < lowered->input_count;) {
        hax_cuda_map map = map_of(program, lowered, elements[lowered->eltwise], 0);
        if (done > 0) {
            map.in[0] = map.out;
            map.from[0] = map.to;
            map.coefficients[map.inputs++] = 1;
        }
        for (; done < lowered->input_count && map.inputs < HAX_CUDA_OPERANDS;
             done++, map.inputs++) {
            map.in[map.inputs] = hax_cuda_operand_of(lowered->inputs[done]);
            map.from[map.inputs] = &program->places[lowered->inputs[done]];
            map.coefficients[map.inputs] = lowered->coefficients ? lowered->coefficients[done] : 1;
        }
        if (done < lowered->input_count)
            map.curve = (hax_cuda_curve){ 0 };
        HAX_TRY(hax_cuda_emit_map(program, kernel, &map, err));
    }
    return HAX_OK;
}

/* A list of one number for each channel, or one for all, as it is seen by images. */
static hax_cuda_place channels_place(const hax_cuda_place *image, bool one)
{
    hax_cuda_place place = { .rank = image->rank };
    for (int d = 0; d < image->rank; d++)
        place.dims[d] = d == 1 && !one ? image->dims[d] : 1;
    place.steps[image->rank > 1 ? 1 : 0] = 1;
    return place;
}

static hax_status emit_scale(hax_program *program, int kernel, hax_error *err)
{
    hax_cuda_map map = map_of(program, kernel_of(program, kernel), HAX_CUDA_AFFINE, 1);
    hax_cuda_place channels = channels_place(map.to, false);
    CUdeviceptr weights, bias;
    HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_WEIGHTS_FLOAT, &weights, err));
    HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_BIAS_FLOAT, &bias, err));
    map.inputs = 3;
    map.in[1] = hax_cuda_operand_fixed(weights);
    map.in[2] = hax_cuda_operand_fixed(bias);
    map.from[1] = map.from[2] = &channels;
    return hax_cuda_emit_map(program, kernel, &map, err);
}

/* Slopes: one, one for each channel, or one for each element of an image. */
static hax_status emit_prelu(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    hax_cuda_map map = map_of(program, lowered, HAX_CUDA_PRELU, 1);
    size_t count = hax_kernel_weight_count(program->model, kernel);
    bool by_channel = map.to->rank > 1 && count == map.to->dims[1];
    hax_cuda_place slopes = channels_place(map.to, count == 1);
    CUdeviceptr weights;
    HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_WEIGHTS_FLOAT, &weights, err));
    if (count != 1 && !by_channel)
        slopes =
            hax_cuda_place_make(&hax_model_tensor(program->model, lowered->output)->shape, false);
    map.inputs = 2;
    map.in[1] = hax_cuda_operand_fixed(weights);
    map.from[1] = &slopes;
    map.curve = (hax_cuda_curve){ 0 };
    return hax_cuda_emit_map(program, kernel, &map, err);
}

/* ---- over many elements ---------------------------------------------------------------------- */

static hax_status emit_softmax(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    hax_cuda_softmax_args args = { .to = program->places[lowered->output],
                                   .from = program->places[lowered->inputs[0]],
                                   .inner = 1 };
    args.extent = args.to.dims[lowered->axis];
    for (int d = lowered->axis + 1; d < args.to.rank; d++)
        args.inner *= args.to.dims[d];
    if (lowered->softmax_flat) {
        args.extent *= args.inner;
        args.inner = 1;
    }
    const hax_cuda_operand operands[] = { hax_cuda_operand_of(lowered->output),
                                          hax_cuda_operand_of(lowered->inputs[0]) };
    const unsigned pointers[] = { offsetof(hax_cuda_softmax_args, out),
                                  offsetof(hax_cuda_softmax_args, in) };
    return hax_cuda_launch(program, kernel, "softmax", true, count_of(&args.to) / args.extent,
                           &args, sizeof args, 2, operands, pointers, err);
}

/* ---- dispatch -------------------------------------------------------------------------------- */

/* Groups of a deconvolution are left to the loops: they have no check in another order. */
static hax_status emit_weighted(hax_program *program, int kernel, hax_error *err)
{
    bool done = false;
    const hax_kernel *lowered = kernel_of(program, kernel);
    if (hax_cuda_is_depthwise(program, kernel))
        return hax_cuda_emit_depthwise(program, kernel, err);
    if (hax_cuda_is_vector_convolution(program, kernel))
        return hax_cuda_emit_vector_convolution(program, kernel, err);
    if (lowered->op == HAX_OP_CONVOLUTION || lowered->group == 1)
        HAX_TRY(hax_cuda_emit_convolution(program, kernel, &done, err));
    return done ? HAX_OK : hax_cuda_emit_loops(program, kernel, err);
}

static hax_status emit_own(hax_program *program, int kernel, hax_error *err)
{
    switch (kernel_of(program, kernel)->op) {
    case HAX_OP_CONVOLUTION:
    case HAX_OP_DECONVOLUTION: return emit_weighted(program, kernel, err);
    case HAX_OP_INNER_PRODUCT: return hax_cuda_emit_inner_product(program, kernel, err);
    case HAX_OP_POOLING: return hax_cuda_emit_pool(program, kernel, err);
    case HAX_OP_LRN: return hax_cuda_emit_lrn(program, kernel, err);
    case HAX_OP_RESIZE: return hax_cuda_emit_resize(program, kernel, err);
    case HAX_OP_SCALE: return emit_scale(program, kernel, err);
    case HAX_OP_PRELU: return emit_prelu(program, kernel, err);
    case HAX_OP_ELTWISE: return emit_eltwise(program, kernel, err);
    case HAX_OP_CONCAT: return hax_cuda_emit_concat(program, kernel, err);
    case HAX_OP_SOFTMAX: return emit_softmax(program, kernel, err);
    case HAX_OP_GATHER: return hax_cuda_emit_gather(program, kernel, err);
    case HAX_OP_PAD: return hax_cuda_emit_pad(program, kernel, err);
    default: break;
    }
    return hax_fail(err, HAX_UNAVAILABLE, "layer '%.100s': the CUDA driver has no kernel for %s",
                    hax_cuda_kernel_name(program, kernel),
                    hax_op_name(kernel_of(program, kernel)->op));
}

hax_status hax_cuda_emit(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    hax_cuda_take_note(program, kernel, "own kernel", false);
    switch (lowered->form) {
    case HAX_FORM_POINTWISE: return emit_pointwise(program, kernel, err);
    case HAX_FORM_BINARY: return emit_binary(program, kernel, err);
    case HAX_FORM_PRODUCT: return hax_cuda_emit_product(program, kernel, err);
    case HAX_FORM_REDUCE: return hax_cuda_emit_reduce(program, kernel, err);
    case HAX_FORM_WALK: return hax_cuda_emit_walk(program, kernel, err);
    case HAX_FORM_VIEW: return hax_cuda_emit_view(program, kernel, err);
    case HAX_FORM_OWN: break;
    }
    return emit_own(program, kernel, err);
}
