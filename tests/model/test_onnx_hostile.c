/* ONNX files that are cut off, lie about lengths, or name files that are not theirs. */
#include "onnx_fixture.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "random.h"

static message good_file(void)
{
    message node;
    network net = open_single(13, "Conv", "x w b", &node);
    with_wholes(&node, "kernel_shape", WHOLES(1, 1), true);
    with_text(&node, "auto_pad", "VALID");
    add_tensor(&net, tensor_raw("w", 1, DIMS(2, 3, 1, 1), REALS(1, 2, 3, 4, 5, 6)));
    add_tensor(&net, tensor_raw("b", 1, DIMS(2), REALS(7, 8)));
    net = close_single(net, node);
    return network_close(&net);
}

static message copy_of(const message *from, size_t length)
{
    message result = { 0 };
    if (length)
        hax_text_append_bytes(&result, from->data, length);
    return result;
}

static hax_status try_file(message file)
{
    hax_layer_list list;
    hax_error err;
    hax_status status = read_file(&file, "net.onnx", NULL, &list, &err);
    if (status != HAX_OK)
        assert_true(status == HAX_BAD_INPUT && strncmp(err.message, "byte ", 5) == 0);
    free_layers(&list);
    return status;
}

/* A file may end between two fields of the model, and then lack only what comes last. */
static void every_cut_is_refused(void **state)
{
    (void) state;
    message good = good_file();
    assert_int_equal(try_file(copy_of(&good, good.length)), HAX_OK);
    for (size_t length = 0; length < good.length; length++)
        assert_int_equal(try_file(copy_of(&good, length)), HAX_BAD_INPUT);
    hax_text_free(&good);
}

static void any_byte_may_be_wrong(void **state)
{
    (void) state;
    message good = good_file();
    hax_random random = hax_random_fork(1, 1);
    for (size_t at = 0; at < good.length; at++)
        for (int turn = 0; turn < 8; turn++) {
            message bad = copy_of(&good, good.length);
            bad.data[at] = (char) hax_random_next(&random);
            try_file(bad);
        }
    hax_text_free(&good);
}

static void claims_are_not_believed(void **state)
{
    (void) state;
    static const char *const files[] = {
        "\x3a\xff\xff\xff\xff\x07",                                 /* a graph of 2 GiB */
        "\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",             /* of 2^64 - 1 bytes */
        "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",             /* a number of 70 bits */
        "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", /* a longer one */
        "\x09\x01\x02",                                             /* 8 bytes, 2 are there */
        "\x0b\x0c",                                                 /* groups are no part of it */
        "\xf8\xff\xff\xff\xff\xff\xff\xff\xff\x01",                 /* field 2^61 */
    };
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        message file = { 0 };
        hax_text_append(&file, files[f]);
        assert_int_equal(try_file(file), HAX_BAD_INPUT);
    }
    message file = { 0 };
    put_whole(&file, 7, 3);
    refuse_file(file, NULL, "byte 0: the graph has wire type 0, not 2");
}

static void long_names_are_refused(void **state)
{
    (void) state;
    enum { LENGTH = 10 << 20 };
    char *name = calloc(1, LENGTH + 1);
    assert_non_null(name);
    memset(name, 'n', LENGTH);
    message node;
    network net = open_single(13, "Relu", "x", &node);
    put_text(&node, 3, name);
    refuse_network(close_single(net, node), "has 10485760 bytes; at most 4096 are read");
    net = network_open(13);
    add_tensor(&net, tensor_raw(name, 1, DIMS(1), REALS(1)));
    refuse_network(net, "the name of a tensor has 10485760 bytes");
    net = open_single(13, "Relu", "x", &node);
    with_text(&node, name, "");
    refuse_network(close_single(net, node), "the name of an attribute has");
    free(name);
}

static void names_are_printable_text(void **state)
{
    (void) state;
    message node;
    network net = open_single(13, "Relu", "x", &node);
    put_bytes(&node, 3, "a\0b", 3);
    refuse_network(close_single(net, node), "no printable UTF-8");
    net = open_single(13, "Relu", "x", &node);
    put_text(&node, 3, "a\xff");
    refuse_network(close_single(net, node), "no printable UTF-8");
    net = open_single(13, "Relu", "x", &node);
    put_text(&node, 3, "a\x1b[2J");
    refuse_network(close_single(net, node), "no printable UTF-8");
}

static void many_nodes_are_refused(void **state)
{
    (void) state;
    network net = network_open(13);
    for (int i = 0; i < 50001; i++)
        add_node(&net, (message){ 0 });
    refuse_network(net, "50001 nodes; at most 50000 are read");
}

/* ---- external data --------------------------------------------------------------------------- */

typedef struct folder {
    char path[64];
    char model[96]; /* inside/net.onnx */
} folder;

static void make_file(const folder *folder, const char *name, size_t bytes)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < bytes / sizeof(float); i++) {
        float value = (float) i;
        assert_int_equal(fwrite(&value, sizeof value, 1, file), 1);
    }
    assert_int_equal(fclose(file), 0);
}

static void make_link(const folder *folder, const char *target, const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    assert_int_equal(symlink(target, path), 0);
}

static void make_subfolder(const folder *folder, const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static folder open_folder(void)
{
    folder result;
    snprintf(result.path, sizeof result.path, "/tmp/haxconn-onnx-XXXXXX");
    assert_non_null(mkdtemp(result.path));
    make_subfolder(&result, "inside");
    make_subfolder(&result, "inside/sub");
    make_subfolder(&result, "inside/data folder");
    make_file(&result, "secret", 64);
    make_file(&result, "inside/w.bin", 64);
    make_file(&result, "inside/sub/w.bin", 64);
    make_link(&result, "../secret", "inside/link");
    make_link(&result, "w.bin", "inside/near");
    make_link(&result, "..", "inside/up");
    snprintf(result.model, sizeof result.model, "%s/inside/net.onnx", result.path);
    return result;
}

static void remove_folder(const folder *folder)
{
    static const char *const names[] = {
        "inside/up", "inside/near",        "inside/link", "inside/sub/w.bin", "inside/w.bin",
        "secret",    "inside/data folder", "inside/sub",  "inside",           ""
    };
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        char path[160];
        snprintf(path, sizeof path, "%s/%s", folder->path, names[n]);
        assert_int_equal(remove(path), 0);
    }
}

static hax_status read_external(const folder *folder, const char *location, const char *offset,
                                const char *length, hax_layer_list *list, hax_error *err)
{
    message node;
    network net = open_single(13, "Add", "x t", &node);
    add_tensor(&net, tensor_external("t", 1, DIMS(4), location, offset, length));
    net = close_single(net, node);
    message file = network_close(&net);
    return read_file(&file, folder->model, NULL, list, err);
}

static void expect_external(const folder *folder, const char *location, const char *offset,
                            const char *length, float first)
{
    hax_layer_list list;
    hax_error err;
    if (read_external(folder, location, offset, length, &list, &err) != HAX_OK)
        fail_msg("%s", err.message);
    assert_true(constant_called(&list, "t")->real[0] == first);
    assert_true(constant_called(&list, "t")->real[3] == first + 3);
    free_layers(&list);
}

static void refuse_external(const folder *folder, const char *location, const char *offset,
                            const char *length, const char *part)
{
    hax_layer_list list;
    hax_error err;
    assert_int_equal(read_external(folder, location, offset, length, &list, &err), HAX_BAD_INPUT);
    if (!strstr(err.message, part))
        fail_msg("'%s' does not hold '%s'", err.message, part);
    free_layers(&list);
}

static void external_data_stays_in_the_folder(void **state)
{
    (void) state;
    folder at = open_folder();
    expect_external(&at, "w.bin", NULL, NULL, 0);
    expect_external(&at, "w.bin", "8", "16", 2);
    expect_external(&at, "w.bin", "48", NULL, 12);
    expect_external(&at, "./sub//w.bin", "4", NULL, 1);
    refuse_external(&at, "../secret", NULL, NULL, "must stay in the model's folder");
    refuse_external(&at, "sub/../../secret", NULL, NULL, "must stay in the model's folder");
    refuse_external(&at, "/etc/passwd", NULL, NULL, "must be relative");
    refuse_external(&at, "link", NULL, NULL, "symbolic link");
    refuse_external(&at, "near", NULL, NULL, "symbolic link");
    refuse_external(&at, "up/secret", NULL, NULL, "symbolic link");
    refuse_external(&at, "w.bin/x", NULL, NULL, "no folder");
    refuse_external(&at, "missing.bin", NULL, NULL, "No such file");
    refuse_external(&at, "sub", NULL, NULL, "no regular file");
    refuse_external(&at, "", NULL, NULL, "without a location");
    refuse_external(&at, NULL, NULL, NULL, "without a location");
    refuse_external(&at, "w.bin", "52", NULL, "needs 16 bytes at offset 52");
    refuse_external(&at, "w.bin", "9223372036854775807", NULL, "needs 16 bytes at offset");
    refuse_external(&at, "w.bin", "18446744073709551616", NULL, "no number of bytes");
    refuse_external(&at, "w.bin", "-4", NULL, "no number of bytes");
    refuse_external(&at, "w.bin", NULL, "12", "said to have 12");
    remove_folder(&at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(any_byte_may_be_wrong),
        cmocka_unit_test(claims_are_not_believed),
        cmocka_unit_test(long_names_are_refused),
        cmocka_unit_test(names_are_printable_text),
        cmocka_unit_test(many_nodes_are_refused),
        cmocka_unit_test(external_data_stays_in_the_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
