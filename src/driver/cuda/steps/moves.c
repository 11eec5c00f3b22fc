/* The steps of kernels whose elements stand elsewhere: concatenations, parts, reshapes, gathers,
 * padding (program.h). Most move nothing (aliases.h). */
#define _GNU_SOURCE
#include <stddef.h>

#include "program.h"

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

/* From where elements lie to where they belong; offsets are elements within the two tensors. */
static hax_status emit_copy(hax_program *program, int kernel, int out, int64_t out_offset,
                            const hax_cuda_place *to, int in, int64_t in_offset,
                            const hax_cuda_place *from, hax_error *err)
{
    size_t bytes = program->device->element_bytes;
    int write = hax_cuda_storage_within(program, kernel, out, (size_t) out_offset * bytes);
    int read = hax_cuda_storage_within(program, kernel, in, (size_t) in_offset * bytes);
    if (write < 0 || read < 0)
        return hax_fail_memory(err, "a program");
    hax_cuda_map map = { .element = HAX_CUDA_COPY,
                         .inputs = 1,
                         .out = hax_cuda_operand_of(write),
                         .in = { hax_cuda_operand_of(read) },
                         .to = to,
                         .from = { from } };
    return hax_cuda_emit_map(program, kernel, &map, err);
}

hax_status hax_cuda_emit_concat(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    const hax_cuda_place *whole = &program->places[lowered->output];
    int64_t before = 0;
    int copied = 0;
    for (int i = 0; i < lowered->input_count; i++) {
        const hax_cuda_place *from = &program->places[lowered->inputs[i]];
        hax_cuda_place part = *whole;
        part.dims[lowered->axis] = from->dims[lowered->axis];
        if (!hax_cuda_aliases_is_joined(&program->aliases, program->model, kernel, i)) {
            HAX_TRY(emit_copy(program, kernel, lowered->output, before, &part, lowered->inputs[i],
                              0, from, err));
            copied++;
        }
        before += (int64_t) part.dims[lowered->axis] * whole->steps[lowered->axis];
    }
    if (copied == 0)
        hax_cuda_take_note(program, kernel, "in place", false);
    return HAX_OK;
}

static hax_status launch_in_out(hax_program *program, int kernel, const char *name, unsigned blocks,
                                const void *args, size_t bytes, unsigned out, unsigned in,
                                hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    const hax_cuda_operand operands[] = { hax_cuda_operand_of(lowered->output),
                                          hax_cuda_operand_of(lowered->inputs[0]) };
    const unsigned pointers[] = { out, in };
    return hax_cuda_launch(program, kernel, name, true, blocks, args, bytes, 2, operands, pointers,
                           err);
}

/* Element by element, counted in both tensors' own orders. */
static hax_status emit_counted(hax_program *program, int kernel, const hax_strided_view *walk,
                               hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    hax_cuda_walk_args args = { .to = program->places[lowered->output],
                                .from = program->places[lowered->inputs[0]],
                                .offset = (int) walk->offset };
    args.count = count_of(&args.to);
    for (int d = 0; d < args.to.rank; d++)
        args.steps[d] = (int) walk->steps[d];
    return launch_in_out(program, kernel, "walk", hax_cuda_blocks(args.count), &args, sizeof args,
                         offsetof(hax_cuda_walk_args, out), offsetof(hax_cuda_walk_args, in), err);
}

static const hax_shape *shape_of(const hax_program *program, int tensor)
{
    return &hax_model_tensor(program->model, tensor)->shape;
}

hax_status hax_cuda_emit_walk(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    int in = lowered->inputs[0], out = lowered->output;
    int64_t offset = 0;
    hax_cuda_place from;
    if (program->aliases.in_place[kernel]) {
        hax_cuda_take_note(program, kernel, "in place", false);
        return HAX_OK;
    }
    if (!hax_cuda_place_walk(&program->places[in], &lowered->walk, shape_of(program, out), &offset,
                             &from))
        return emit_counted(program, kernel, &lowered->walk, err);
    return emit_copy(program, kernel, out, 0, &program->places[out], in, offset, &from, err);
}

hax_status hax_cuda_emit_view(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    int in = lowered->inputs[0], out = lowered->output;
    const hax_cuda_place *to = &program->places[out], *from = &program->places[in];
    hax_cuda_place seen;
    if (program->aliases.in_place[kernel]) {
        hax_cuda_take_note(program, kernel, "in place", false);
        return HAX_OK;
    }
    if (hax_cuda_place_view(from, shape_of(program, out), &seen))
        return emit_copy(program, kernel, out, 0, to, in, 0, &seen, err);
    if (hax_cuda_place_view(to, shape_of(program, in), &seen))
        return emit_copy(program, kernel, out, 0, &seen, in, 0, from, err);
    hax_strided_view dense = { 0 };
    int64_t step = 1;
    for (int d = to->rank - 1; d >= 0; d--) {
        dense.steps[d] = step;
        step *= to->dims[d];
    }
    return emit_counted(program, kernel, &dense, err);
}

hax_status hax_cuda_emit_gather(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    hax_cuda_gather_args args = { .to = program->places[lowered->output],
                                  .from = program->places[lowered->inputs[0]],
                                  .inner = 1,
                                  .index_count = (unsigned) lowered->index_count };
    enum { INDICES_MAX = 1 << 16 };
    static _Thread_local int indices[INDICES_MAX];
    if (lowered->index_count > INDICES_MAX)
        return hax_fail(err, HAX_UNAVAILABLE, "layer '%.100s': Gather of %d indices, at most %d",
                        hax_cuda_kernel_name(program, kernel), lowered->index_count, INDICES_MAX);
    for (int i = 0; i < lowered->index_count; i++)
        indices[i] = (int) lowered->indices[i];
    CUdeviceptr list;
    HAX_TRY(hax_cuda_list(program, kernel, 0, indices, lowered->index_count, &list, err));
    args.extent = args.from.dims[lowered->axis];
    for (int d = lowered->axis + 1; d < args.from.rank; d++)
        args.inner *= args.from.dims[d];
    args.count = count_of(&args.to);
    const hax_cuda_operand operands[] = { hax_cuda_operand_of(lowered->output),
                                          hax_cuda_operand_of(lowered->inputs[0]),
                                          hax_cuda_operand_fixed(list) };
    const unsigned pointers[] = { offsetof(hax_cuda_gather_args, out),
                                  offsetof(hax_cuda_gather_args, in),
                                  offsetof(hax_cuda_gather_args, indices) };
    return hax_cuda_launch(program, kernel, "gather", true, hax_cuda_blocks(args.count), &args,
                           sizeof args, 3, operands, pointers, err);
}

hax_status hax_cuda_emit_pad(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    hax_cuda_pad_args args = { .to = program->places[lowered->output],
                               .from = program->places[lowered->inputs[0]],
                               .mode = (int) lowered->pad_mode,
                               .value = lowered->pad_value };
    args.count = count_of(&args.to);
    for (int d = 0; d < args.to.rank; d++)
        args.before[d] = (int) lowered->pads[d];
    return launch_in_out(program, kernel, "pad", hax_cuda_blocks(args.count), &args, sizeof args,
                         offsetof(hax_cuda_pad_args, out), offsetof(hax_cuda_pad_args, in), err);
}
