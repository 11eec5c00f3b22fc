/* Whose memory tensors lie in, and places seen otherwise: nothing needs a GPU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../driver/nets.h"
#include "aliases.h"
#include "driver.h"

static hax_cuda_place image(bool channels_last, int n, int c, int h, int w)
{
    const hax_shape shape = { 4, { n, c, h, w } };
    return hax_cuda_place_make(&shape, channels_last);
}

static void views_need_runs_that_are_dense(void **state)
{
    (void) state;
    const hax_shape split = { 5, { 1, 2, 3, 4, 5 } }, flat = { 2, { 1, 120 } };
    const hax_shape back = { 4, { 1, 6, 4, 5 } };
    hax_cuda_place last = image(true, 1, 6, 4, 5), own = image(false, 1, 6, 4, 5), seen, again;
    assert_true(hax_cuda_place_view(&last, &split, &seen));
    const int steps[] = { 1, 3, 1, 30, 6 };
    assert_memory_equal(seen.steps, steps, sizeof steps);
    assert_true(hax_cuda_place_view(&seen, &back, &again));
    assert_memory_equal(&again.steps[1], &last.steps[1], 3 * sizeof(int));
    assert_true(hax_cuda_place_view(&own, &flat, &seen));
    assert_int_equal(seen.steps[1], 1);
    assert_false(hax_cuda_place_view(&last, &flat, &seen));
    /* of one row and column both orders are the same */
    hax_cuda_place point = image(true, 2, 60, 1, 1);
    const hax_shape list = { 2, { 2, 60 } };
    assert_true(hax_cuda_place_view(&point, &list, &seen));
    assert_int_equal(seen.steps[0], 60);
}

static void walks_lead_through_other_orders(void **state)
{
    (void) state;
    hax_cuda_place last = image(true, 1, 8, 4, 5), to;
    int64_t offset;
    /* channels 2, 4, 6 of an image */
    const hax_strided_view part = { 2 * 20, { 160, 2 * 20, 5, 1 } };
    const hax_shape shape = { 4, { 1, 3, 4, 5 } };
    assert_true(hax_cuda_place_walk(&last, &part, &shape, &offset, &to));
    assert_int_equal(offset, 2);
    const int steps[] = { 0, 2, 40, 8 };
    assert_memory_equal(to.steps, steps, sizeof steps);
    const hax_strided_view diagonal = { 0, { 160, 21, 0, 0 } }; /* it leaves its dimension */
    const hax_shape eight = { 4, { 1, 8, 1, 1 } };
    assert_false(hax_cuda_place_walk(&last, &diagonal, &eight, &offset, &to));
    const hax_strided_view repeated = { 0, { 0, 20, 0, 0 } };
    const hax_shape wide = { 4, { 1, 8, 4, 5 } };
    assert_true(hax_cuda_place_walk(&last, &repeated, &wide, &offset, &to));
    assert_int_equal(to.steps[1], 1);
    assert_int_equal(to.steps[2], 0);
}

static void alignment_is_of_offsets_and_steps(void **state)
{
    (void) state;
    hax_cuda_place wide = image(true, 1, 64, 4, 4), odd = image(true, 1, 58, 4, 4);
    assert_int_equal(hax_cuda_place_alignment(&wide, 0, 8), 8);
    assert_int_equal(hax_cuda_place_alignment(&wide, 20, 8), 4);
    assert_int_equal(hax_cuda_place_alignment(&odd, 0, 8), 2);
}

/* ---- networks ------------------------------------------------------------------------------- */

typedef struct network {
    hax_model *model;
    const hax_grouping *grouping;
    bool *boundary, *channels_last;
    hax_cuda_aliases aliases;
} network;

static void mark_boundary(network *network)
{
    const hax_model *model = network->model;
    for (int i = 0; i < hax_model_input_count(model); i++)
        network->boundary[hax_model_input(model, i)] = true;
    for (int o = 0; o < hax_model_output_count(model); o++)
        network->boundary[hax_model_output(model, o)] = true;
    for (int g = 0; g < network->grouping->count; g++) {
        hax_crossing crossing = hax_group_crossing(model, network->grouping, g);
        for (int t = 0; t < crossing.count; t++)
            network->boundary[crossing.tensors[t]] = true;
    }
}

static network prepare(hax_model *model, const char *groups, hax_cuda_precision precision)
{
    network result = { .model = model };
    hax_error err = { 0 };
    assert_int_equal(hax_grouping_make(result.model, groups, &result.grouping, &err), HAX_OK);
    size_t tensors = (size_t) hax_model_tensor_count(result.model);
    result.boundary = calloc(tensors, sizeof(bool));
    result.channels_last = calloc(tensors, sizeof(bool));
    mark_boundary(&result);
    hax_cuda_choose_layouts(result.model, precision, result.channels_last);
    assert_int_equal(hax_cuda_aliases_find(result.model, result.boundary, result.channels_last,
                                           precision == HAX_CUDA_F16 ? 8 : 4, &result.aliases,
                                           &err),
                     HAX_OK);
    return result;
}

static network load(const char *name, const char *groups, hax_cuda_precision precision)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_model_load(name, NULL, &model, &err), HAX_OK);
    return prepare(model, groups, precision);
}

static void unload(network *network)
{
    hax_cuda_aliases_free(&network->aliases);
    free(network->boundary);
    free(network->channels_last);
    hax_grouping_destroy(network->grouping);
    hax_model_destroy(network->model);
}

/* Inputs of concatenations, and those that are copied. */
static void count_joins(const network *network, int *inputs, int *copied)
{
    *inputs = *copied = 0;
    for (int k = 0; k < hax_model_kernel_count(network->model); k++) {
        const hax_kernel *kernel = hax_model_kernel(network->model, k);
        if (kernel->form != HAX_FORM_OWN || kernel->op != HAX_OP_CONCAT)
            continue;
        *inputs += kernel->input_count;
        for (int i = 0; i < kernel->input_count; i++)
            *copied += !hax_cuda_aliases_is_joined(&network->aliases, network->model, k, i);
    }
}

/* No element of a tensor lies outside of the memory of its root. */
static void check_bounds(const network *network)
{
    for (int t = 0; t < hax_model_tensor_count(network->model); t++) {
        int64_t end = 1;
        int root = t;
        for (; network->aliases.tensors[root].root != root;
             root = network->aliases.tensors[root].root)
            end += network->aliases.tensors[root].offset;
        const hax_cuda_place *place = &network->aliases.tensors[t].place;
        for (int d = 0; d < place->rank; d++)
            end += (int64_t) (place->dims[d] - 1) * place->steps[d];
        int64_t room = (int64_t) (hax_model_tensor(network->model, root)->bytes / sizeof(float));
        if (hax_cuda_is_padded(network->model, root, network->channels_last))
            room = room / 3 * HAX_CUDA_PADDED;
        assert_true(end <= room);
        if (network->boundary[t])
            assert_int_equal(root, t);
    }
}

static void concatenations_copy_nothing(void **state)
{
    (void) state;
    static const char *const names[] = { "googlenet", "densenet" };
    static const int expected[] = { 9 * 4, 58 * 2 };
    for (int n = 0; n < 2; n++)
        for (int p = 0; p < HAX_CUDA_PRECISIONS; p++) {
            network network = load(names[n], "1", (hax_cuda_precision) p);
            int inputs, copied;
            count_joins(&network, &inputs, &copied);
            check_bounds(&network);
            assert_int_equal(inputs, expected[n]);
            assert_int_equal(copied, 0);
            unload(&network);
        }
}

/* A dense block as PyTorch exports it: each stage joins all before it anew, and all lie in the
 * last. */
static void shorter_lists_lie_in_longer_ones(void **state)
{
    (void) state;
    static const char text[] = INPUT(16, 8, 8) CONV("x", "data", "num_output: 16 kernel_size: 1")
        CONV("a", "x", "num_output: 8 kernel_size: 3 pad: 1") LAYER2("Concat", "j", "x", "a", "")
            CONV("b", "j", "num_output: 8 kernel_size: 1") LAYER3("Concat", "k", "x", "a", "b", "")
                CONV("c", "k", "num_output: 8 kernel_size: 1");
    hax_model *model = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_model_parse_prototxt(text, strlen(text), "block", NULL, &model, &err),
                     HAX_OK);
    network network = prepare(model, "1", HAX_CUDA_F16);
    int inputs, copied;
    count_joins(&network, &inputs, &copied);
    check_bounds(&network);
    assert_int_equal(inputs, 5);
    assert_int_equal(copied, 0);
    unload(&network);
}

static void what_crosses_cuts_keeps_its_memory(void **state)
{
    (void) state;
    network network = load("densenet", "blocks", HAX_CUDA_F16);
    int inputs, copied;
    count_joins(&network, &inputs, &copied);
    check_bounds(&network);
    assert_true(copied > 0 && copied < inputs);
    unload(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_need_runs_that_are_dense),
        cmocka_unit_test(walks_lead_through_other_orders),
        cmocka_unit_test(alignment_is_of_offsets_and_steps),
        cmocka_unit_test(concatenations_copy_nothing),
        cmocka_unit_test(shorter_lists_lie_in_longer_ones),
        cmocka_unit_test(what_crosses_cuts_keeps_its_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
