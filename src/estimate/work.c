#include "work.h"

#include <string.h>

/* Images of up to four channels have a format of their own (DLA: HWC4). */
enum { IMAGE_CHANNELS = 4 };

static int64_t padded(int64_t channels, int to)
{
    if (channels <= IMAGE_CHANNELS)
        return to < IMAGE_CHANNELS ? channels : IMAGE_CHANNELS;
    return (channels + to - 1) / to * to;
}

hax_work_rules hax_work_rules_of(const hax_sheet_kind *sheet, const hax_kind *kind)
{
    return (hax_work_rules){ .channels = (int) sheet->channels.value,
                             .element_bytes = strcmp(kind->precision, "f16") == 0  ? 2
                                              : strcmp(kind->precision, "i8") == 0 ? 1
                                                                                   : 4,
                             .merges = !sheet->dla };
}

double hax_work_tensor_bytes(const hax_model *model, int tensor, const hax_work_rules *rules)
{
    const hax_tensor *shape = hax_model_tensor(model, tensor);
    double elements = (double) shape->bytes / sizeof(float);
    if (shape->shape.rank == 4 && shape->shape.dims[2] * shape->shape.dims[3] > 1)
        elements *=
            (double) padded(shape->shape.dims[1], rules->channels) / (double) shape->shape.dims[1];
    return elements * rules->element_bytes;
}

/* A convolution computes on padded channels of its input; outputs are padded together. */
static double padded_macs(const hax_model *model, const hax_kernel *kernel,
                          const hax_work_rules *rules)
{
    double macs = (double) kernel->macs;
    const hax_shape *input = &hax_model_tensor(model, kernel->inputs[0])->shape;
    if (kernel->op != HAX_OP_CONVOLUTION || input->rank < 3)
        return macs;
    int64_t groups = kernel->group > 1 ? kernel->group : 1;
    int64_t in = input->dims[1] / groups, out = kernel->channels_out;
    int64_t in_padded = groups > 1 ? (in + rules->channels - 1) / rules->channels * rules->channels
                                   : padded(in, rules->channels);
    return macs * ((double) in_padded / (double) in) *
           ((double) padded(out, rules->channels) / (double) out);
}

static bool pointwise(const hax_kernel *kernel)
{
    return kernel->op == HAX_OP_CONVOLUTION && kernel->window.kernel_h == 1 &&
           kernel->window.kernel_w == 1 && kernel->window.stride_h == 1 && kernel->group <= 1;
}

/* TensorRT runs the 1x1 convolutions at the head of an inception block as one kernel. */
static bool merged(const hax_model *model, int k)
{
    enum { LOOK_BACK = 16 };
    const hax_kernel *kernel = hax_model_kernel(model, k);
    for (int before = k - 1; pointwise(kernel) && before >= 0 && before >= k - LOOK_BACK;
         before--) {
        const hax_kernel *other = hax_model_kernel(model, before);
        if (pointwise(other) && other->inputs[0] == kernel->inputs[0])
            return true;
    }
    return false;
}

hax_kernel_work hax_work_of_kernel(const hax_model *model, int k, const hax_work_rules *rules)
{
    const hax_kernel *kernel = hax_model_kernel(model, k);
    hax_kernel_work work = { { 0 } };
    if (kernel->op == HAX_OP_CONCAT || kernel->form == HAX_FORM_VIEW)
        return work;
    double bytes = hax_work_tensor_bytes(model, kernel->output, rules);
    for (int i = 0; i < kernel->input_count; i++)
        bytes += hax_work_tensor_bytes(model, kernel->inputs[i], rules);
    if (kernel->residual >= 0)
        bytes += hax_work_tensor_bytes(model, kernel->residual, rules);
    work.kernels[WORK_LAUNCHES] = rules->merges && merged(model, k) ? 0 : 1;
    work.kernels[WORK_GMACS] = padded_macs(model, kernel, rules) * 1e-9;
    work.kernels[WORK_ACTIVATIONS] = bytes * 1e-6;
    work.kernels[WORK_WEIGHTS] =
        (double) kernel->weight_bytes / sizeof(float) * rules->element_bytes * 1e-6;
    return work;
}

double hax_work_ms(const hax_kernel_work *work, const double terms[WORK_TERMS])
{
    double ms = 0;
    for (int t = 0; t < WORK_TERMS; t++)
        ms += work->kernels[t] * terms[t];
    return ms;
}
