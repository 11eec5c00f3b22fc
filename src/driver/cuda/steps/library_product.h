/*
 * Products of matrices by cuBLASLt, of its proposals the fastest on the unit's own SMs.
 *
 * cuBLASLt counts by columns: a matrix of ours, by rows, is its transposed one there. So out =
 * a b is asked for as out' = b' a'.
 */
#ifndef HAX_DRIVER_CUDA_LIBRARY_PRODUCT_H
#define HAX_DRIVER_CUDA_LIBRARY_PRODUCT_H

#include "program.h"

/* out[rows][columns] = activation(a[rows][depth] b[depth][columns] + bias + added), `batches`
 * times. */
typedef struct hax_cuda_factors {
    int rows, columns, depth, batches;
    bool transpose_a, transpose_b;           /* as they lie in memory */
    int a_row, b_row, out_row, added_row;    /* elements from row to row as they lie; 0: dense */
    int64_t a_step, b_step, out_step;        /* from batch to batch; added: like out */
    hax_cuda_operand out, a, b, bias, added; /* bias: of columns, in the tensors' type */
    bool has_bias, has_added, relu;
} hax_cuda_factors;

/* With its fastest algorithm, timed on memory of the unit's, or known from before; *product NULL:
 * cuBLASLt is not here, or does not take it. */
hax_status hax_cuda_product_choose(hax_program *program, const hax_cuda_factors *factors,
                                   hax_cuda_product **product, double *us, hax_error *err);

/* One step of a kernel, which takes the product over. */
hax_status hax_cuda_emit_chosen(hax_program *program, int kernel, const hax_cuda_factors *factors,
                                hax_cuda_product *product, double us, hax_error *err);

/* Enqueues a product on addresses by OPERAND_*. */
bool hax_cuda_product_enqueue(const hax_cuda_api *api, const hax_cuda_unit *unit,
                              const hax_cuda_product *product, const CUdeviceptr *addresses);

#endif
