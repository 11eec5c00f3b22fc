/* How tensors lie in a GPU's memory, loops over them, and keys of plans: nothing needs a GPU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <string.h>

#include "convolution.h"
#include "driver.h"
#include "layout.h"

static hax_cuda_place place(bool channels_last, int n, int c, int h, int w)
{
    const hax_shape shape = { 4, { n, c, h, w } };
    return hax_cuda_place_make(&shape, channels_last);
}

static void elements_lie_where_they_are_said(void **state)
{
    (void) state;
    hax_cuda_place own = place(false, 2, 3, 4, 5), last = place(true, 2, 3, 4, 5);
    const int own_steps[] = { 60, 20, 5, 1 }, last_steps[] = { 60, 1, 15, 3 };
    assert_memory_equal(own.steps, own_steps, sizeof own_steps);
    assert_memory_equal(last.steps, last_steps, sizeof last_steps);
    const hax_shape list = { 1, { 7 } };
    hax_cuda_place seven = hax_cuda_place_make(&list, false);
    hax_cuda_image image = hax_cuda_image_of(&seven);
    assert_int_equal(image.n, 7);
    assert_int_equal(image.n_step, 1);
    assert_int_equal(image.c * image.h * image.w, 1);
}

static void loops_are_as_short_as_they_can_be(void **state)
{
    (void) state;
    hax_cuda_place last = place(true, 2, 3, 4, 5), own = place(false, 2, 3, 4, 5);
    int steps[3][HAX_CUDA_RANK] = { { 0 } };
    memcpy(steps[0], last.steps, sizeof steps[0]);
    memcpy(steps[1], last.steps, sizeof steps[1]);
    hax_cuda_loop loop = hax_cuda_loop_make(4, last.dims, 2, (const int(*)[HAX_CUDA_RANK]) steps);
    assert_int_equal(loop.rank, 1);
    assert_int_equal(loop.count, 120);
    assert_int_equal(loop.steps[0][0], 1);
    /* with a number for each channel: pixels, channels */
    const hax_cuda_place line = { 4, { 1, 3, 1, 1 }, { 0, 1, 0, 0 } };
    hax_cuda_broadcast(&line, &last, steps[2]);
    loop = hax_cuda_loop_make(4, last.dims, 3, (const int(*)[HAX_CUDA_RANK]) steps);
    assert_int_equal(loop.rank, 2);
    assert_int_equal(loop.dims[0], 40);
    assert_int_equal(loop.steps[2][0], 0);
    assert_int_equal(loop.steps[2][1], 1);
    /* into another order: images, pixels, channels */
    memcpy(steps[1], own.steps, sizeof steps[1]);
    loop = hax_cuda_loop_make(4, last.dims, 2, (const int(*)[HAX_CUDA_RANK]) steps);
    assert_int_equal(loop.rank, 3);
    assert_int_equal(loop.dims[1], 20);
    assert_int_equal(loop.steps[1][2], 20);
}

static void precisions_have_names(void **state)
{
    (void) state;
    assert_int_equal(hax_cuda_precision_find("f32"), HAX_CUDA_F32);
    assert_int_equal(hax_cuda_precision_find("tf32"), HAX_CUDA_TF32);
    assert_int_equal(hax_cuda_precision_find("f16"), HAX_CUDA_F16);
    assert_int_equal(hax_cuda_precision_find("f64"), HAX_CUDA_PRECISIONS);
}

/* Images have their channels last on tensor cores, and all that is computed of them. */
static void tensor_cores_want_channels_last(void **state)
{
    (void) state;
    hax_model *model = NULL;
    hax_error err = { 0 };
    bool last[1000];
    assert_int_equal(hax_model_load("googlenet", NULL, &model, &err), HAX_OK);
    assert_true(hax_model_tensor_count(model) <= 1000);
    hax_cuda_choose_layouts(model, HAX_CUDA_F16, last);
    for (int t = 0; t < hax_model_tensor_count(model); t++)
        assert_int_equal(last[t], hax_model_tensor(model, t)->shape.rank == 4);
    hax_cuda_choose_layouts(model, HAX_CUDA_F32, last);
    for (int t = 0; t < hax_model_tensor_count(model); t++)
        assert_false(last[t]);
    for (int k = 0; k < hax_model_kernel_count(model); k++)
        assert_true(hax_cuda_supports(model, k, NULL, 0));
    hax_model_destroy(model);
}

/* Whatever may make another plan the best, or another machine unable to run it, is in the key. */
static void keys_tell_plans_apart(void **state)
{
    (void) state;
    const hax_gpu h200 = {
        .name = "NVIDIA H200", .sms = 132, .driver = "13.0", .libraries = "cuDNN 9.19.0"
    };
    const hax_gpu newer = {
        .name = "NVIDIA H200", .sms = 132, .driver = "13.0", .libraries = "cuDNN 9.20.0"
    };
    hax_cuda_convolution cuda_convolution = { .precision = HAX_CUDA_F16,
                                              .in = { 1, 64, 56, 56, 64 * 56 * 56, 1, 64 * 56, 64 },
                                              .out = { 1, 64, 56, 56, 64 * 56 * 56, 1, 64 * 56,
                                                       64 },
                                              .group = 1,
                                              .kernel_h = 3,
                                              .kernel_w = 3,
                                              .stride_h = 1,
                                              .stride_w = 1,
                                              .pad_top = 1,
                                              .pad_left = 1,
                                              .pad_bottom = 1,
                                              .pad_right = 1,
                                              .dilation_h = 1,
                                              .dilation_w = 1,
                                              .channels_last = true,
                                              .bias = true };
    char keys[10][HAX_CUDA_KEY_BYTES], again[HAX_CUDA_KEY_BYTES];
    int count = 0;
    hax_cuda_convolution_key(&cuda_convolution, &h200, 132, keys[count++], sizeof keys[0]);
    hax_cuda_convolution_key(&cuda_convolution, &h200, 32, keys[count++], sizeof keys[0]);
    hax_cuda_convolution_key(&cuda_convolution, &newer, 132, keys[count++], sizeof keys[0]);
    cuda_convolution.has_residual = true;
    hax_cuda_convolution_key(&cuda_convolution, &h200, 132, keys[count++], sizeof keys[0]);
    cuda_convolution.activation.curve = HAX_CURVE_RELU;
    hax_cuda_convolution_key(&cuda_convolution, &h200, 132, keys[count++], sizeof keys[0]);
    cuda_convolution.precision = HAX_CUDA_TF32;
    hax_cuda_convolution_key(&cuda_convolution, &h200, 132, keys[count++], sizeof keys[0]);
    cuda_convolution.in.n = cuda_convolution.out.n = 8;
    hax_cuda_convolution_key(&cuda_convolution, &h200, 132, keys[count++], sizeof keys[0]);
    cuda_convolution.out.w_step = 256; /* into a part of a concatenation */
    hax_cuda_convolution_key(&cuda_convolution, &h200, 132, keys[count++], sizeof keys[0]);
    cuda_convolution.out.alignment = 4;
    hax_cuda_convolution_key(&cuda_convolution, &h200, 132, keys[count++], sizeof keys[0]);
    cuda_convolution.residual.w_step = 128;
    hax_cuda_convolution_key(&cuda_convolution, &h200, 132, keys[count++], sizeof keys[0]);
    for (int a = 0; a < count; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(keys[a], keys[b]);
    hax_cuda_convolution_key(&cuda_convolution, &h200, 132, again, sizeof again);
    assert_string_equal(again, keys[count - 1]);
    assert_true(strlen(again) + 1 < sizeof again);
}

static void activations_are_fused(void **state)
{
    (void) state;
    assert_true(hax_cuda_graph_fuses(&(hax_activation){ HAX_CURVE_NONE, 0, 0, 0 }));
    assert_true(hax_cuda_graph_fuses(&(hax_activation){ HAX_CURVE_RELU, 0.1F, 0, 0 }));
    assert_true(hax_cuda_graph_fuses(&(hax_activation){ HAX_CURVE_CLIP, 0, 6, 0 }));
    assert_false(hax_cuda_graph_fuses(&(hax_activation){ HAX_CURVE_CLIP, -1, 1, 0 }));
    assert_true(hax_cuda_graph_fuses(&(hax_activation){ HAX_CURVE_SILU, 0, 0, 0 }));
    assert_false(hax_cuda_graph_fuses(&(hax_activation){ HAX_CURVE_HARD_SWISH, 0, 0, 0 }));
    /* precompiled engines know those of rectifiers only */
    assert_true(hax_cuda_graph_is_common(&(hax_activation){ HAX_CURVE_CLIP, 0, 6, 0 }));
    assert_false(hax_cuda_graph_is_common(&(hax_activation){ HAX_CURVE_SILU, 0, 0, 0 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_lie_where_they_are_said),
        cmocka_unit_test(loops_are_as_short_as_they_can_be),
        cmocka_unit_test(precisions_have_names),
        cmocka_unit_test(tensor_cores_want_channels_last),
        cmocka_unit_test(keys_tell_plans_apart),
        cmocka_unit_test(activations_are_fused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
