/* Small ONNX networks of the kinds that exporters write; seeds of the fuzz target too. */
#ifndef TESTS_MODEL_ONNX_SAMPLES_H
#define TESTS_MODEL_ONNX_SAMPLES_H

#include <stdio.h>

#include "onnx_writer.h"

#define SAMPLE_DIMS(...) ((const int64_t[]){ __VA_ARGS__, -1 })
#define SAMPLE_WHOLES(...) ((const int64_t[]){ __VA_ARGS__, INT64_MIN })

/* Numbers that repeat after `period`, from `low` in steps of `step`. */
static inline message tensor_steps(const char *name, const int64_t *dims, float low, float step,
                                   int period)
{
    float values[4096];
    size_t count = 1;
    for (int d = 0; dims[d] != -1; d++)
        count *= (size_t) dims[d];
    for (size_t i = 0; i < count && i < 4096; i++)
        values[i] = low + step * (float) (i % (size_t) period);
    return tensor_raw(name, 1, dims, values, count * sizeof(float));
}

static inline message tensor_longs(const char *name, const int64_t *values, int count)
{
    return tensor_raw(name, 7, SAMPLE_DIMS(count), values, (size_t) count * sizeof *values);
}

/* Convolution, normalisation, pooling, a residual sum, and a classifier behind them. */
static inline message sample_classifier(void)
{
    network net = network_open(17);
    message conv = node_of("Conv", "/conv/Conv", "x w b", "c");
    message norm = node_of("BatchNormalization", "/norm", "c scale shift mean var", "n");
    message pool = node_of("MaxPool", "/pool", "r", "p");
    message fc = node_of("Gemm", "/fc/Gemm", "f fw fb", "logits");
    with_wholes(&conv, "kernel_shape", SAMPLE_WHOLES(3, 3), true);
    with_wholes(&conv, "pads", SAMPLE_WHOLES(1, 1, 1, 1), true);
    with_real(&norm, "epsilon", 1e-3F);
    with_wholes(&pool, "kernel_shape", SAMPLE_WHOLES(3, 3), false);
    with_wholes(&pool, "strides", SAMPLE_WHOLES(2, 2), false);
    with_whole(&pool, "ceil_mode", 1);
    with_whole(&fc, "transB", 1);
    add_input(&net, "x", "1 3 8 8");
    add_tensor(&net, tensor_steps("w", SAMPLE_DIMS(4, 3, 3, 3), -0.5F, 0.125F, 9));
    add_tensor(&net, tensor_steps("b", SAMPLE_DIMS(4), 0.25F, 0.5F, 4));
    add_tensor(&net, tensor_steps("scale", SAMPLE_DIMS(4), 1, 0.5F, 4));
    add_tensor(&net, tensor_steps("shift", SAMPLE_DIMS(4), -1, 0.5F, 4));
    add_tensor(&net, tensor_steps("mean", SAMPLE_DIMS(4), 0.5F, 0.25F, 4));
    add_tensor(&net, tensor_steps("var", SAMPLE_DIMS(4), 0.5F, 1, 4));
    add_tensor(&net, tensor_steps("fw", SAMPLE_DIMS(5, 4), -0.25F, 0.125F, 5));
    add_tensor(&net, tensor_steps("fb", SAMPLE_DIMS(5), 0, 0.25F, 5));
    add_node(&net, conv);
    add_node(&net, norm);
    add_node(&net, node_of("Relu", "/relu", "n", "r"));
    add_node(&net, pool);
    add_node(&net, node_of("Add", "/add", "p p", "a"));
    add_node(&net, node_of("GlobalAveragePool", "/gap", "a", "g"));
    add_node(&net, node_of("Flatten", "/flatten", "g", "f"));
    add_node(&net, fc);
    add_node(&net, node_of("Softmax", "/softmax", "logits", "y"));
    add_output(&net, "y");
    return network_close(&net);
}

/* The reshape of older exporters: sizes by Shape, Gather, Unsqueeze and Concat. */
static inline message sample_shapes(void)
{
    network net = network_open(11);
    message zero = node_of("Constant", NULL, "", "zero");
    message value = tensor_raw(NULL, 7, SAMPLE_DIMS(-1), (const int64_t[]){ 0 }, 8);
    message gather = node_of("Gather", NULL, "s zero", "n"),
            up = node_of("Unsqueeze", NULL, "n", "u");
    message concat = node_of("Concat", NULL, "u rest", "sizes");

    with_tensor(&zero, "value", &value);
    with_whole(&gather, "axis", 0);
    with_wholes(&up, "axes", SAMPLE_WHOLES(0), true);
    with_whole(&concat, "axis", 0);
    add_input(&net, "x", "batch 3 4 ?");
    add_tensor(&net, tensor_longs("rest", (const int64_t[]){ -1 }, 1));
    add_tensor(&net, tensor_steps("w", SAMPLE_DIMS(48, 2), -1, 0.0625F, 32));
    add_node(&net, zero);
    add_node(&net, node_of("Shape", NULL, "x", "s"));
    add_node(&net, gather);
    add_node(&net, up);
    add_node(&net, concat);
    add_node(&net, node_of("Reshape", NULL, "x sizes", "flat"));
    add_node(&net, node_of("MatMul", NULL, "flat w", "y"));
    add_output(&net, "y");
    return network_close(&net);
}

/* Two heads over one backbone, with what detectors use. */
static inline message sample_detector(void)
{
    network net = network_open(13);
    message one = node_of("Conv", "stem", "x w", "a"),
            resize = node_of("Resize", "up", "b - s", "u");
    message join = node_of("Concat", "join", "u a", "j"),
            split = node_of("Split", "split", "j", "k l");
    message order = node_of("Transpose", "order", "flat", "boxes");
    message pool = node_of("AveragePool", "down", "a", "b");
    with_wholes(&pool, "kernel_shape", SAMPLE_WHOLES(2, 2), true);
    with_wholes(&pool, "strides", SAMPLE_WHOLES(2, 2), true);
    with_text(&one, "auto_pad", "SAME_UPPER");
    with_text(&resize, "mode", "nearest");
    with_text(&resize, "coordinate_transformation_mode", "asymmetric");
    with_text(&resize, "nearest_mode", "floor");
    with_whole(&join, "axis", 1);
    with_whole(&split, "axis", 1);
    with_wholes(&order, "perm", SAMPLE_WHOLES(0, 2, 1), true);
    add_input(&net, "x", "1 3 8 8");
    add_tensor(&net, tensor_steps("w", SAMPLE_DIMS(4, 3, 3, 3), -0.5F, 0.125F, 9));
    add_tensor(&net, tensor_raw("s", 1, SAMPLE_DIMS(4), (const float[]){ 1, 1, 2, 2 }, 16));
    add_tensor(&net, tensor_longs("flat_sizes", (const int64_t[]){ 1, 4, -1 }, 3));
    add_tensor(&net, tensor_steps("half", SAMPLE_DIMS(-1), 0.5F, 0, 1));
    add_node(&net, one);
    add_node(&net, pool);
    add_node(&net, resize);
    add_node(&net, join);
    add_node(&net, split);
    add_node(&net, node_of("Sigmoid", "sigmoid", "k", "sk"));
    add_node(&net, node_of("Mul", "silu", "k sk", "m"));
    add_node(&net, node_of("Reshape", "reshape", "m flat_sizes", "flat"));
    add_node(&net, order);
    add_node(&net, node_of("Mul", "scale", "l half", "scores"));
    add_output(&net, "boxes");
    add_output(&net, "scores");
    return network_close(&net);
}

/* Operators that the others leave out, one after the other. */
static inline message sample_operators(void)
{
    network net = network_open(13);
    message up = node_of("ConvTranspose", "t", "x w", "a"),
            clip = node_of("Clip", "clip", "a lo hi", "b");
    message pad = node_of("Pad", "pad", "b pads", "c"),
            leaky = node_of("LeakyRelu", "leaky", "d", "e");
    message mean = node_of("ReduceMean", "mean", "e", "f"), lrn = node_of("LRN", "lrn", "c", "c2");
    with_wholes(&up, "strides", SAMPLE_WHOLES(2, 2), true);
    with_wholes(&up, "output_padding", SAMPLE_WHOLES(1, 1), true);
    with_text(&pad, "mode", "reflect");
    with_real(&leaky, "alpha", 0.25F);
    with_wholes(&mean, "axes", SAMPLE_WHOLES(2, 3), true);
    with_whole(&mean, "keepdims", 0);
    with_whole(&lrn, "size", 3);
    add_input(&net, "x", "1 3 4 4");
    add_tensor(&net, tensor_steps("w", SAMPLE_DIMS(3, 4, 2, 2), -0.5F, 0.125F, 9));
    add_tensor(&net, tensor_steps("lo", SAMPLE_DIMS(-1), -1, 0, 1));
    add_tensor(&net, tensor_steps("hi", SAMPLE_DIMS(-1), 6, 0, 1));
    add_tensor(&net, tensor_longs("pads", (const int64_t[]){ 0, 0, 1, 1, 0, 0, 1, 1 }, 8));
    add_tensor(&net, tensor_longs("starts", (const int64_t[]){ 1 }, 1));
    add_tensor(&net, tensor_longs("ends", (const int64_t[]){ INT64_MAX }, 1));
    add_tensor(&net, tensor_longs("axes", (const int64_t[]){ -1 }, 1));
    add_node(&net, up);
    add_node(&net, clip);
    add_node(&net, pad);
    add_node(&net, lrn);
    add_node(&net, node_of("Slice", "slice", "c2 starts ends axes", "d"));
    add_node(&net, leaky);
    add_node(&net, mean);
    add_node(&net, node_of("Tanh", "tanh", "f", "g"));
    add_node(&net, node_of("Max", "max", "g f g", "y"));
    add_output(&net, "y");
    return network_close(&net);
}

/* A camera's frames: how large they are is left open. */
static inline message sample_camera(void)
{
    network net = network_open(13);
    message conv = node_of("Conv", "conv", "images w", "c");
    with_wholes(&conv, "strides", SAMPLE_WHOLES(16, 16), true);
    add_input(&net, "images", "batch 3 height width");
    add_tensor(&net, tensor_steps("w", SAMPLE_DIMS(4, 3, 3, 3), -0.5F, 0.0625F, 17));
    add_node(&net, conv);
    add_node(&net, node_of("Relu", "relu", "c", "r"));
    add_node(&net, node_of("GlobalAveragePool", "pool", "r", "y"));
    add_output(&net, "y");
    return network_close(&net);
}

/* Outputs whose names files cannot have: too long, or the same once they are made fit; the first is
 * one number without dimensions. */
static inline message sample_outputs(void)
{
    network net = network_open(13);
    char tail[301];
    memset(tail, 'n', sizeof tail - 1);
    tail[sizeof tail - 1] = '\0';
    message mean = node_of("ReduceMean", "mean", "x", "a?");
    with_whole(&mean, "keepdims", 0);
    add_input(&net, "x", "1 2 2 2");
    add_node(&net, mean);
    add_node(&net, node_of("Relu", "relu", "x", "a!"));
    add_node(&net, node_of("Sigmoid", "sigmoid", "x", "a_.2"));
    add_node(&net, node_of("Tanh", "tanh", "x", tail));
    add_output(&net, "a?");
    add_output(&net, "a!");
    add_output(&net, "a_.2");
    add_output(&net, tail);
    return network_close(&net);
}

/* The expand of exporters: -1 stands for the extent that is there, found by Equal and Where. */
static inline message sample_logic(void)
{
    network net = network_open(14);
    add_input(&net, "x", "1 3 8 8");
    add_tensor(&net, tensor_longs("told", (const int64_t[]){ 1, -1, 4, 6 }, 4));
    add_tensor(&net, tensor_longs("open", (const int64_t[]){ -1 }, 1));
    add_tensor(&net, tensor_longs("five", (const int64_t[]){ 5 }, 1));
    add_node(&net, node_of("Shape", NULL, "x", "has"));
    add_node(&net, node_of("Equal", NULL, "told open", "e"));
    add_node(&net, node_of("Not", NULL, "e", "n"));
    add_node(&net, node_of("Where", NULL, "n told has", "w"));
    add_node(&net, node_of("Mod", NULL, "w five", "m")); /* 1 3 4 1 */
    add_node(&net, node_of("GlobalAveragePool", NULL, "x", "g"));
    add_node(&net, node_of("Expand", NULL, "g m", "y"));
    add_output(&net, "y");
    return network_close(&net);
}

/* Wrong ones. */
static inline message sample_cycle(void)
{
    network net = network_open(13);
    add_input(&net, "x", "1 3 8 8");
    add_node(&net, node_of("Add", "one", "x b", "a"));
    add_node(&net, node_of("Relu", "two", "a", "b"));
    add_output(&net, "b");
    return network_close(&net);
}

/* A convolution of 3x3 that keeps the plane, from 4 (`from` 3) to 4 channels. */
static inline void add_conv(network *net, const char *name, const char *in, const char *weights,
                            int from)
{
    char operands[40], out[20];
    snprintf(operands, sizeof operands, "%s %s", in, weights);
    snprintf(out, sizeof out, "%s", name);
    message conv = node_of("Conv", name, operands, out);
    with_wholes(&conv, "pads", SAMPLE_WHOLES(1, 1, 1, 1), true);
    add_node(net, conv);
    add_tensor(net, tensor_steps(weights, SAMPLE_DIMS(4, from, 3, 3), -0.25F, 0.125F, 5));
}

/* A detector's form: a residual block, two heads of which one is ready early, and a second input
 * that only the last layer reads. */
static inline message sample_heads(void)
{
    network net = network_open(17);
    add_input(&net, "image", "1 3 8 8");
    add_input(&net, "gain", "1 4 1 1");
    add_conv(&net, "stem", "image", "w0", 3);
    add_node(&net, node_of("Relu", "stem/relu", "stem", "p"));
    add_conv(&net, "near", "p", "w1", 4);
    add_conv(&net, "deep", "p", "w2", 4);
    add_node(&net, node_of("Relu", "deep/relu", "deep", "q"));
    add_conv(&net, "deeper", "q", "w3", 4);
    add_node(&net, node_of("Add", "sum", "deeper p", "s"));
    add_conv(&net, "last", "s", "w4", 4);
    add_node(&net, node_of("Mul", "scaled", "last gain", "far"));
    add_output(&net, "near");
    add_output(&net, "far");
    return network_close(&net);
}

static inline message sample_control(void)
{
    network net = network_open(13);
    add_input(&net, "x", "1 3 8 8");
    add_node(&net, node_of("If", "choice", "x", "y"));
    add_output(&net, "y");
    return network_close(&net);
}

static inline message sample_external(void)
{
    network net = network_open(13);
    add_input(&net, "x", "1 3 8 8");
    add_node(&net, node_of("Add", "n", "x t", "y"));
    add_tensor(&net, tensor_external("t", 1, SAMPLE_DIMS(8), "../t.bin", "0", "32"));
    add_output(&net, "y");
    return network_close(&net);
}

static const struct {
    const char *name;
    message (*write)(void);
    const char *shape; /* what its input leaves open, NULL: nothing */
    bool good;
} samples[] = {
    { "classifier", sample_classifier, NULL, true },
    { "shapes", sample_shapes, "x=1x3x4x4", true },
    { "detector", sample_detector, NULL, true },
    { "operators", sample_operators, NULL, true },
    { "logic", sample_logic, NULL, true },
    { "heads", sample_heads, NULL, true },
    { "outputs", sample_outputs, NULL, true },
    { "camera", sample_camera, "images=1x3x32x32", true },
    { "bad-cycle", sample_cycle, NULL, false },
    { "bad-control", sample_control, NULL, false },
    { "bad-external", sample_external, NULL, false },
};

enum { SAMPLE_COUNT = sizeof samples / sizeof *samples };

#endif
