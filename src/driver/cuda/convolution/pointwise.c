/* Convolutions of one tap as products (pointwise.h). */
#define _GNU_SOURCE
#include "pointwise.h"

#include "library_product.h"

static bool has_one_tap(const hax_cuda_convolution *convolution)
{
    return convolution->kernel_h == 1 && convolution->kernel_w == 1 && convolution->stride_h == 1 &&
           convolution->stride_w == 1 && convolution->pad_top == 0 && convolution->pad_left == 0 &&
           convolution->pad_bottom == 0 && convolution->pad_right == 0 && convolution->group == 1 &&
           !convolution->transposed;
}

/* Are all pixels of all images rows of one matrix? */
static bool is_rows(const hax_cuda_image *image)
{
    return image->c_step == 1 && (image->h == 1 || image->h_step == image->w * image->w_step) &&
           (image->n == 1 || image->n_step == image->h * image->w * image->w_step);
}

/* Is every image a dense matrix of channels by pixels? */
static bool is_planes(const hax_cuda_image *image)
{
    return (image->w == 1 || image->w_step == 1) && (image->h == 1 || image->h_step == image->w) &&
           image->c_step == image->h * image->w;
}

/* Channels last: out[pixel][channel]; bias, residual and ReLU are the product's own. */
static bool by_rows(const hax_cuda_convolution *convolution, hax_cuda_factors *factors,
                    hax_cuda_convolution *part)
{
    const hax_activation *activation = &convolution->activation;
    const hax_cuda_image *in = &convolution->in, *out = &convolution->out;
    if (!is_rows(in) || !is_rows(out) ||
        (convolution->has_residual && !is_rows(&convolution->residual)))
        return false;
    *factors = (hax_cuda_factors){
        .rows = out->n * out->h * out->w,
        .columns = out->c,
        .depth = in->c,
        .batches = 1,
        .transpose_b = true,
        .a_row = in->w_step,
        .out_row = out->w_step,
        .added_row = convolution->has_residual ? convolution->residual.w_step : 0,
        .has_bias = convolution->bias,
        .has_added = convolution->has_residual,
        .relu = activation->curve == HAX_CURVE_RELU && activation->alpha == 0,
    };
    *part = *convolution;
    if (!factors->relu)
        part->activation = (hax_activation){ 0 };
    return true;
}

/* Channels first: out[channel][pixel] of each image; a bias would be of rows, which cuBLASLt does
 * not add. */
static bool by_planes(const hax_cuda_convolution *convolution, hax_cuda_factors *factors,
                      hax_cuda_convolution *part)
{
    const hax_cuda_image *in = &convolution->in, *out = &convolution->out;
    if (!is_planes(in) || !is_planes(out))
        return false;
    *factors = (hax_cuda_factors){ .rows = out->c,
                                   .columns = out->h * out->w,
                                   .depth = in->c,
                                   .batches = out->n,
                                   .b_step = in->n_step,
                                   .out_step = out->n_step };
    factors->has_added = convolution->has_residual && is_planes(&convolution->residual) &&
                         (out->n == 1 || convolution->residual.n_step == out->n_step);
    *part = *convolution;
    part->bias = false;
    part->has_residual = factors->has_added;
    part->activation = (hax_activation){ 0 };
    return true;
}

static void put_operands(const hax_program *program, const hax_kernel *kernel,
                         const hax_cuda_convolution *convolution,
                         const hax_cuda_parameters *parameters, hax_cuda_factors *factors)
{
    hax_cuda_operand image = hax_cuda_operand_of(kernel->inputs[0]);
    hax_cuda_operand weights = hax_cuda_operand_fixed(parameters->weights);
    factors->out = hax_cuda_operand_of(kernel->output);
    factors->a = convolution->channels_last ? image : weights;
    factors->b = convolution->channels_last ? weights : image;
    factors->bias = hax_cuda_operand_fixed(factors->has_bias ? parameters->bias : 0);
    if (factors->has_added)
        factors->added = hax_cuda_operand_of(kernel->residual);
    (void) program;
}

typedef struct tried_product {
    const hax_program *program;
    const hax_cuda_product *product;
    CUdeviceptr addresses[OPERAND_RESIDUAL + 1];
} tried_product;

static bool enqueue(void *context)
{
    const tried_product *tried = context;
    return hax_cuda_product_enqueue(&tried->program->device->api, tried->program->unit,
                                    tried->product, tried->addresses);
}

static hax_status check(hax_program *program, const hax_cuda_convolution *part,
                        const hax_cuda_parameters *parameters, const hax_cuda_product *product,
                        bool *right, hax_error *err)
{
    hax_cuda_trial trial;
    tried_product tried = { program, product, { 0 } };
    HAX_TRY(hax_cuda_trial_begin(program, part, parameters, &trial, err));
    for (int o = OPERAND_OUT; o <= OPERAND_RESIDUAL; o++)
        tried.addresses[o] = trial.by_operand[o];
    if (!part->channels_last) { /* weights are the first factor */
        tried.addresses[OPERAND_IN] = trial.by_operand[OPERAND_WEIGHTS];
        tried.addresses[OPERAND_WEIGHTS] = trial.by_operand[OPERAND_IN];
    }
    return hax_cuda_trial_is_right(program, &trial, enqueue, &tried, right, err);
}

hax_status hax_cuda_emit_pointwise(hax_program *program, int kernel,
                                   hax_cuda_convolution *convolution,
                                   const hax_cuda_parameters *parameters, double us,
                                   hax_cuda_rest_us *rest_us, bool *done, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    hax_cuda_factors factors;
    hax_cuda_convolution part;
    hax_cuda_product *product = NULL;
    double product_us = -1;
    bool right = false;
    *done = false;
    if (!has_one_tap(convolution) ||
        !(convolution->channels_last ? by_rows(convolution, &factors, &part)
                                     : by_planes(convolution, &factors, &part)))
        return HAX_OK;
    put_operands(program, lowered, convolution, parameters, &factors);
    HAX_TRY(hax_cuda_product_choose(program, &factors, &product, &product_us, err));
    bool faster = product && (us < 0 || product_us + rest_us(program, lowered, &part) < us);
    hax_status status = faster ? check(program, &part, parameters, product, &right, err) : HAX_OK;
    if (status != HAX_OK || !right) {
        hax_cuda_product_free(&program->device->api, product);
        return status;
    }
    *convolution = part;
    *done = true;
    return hax_cuda_emit_chosen(program, kernel, &factors, product, product_us, err);
}
