/*
 * Where a network may be cut: no fused kernel spans the place, and as many tensors are live there
 * as may cross, one if the model's reader was not told otherwise. Outputs of the network live to
 * its end. Inputs do not count: every unit has them.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "text.h"

enum { NAMES_SHOWN = 4 };

int hax_graph_kernels_before(const hax_model *model, int cut)
{
    int low = 0, high = model->kernel_count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (model->kernels[middle].public.first < cut)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool live(const hax_tensor *tensor, int kernel)
{
    return tensor->producer >= 0 && tensor->producer < kernel && tensor->last_use >= kernel;
}

static void describe_broken(const hax_model *model, const hax_kernel *kernel, hax_text *why)
{
    hax_text_append(why, "it would break the fused kernel ");
    for (int l = 0; l < model->layer_count; l++) {
        int index = model->layers[l].compute_index;
        if (index == kernel->first || index == kernel->last)
            hax_text_printf(why, "%s%.60s", index == kernel->first ? "" : " ... ",
                            model->layers[l].spec->name);
    }
}

/* The tensors made so far, in their order; some may be dead already, at most as many as live. */
typedef struct made_tensors {
    int *tensors;
    int count;
    int kernels; /* so many have added theirs */
} made_tensors;

/* Goes on to the place before `kernel`, where `live_count` are live. */
static void go_on(const hax_model *model, made_tensors *made_tensors, int kernel, int live_count)
{
    assert(made_tensors->kernels <= kernel && kernel <= model->kernel_count);
    for (; made_tensors->kernels < kernel; made_tensors->kernels++)
        made_tensors->tensors[made_tensors->count++] =
            model->kernels[made_tensors->kernels].public.output;
    if (made_tensors->count <= 2 * live_count)
        return;
    int kept = 0;
    for (int i = 0; i < made_tensors->count; i++)
        if (live(&model->tensors[made_tensors->tensors[i]], kernel))
            made_tensors->tensors[kept++] = made_tensors->tensors[i];
    made_tensors->count = kept;
}

static void describe_live(const hax_model *model, const made_tensors *made_tensors, int kernel,
                          int count, hax_text *why)
{
    assert(count > model->cut_tensors);
    hax_text_printf(why, "%d tensors are live there: ", count);
    int shown = 0;
    for (int i = 0; i < made_tensors->count && shown < NAMES_SHOWN; i++) {
        const hax_tensor *tensor = &model->tensors[made_tensors->tensors[i]];
        if (!live(tensor, kernel))
            continue;
        hax_text_printf(why, "%s%.60s", shown ? ", " : "", tensor->name);
        shown++;
    }
    if (count > shown)
        hax_text_printf(why, " and %d more", count - shown);
}

/* Number of tensors live before each kernel, by differences. */
static int *count_live(const hax_model *model)
{
    int *count = calloc((size_t) model->kernel_count + 2, sizeof *count);
    for (int t = 0; count && t < model->tensor_count; t++) {
        const hax_tensor *tensor = &model->tensors[t];
        if (tensor->last_use < 0 || tensor->producer < 0)
            continue;
        count[tensor->producer + 1]++;
        count[tensor->last_use + 1]--;
    }
    for (int k = 1; count && k <= model->kernel_count; k++)
        count[k] += count[k - 1];
    return count;
}

/* Largest `last` of the kernels before each kernel. */
static int *reach(const hax_model *model)
{
    int *furthest = calloc((size_t) model->kernel_count + 1, sizeof *furthest);
    if (!furthest)
        return NULL;
    furthest[0] = -1;
    for (int k = 0; k < model->kernel_count; k++) {
        int last = model->kernels[k].public.last;
        furthest[k + 1] = last > furthest[k] ? last : furthest[k];
    }
    return furthest;
}

static const hax_kernel *spanning(const hax_model *model, int before, int cut)
{
    for (int k = before - 1; k >= 0; k--)
        if (model->kernels[k].public.last >= cut)
            return &model->kernels[k].public;
    return NULL;
}

/* What crosses at a legal cut; tensors stand in the order of their kernels. */
static hax_status list_crossing(hax_model *model, const made_tensors *made_tensors, int kernel,
                                int count, hax_crossing *crossing, hax_error *err)
{
    int *tensors = hax_arena_alloc(model->arena, (size_t) count, sizeof *tensors);
    if (!tensors)
        return hax_fail_memory(err, "a network");
    for (int i = 0, found = 0; i < made_tensors->count && found < count; i++)
        if (live(&model->tensors[made_tensors->tensors[i]], kernel))
            tensors[found++] = made_tensors->tensors[i];
    *crossing = (hax_crossing){ count, tensors };
    return HAX_OK;
}

static hax_status judge(hax_model *model, made_tensors *made_tensors, const int *live_count,
                        const int *furthest, int cut, hax_error *err)
{
    assert(cut >= 0 && cut < model->compute_count);
    int before = hax_graph_kernels_before(model, cut), count = live_count[before];
    hax_text why = { 0 };
    if (furthest[before] >= cut)
        describe_broken(model, spanning(model, before, cut), &why);
    else if (before == 0 || before == model->kernel_count || count == 0)
        hax_text_append(&why, "one side of it would compute nothing");
    else {
        model->live_count[cut] = count;
        go_on(model, made_tensors, before, count);
        if (count <= model->cut_tensors)
            return list_crossing(model, made_tensors, before, count, &model->crossings[cut], err);
        describe_live(model, made_tensors, before, count, &why);
    }
    if (why.length > 0) {
        model->cut_reason[cut] = hax_arena_string(model->arena, hax_text_get(&why));
        why.failed = why.failed || !model->cut_reason[cut];
    }
    bool failed = why.failed;
    hax_text_free(&why);
    return failed ? hax_fail_memory(err, "a network") : HAX_OK;
}

hax_status hax_graph_find_cuts(hax_model *model, hax_error *err)
{
    model->cut_reason =
        hax_arena_alloc(model->arena, (size_t) model->compute_count, sizeof *model->cut_reason);
    model->crossings =
        hax_arena_alloc(model->arena, (size_t) model->compute_count, sizeof *model->crossings);
    model->live_count =
        hax_arena_alloc(model->arena, (size_t) model->compute_count, sizeof *model->live_count);
    int *live_count = count_live(model), *furthest = reach(model);
    made_tensors result = { .tensors = calloc((size_t) model->kernel_count + 1, sizeof(int)) };
    bool ok = model->cut_reason && model->crossings && model->live_count && live_count &&
              furthest && result.tensors;
    hax_status status = ok ? HAX_OK : hax_fail_memory(err, "a network");
    for (int cut = 0; cut < model->compute_count && status == HAX_OK; cut++)
        status = judge(model, &result, live_count, furthest, cut, err);
    free(result.tensors);
    free(live_count);
    free(furthest);
    return status;
}

bool hax_model_cut_legal(const hax_model *model, int layer, const char **reason)
{
    const char *why = layer <= 0 || layer >= model->compute_count
                          ? "it is not between two layers of the network"
                          : model->cut_reason[layer];
    if (reason)
        *reason = why;
    return why == NULL;
}

const char *hax_model_cut_tensor(const hax_model *model, int layer, int index)
{
    if (layer <= 0 || layer >= model->compute_count || index < 0 ||
        index >= model->crossings[layer].count)
        return NULL;
    return model->tensors[model->crossings[layer].tensors[index]].name;
}

int hax_model_live_tensors(const hax_model *model, int layer)
{
    return layer <= 0 || layer >= model->compute_count ? 0 : model->live_count[layer];
}
