/*
 * oneDNN as it must not be: it refuses attributes, or computes wrongly. Functions of this program
 * stand before the library's of the same name, for the module that is loaded here. What comes out
 * is what the portable loops give, whatever was refused or wrong, and the notes say so.
 */
#define _GNU_SOURCE
#include "operations.h"

#include <dlfcn.h>
#include <limits.h>
#include <oneapi/dnnl/dnnl.h>

#define EXPORTED __attribute__((visibility("default")))

enum { SIDE = 12, NARROW = 10 /* channels: a block is not filled */ };

/* ---- the library's functions, with faults ---------------------------------------------------- */

#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t layout_read;
#else
typedef const dnnl_memory_desc_t *layout_read;
#endif

typedef enum refusal {
    REFUSE_NOTHING,
    REFUSE_ATTRIBUTES,
    REFUSE_SCRATCHPAD,
    REFUSE_POST_OPS,
    REFUSE_SET,
    REFUSE_ELTWISE,
    REFUSE_SUM,
    REFUSE_BINARY,
    REFUSAL_COUNT,
} refusal;

static refusal refused;
static int asked;                        /* so often was it refused */
static dnnl_primitive_kind_t wrong_kind; /* what computes wrongly */
static int wrong_count;
static bool wrong_lanes; /* what is wrong are the lanes beside the channels only */

static void *real(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    HOLDS(found);
    return found;
}

/* ISO C has no cast from object to function pointers. */
#define CALL_REAL(name, ...)                         \
    do {                                             \
        static __typeof__(name) *function;           \
        void *address = real(#name);                 \
        memcpy(&function, &address, sizeof address); \
        return function(__VA_ARGS__);                \
    } while (0)

static bool refuses(refusal what)
{
    asked += refused == what;
    return refused == what;
}

EXPORTED dnnl_status_t dnnl_primitive_attr_create(dnnl_primitive_attr_t *attr)
{
    if (refuses(REFUSE_ATTRIBUTES))
        return dnnl_out_of_memory;
    CALL_REAL(dnnl_primitive_attr_create, attr);
}

EXPORTED dnnl_status_t dnnl_primitive_attr_set_scratchpad_mode(dnnl_primitive_attr_t attr,
                                                               dnnl_scratchpad_mode_t mode)
{
    if (refuses(REFUSE_SCRATCHPAD))
        return dnnl_invalid_arguments;
    CALL_REAL(dnnl_primitive_attr_set_scratchpad_mode, attr, mode);
}

EXPORTED dnnl_status_t dnnl_post_ops_create(dnnl_post_ops_t *ops)
{
    if (refuses(REFUSE_POST_OPS))
        return dnnl_out_of_memory;
    CALL_REAL(dnnl_post_ops_create, ops);
}

EXPORTED dnnl_status_t dnnl_primitive_attr_set_post_ops(dnnl_primitive_attr_t attr,
                                                        const_dnnl_post_ops_t ops)
{
    if (refuses(REFUSE_SET))
        return dnnl_unimplemented;
    CALL_REAL(dnnl_primitive_attr_set_post_ops, attr, ops);
}

#if DNNL_VERSION_MAJOR >= 3
EXPORTED dnnl_status_t dnnl_post_ops_append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t algorithm,
                                                    float alpha, float beta)
{
    if (refuses(REFUSE_ELTWISE))
        return dnnl_unimplemented;
    CALL_REAL(dnnl_post_ops_append_eltwise, ops, algorithm, alpha, beta);
}

EXPORTED dnnl_status_t dnnl_post_ops_append_sum(dnnl_post_ops_t ops, float scale, int32_t zero,
                                                dnnl_data_type_t type)
{
    if (refuses(REFUSE_SUM))
        return dnnl_unimplemented;
    CALL_REAL(dnnl_post_ops_append_sum, ops, scale, zero, type);
}
#else
EXPORTED dnnl_status_t dnnl_post_ops_append_eltwise(dnnl_post_ops_t ops, float scale,
                                                    dnnl_alg_kind_t algorithm, float alpha,
                                                    float beta)
{
    if (refuses(REFUSE_ELTWISE))
        return dnnl_unimplemented;
    CALL_REAL(dnnl_post_ops_append_eltwise, ops, scale, algorithm, alpha, beta);
}

EXPORTED dnnl_status_t dnnl_post_ops_append_sum(dnnl_post_ops_t ops, float scale)
{
    if (refuses(REFUSE_SUM))
        return dnnl_unimplemented;
    CALL_REAL(dnnl_post_ops_append_sum, ops, scale);
}
#endif

EXPORTED dnnl_status_t dnnl_post_ops_append_binary(dnnl_post_ops_t ops, dnnl_alg_kind_t algorithm,
                                                   layout_read b)
{
    if (refuses(REFUSE_BINARY))
        return dnnl_unimplemented;
    CALL_REAL(dnnl_post_ops_append_binary, ops, algorithm, b);
}

/* The n-th call of one of these functions fails. */
typedef enum failing {
    FAIL_NOTHING,
    FAIL_STREAM,
    FAIL_CREATE,
    FAIL_MEMORY,
    FAIL_EXECUTE,
    FAIL_WAIT,
    FAIL_REORDER,
    FAILING_COUNT,
} failing;

static failing fails;
static long fails_after; /* so many calls go well; -1: it has failed */

static bool fails_now(failing what)
{
    return fails == what && fails_after >= 0 && fails_after-- == 0;
}

EXPORTED dnnl_status_t dnnl_stream_create(dnnl_stream_t *stream, dnnl_engine_t engine,
                                          unsigned flags)
{
    if (fails_now(FAIL_STREAM))
        return dnnl_runtime_error;
    CALL_REAL(dnnl_stream_create, stream, engine, flags);
}

EXPORTED dnnl_status_t dnnl_stream_wait(dnnl_stream_t stream)
{
    if (fails_now(FAIL_WAIT))
        return dnnl_runtime_error;
    CALL_REAL(dnnl_stream_wait, stream);
}

EXPORTED dnnl_status_t dnnl_primitive_create(dnnl_primitive_t *primitive,
                                             const_dnnl_primitive_desc_t pd)
{
    if (fails_now(FAIL_CREATE))
        return dnnl_runtime_error;
    CALL_REAL(dnnl_primitive_create, primitive, pd);
}

EXPORTED dnnl_status_t dnnl_memory_create(dnnl_memory_t *memory, layout_read desc,
                                          dnnl_engine_t engine, void *data)
{
    if (fails_now(FAIL_MEMORY))
        return dnnl_out_of_memory;
    CALL_REAL(dnnl_memory_create, memory, desc, engine, data);
}

EXPORTED dnnl_status_t dnnl_reorder_primitive_desc_create(dnnl_primitive_desc_t *pd,
                                                          layout_read from, dnnl_engine_t engine,
                                                          layout_read to, dnnl_engine_t other,
                                                          const_dnnl_primitive_attr_t attr)
{
    if (fails_now(FAIL_REORDER))
        return dnnl_unimplemented;
    CALL_REAL(dnnl_reorder_primitive_desc_create, pd, from, engine, to, other, attr);
}

static bool is_wrong(const_dnnl_primitive_t primitive)
{
    const_dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_kind_t kind = dnnl_undefined_primitive;
    dnnl_primitive_get_primitive_desc(primitive, &pd);
    dnnl_primitive_desc_query(pd, dnnl_query_primitive_kind, 0, &kind);
    return wrong_kind != dnnl_undefined_primitive && kind == wrong_kind;
}

/* Of an image in blocks of channels the last lane of each place: it belongs to no channel. */
static void spoil_lanes(float *data, size_t floats, size_t channels)
{
    size_t plane = SIDE * SIDE;
    if (floats == channels * plane)
        return; /* not in blocks, or they are full */
    for (size_t at = floats - 1; at > floats - plane; at -= floats / plane / 2)
        data[at] = NAN;
    wrong_count++;
}

/* A tenth of the result is left zero. */
static void spoil(int count, const dnnl_exec_arg_t *args)
{
    for (int a = 0; a < count; a++) {
        void *data = NULL;
        if (args[a].arg != DNNL_ARG_DST)
            continue;
        layout_read desc = NULL;
        dnnl_memory_get_memory_desc(args[a].memory, &desc);
        dnnl_memory_get_data_handle(args[a].memory, &data);
        size_t floats = dnnl_memory_desc_get_size(desc) / sizeof(float);
        if (wrong_lanes) {
            spoil_lanes(data, floats, NARROW);
            continue;
        }
        for (size_t i = 0; i < floats; i += 10)
            ((float *) data)[i] = 0;
        wrong_count++;
    }
}

static dnnl_status_t execute_really(const_dnnl_primitive_t primitive, dnnl_stream_t stream,
                                    int count, const dnnl_exec_arg_t *args)
{
    CALL_REAL(dnnl_primitive_execute, primitive, stream, count, args);
}

EXPORTED dnnl_status_t dnnl_primitive_execute(const_dnnl_primitive_t primitive,
                                              dnnl_stream_t stream, int count,
                                              const dnnl_exec_arg_t *args)
{
    if (fails_now(FAIL_EXECUTE))
        return dnnl_runtime_error;
    dnnl_status_t status = execute_really(primitive, stream, count, args);
    if (status == dnnl_success && is_wrong(primitive))
        spoil(count, args);
    return status;
}

/* ---- a network of all kinds ------------------------------------------------------------------ */

enum { MUST_FAILED = 3, OUTPUT_ROOM = 1 << 14, NOTES_MAX = 64 };

static hax_window window(int kernel, int pad)
{
    return (hax_window){ kernel, kernel, 1, 1, pad, pad, pad, pad, 1, 1 };
}

static const char *weights(int64_t out, int64_t in, int kernel)
{
    float values[4096];
    hax_random random = { (uint64_t) (out * 100 + in) };
    int64_t count = out * in * kernel * kernel;
    HOLDS(count <= 4096);
    for (int64_t i = 0; i < count; i++)
        values[i] = (float) hax_random_unit(&random) - 0.4F;
    return reals(SHAPE(out, in, kernel, kernel), values);
}

static const char *convolution(const char *x, int64_t out, int64_t in, int kernel)
{
    return node(HAX_OP_CONVOLUTION, SAME(.group = 1, .window = window(kernel, kernel / 2)), x,
                weights(out, in, kernel), NULL);
}

/* Convolutions with ReLU, with a sum, and with both, a pair, pools, a sum alone, a softmax, rows.
 */
static hax_model *everything(void)
{
    const char *x = begin(SHAPE(1, 3, SIDE, SIDE));
    const char *a = node(HAX_OP_RELU, SAME(0), convolution(x, 16, 3, 3), NULL, NULL);
    const char *b = node(HAX_OP_ADD, SAME(0), convolution(a, 16, 16, 3), a, NULL);
    const char *c = node(HAX_OP_RELU, SAME(0), b, NULL, NULL);
    const char *d = node(HAX_OP_SIGMOID, SAME(0), convolution(c, NARROW, 16, 1), NULL, NULL);
    const char *up =
        node(HAX_OP_POOLING, SAME(.pool = HAX_POOL_MAX, .window = window(3, 1)), d, NULL, NULL);
    const char *mean =
        node(HAX_OP_POOLING, SAME(.pool = HAX_POOL_AVERAGE_INSIDE, .window = window(3, 1)), d, NULL,
             NULL);
    const char *pair =
        node(HAX_OP_RELU, SAME(0), node(HAX_OP_SUB, SAME(0), up, mean, NULL), NULL, NULL);
    const char *sum = node(HAX_OP_ADD, SAME(0), pair, up, NULL);
    const char *soft = node(HAX_OP_SOFTMAX, SAME(.axis = 1), sum, NULL, NULL);
    const char *tanh = node(HAX_OP_TANH, SAME(0), soft, NULL, NULL);
    node(HAX_OP_REDUCE_MEAN, SAME(.axes = LONGS(1)), tanh, NULL, NULL);
    hax_layer_list_set_outputs(&work, (const char *const[]){ c, soft, pair, "n15" }, 4);
    return finish();
}

typedef struct trial {
    const char *driver;
    refusal refusal;
    dnnl_primitive_kind_t kind;
    bool lanes;
    bool failed; /* with an error that says so */
    int asked, wrong_count, note_count;
    hax_kernel_note notes[NOTES_MAX];
    size_t count;
    float outputs[OUTPUT_ROOM];
} trial;

static void run_trial(void *context)
{
    trial *with = context;
    int cpus[1];
    hax_unit unit = make_unit(1, 0, cpus);
    hax_model *model = everything();
    hax_device *device = open_device(with->driver, "");
    const hax_driver *driver = hax_device_driver(device);
    const hax_grouping *grouping = NULL;
    hax_program *program;
    hax_task *task;
    MUST(hax_grouping_make(model, "1", &grouping, err));
    MUST(driver->enter(device, &unit, err));
    refused = with->refusal;
    wrong_kind = with->kind;
    wrong_lanes = with->lanes;
    MUST(driver->build(device, &unit, model, grouping, NULL, NULL, &program, err));
    refused = REFUSE_NOTHING;
    void **slots = make_slots(driver, program, model, grouping);
    MUST(driver->bind(program, slots, &task, err));
    put_inputs(driver, task, model, 7);
    wrong_count = 0; /* of those in the checks: what runs now must be right */
    for (int g = 0; g < grouping->count; g++)
        MUST(driver->run(task, g, err));
    with->wrong_count = wrong_count;
    with->asked = asked;
    with->count = output_floats(model);
    HOLDS(with->count <= OUTPUT_ROOM);
    get_outputs(driver, task, model, with->outputs);
    HOLDS(hax_model_kernel_count(model) <= NOTES_MAX);
    for (int k = 0; k < hax_model_kernel_count(model); k++)
        driver->note(program, k, &with->notes[with->note_count++]);
    driver->unbind(task);
    driver->discard(program);
    driver->close(device);
}

static trial *try_with(const char *driver, refusal what, dnnl_primitive_kind_t kind, bool lanes)
{
    trial *result = shared_alloc(sizeof *result);
    *result = (trial){ .driver = driver, .refusal = what, .kind = kind, .lanes = lanes };
    int end = end_of_child(start_child(run_trial, result));
    result->failed = WIFEXITED(end) && WEXITSTATUS(end) == MUST_FAILED;
    if (end != 0 && !result->failed)
        fail_msg("%s, refusal %d, kind %d: ended with %#x", driver, (int) what, (int) kind,
                 (unsigned) end);
    return result;
}

static int notes_with(const trial *trial, const char *part)
{
    int count = 0;
    for (int n = 0; n < trial->note_count; n++)
        count += strstr(trial->notes[n].implementation, part) != NULL;
    return count;
}

static void check_right(const trial *right, const trial *got, const char *what)
{
    double apart = difference(right->outputs, got->outputs, right->count);
    assert_int_equal(right->count, got->count);
    if (!(apart <= 1e-4))
        fail_msg("%s: apart by %g", what, apart);
}

/* A kernel without what was refused would give a result without its activation or its sum. */
static void refused_attributes(void **state)
{
    (void) state;
    static const char *const names[] = { "nothing", "attributes", "scratchpads", "post-ops",
                                         "setting", "functions",  "sums",        "added tensors" };
    trial *right = try_with("portable", REFUSE_NOTHING, dnnl_undefined_primitive, false);
    for (int r = REFUSE_ATTRIBUTES; r < REFUSAL_COUNT; r++) {
        trial *got = try_with("onednn", (refusal) r, dnnl_undefined_primitive, false);
        /* as if memory were out: an error will do as well; else there is another way */
        if (!got->failed || r >= REFUSE_ELTWISE)
            check_right(right, got, names[r]);
        if (!got->failed && got->asked == 0)
            fail_msg("nothing asked for %s: the refusal was not tried", names[r]);
        munmap(got, sizeof *got);
    }
    munmap(right, sizeof *right);
}

static void wrong_kernels_are_not_taken(void **state)
{
    (void) state;
    static const dnnl_primitive_kind_t kinds[] = { dnnl_convolution, dnnl_pooling, dnnl_softmax,
                                                   dnnl_eltwise,     dnnl_binary,  dnnl_sum,
                                                   dnnl_reduction };
    trial *right = try_with("portable", REFUSE_NOTHING, dnnl_undefined_primitive, false);
    trial *sound = try_with("onednn", REFUSE_NOTHING, dnnl_undefined_primitive, false);
    assert_int_equal(notes_with(sound, "was wrong"), 0);
    int found = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        char what[40];
        snprintf(what, sizeof what, "kind %d", (int) kinds[k]);
        trial *got = try_with("onednn", REFUSE_NOTHING, kinds[k], false);
        check_right(right, got, what);
        assert_int_equal(got->wrong_count, 0);
        found += notes_with(got, "was wrong");
        munmap(got, sizeof *got);
    }
    assert_true(found >= 6);
    munmap(right, sizeof *right);
    munmap(sound, sizeof *sound);
}

/* Lanes that are no zeros reach whatever sums over all lanes, as the next convolution. */
static void wrong_lanes_are_found(void **state)
{
    (void) state;
    trial *got = try_with("onednn", REFUSE_NOTHING, dnnl_convolution, true);
    assert_int_equal(got->wrong_count, 0);
    assert_true(notes_with(got, "was wrong") > 0);
    munmap(got, sizeof *got);
}

/* ---- calls that fail ------------------------------------------------------------------------- */

/* From the program to the outputs; the first error ends it, and everything is given back. */
static hax_status go_all_the_way(hax_device *device, const hax_unit *unit, const hax_model *model,
                                 const hax_grouping *grouping, float *outputs, hax_error *err)
{
    const hax_driver *driver = hax_device_driver(device);
    hax_program *program = NULL;
    hax_task *task = NULL;
    float *input = malloc(hax_model_tensor(model, hax_model_input(model, 0))->bytes);
    HOLDS(input);
    hax_model_fill_input(model, 0, 7, input);
    hax_status status = driver->build(device, unit, model, grouping, NULL, NULL, &program, err);
    void **slots = status == HAX_OK ? make_slots(driver, program, model, grouping) : NULL;
    if (status == HAX_OK)
        status = driver->bind(program, slots, &task, err);
    if (status == HAX_OK)
        status = driver->import(task, hax_model_input(model, 0), &hax_layout_plain_tag, input, err);
    for (int g = 0; g < grouping->count && status == HAX_OK; g++)
        status = driver->run(task, g, err);
    for (int o = 0; o < hax_model_output_count(model) && status == HAX_OK; o++) {
        status = driver->export(task, hax_model_output(model, o), outputs, err);
        outputs += hax_model_tensor(model, hax_model_output(model, o))->bytes / sizeof(float);
    }
    if (task)
        driver->unbind(task);
    if (slots)
        free_slots(slots, model);
    if (program)
        driver->discard(program);
    free(input);
    return status;
}

typedef struct failures {
    failing what;
    const trial *right;
    int tried, told; /* calls that failed, and those of which the driver said so */
} failures;

/* One way with a new device, as what was chosen and found right is kept in it; gives how many calls
 * there were. */
static long fail_once(failures *with, const hax_unit *unit, const hax_model *model,
                      const hax_grouping *grouping, long after)
{
    static float outputs[OUTPUT_ROOM];
    hax_error why = { 0 };
    hax_device *device = open_device("onednn", "");
    MUST(hax_device_driver(device)->enter(device, unit, err));
    fails = with->what;
    fails_after = after;
    hax_status status = go_all_the_way(device, unit, model, grouping, outputs, &why);
    fails = FAIL_NOTHING;
    const bool failed = fails_after < 0;
    with->tried += failed;
    with->told += status != HAX_OK;
    HOLDS(failed || status == HAX_OK);
    HOLDS(status == HAX_OK || status == HAX_FAILURE || status == HAX_NO_MEMORY);
    HOLDS(status == HAX_OK || why.message[0]);
    HOLDS(status != HAX_OK ||
          difference(with->right->outputs, outputs, with->right->count) <= 1e-4);
    hax_device_driver(device)->close(device);
    return after - fails_after;
}

/* Calls 0, 1, 2, 3, 5, 8, ... from the first and from the last on fail. */
static void run_failures(void *context)
{
    failures *with = context;
    int cpus[1];
    hax_unit unit = make_unit(1, 0, cpus);
    hax_model *model = everything();
    const hax_grouping *grouping = NULL;
    MUST(hax_grouping_make(model, "1", &grouping, err));
    const long calls = fail_once(with, &unit, model, grouping, LONG_MAX / 2);
    HOLDS(calls > 0);
    for (long after = 0, next = 1, sum; after < calls;
         sum = after + next, after = next, next = sum) {
        fail_once(with, &unit, model, grouping, after);
        fail_once(with, &unit, model, grouping, calls - 1 - after);
    }
}

/* An error that says so, or another way with the right result; never a wrong one, or a crash. */
static void failing_calls_are_told_or_made_good(void **state)
{
    (void) state;
    trial *right = try_with("portable", REFUSE_NOTHING, dnnl_undefined_primitive, false);
    for (int f = FAIL_STREAM; f < FAILING_COUNT; f++) {
        failures *with = shared_alloc(sizeof *with);
        *with = (failures){ .what = (failing) f, .right = right };
        int end = end_of_child(start_child(run_failures, with));
        if (end != 0)
            fail_msg("function %d: ended with %#x after %d failures", f, (unsigned) end,
                     with->tried);
        assert_true(with->tried > 0);
        assert_true(with->told > 0);
        munmap(with, sizeof *with);
    }
    munmap(right, sizeof *right);
}

int main(void)
{
    if (!onednn_is_here())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_attributes),
        cmocka_unit_test(wrong_kernels_are_not_taken),
        cmocka_unit_test(wrong_lanes_are_found),
        cmocka_unit_test(failing_calls_are_told_or_made_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
