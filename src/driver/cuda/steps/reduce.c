/* The steps of reductions: sums, means and largest over dimensions, means of planes (program.h). */
#define _GNU_SOURCE
#include <stddef.h>

#include "program.h"

static unsigned count_of(const hax_cuda_place *place)
{
    unsigned count = 1;
    for (int d = 0; d < place->rank; d++)
        count *= place->dims[d];
    return count;
}

/* Without dimensions of 1, and with those as one whose steps allow it. */
static hax_cuda_place joined(const hax_cuda_place *place)
{
    hax_cuda_place result = { 0 };
    for (int d = 0; d < place->rank; d++) {
        int last = result.rank - 1;
        if (place->dims[d] == 1)
            continue;
        if (last >= 0 && result.steps[last] == place->steps[d] * (int) place->dims[d]) {
            result.dims[last] *= place->dims[d];
            result.steps[last] = place->steps[d];
            continue;
        }
        result.dims[result.rank] = place->dims[d];
        result.steps[result.rank++] = place->steps[d];
    }
    return result;
}

static hax_status launch(hax_program *program, int kernel, const char *name, unsigned blocks,
                         hax_cuda_reduce_args *args, hax_cuda_operand out, hax_cuda_operand in,
                         hax_error *err)
{
    const hax_cuda_operand operands[] = { out, in };
    const unsigned pointers[] = { offsetof(hax_cuda_reduce_args, out),
                                  offsetof(hax_cuda_reduce_args, in) };
    return hax_cuda_launch(program, kernel, name, true, blocks, args, sizeof *args, 2, operands,
                           pointers, err);
}

/*
 * Where neighbouring outputs are neighbours in the input (channels last), a warp takes 32 of them
 * and eight warps share what is reduced. Few outputs of much are reduced in two steps, by as many
 * blocks as the first needs to be busy.
 */
static hax_status emit_across(hax_program *program, int kernel, hax_cuda_reduce_args *args,
                              hax_error *err)
{
    enum { REDUCED_BY_A_BLOCK = 512, PARTS_MAX = 32 };
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    hax_cuda_operand out = hax_cuda_operand_of(lowered->output);
    hax_cuda_operand in = hax_cuda_operand_of(lowered->inputs[0]);
    unsigned parts = (args->reduced + REDUCED_BY_A_BLOCK - 1) / REDUCED_BY_A_BLOCK;
    unsigned columns = (args->outputs + 31) / 32;
    args->parts = parts < PARTS_MAX ? parts : PARTS_MAX;
    if (args->parts == 1)
        return launch(program, kernel, "reduce_across", columns, args, out, in, err);
    int sums =
        hax_cuda_storage_new(program, kernel, (size_t) args->parts * args->outputs * sizeof(float));
    if (sums < 0)
        return hax_fail_memory(err, "a program");
    hax_cuda_operand between = hax_cuda_operand_of(sums);
    HAX_TRY(launch(program, kernel, "reduce_parts", columns * args->parts, args, between, in, err));
    return launch(program, kernel, "reduce_ends", hax_cuda_blocks(args->outputs), args, out,
                  between, err);
}

static hax_status emit(hax_program *program, int kernel, hax_cuda_reduce_args *args, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    args->kept = joined(&args->kept);
    args->over = joined(&args->over);
    args->to = joined(&args->to);
    args->outputs = count_of(&args->to);
    args->reduced = count_of(&args->over);
    if (args->kept.rank > 0 && args->kept.steps[args->kept.rank - 1] == 1)
        return emit_across(program, kernel, args, err);
    return launch(program, kernel, "reduce", hax_cuda_blocks(32 * args->outputs), args,
                  hax_cuda_operand_of(lowered->output), hax_cuda_operand_of(lowered->inputs[0]),
                  err);
}

hax_status hax_cuda_emit_reduce(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_cuda_place *in = &program->places[lowered->inputs[0]];
    hax_cuda_reduce_args args = { .to = program->places[lowered->output],
                                  .mode = lowered->op == HAX_OP_REDUCE_MAX    ? 2
                                          : lowered->op == HAX_OP_REDUCE_MEAN ? 1
                                                                              : 0 };
    for (int d = 0; d < in->rank; d++) {
        bool kept = lowered->kept.dims[d] != 1 || in->dims[d] == 1;
        hax_cuda_place *to = kept ? &args.kept : &args.over;
        to->dims[to->rank] = in->dims[d];
        to->steps[to->rank++] = in->steps[d];
    }
    return emit(program, kernel, &args, err);
}

hax_status hax_cuda_emit_mean_of_planes(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    hax_cuda_image in = hax_cuda_image_of(&program->places[lowered->inputs[0]]);
    hax_cuda_reduce_args args = {
        .mode = 1,
        .kept = { 2, { (unsigned) in.n, (unsigned) in.c }, { in.n_step, in.c_step } },
        .over = { 2, { (unsigned) in.h, (unsigned) in.w }, { in.h_step, in.w_step } },
        .to = program->places[lowered->output],
    };
    return emit(program, kernel, &args, err);
}
