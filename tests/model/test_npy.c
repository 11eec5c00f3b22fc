/* NumPy's files: what is read, what is refused and why, and that what is written is read back. */
#include "fixture.h"

#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "haxconn/array.h"
#include "onnx_writer.h"

typedef struct file {
    char bytes[512];
    size_t length;
} file;

/* A file of format `major` with this header and these bytes of numbers. */
static file make(int major, const char *header, const void *numbers, size_t size)
{
    file result = { .length = 8 };
    size_t length = strlen(header);
    memcpy(result.bytes, "\x93NUMPY", 6);
    result.bytes[6] = (char) major;
    result.bytes[result.length++] = (char) (length & 0xff);
    result.bytes[result.length++] = (char) (length >> 8);
    result.length += major == 1 ? 0 : 2;
    memcpy(result.bytes + result.length, header, length);
    memcpy(result.bytes + result.length + length, numbers, size);
    result.length += length + size;
    return result;
}

#define HEADER(type, order, shape) \
    "{'descr': '" type "', 'fortran_order': " order ", 'shape': " shape ", }  \n"

static void numbers_of_all_types(void **state)
{
    (void) state;
    static const float f4[] = { 1.5F, -2 };
    static const double f8[] = { 1.5, -2 };
    static const int8_t i1[] = { 1, -2 };
    static const uint8_t u1[] = { 1, 254 };
    static const int32_t i4[] = { 100000, -2 };
    static const int64_t i8[] = { INT64_C(1) << 40, -2 };
    static const uint16_t f2[] = { 0x3e00, 0xc000 };
    static const uint8_t b1[] = { 1, 0 };
    static const int16_t i2[] = { 300, -2 };
    static const uint16_t u2[] = { 300, 65535 };
    static const uint32_t u4[] = { 1, UINT32_C(1) << 31 };
    static const uint64_t u8[] = { 1, UINT64_C(1) << 63 };
    const struct {
        const char *header;
        const void *numbers;
        size_t size;
        float first, second;
    } cases[] = {
        { HEADER("<f4", "False", "(2,)"), f4, sizeof f4, 1.5F, -2 },
        { HEADER("<f8", "False", "(2,)"), f8, sizeof f8, 1.5F, -2 },
        { HEADER("|i1", "False", "(2,)"), i1, sizeof i1, 1, -2 },
        { HEADER("|u1", "False", "(2,)"), u1, sizeof u1, 1, 254 },
        { HEADER("<i4", "False", "(2,)"), i4, sizeof i4, 100000, -2 },
        { HEADER("<i8", "False", "(2,)"), i8, sizeof i8, 0x1p40F, -2 },
        { HEADER("<f2", "False", "(2,)"), f2, sizeof f2, 1.5F, -2 },
        { HEADER("|b1", "False", "(2,)"), b1, sizeof b1, 1, 0 },
        { HEADER("<i2", "False", "(2,)"), i2, sizeof i2, 300, -2 },
        { HEADER("<u2", "False", "(2,)"), u2, sizeof u2, 300, 65535 },
        { HEADER("<u4", "False", "(2,)"), u4, sizeof u4, 1, 0x1p31F },
        { HEADER("<u8", "False", "(2,)"), u8, sizeof u8, 1, 0x1p63F },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int major = 1; major <= 3; major++) {
            hax_array *array = NULL;
            file result = make(major, cases[i].header, cases[i].numbers, cases[i].size);
            assert_int_equal(hax_array_parse(result.bytes, result.length, "a.npy", &array, NULL),
                             HAX_OK);
            assert_int_equal(array->count, 2);
            assert_true(array->values[0] == cases[i].first && array->values[1] == cases[i].second);
            hax_array_destroy(array);
        }
    }
}

static void refused_with_the_reason(void **state)
{
    (void) state;
    static const float one[] = { 1, 2 };
    const struct {
        int major;
        const char *header;
        const char *part;
    } cases[] = {
        { 4, HEADER("<f4", "False", "(2,)"), ".npy format 4.0; read are 1.0, 2.0 and 3.0" },
        { 1, HEADER(">f4", "False", "(2,)"), "numbers of type '>f4'; write it with .astype" },
        { 1, HEADER("<f4", "True", "(2,)"), "ascontiguousarray" },
        { 1, HEADER("<f4", "Maybe", "(2,)"), "neither True nor False" },
        { 1, HEADER("<f4", "False", "(3,)"), "ends before its numbers do" },
        { 1, HEADER("<f4", "False", "(1,)"), "goes on behind its numbers" },
        { 1, HEADER("<f4", "False", "(2)"), "'shape' is no tuple" },
        { 1, HEADER("<f4", "False", "2"), "'shape' is no tuple" },
        { 1, HEADER("<f4", "False", "(0,)"), "no whole number from 1" },
        { 1, HEADER("<f4", "False", "(-2,)"), "no whole number from 1" },
        { 1, HEADER("<f4", "False", "(99999999999,)"), "no whole number from 1" },
        { 1, HEADER("<f4", "False", "(65536, 65536, 65536, 65536)"), "ends before" },
        { 1, HEADER("<f4", "False", "(1, 1, 1, 1, 1, 1, 1, 1, 2)"), "more than 8 dimensions" },
        { 1, "{'descr': '<f4', 'shape': (2,)}\n", "lacks descr, fortran_order or shape" },
        { 1, "{'descr': '<f4', 'descr': '<f4'}\n", "one twice" },
        { 1, "{'colour': 'red'}\n", "does not belong there" },
        { 1, "[]\n", "no dictionary" },
        { 1, HEADER("<f4", "False", "(2,)") "more", "goes on behind them" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hax_array *array = NULL;
        hax_error err = { 0 };
        file result = make(cases[i].major, cases[i].header, one, sizeof one);
        assert_int_equal(hax_array_parse(result.bytes, result.length, "a.npy", &array, &err),
                         HAX_BAD_INPUT);
        assert_null(array);
        assert_string_equal(err.file, "a.npy");
        if (!strstr(err.message, cases[i].part))
            fail_msg("'%s' does not hold '%s'", err.message, cases[i].part);
    }
}

/* However short the file: never beyond its end (the allocation is as long as the file). */
static void every_beginning_is_refused(void **state)
{
    (void) state;
    static const float numbers[] = { 1, 2 };
    file result = make(1, HEADER("<f4", "False", "(2,)"), numbers, sizeof numbers);
    for (size_t length = 0; length < result.length; length++) {
        hax_array *array = NULL;
        char *copy = malloc(length + !length);
        assert_non_null(copy);
        memcpy(copy, result.bytes, length);
        assert_int_equal(hax_array_parse(copy, length, "a.npy", &array, NULL), HAX_BAD_INPUT);
        free(copy);
    }
}

static void what_is_written_is_read_back(void **state)
{
    (void) state;
    char path[] = "/tmp/hax-npy-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    static const float values[] = { 1, -2, 3.25F, 1e-40F, 1e38F, 6 };
    const hax_shape shapes[] = {
        { 1, { 6 } }, { 4, { 1, 2, 1, 3 } }, { 2, { 3, 2 } }, { .rank = 0 }
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        hax_array *array = NULL;
        assert_int_equal(hax_array_write(path, &shapes[i], values, NULL), HAX_OK);
        assert_int_equal(hax_array_load(path, &array, NULL), HAX_OK);
        assert_int_equal(array->shape.rank, shapes[i].rank);
        assert_memory_equal(array->shape.dims, shapes[i].dims, sizeof shapes[i].dims);
        assert_memory_equal(array->values, values, array->count * sizeof *values);
        hax_array_destroy(array);
    }
    unlink(path);
    hax_array *array = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_array_load(path, &array, &err), HAX_BAD_INPUT);
    assert_true(strstr(err.message, path) || strcmp(err.file, path) == 0);
}

/* ---- ONNX's tensors ------------------------------------------------------------------------- */

#define DIMS(...) ((const int64_t[]){ __VA_ARGS__, -1 })

static void tensors_of_onnx(void **state)
{
    (void) state;
    static const float reals[] = { 1.5F, -2 };
    static const int64_t wholes[] = { 7, -8 };
    const struct {
        message bytes;
        float first, second;
    } cases[] = {
        { tensor_raw("x", 1, DIMS(2, 1), reals, sizeof reals), 1.5F, -2 },
        { tensor_raw(NULL, 7, DIMS(2, 1), wholes, sizeof wholes), 7, -8 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hax_array *array = NULL;
        message bytes = cases[i].bytes;
        assert_int_equal(hax_array_parse(bytes.data, bytes.length, "input_0.pb", &array, NULL),
                         HAX_OK);
        assert_int_equal(array->count, 2);
        assert_int_equal(array->shape.rank, 2);
        assert_float_equal(array->values[0], cases[i].first, 0);
        assert_float_equal(array->values[1], cases[i].second, 0);
        hax_array_destroy(array);
        hax_text_free(&bytes);
    }
}

static void refuse_tensor(message bytes, const char *part)
{
    hax_array *array = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_array_parse(bytes.data, bytes.length, "input_0.pb", &array, &err),
                     HAX_BAD_INPUT);
    assert_null(array);
    assert_string_equal(err.file, "input_0.pb");
    if (!strstr(err.message, part))
        fail_msg("'%s' does not hold '%s'", err.message, part);
    hax_text_free(&bytes);
}

static void wrong_tensors_of_onnx(void **state)
{
    (void) state;
    static const float reals[] = { 1.5F, -2 };
    hax_array *array = NULL;
    refuse_tensor(tensor_raw("x", 1, DIMS(3), reals, sizeof reals),
                  "its dimensions need 12 bytes, the file has 8");
    refuse_tensor(tensor_raw("x", 14, DIMS(1), reals, sizeof reals), "complex64");
    refuse_tensor(tensor_raw("x", 1, DIMS(0), "", 0), "no elements");
    refuse_tensor(tensor_raw("x", 1, DIMS(INT64_C(1) << 40), "", 0), "more than");
    refuse_tensor(tensor_external("x", 1, DIMS(2), "../other", NULL, NULL), "must stay");
    assert_int_equal(hax_array_parse("", 0, "input_0.pb", &array, NULL), HAX_BAD_INPUT);
    /* by its name it would be NumPy's */
    assert_int_equal(hax_array_parse("\x08\x02", 2, "input_0", &array, NULL), HAX_BAD_INPUT);
}

static void arrays_are_made(void **state)
{
    (void) state;
    hax_array *array = NULL;
    assert_int_equal(hax_array_make(&(hax_shape){ 2, { 2, 3 } }, &array, NULL), HAX_OK);
    assert_int_equal(array->count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_float_equal(array->values[i], 0, 0);
    hax_array_destroy(array);
    array = NULL;
    assert_int_equal(hax_array_make(&(hax_shape){ 2, { 2, 0 } }, &array, NULL), HAX_BAD_INPUT);
    assert_int_equal(hax_array_make(&(hax_shape){ 2, { INT64_MAX, 8 } }, &array, NULL),
                     HAX_BAD_INPUT);
    assert_null(array);
}

/* A shape has room for eight dimensions; whoever says nine has none behind them. */
static void ranks_that_no_shape_holds(void **state)
{
    (void) state;
    static const float values[] = { 1 };
    const int wrong[] = { HAX_MAX_RANK + 1, INT_MAX, -1 };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        hax_array *array = NULL;
        hax_error err;
        hax_shape shape = { wrong[i], { 1, 1, 1, 1, 1, 1, 1, 1 } };
        assert_int_equal(hax_array_make(&shape, &array, &err), HAX_BAD_INPUT);
        assert_non_null(strstr(err.message, "not 0..8"));
        assert_null(array);
        assert_int_equal(hax_array_write("never-written.npy", &shape, values, &err), HAX_BAD_INPUT);
        assert_non_null(strstr(err.message, "not 0..8"));
        assert_int_not_equal(access("never-written.npy", F_OK), 0);
    }
}

/* NULL where none is allowed is a mistake of the program (haxconn.h). */
static void null_is_stopped_by_an_assertion(void **state)
{
    (void) state;
#ifndef NDEBUG
    for (int argument = 0; argument < 2; argument++) {
        hax_array *array = NULL;
        int status = 0;
        pid_t child = fork();
        if (child == 0) {
            fclose(stderr);
            hax_array_load(argument == 0 ? NULL : "/dev/null", argument == 0 ? &array : NULL, NULL);
            _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
#endif
    hax_array_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_all_types),
        cmocka_unit_test(tensors_of_onnx),
        cmocka_unit_test(wrong_tensors_of_onnx),
        cmocka_unit_test(arrays_are_made),
        cmocka_unit_test(ranks_that_no_shape_holds),
        cmocka_unit_test(refused_with_the_reason),
        cmocka_unit_test(every_beginning_is_refused),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(null_is_stopped_by_an_assertion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
