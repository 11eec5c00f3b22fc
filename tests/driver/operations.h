/* Networks of ONNX's operations, layer by layer. */
#ifndef TESTS_UNIT_OPERATIONS_H
#define TESTS_UNIT_OPERATIONS_H

#include "fixture.h"

#include "graph.h"
#include "random.h"

#define LONGS(...)                   \
    ((hax_layer_longs){              \
        COUNT(int64_t, __VA_ARGS__), \
        keep_longs(COUNT(int64_t, __VA_ARGS__), (const int64_t[]){ __VA_ARGS__ }) })
#define COUNT(type, ...) ((int) (sizeof((const type[]){ __VA_ARGS__ }) / sizeof(type)))
#define SHAPE(...) (make_shape(COUNT(int64_t, __VA_ARGS__), (const int64_t[]){ __VA_ARGS__ }))
#define SAME(...) ((hax_layer_params){ __VA_ARGS__ })

/* The list in work: there is one at a time. */
static hax_layer_list work;

/* Not in the list's arena: arguments may be evaluated before the call that begins the list. */
static inline const int64_t *keep_longs(int count, const int64_t *values)
{
    static hax_arena *lists;
    lists = lists ? lists : hax_arena_create();
    int64_t *kept = hax_arena_alloc(lists, (size_t) count + 1, sizeof *kept);
    memcpy(kept, values, (size_t) count * sizeof *kept);
    return kept;
}

static inline hax_shape make_shape(int rank, const int64_t *dims)
{
    hax_shape shape = { .rank = rank };
    memcpy(shape.dims, dims, (size_t) rank * sizeof *dims);
    return shape;
}

/* A layer with up to three bottoms (NULL: none); returns the name of its top. */
static inline const char *node(hax_op op, hax_layer_params params, const char *a, const char *b,
                               const char *c)
{
    const char *name = hax_layer_list_name(&work, "n%d", work.count);
    hax_layer_spec *layer = hax_layer_list_add(&work, op, name);
    const char *const bottoms[] = { a, b, c };
    hax_layer_list_set_bottoms(&work, layer, bottoms, !a ? 0 : !b ? 1 : !c ? 2 : 3);
    hax_layer_list_set_tops(&work, layer, &name, 1);
    layer->params = params;
    return name;
}

static inline const char *begin(hax_shape input)
{
    hax_layer_list_init(&work, hax_arena_create(), "operation", NULL);
    return node(HAX_OP_INPUT, SAME(.shape = input), NULL, NULL, NULL);
}

static inline const char *reals(hax_shape shape, const float *values)
{
    static int made;
    const char *name = hax_layer_list_name(&work, "c%d", made++);
    hax_layer_constant *constant = hax_layer_list_add_constant(&work, name, &shape);
    size_t count = (size_t) hax_shape_elements(&shape);
    float *kept = hax_arena_alloc(work.arena, count, sizeof *kept);
    memcpy(kept, values, count * sizeof *kept);
    constant->real = kept;
    return name;
}

static inline const char *wholes(hax_shape shape, const int64_t *values)
{
    static int made;
    const char *name = hax_layer_list_name(&work, "w%d", made++);
    hax_layer_constant *constant = hax_layer_list_add_constant(&work, name, &shape);
    constant->is_whole = true;
    constant->integers = keep_longs((int) hax_shape_elements(&shape), values);
    return name;
}

static inline const char *number(float value)
{
    return reals((hax_shape){ 0 }, &value);
}

static inline hax_model *finish(void)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    if (hax_graph_build(&work, &model, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return model;
}

#endif
