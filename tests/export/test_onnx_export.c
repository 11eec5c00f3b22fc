/* Networks and pieces as ONNX: written, and read again by the reader of ONNX files. */
#define _GNU_SOURCE /* memmem */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "file.h"
#include "haxconn/export.h"
#include "model/onnx_samples.h"
#include "values.h"
#include "wire_write.h"

static char folder[] = "/tmp/haxconn-onnx-XXXXXX";

static void must(hax_status status, const hax_error *err)
{
    if (status != HAX_OK)
        fail_msg("%s", err->message);
}

static const char *path_of(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void) state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void) state;
    char command[200];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* Files in a folder, those that begin with a dot as well; -1: it is not there. */
static int count_files(const char *path)
{
    DIR *open = opendir(path);
    int count = 0;
    if (!open)
        return -1;
    for (struct dirent *entry = readdir(open); entry; entry = readdir(open))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(open);
    return count;
}

static hax_model *parse(const void *data, size_t length, const char *shape)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    hax_model_options options = hax_model_options_default();
    options.shape_count = shape != NULL;
    options.shapes = &shape;
    options.cut_tensors = HAX_CUT_TENSORS_MAX;
    must(hax_model_parse_onnx(data, length, path_of("net.onnx"), &options, &model, &err), &err);
    return model;
}

static hax_model *sample(message file, const char *shape)
{
    hax_model *model = parse(file.data, file.length, shape);
    hax_text_free(&file);
    return model;
}

static hax_model *load(const char *path)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    must(hax_model_load(path, NULL, &model, &err), &err);
    return model;
}

/* ---- the wire -------------------------------------------------------------------------------- */

static void expect_bytes(hax_text *text, const char *bytes, size_t length)
{
    assert_false(text->failed);
    assert_int_equal(text->length, length);
    assert_memory_equal(text->data, bytes, length);
    hax_text_free(text);
}

/* By hand after protobuf.dev, "Encoding". */
static void fields_are_as_the_format_says(void **state)
{
    (void) state;
    hax_text text = { 0 };
    hax_wire_put_whole(&text, 1, 150);
    expect_bytes(&text, "\x08\x96\x01", 3);
    text = (hax_text){ 0 };
    hax_wire_put_whole(&text, 16, -1);
    expect_bytes(&text, "\x80\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12);
    text = (hax_text){ 0 };
    hax_wire_put_text(&text, 2, "testing");
    expect_bytes(&text, "\x12\x07testing", 9);
    text = (hax_text){ 0 };
    hax_wire_put_real(&text, 2, -2);
    expect_bytes(&text, "\x15\x00\x00\x00\xc0", 5);
    text = (hax_text){ 0 };
    hax_text part = { 0 };
    hax_wire_put_whole(&part, 1, 0);
    hax_wire_put_message(&text, 3, &part);
    expect_bytes(&text, "\x1a\x02\x08\x00", 4);
    text = (hax_text){ 0 };
    hax_wire_put_entry(&text, 14, "k", "");
    expect_bytes(&text, "\x72\x05\x0a\x01k\x12\x00", 7);
}

static void a_length_is_as_long_as_it_is_said_to_be(void **state)
{
    (void) state;
    static const uint64_t lengths[] = { 0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX };
    static const uint32_t fields[] = { 1, 15, 16, 2047, 2048 };
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
        for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
            hax_text text = { 0 };
            hax_wire_put_length(&text, fields[f], lengths[l]);
            assert_int_equal(text.length, hax_wire_length_size(fields[f], lengths[l]));
            hax_text_free(&text);
        }
}

/* ---- values ---------------------------------------------------------------------------------- */

static void expect_encoded(int64_t type, float real, int64_t whole, const char *bytes)
{
    unsigned char encoded[8];
    hax_onnx_graph_tensor tensor = { .type = type, .content = HAX_ONNX_CONSTANT };
    bool is_real = type == ONNX_TYPE_FLOAT16 || type == ONNX_TYPE_BFLOAT16 ||
                   type == ONNX_TYPE_DOUBLE || type == ONNX_TYPE_FLOAT;
    tensor.real = is_real ? &real : NULL;
    tensor.whole = is_real ? NULL : &whole;
    hax_onnx_encode(&tensor, 0, 1, encoded);
    assert_memory_equal(encoded, bytes, hax_onnx_type_bytes(type));
}

static void numbers_of_every_type_are_little_endian(void **state)
{
    (void) state;
    expect_encoded(ONNX_TYPE_FLOAT, 1, 0, "\x00\x00\x80\x3f");
    expect_encoded(ONNX_TYPE_DOUBLE, -2, 0, "\x00\x00\x00\x00\x00\x00\x00\xc0");
    expect_encoded(ONNX_TYPE_INT64, 0, -2, "\xfe\xff\xff\xff\xff\xff\xff\xff");
    expect_encoded(ONNX_TYPE_INT32, 0, -2, "\xfe\xff\xff\xff");
    expect_encoded(ONNX_TYPE_INT32, 0, INT64_MAX, "\xff\xff\xff\x7f");
    expect_encoded(ONNX_TYPE_UINT8, 0, -1, "\x00");
    expect_encoded(ONNX_TYPE_BOOL, 0, 5, "\x01");
    expect_encoded(ONNX_TYPE_BFLOAT16, 1, 0, "\x80\x3f");
    expect_encoded(ONNX_TYPE_FLOAT16, 1, 0, "\x00\x3c");
    expect_encoded(ONNX_TYPE_FLOAT16, -65504, 0, "\xff\xfb");
    expect_encoded(ONNX_TYPE_FLOAT16, 65519, 0, "\xff\x7b"); /* the largest, then infinity */
    expect_encoded(ONNX_TYPE_FLOAT16, 65520, 0, "\x00\x7c");
    expect_encoded(ONNX_TYPE_FLOAT16, 0x1p-24F, 0, "\x01\x00");     /* the smallest */
    expect_encoded(ONNX_TYPE_FLOAT16, 0x1.ff8p-15F, 0, "\xff\x03"); /* the largest subnormal */
    expect_encoded(ONNX_TYPE_FLOAT16, 0x1p-14F, 0, "\x00\x04");     /* the smallest normal */
    expect_encoded(ONNX_TYPE_FLOAT16, 0x1.002p0F, 0, "\x00\x3c");   /* a tie, to even */
    expect_encoded(ONNX_TYPE_FLOAT16, 0x1.006p0F, 0, "\x02\x3c");   /* the other one */
    expect_encoded(ONNX_TYPE_FLOAT16, INFINITY, 0, "\x00\x7c");
}

/* ---- whole networks -------------------------------------------------------------------------- */

static hax_status write_model(const hax_model *model, const char *name, uint64_t bytes_max,
                              hax_error *err)
{
    hax_export_onnx_options options = hax_export_onnx_options_default();
    options.file_bytes_max = bytes_max ? bytes_max : INT32_MAX;
    return hax_export_onnx_model(model, &options, path_of(name), err);
}

static void expect_same_weights(const hax_model *one, const hax_model *two, int kernel)
{
    size_t count = hax_kernel_weight_count(one, kernel),
           biases = hax_kernel_bias_count(one, kernel);
    float *own = calloc(2 * (count + biases) + 1, sizeof *own), *other = own + count + biases;
    assert_non_null(own);
    assert_int_equal(hax_kernel_weight_count(two, kernel), count);
    assert_int_equal(hax_kernel_bias_count(two, kernel), biases);
    if (count > 0) {
        hax_model_weights(one, kernel, own, biases ? own + count : NULL);
        hax_model_weights(two, kernel, other, biases ? other + count : NULL);
    }
    assert_memory_equal(own, other, (count + biases) * sizeof *own);
    free(own);
}

/* The same kernels with the same weights, inputs and outputs. */
static void expect_same(const hax_model *one, const hax_model *two)
{
    assert_int_equal(hax_model_compute_layer_count(one), hax_model_compute_layer_count(two));
    assert_int_equal(hax_model_kernel_count(one), hax_model_kernel_count(two));
    for (int k = 0; k < hax_model_kernel_count(one); k++) {
        const hax_kernel *own = hax_model_kernel(one, k), *other = hax_model_kernel(two, k);
        const hax_tensor *made = hax_model_tensor(one, own->output);
        const hax_tensor *again = hax_model_tensor(two, other->output);
        assert_int_equal(own->op, other->op);
        assert_int_equal(own->form, other->form);
        assert_int_equal(own->activation.curve, other->activation.curve);
        assert_int_equal(own->input_count, other->input_count);
        assert_string_equal(made->name, again->name);
        assert_true(hax_shape_same(&made->shape, &again->shape));
        expect_same_weights(one, two, k);
    }
    assert_int_equal(hax_model_input_count(one), hax_model_input_count(two));
    for (int i = 0; i < hax_model_input_count(one); i++)
        assert_string_equal(hax_model_input_info(one, i).name, hax_model_input_info(two, i).name);
    assert_int_equal(hax_model_output_count(one), hax_model_output_count(two));
    for (int o = 0; o < hax_model_output_count(one); o++)
        assert_string_equal(hax_model_output_info(one, o).name, hax_model_output_info(two, o).name);
}

/* Written twice it is the same file. */
static void comes_back(message file, const char *shape)
{
    hax_error err = { 0 };
    char *first, *second;
    size_t length, other;
    hax_model *model = sample(file, shape);
    must(write_model(model, "net.onnx", 0, &err), &err);
    hax_model *back = load(path_of("net.onnx"));
    expect_same(model, back);
    must(hax_file_read(path_of("net.onnx"), 1 << 24, &first, &length, &err), &err);
    must(write_model(back, "net.onnx", 0, &err), &err);
    must(hax_file_read(path_of("net.onnx"), 1 << 24, &second, &other, &err), &err);
    assert_int_equal(length, other);
    assert_memory_equal(first, second, length);
    free(first);
    free(second);
    hax_model_destroy(back);
    hax_model_destroy(model);
}

static void what_was_read_from_onnx_is_written_as_it_was(void **state)
{
    (void) state;
    comes_back(sample_classifier(), NULL);
    comes_back(sample_detector(), NULL);
    comes_back(sample_operators(), NULL);
    comes_back(sample_outputs(), NULL);
    comes_back(sample_logic(), NULL);
    comes_back(sample_heads(), NULL);
}

static void open_dimensions_are_fixed_in_what_is_written(void **state)
{
    (void) state;
    hax_error err = { 0 };
    hax_model *model = sample(sample_camera(), "images=1x3x32x48");
    must(write_model(model, "camera.onnx", 0, &err), &err);
    hax_model *back = load(path_of("camera.onnx")); /* without --shape */
    assert_int_equal(hax_model_input_info(back, 0).shape.dims[3], 48);
    hax_model_destroy(back);
    hax_model_destroy(model);
}

/* A chain of four convolutions and a fully connected layer. */
static const char chain_text[] =
    "name: \"chain\"\ninput: \"data\"\ninput_shape { dim: 1 dim: 8 dim: 6 dim: 6 }\n"
    "layer { name: \"c0\" type: \"Convolution\" bottom: \"data\" top: \"c0\"\n"
    "  convolution_param { num_output: 64 kernel_size: 3 } }\n"
    "layer { name: \"c1\" type: \"Convolution\" bottom: \"c0\" top: \"c1\"\n"
    "  convolution_param { num_output: 16 kernel_size: 1 } }\n"
    "layer { name: \"c2\" type: \"Convolution\" bottom: \"c1\" top: \"c2\"\n"
    "  convolution_param { num_output: 8 kernel_size: 1 } }\n"
    "layer { name: \"c3\" type: \"Convolution\" bottom: \"c2\" top: \"c3\"\n"
    "  convolution_param { num_output: 8 kernel_size: 1 } }\n";

static hax_model *chain(const char *text)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    must(hax_model_parse_prototxt(text, strlen(text), "chain.prototxt", NULL, &model, &err), &err);
    return model;
}

static void layers_of_caffe_bring_their_weights(void **state)
{
    (void) state;
    hax_error err = { 0 };
    hax_model *model = chain(chain_text);
    must(write_model(model, "chain.onnx", 0, &err), &err);
    hax_model *back = load(path_of("chain.onnx"));
    assert_int_equal(hax_model_compute_layer_count(back), 4);
    expect_same(model, back);
    hax_model_destroy(back);
    hax_model_destroy(model);
}

static void weights_that_do_not_fit_stand_beside_the_model(void **state)
{
    (void) state;
    struct stat info;
    hax_error err = { 0 };
    hax_model *model = chain(chain_text);
    must(write_model(model, "inside.onnx", 0, &err), &err);
    must(write_model(model, "beside.onnx", 4000, &err), &err);
    assert_int_equal(stat(path_of("inside.onnx.data"), &info), -1);
    assert_int_equal(stat(path_of("beside.onnx.data"), &info), 0);
    /* 64 x 8 x 3 x 3 and 16 x 64 numbers, each at a page of its own; all others are small */
    assert_int_equal(info.st_size, 5 * 4096 + 4096);
    assert_int_equal(stat(path_of("beside.onnx"), &info), 0);
    assert_true(info.st_size < 4000);
    hax_model *inside = load(path_of("inside.onnx")), *beside = load(path_of("beside.onnx"));
    assert_true(hax_model_hash(inside) == hax_model_hash(beside));
    hax_model_destroy(inside);
    hax_model_destroy(beside);
    hax_export_onnx_options options = hax_export_onnx_options_default();
    options.file_bytes_max = 4000;
    assert_int_equal(hax_export_onnx_model(model, &options, "-", &err), HAX_USAGE);
    assert_non_null(strstr(err.message, "need a file of their own"));
    hax_model_destroy(model);
}

/* What is changed in place is one name in Caffe and several tensors in ONNX; a dot in a name takes
 * the dot from the names of weights. */
static void names_are_made_that_nobody_has(void **state)
{
    (void) state;
    static const char text[] =
        "name: \"names\"\ninput: \"data\"\ninput_shape { dim: 1 dim: 2 dim: 3 dim: 3 }\n"
        "layer { name: \"a\" type: \"Convolution\" bottom: \"data\" top: \"a.weight\"\n"
        "  convolution_param { num_output: 2 kernel_size: 1 } }\n"
        "layer { name: \"r\" type: \"ReLU\" bottom: \"a.weight\" top: \"a.weight\" }\n"
        "layer { name: \"a:bias\" type: \"Power\" bottom: \"a.weight\" top: \"a.weight\"\n"
        "  power_param { scale: 2 } }\n";
    hax_error err = { 0 };
    char *data;
    size_t length;
    hax_model *model = chain(text);
    must(write_model(model, "names.onnx", 0, &err), &err);
    must(hax_file_read(path_of("names.onnx"), 1 << 20, &data, &length, &err), &err);
    hax_model *back = parse(data, length, NULL);
    assert_string_equal(hax_model_output_info(back, 0).name, "a.weight");
    assert_non_null(memmem(data, length, "a::weight", 9));
    assert_non_null(memmem(data, length, "a.weight::before::r", 19));
    free(data);
    hax_model_destroy(back);
    hax_model_destroy(model);
}

/* ---- pieces ---------------------------------------------------------------------------------- */

static const char problem_text[] =
    "{\"schema\": \"haxconn/problem\", \"version\": 1, \"resources\": [\"r\", \"s\"],"
    " \"units\": [{\"name\": \"gpu\", \"uses\": [\"r\"]}, {\"name\": \"dla\", \"uses\": [\"s\"]}],"
    " \"instances\": [{\"name\": \"one/../x\", \"groups\": ["
    "  {\"name\": \"0\", \"on\": {\"gpu\": {\"time_ms\": 1}, \"dla\": {\"time_ms\": 1}}},"
    "  {\"name\": \"1\", \"on\": {\"gpu\": {\"time_ms\": 1}, \"dla\": {\"time_ms\": 1}}},"
    "  {\"name\": \"2\", \"on\": {\"gpu\": {\"time_ms\": 1}, \"dla\": {\"time_ms\": 1}}},"
    "  {\"name\": \"3\", \"on\": {\"gpu\": {\"time_ms\": 1}, \"dla\": {\"time_ms\": 1}}}]},"
    "  {\"name\": \"one_.._x\", \"groups\": ["
    "  {\"name\": \"0-3\", \"on\": {\"gpu\": {\"time_ms\": 2}, \"dla\": {\"time_ms\": 2}}}]}],"
    " \"objective\": \"latency\"}";

static hax_job job_of(int unit, int instance, int group, int after, double delay_ms)
{
    return (hax_job){ .unit = unit,
                      .instance = instance,
                      .group = group,
                      .part = HAX_PART_RUN,
                      .after = after,
                      .from_unit = -1,
                      .delay_ms = delay_ms };
}

static hax_status export_jobs(const hax_job *jobs, int count, const hax_export_onnx_options *how,
                              const char *name, hax_error *err)
{
    const hax_problem *problem = NULL;
    const hax_schedule *schedule = NULL;
    hax_model *model = chain(chain_text);
    const hax_model *models[] = { model, model };
    must(hax_problem_parse(problem_text, strlen(problem_text), "p.json", &problem, err), err);
    must(hax_schedule_evaluate(problem, "test", count, jobs, &schedule, err), err);
    hax_status status = hax_export_onnx_plan(problem, schedule, models, how, path_of(name), err);
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
    hax_model_destroy(model);
    return status;
}

static json_t *manifest_of(const char *name)
{
    char file[200];
    json_error_t error;
    snprintf(file, sizeof file, "%s/pieces.json", name);
    json_t *tree = json_load_file(path_of(file), 0, &error);
    if (!tree)
        fail_msg("%s: %s", file, error.text);
    return tree;
}

/* Is a part of a manifest, "pieces" of which the third's "after", this? */
static void expect_json(json_t *tree, const char *list, size_t index, const char *key,
                        const char *expected)
{
    json_t *value = json_object_get(json_array_get(json_object_get(tree, list), index), key);
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    if (!text || strcmp(text, expected) != 0)
        fail_msg("%s[%zu].%s is %s and not %s", list, index, key, text ? text : "absent", expected);
    free(text);
}

/* The other network runs between the groups 1 and 2 of the first on the same unit. */
static void a_piece_ends_where_another_network_runs(void **state)
{
    (void) state;
    const hax_job jobs[] = { job_of(0, 0, 0, -1, 0), job_of(0, 0, 1, -1, 0), job_of(0, 1, 0, -1, 0),
                             job_of(0, 0, 2, -1, 0), job_of(1, 0, 3, -1, 0) };
    hax_error err = { 0 };
    must(export_jobs(jobs, 5, NULL, "between", &err), &err);
    json_t *tree = manifest_of("between");
    assert_int_equal(json_array_size(json_object_get(tree, "pieces")), 4);
    expect_json(tree, "units", 0, "order", "[0,3,1]");
    expect_json(tree, "units", 1, "order", "[2]");
    expect_json(tree, "pieces", 0, "groups", "[\"0\",\"1\"]");
    expect_json(tree, "pieces", 1, "after", "[0]");
    expect_json(tree, "pieces", 2, "after", "[1]");
    expect_json(tree, "pieces", 2, "unit", "\"dla\"");
    expect_json(tree, "pieces", 2, "wait", "null");
    expect_json(tree, "pieces", 3, "after", "[]");
    /* two names that would be one file */
    expect_json(tree, "pieces", 0, "file", "\"one_.._x+0.0.onnx\"");
    expect_json(tree, "pieces", 3, "file", "\"one_.._x+1.0.onnx\"");
    assert_int_equal(count_files(path_of("between")), 5);
    json_decref(tree);
    hax_model *piece = load(path_of("between/one_.._x+0.1.onnx"));
    assert_string_equal(hax_model_input_info(piece, 0).name, "c1");
    assert_string_equal(hax_model_output_info(piece, 0).name, "c2");
    hax_model_destroy(piece);
}

/* The second network waits for a group in the middle of what would be one piece. */
static void a_piece_ends_behind_what_is_waited_for(void **state)
{
    (void) state;
    const hax_job jobs[] = { job_of(0, 0, 0, -1, 0), job_of(0, 0, 1, -1, 0), job_of(0, 0, 2, -1, 0),
                             job_of(1, 1, 0, 1, 3), job_of(0, 0, 3, -1, 7) };
    hax_error err = { 0 };
    must(export_jobs(jobs, 5, NULL, "waits", &err), &err);
    json_t *tree = manifest_of("waits");
    assert_int_equal(json_array_size(json_object_get(tree, "pieces")), 4);
    expect_json(tree, "pieces", 0, "groups", "[\"0\",\"1\"]");
    expect_json(tree, "pieces", 1, "groups", "[\"2\"]");
    expect_json(tree, "pieces", 2, "wait", "{\"after\":null,\"delay_ms\":7.0}");
    expect_json(tree, "pieces", 3, "wait", "{\"after\":0,\"delay_ms\":3.0}");
    expect_json(tree, "pieces", 3, "after", "[0]");
    json_decref(tree);
}

static hax_status export_one(const hax_export_onnx_options *how, const char *name, hax_error *err)
{
    hax_job jobs[5];
    for (int g = 0; g < 4; g++)
        jobs[g] = job_of(0, 0, g, -1, 0);
    jobs[4] = job_of(1, 1, 0, -1, 0);
    return export_jobs(jobs, 5, how, name, err);
}

static void a_whole_network_is_one_file(void **state)
{
    (void) state;
    hax_error err = { 0 };
    hax_export_onnx_options how = hax_export_onnx_options_default();
    how.whole = true;
    how.instance = "one/../x";
    must(export_one(&how, "whole", &err), &err);
    assert_int_equal(count_files(path_of("whole")), 1);
    char *data;
    size_t length;
    must(hax_file_read(path_of("whole/one_.._x.onnx"), 1 << 20, &data, &length, &err), &err);
    assert_non_null(memmem(data, length, "haxconn.unit", 12));
    free(data);
    how.instance = "two";
    assert_int_equal(export_one(&how, "absent", &err), HAX_USAGE);
    assert_int_equal(count_files(path_of("absent")), -1);
}

static void put_file(const char *name)
{
    hax_error err = { 0 };
    must(hax_file_write(path_of(name), "x", 1, &err), &err);
}

static void refuse_folder(const char *name, bool replace, const char *words)
{
    hax_error err = { 0 };
    hax_export_onnx_options how = hax_export_onnx_options_default();
    how.replace = replace;
    int before = count_files(folder);
    assert_int_equal(export_one(&how, name, &err), HAX_IO);
    if (!strstr(err.message, words))
        fail_msg("'%s' does not hold '%s'", err.message, words);
    assert_int_equal(count_files(folder), before); /* nothing is left beside it */
}

static void a_folder_that_is_there_is_not_lost(void **state)
{
    (void) state;
    hax_error err = { 0 };
    hax_export_onnx_options how = hax_export_onnx_options_default();
    assert_int_equal(mkdir(path_of("there"), 0777), 0);
    must(export_one(NULL, "there/", &err), &err); /* it was empty */
    refuse_folder("there", false, "is not empty");
    how.replace = true;
    how.file_bytes_max = 4000;
    must(export_one(&how, "there", &err), &err);
    assert_int_equal(count_files(path_of("there")), 5); /* two pieces with data, and the manifest */
    how.file_bytes_max = INT32_MAX;
    must(export_one(&how, "there", &err), &err); /* which are gone again */
    assert_int_equal(count_files(path_of("there")), 3);
    put_file("there/mine.txt");
    refuse_folder("there", true, "'mine.txt' is in it, which no export wrote");
    assert_int_equal(count_files(path_of("there")), 4);
    assert_int_equal(mkdir(path_of("other"), 0777), 0);
    put_file("other/mine.txt");
    refuse_folder("other", true, "has no pieces.json of pieces");
    put_file("file");
    refuse_folder("file", true, "a file is there");
    refuse_folder("file/below", true, "cannot");
    refuse_folder("", true, "");
}

static void what_is_interrupted_leaves_nothing(void **state)
{
    (void) state;
    hax_error err = { 0 };
    hax_cancel cancel = { 0 };
    hax_export_onnx_options how = hax_export_onnx_options_default();
    how.cancel = &cancel;
    hax_cancel_request(&cancel);
    int before = count_files(folder);
    assert_int_equal(export_one(&how, "cancelled", &err), HAX_INTERRUPTED);
    assert_int_equal(count_files(folder), before);
    hax_model *model = chain(chain_text);
    assert_int_equal(hax_export_onnx_model(model, &how, path_of("cancelled.onnx"), &err),
                     HAX_INTERRUPTED);
    assert_int_equal(count_files(folder), before);
    hax_model_destroy(model);
}

/* As a disk that is full: no file may become larger than this. */
static void what_does_not_fit_on_the_disk_leaves_nothing(void **state)
{
    (void) state;
    hax_error err = { 0 };
    struct rlimit usual, small;
    int before = count_files(folder);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
    small = (struct rlimit){ 1000, usual.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    hax_status plan = export_one(NULL, "full", &err);
    hax_model *model = chain(chain_text);
    hax_status single = write_model(model, "full.onnx", 0, &err);
    hax_status beside = write_model(model, "full.onnx", 4000, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
    assert_int_equal(plan, HAX_IO);
    assert_int_equal(single, HAX_IO);
    assert_int_equal(beside, HAX_IO);
    assert_int_equal(count_files(folder), before);
    hax_model_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_as_the_format_says),
        cmocka_unit_test(a_length_is_as_long_as_it_is_said_to_be),
        cmocka_unit_test(numbers_of_every_type_are_little_endian),
        cmocka_unit_test(what_was_read_from_onnx_is_written_as_it_was),
        cmocka_unit_test(open_dimensions_are_fixed_in_what_is_written),
        cmocka_unit_test(layers_of_caffe_bring_their_weights),
        cmocka_unit_test(weights_that_do_not_fit_stand_beside_the_model),
        cmocka_unit_test(names_are_made_that_nobody_has),
        cmocka_unit_test(a_piece_ends_where_another_network_runs),
        cmocka_unit_test(a_piece_ends_behind_what_is_waited_for),
        cmocka_unit_test(a_whole_network_is_one_file),
        cmocka_unit_test(a_folder_that_is_there_is_not_lost),
        cmocka_unit_test(what_is_interrupted_leaves_nothing),
        cmocka_unit_test(what_does_not_fit_on_the_disk_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
