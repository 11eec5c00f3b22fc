/*
 * Answers of classifiers on a GPU: the same class for 100 random images in tf32 and f16 as in
 * strict f32, and strict f32 as the processor has it. Where rounding chooses another class, the two
 * are as good as equal: no further apart in f32 than outputs are rounded.
 *
 *   test_gpu_answers [IMAGES NETWORK...]     (names, or files)
 */
#define _GNU_SOURCE
#include "on_gpu.h"

enum { IMAGES_MAX = 100, NETWORKS_MAX = 32, KEPT = 4096 };

static const char *networks[NETWORKS_MAX] = { "resnet50", "googlenet", "mobilenet", "vgg16" };
static int network_count = 4, images = IMAGES_MAX;

typedef struct answers {
    const char *driver, *precision;
    int images, at;
    size_t counts[NETWORKS_MAX];
    char refused[NETWORKS_MAX][200]; /* why it cannot run; "": it has */
    float values[NETWORKS_MAX][IMAGES_MAX][KEPT];
} answers;

static void keep_outputs(const hax_driver *driver, hax_task *task, const hax_model *model,
                         float *kept, size_t *count)
{
    float *all = malloc(output_floats(model) * sizeof *all);
    get_outputs(driver, task, model, all);
    *count = output_floats(model) < KEPT ? output_floats(model) : KEPT;
    memcpy(kept, all, *count * sizeof *kept);
    free(all);
}

static bool is_supported(const hax_driver *driver, const hax_model *model, char *why, size_t size)
{
    for (int k = 0; k < hax_model_kernel_count(model); k++)
        if (!driver->supports(model, k, why, size))
            return false;
    return true;
}

static void run_answers(hax_device *device, answers *with, int n)
{
    const hax_driver *driver = hax_device_driver(device);
    int cpus[2];
    hax_unit whole = { .name = "whole", .threads = 1 };
    hax_unit unit = strcmp(with->driver, "cuda") == 0 ? whole : make_unit(2, 0, cpus);
    hax_model *model = NULL;
    const hax_grouping *grouping = NULL;
    hax_program *program;
    hax_task *task;
    hax_error why = { 0 };
    if (hax_model_load(networks[n], NULL, &model, &why) != HAX_OK) {
        snprintf(with->refused[n], sizeof with->refused[n], "%.190s", why.message);
        return;
    }
    if (!is_supported(driver, model, with->refused[n], sizeof with->refused[n])) {
        hax_model_destroy(model);
        return;
    }
    MUST(hax_grouping_make(model, "1", &grouping, err));
    MUST(driver->enter(device, &unit, err));
    MUST(driver->build(device, &unit, model, grouping, NULL, NULL, &program, err));
    void **slots = make_slots(driver, program, model, grouping);
    MUST(driver->bind(program, slots, &task, err));
    for (int i = 0; i < with->images; i++) {
        put_inputs(driver, task, model, (uint64_t) i);
        MUST(driver->run(task, 0, err));
        keep_outputs(driver, task, model, with->values[n][i], &with->counts[n]);
    }
    driver->unbind(task);
    driver->discard(program);
    free_slots(slots, model);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

static void run_side(void *context)
{
    answers *with = context;
    hax_device *device = NULL;
    hax_kind kind = {
        .name = "kind", .driver = with->driver, .isa = "", .precision = with->precision
    };
    MUST(hax_driver_find(with->driver)->open(&kind, &device, err));
    for (int n = 0; n < network_count; n++) {
        with->at = n;
        run_answers(device, with, n);
    }
    hax_device_driver(device)->close(device);
}

static const answers *answers_of(const char *driver, const char *precision, int count)
{
    answers *result = shared_alloc(sizeof *result);
    result->driver = driver;
    result->precision = precision;
    result->images = count;
    int end = end_of_child(start_child(run_side, result));
    if (end != 0)
        fail_msg("%s %s: ended with %#x in %s", driver, precision, (unsigned) end,
                 networks[result->at]);
    return result;
}

static int largest(const float *values, size_t count)
{
    int best = 0;
    for (size_t i = 1; i < count; i++)
        best = values[i] > values[best] ? (int) i : best;
    return best;
}

/* Images with another class; *ties of them between outputs that rounding cannot tell apart. */
static int count_others(const answers *exact, const answers *rounded, int n, double *apart,
                        int *ties)
{
    int others = 0;
    size_t count = exact->counts[n];
    *apart = 0;
    *ties = 0;
    for (int i = 0; i < rounded->images; i++) {
        const float *right = exact->values[n][i], *is = rounded->values[n][i];
        double here = difference(right, is, count);
        int first = largest(right, count), other = largest(is, count);
        *apart = here > *apart ? here : *apart;
        if (first == other)
            continue;
        others++;
        double gap = (double) (right[first] - right[other]);
        *ties += gap <= 2 * here * fabs((double) right[first]);
    }
    return others;
}

static const answers *exact; /* strict f32 on the GPU */

static void compare_rounded(const char *precision, double tolerance)
{
    if (why_no_gpu())
        SKIP(why_no_gpu());
    if (!exact)
        exact = answers_of("cuda", "f32", images);
    const answers *rounded = answers_of("cuda", precision, images);
    int wrong = 0;
    for (int n = 0; n < network_count; n++) {
        double apart;
        int ties;
        if (exact->refused[n][0]) {
            print_message("%s: refused: %s\n", networks[n], exact->refused[n]);
            continue;
        }
        int others = count_others(exact, rounded, n, &apart, &ties);
        print_message("%s, %s: %d of %d images have the same class, %d are ties; apart by %.2g\n",
                      networks[n], precision, images - others, images, ties, apart);
        wrong += !(apart < tolerance) || others > ties;
    }
    assert_int_equal(wrong, 0);
}

static void classes_stay_in_tf32(void **state)
{
    (void) state;
    compare_rounded("tf32", 1e-2);
}

static void classes_stay_in_f16(void **state)
{
    (void) state;
    compare_rounded("f16", 1e-2);
}

static void strict_is_the_processors(void **state)
{
    (void) state;
    if (why_no_gpu())
        SKIP(why_no_gpu());
    if (!onednn_is_here())
        SKIP("oneDNN is not here");
    if (!exact)
        exact = answers_of("cuda", "f32", images);
    const answers *processor = answers_of("onednn", "f32", 1);
    int wrong = 0;
    for (int n = 0; n < network_count; n++) {
        if (exact->refused[n][0]) {
            print_message("%s: refused: %s\n", networks[n], exact->refused[n]);
            continue;
        }
        double apart = difference(processor->values[n][0], exact->values[n][0], exact->counts[n]);
        print_message("%s, f32: apart by %.2g of the processor's\n", networks[n], apart);
        wrong += !(apart < 1e-5);
    }
    assert_int_equal(wrong, 0);
}

int main(int argc, char **argv)
{
    if (argc > 2) {
        images = atoi(argv[1]) < IMAGES_MAX ? atoi(argv[1]) : IMAGES_MAX;
        network_count = argc - 2 < NETWORKS_MAX ? argc - 2 : NETWORKS_MAX;
        for (int n = 0; n < network_count; n++)
            networks[n] = argv[2 + n];
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_is_the_processors),
        cmocka_unit_test(classes_stay_in_tf32),
        cmocka_unit_test(classes_stay_in_f16),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
