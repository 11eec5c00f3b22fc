/* Kernels that combine two tensors, or the elements of one. */
#include <assert.h>
#include <math.h>

#include "loops.h"

static const hax_shape *shape_of(const hax_model *model, int tensor)
{
    return &hax_model_tensor(model, tensor)->shape;
}

void hax_loops_binary(const hax_model *model, const hax_kernel *kernel, float *const *tensors)
{
    const hax_shape *out = shape_of(model, kernel->output);
    hax_strided_view by_a = hax_strided_view_over(shape_of(model, kernel->inputs[0]), out);
    hax_strided_view by_b = hax_strided_view_over(shape_of(model, kernel->inputs[1]), out);
    int64_t at_a[HAX_MAX_RANK] = { 0 }, at_b[HAX_MAX_RANK] = { 0 }, a = 0, b = 0;
    int64_t count = hax_tensor_elements(model, kernel->output);
    for (int64_t i = 0; i < count; i++) {
        float value = hax_binary_value(kernel->op, tensors[kernel->inputs[0]][a],
                                       tensors[kernel->inputs[1]][b]);
        tensors[kernel->output][i] = hax_curve_at(&kernel->activation, value);
        hax_strided_place_next(out, at_a, &by_a, &a);
        hax_strided_place_next(out, at_b, &by_b, &b);
    }
}

/* ---- matrices ------------------------------------------------------------------------------- */

typedef struct matrix {
    int64_t rows, columns, row_step, column_step; /* as the product takes it */
} matrix;

static matrix matrix_of(const hax_shape *shape, bool transposed)
{
    assert(shape->rank >= 2);
    int64_t rows = shape->dims[shape->rank - 2], columns = shape->dims[shape->rank - 1];
    return transposed ? (matrix){ columns, rows, 1, columns }
                      : (matrix){ rows, columns, columns, 1 };
}

static float dot(const matrix *a, const float *row, const matrix *b, const float *column)
{
    float sum = 0;
    assert(a->columns == b->rows);
    for (int64_t k = 0; k < a->columns; k++)
        sum += row[k * a->column_step] * column[k * b->row_step];
    return sum;
}

/* Steps over the batches only: those of `shape` without its last two dimensions. */
static hax_strided_view batches_of(const hax_shape *shape, const hax_shape *batches)
{
    hax_shape own = *shape;
    own.rank -= 2;
    return hax_strided_view_over(&own, batches);
}

void hax_loops_product(const hax_model *model, const hax_kernel *kernel, float *const *tensors)
{
    hax_shape shape_a = hax_matrix_shape(shape_of(model, kernel->inputs[0]), false);
    hax_shape shape_b = hax_matrix_shape(shape_of(model, kernel->inputs[1]), true);
    const hax_shape *out = shape_of(model, kernel->output);
    matrix a = matrix_of(&shape_a, kernel->transpose_a);
    matrix b = matrix_of(&shape_b, kernel->transpose_b);
    hax_shape batches = *out;
    batches.rank = (shape_a.rank > shape_b.rank ? shape_a.rank : shape_b.rank) - 2;
    hax_strided_view by_a = batches_of(&shape_a, &batches), by_b = batches_of(&shape_b, &batches);
    int64_t at_a[HAX_MAX_RANK] = { 0 }, at_b[HAX_MAX_RANK] = { 0 }, which_a = 0, which_b = 0;
    int64_t at_c[HAX_MAX_RANK] = { 0 }, place_c = 0, size = a.rows * b.columns;
    const float *c = kernel->input_count > 2 ? tensors[kernel->inputs[2]] : NULL;
    hax_strided_view by_c = c ? hax_strided_view_over(shape_of(model, kernel->inputs[2]), out)
                              : (hax_strided_view){ 0 };
    float *to = tensors[kernel->output];
    for (int64_t i = 0; i < hax_tensor_elements(model, kernel->output); i++) {
        int64_t row = i % size / b.columns, column = i % b.columns;
        const float *from_a = tensors[kernel->inputs[0]] + which_a * a.rows * a.columns;
        const float *from_b = tensors[kernel->inputs[1]] + which_b * b.rows * b.columns;
        float value = kernel->product_scale *
                      dot(&a, from_a + row * a.row_step, &b, from_b + column * b.column_step);
        to[i] =
            hax_curve_at(&kernel->activation, value + (c ? kernel->added_scale * c[place_c] : 0));
        hax_strided_place_next(out, at_c, &by_c, &place_c);
        if ((i + 1) % size != 0)
            continue;
        hax_strided_place_next(&batches, at_a, &by_a, &which_a);
        hax_strided_place_next(&batches, at_b, &by_b, &which_b);
    }
}

/* ---- reductions ------------------------------------------------------------------------------ */

void hax_loops_reduce(const hax_model *model, const hax_kernel *kernel, float *const *tensors)
{
    const hax_shape *in = shape_of(model, kernel->inputs[0]);
    hax_strided_view view = hax_strided_view_over(&kernel->kept, in);
    int64_t inputs = hax_tensor_elements(model, kernel->inputs[0]);
    int64_t outputs = hax_tensor_elements(model, kernel->output);
    int64_t index[HAX_MAX_RANK] = { 0 }, place = 0;
    const float *from = tensors[kernel->inputs[0]];
    float *to = tensors[kernel->output];
    assert(inputs % outputs == 0);
    int64_t reduced = inputs / outputs;
    bool largest = kernel->op == HAX_OP_REDUCE_MAX;
    for (int64_t o = 0; o < outputs; o++)
        to[o] = largest ? -INFINITY : 0;
    for (int64_t i = 0; i < inputs; i++) {
        to[place] = largest ? fmaxf(to[place], from[i]) : to[place] + from[i];
        hax_strided_place_next(in, index, &view, &place);
    }
    for (int64_t o = 0; o < outputs && kernel->op == HAX_OP_REDUCE_MEAN; o++)
        to[o] /= (float) reduced;
}
