/* Small networks that together use every kernel, in odd shapes. */
#ifndef TESTS_UNIT_NETS_H
#define TESTS_UNIT_NETS_H

#define INPUT(c, h, w) "input: 'data' input_shape { dim: 1 dim: " #c " dim: " #h " dim: " #w " }\n"
#define LAYER(type, name, bottom, param) \
    "layer { name: '" name "' type: '" type "' bottom: '" bottom "' top: '" name "' " param " }\n"
#define LAYER2(type, name, a, b, param)                                                     \
    "layer { name: '" name "' type: '" type "' bottom: '" a "' bottom: '" b "' top: '" name \
    "' " param " }\n"
#define LAYER3(type, name, a, b, c, param)                                                  \
    "layer { name: '" name "' type: '" type "' bottom: '" a "' bottom: '" b "' bottom: '" c \
    "' top: '" name "' " param " }\n"
#define CONV(name, bottom, param) \
    LAYER("Convolution", name, bottom, "convolution_param { " param " }")
#define FC(name, bottom, outputs) \
    LAYER("InnerProduct", name, bottom, "inner_product_param { num_output: " #outputs " }")
#define POOL(name, bottom, param) LAYER("Pooling", name, bottom, "pooling_param { " param " }")
#define RELU(name, on) "layer { name: '" name "' type: 'ReLU' bottom: '" on "' top: '" on "' }\n"
#define LEAKY(name, on)                                                \
    "layer { name: '" name "' type: 'ReLU' bottom: '" on "' top: '" on \
    "' relu_param { negative_slope: 0.1 } }\n"
#define NORM(name, bottom)                                                          \
    LAYER("BatchNorm", name, bottom, "batch_norm_param { use_global_stats: true }") \
    LAYER("Scale", name "s", name, "scale_param { bias_term: true }")

typedef struct net {
    const char *name;
    const char *text;
} net;

static const net nets[] = {
    { "odd convolution",
      INPUT(5, 17, 11) CONV("a", "data",
                            "num_output: 13 kernel_h: 3 kernel_w: 5 stride_h: 2 stride_w: 1 "
                            "pad_h: 1 pad_w: 2") RELU("r", "a")
          CONV("b", "a", "num_output: 7 kernel_size: 1 bias_term: false") },
    { "groups", INPUT(12, 9, 10) CONV("a", "data", "num_output: 18 kernel_size: 3 pad: 1 group: 3")
                    RELU("r", "a") CONV("b", "a", "num_output: 32 kernel_size: 3 group: 2") },
    { "wide groups",
      INPUT(3, 20, 20) CONV("z", "data", "num_output: 32 kernel_size: 5 pad: 2")
          CONV("a", "z", "num_output: 48 kernel_size: 5 pad: 2 group: 2") RELU("r", "a") },
    { "depthwise", INPUT(19, 13, 12) CONV(
                       "a", "data", "num_output: 19 kernel_size: 3 pad: 1 stride: 2 group: 19")
                       RELU("r", "a") CONV("b", "a", "num_output: 24 kernel_size: 1") RELU("s", "b")
                           CONV("c", "b", "num_output: 48 kernel_size: 3 pad: 1 group: 24") },
    { "depthwise of 32",
      INPUT(32, 15, 15) CONV("a", "data", "num_output: 32 kernel_size: 3 pad: 1 group: 32")
          RELU("r", "a") CONV("b", "a", "num_output: 64 kernel_size: 1") },
    { "dilation",
      INPUT(8, 15, 19) CONV("a", "data", "num_output: 16 kernel_size: 3 pad: 2 dilation: 2")
          RELU("r", "a") CONV("b", "a", "num_output: 9 kernel_size: 3 dilation: 3") },
    { "first of alexnet",
      INPUT(3, 67, 67) CONV("a", "data", "num_output: 24 kernel_size: 11 stride: 4") RELU("r", "a")
          LAYER("LRN", "n", "a", "lrn_param { local_size: 5 alpha: 0.1 beta: 0.75 }")
              POOL("p", "n", "pool: MAX kernel_size: 3 stride: 2")
                  CONV("b", "p", "num_output: 16 kernel_size: 3 pad: 1 group: 2") },
    { "maximum, rounded up",
      INPUT(16, 14, 14) POOL("p", "data", "pool: MAX kernel_size: 3 stride: 2")
          CONV("a", "p", "num_output: 16 kernel_size: 1")
              POOL("q", "a", "pool: MAX kernel_size: 2 stride: 2") },
    { "maximum with padding",
      INPUT(10, 12, 15) POOL("p", "data", "pool: MAX kernel_size: 3 stride: 2 pad: 1") },
    { "maximum, strides beyond the window",
      INPUT(8, 10, 13) CONV("a", "data", "num_output: 16 kernel_size: 1")
          POOL("p", "a", "pool: MAX kernel_size: 2 stride: 3") },
    { "average with padding, rounded up",
      INPUT(16, 12, 12) CONV("a", "data", "num_output: 16 kernel_size: 1")
          POOL("p", "a", "pool: AVE kernel_size: 3 stride: 2 pad: 1") },
    { "average with padding, exact",
      INPUT(16, 12, 12) CONV("a", "data", "num_output: 24 kernel_size: 1")
          POOL("p", "a", "pool: AVE kernel_size: 3 stride: 1 pad: 1") },
    { "average, padded in one direction",
      INPUT(8, 12, 12)
          POOL("p", "data", "pool: AVE kernel_h: 3 kernel_w: 3 stride: 2 pad_h: 1 pad_w: 0") },
    { "average, rounded up",
      INPUT(9, 14, 14) POOL("p", "data", "pool: AVE kernel_size: 3 stride: 2") },
    { "average of the whole",
      INPUT(16, 7, 9) CONV("a", "data", "num_output: 40 kernel_size: 1")
          POOL("p", "a", "pool: AVE global_pooling: true") FC("f", "p", 11) },
    { "maximum of the whole", INPUT(5, 7, 9) POOL("p", "data", "pool: MAX global_pooling: true") },
    { "across channels",
      INPUT(21, 8, 9)
          LAYER("LRN", "n", "data", "lrn_param { local_size: 5 alpha: 0.5 beta: 0.75 k: 2 }")
              CONV("a", "n", "num_output: 32 kernel_size: 1")
                  LAYER("LRN", "m", "a", "lrn_param { local_size: 5 alpha: 0.5 beta: 0.75 }") },
    { "within channels",
      INPUT(16, 9, 8) CONV("a", "data", "num_output: 16 kernel_size: 1")
          LAYER("LRN", "n", "a",
                "lrn_param { local_size: 3 alpha: 0.5 beta: 0.75 norm_region: WITHIN_CHANNEL }")
              CONV("b", "n", "num_output: 8 kernel_size: 1") },
    { "residual",
      INPUT(16, 10, 10) CONV("a", "data", "num_output: 32 kernel_size: 3 pad: 1") RELU("r", "a")
          CONV("b", "a", "num_output: 32 kernel_size: 3 pad: 1")
              LAYER2("Eltwise", "s", "a", "b", "") RELU("t", "s")
                  CONV("c", "s", "num_output: 16 kernel_size: 1")
                      CONV("d", "c", "num_output: 32 kernel_size: 3 pad: 1")
                          LAYER2("Eltwise", "u", "s", "d", "eltwise_param { coeff: 0.5 coeff: 2 }")
                              RELU("v", "u") POOL("p", "u", "pool: AVE global_pooling: true") },
    { "residual by projection",
      INPUT(16, 10, 10) CONV("z", "data", "num_output: 24 kernel_size: 3 pad: 1") RELU("zr", "z")
          CONV("a", "z", "num_output: 17 kernel_size: 3 pad: 1 stride: 2")
              CONV("b", "z", "num_output: 17 kernel_size: 1 stride: 2")
                  LAYER2("Eltwise", "s", "a", "b", "") RELU("t", "s")
                      CONV("c", "s", "num_output: 8 kernel_size: 1") },
    { "residual needed again",
      INPUT(8, 9, 9) CONV("a", "data", "num_output: 16 kernel_size: 3 pad: 1") RELU("r", "a") CONV(
          "b", "a", "num_output: 16 kernel_size: 3 pad: 1") LAYER2("Eltwise", "s", "a", "b", "")
          CONV("c", "s", "num_output: 16 kernel_size: 1") LAYER2("Concat", "k", "a", "c", "")
              CONV("d", "k", "num_output: 8 kernel_size: 1") },
    { "residual of a block needed again",
      INPUT(8, 9, 9) CONV("z", "data", "num_output: 8 kernel_size: 1")
          CONV("a", "z", "num_output: 16 kernel_size: 1")
              CONV("e", "z", "num_output: 8 kernel_size: 3 pad: 1")
                  CONV("b", "a", "num_output: 8 kernel_size: 3 pad: 1") RELU("rb", "b")
                      CONV("c", "b", "num_output: 16 kernel_size: 1")
                          LAYER2("Eltwise", "s", "a", "c", "")
                              CONV("d", "s", "num_output: 8 kernel_size: 1")
                                  LAYER3("Concat", "k", "a", "d", "e", "")
                                      CONV("f", "k", "num_output: 8 kernel_size: 1") },
    { "residual is the convolution's own input",
      INPUT(8, 9, 9) CONV("z", "data", "num_output: 8 kernel_size: 1")
          CONV("e", "z", "num_output: 8 kernel_size: 1")
              CONV("a", "z", "num_output: 32 kernel_size: 3 pad: 1") RELU("r", "a")
                  CONV("b", "a", "num_output: 32 kernel_size: 3 pad: 1")
                      LAYER2("Eltwise", "s", "b", "a", "") LAYER2("Concat", "k", "s", "e", "")
                          CONV("c", "k", "num_output: 16 kernel_size: 1") LEAKY("l", "c") },
    { "residual of the network's input",
      INPUT(8, 9, 9) CONV("a", "data", "num_output: 8 kernel_size: 3 pad: 1")
          LAYER2("Eltwise", "s", "data", "a", "") RELU("r", "s") },
    { "depthwise residual",
      INPUT(16, 9, 9) CONV("z", "data", "num_output: 16 kernel_size: 1") RELU("zr", "z")
          CONV("a", "z", "num_output: 16 kernel_size: 3 pad: 1 group: 16")
              LAYER2("Eltwise", "s", "z", "a", "") },
    { "odd concat", INPUT(6, 8, 8) CONV("a", "data", "num_output: 5 kernel_size: 1")
                        CONV("b", "data", "num_output: 7 kernel_size: 3 pad: 1")
                            CONV("c", "data", "num_output: 16 kernel_size: 1")
                                LAYER3("Concat", "k", "a", "b", "c", "")
                                    CONV("d", "k", "num_output: 12 kernel_size: 1") },
    { "concat of 16 and 8",
      INPUT(6, 8, 8) CONV("z", "data", "num_output: 16 kernel_size: 1") RELU("zr", "z")
          CONV("a", "z", "num_output: 32 kernel_size: 1") RELU("ra", "a") CONV(
              "b", "z", "num_output: 16 kernel_size: 3 pad: 1") RELU("rb", "b")
              POOL("c", "z", "pool: MAX kernel_size: 3 stride: 1 pad: 1") LAYER3(
                  "Concat", "k", "a", "b", "c", "") CONV("d", "k", "num_output: 24 kernel_size: 1")
                  CONV("e", "k", "num_output: 8 kernel_size: 1") LAYER2("Concat", "l", "d", "e", "")
                      CONV("f", "l", "num_output: 8 kernel_size: 1") },
    { "concat along rows, of one tensor twice",
      INPUT(16, 4, 6) CONV("a", "data", "num_output: 16 kernel_size: 1")
          LAYER2("Concat", "k", "a", "a", "concat_param { axis: 2 }")
              CONV("b", "k", "num_output: 8 kernel_size: 3") },
    { "eltwise",
      INPUT(16, 6, 7) CONV("a", "data", "num_output: 12 kernel_size: 1")
          POOL("b", "a", "pool: MAX kernel_size: 3 stride: 1 pad: 1")
              POOL("c", "a", "pool: AVE kernel_size: 3 stride: 1 pad: 1")
                  LAYER3("Eltwise", "s", "a", "b", "c",
                         "eltwise_param { operation: SUM coeff: 2 coeff: -1 coeff: 0.25 }")
                      LAYER3("Eltwise", "p", "s", "b", "c", "eltwise_param { operation: PROD }")
                          RELU("pr", "p") LAYER3("Eltwise", "m", "p", "a", "s",
                                                 "eltwise_param { operation: MAX }") LEAKY("l", "m")
                              LAYER3("Eltwise", "t", "m", "m", "s", "") RELU("tr", "t") },
    { "scale",
      INPUT(9, 8, 8) NORM("n", "data") LEAKY("l", "ns")
          CONV("z", "ns", "num_output: 16 kernel_size: 1")
              POOL("p", "z", "pool: MAX kernel_size: 2 stride: 2") NORM("m", "p") RELU("r", "ms")
                  CONV("a", "ms", "num_output: 8 kernel_size: 1") NORM("o", "a") RELU("s", "os") },
    { "fully connected",
      INPUT(6, 5, 7) CONV("z", "data", "num_output: 24 kernel_size: 3") RELU("zr", "z")
          FC("f", "z", 33) RELU("r", "f") FC("g", "f", 10) LAYER("Softmax", "s", "g", "") },
    { "fully connected at once", INPUT(7, 3, 3) FC("f", "data", 9) LEAKY("l", "f") },
    { "activations alone",
      INPUT(7, 5, 6) RELU("r", "data") POOL(
          "p", "data",
          "pool: MAX kernel_size: 2 stride: 1") "layer { name: 'l' type: 'ReLU' bottom: 'p' top: "
                                                "'l' relu_param { negative_slope: 0.2 } }" },
    { "flatten", INPUT(16, 3, 4) CONV("a", "data", "num_output: 20 kernel_size: 1")
                     LAYER("Flatten", "x", "a", "") FC("f", "x", 8) },
    { "softmax over channels", INPUT(16, 3, 4) CONV("a", "data", "num_output: 20 kernel_size: 1")
                                   LAYER("Softmax", "s", "a", "") },
    { "two outputs",
      INPUT(16, 9, 9) CONV("a", "data", "num_output: 32 kernel_size: 3") RELU("r", "a")
          CONV("b", "a", "num_output: 21 kernel_size: 1") FC("f", "a", 5) },
};

enum { NET_COUNT = sizeof nets / sizeof *nets };

#endif
