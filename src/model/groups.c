/* Groups: the runs of layers between the chosen cuts. */
#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "own.h"

enum { BLOCKS = 10, GROUPS_MAX = 1000 };

/* Anything below this on one core is lost in the noise of a shared machine. */
static const double least_group_ms = 0.3;

/* A rough time of one core: 100 GFLOP/s, 20 GB/s. Only for balancing groups. */
static double kernel_ms(const hax_model *model, int k)
{
    const hax_kernel *kernel = &model->kernels[k].public;
    double bytes = (double) kernel->weight_bytes + (double) model->tensors[kernel->output].bytes;
    for (int i = 0; i < kernel->input_count; i++)
        bytes += (double) model->tensors[kernel->inputs[i]].bytes;
    return (double) kernel->macs / 50e6 + bytes / 20e6;
}

typedef struct cut_list {
    int count;
    int *cuts; /* chosen compute layers, rising */
} cut_list;

static void kernels_between(const hax_model *model, int first, int end, int *begin, int *stop)
{
    assert(first >= 0 && first <= end && end <= model->compute_count);
    *begin = hax_graph_kernels_before(model, first);
    *stop = hax_graph_kernels_before(model, end);
    assert(*begin <= *stop && *stop <= model->kernel_count);
}

void hax_group_kernels(const hax_model *model, const hax_group *group, int *begin, int *end)
{
    kernels_between(model, group->first, group->last + 1, begin, end);
}

hax_crossing hax_group_crossing(const hax_model *model, const hax_grouping *grouping, int group)
{
    assert(group >= 0 && group < grouping->count);
    return model->crossings[grouping->groups[group].first]; /* of none before layer 0 */
}

static bool read_between(const hax_model *model, int begin, int end, int tensor)
{
    for (int k = begin; k < end; k++) {
        const hax_kernel *kernel = &model->kernels[k].public;
        for (int i = 0; i < kernel->input_count; i++)
            if (kernel->inputs[i] == tensor)
                return true;
        if (kernel->residual == tensor)
            return true;
    }
    return false;
}

bool hax_group_reads(const hax_model *model, const hax_group *group, int tensor)
{
    int begin, end;
    hax_group_kernels(model, group, &begin, &end);
    return read_between(model, begin, end, tensor);
}

static int64_t crossing_bytes(const hax_model *model, int cut)
{
    assert(cut >= 0 && cut < model->compute_count);
    int64_t bytes = 0;
    for (int t = 0; t < model->crossings[cut].count; t++)
        bytes += (int64_t) model->tensors[model->crossings[cut].tensors[t]].bytes;
    return bytes;
}

/* Constants that a kernel reads besides its weights. */
static int64_t constant_bytes(const hax_model *model, const hax_kernel *kernel)
{
    int64_t bytes = 0;
    for (int i = 0; i < kernel->input_count; i++)
        if (model->tensors[kernel->inputs[i]].constant)
            bytes += (int64_t) model->tensors[kernel->inputs[i]].bytes;
    return bytes;
}

static void fill_group(const hax_model *model, hax_group *group, int first, int last)
{
    assert(first <= last && last < model->compute_count);
    int begin, end;
    *group = (hax_group){ .first = first, .last = last };
    hax_group_kernels(model, group, &begin, &end);
    for (int k = begin; k < end; k++) {
        group->macs += model->kernels[k].public.macs;
        group->weight_bytes += (int64_t) model->kernels[k].public.weight_bytes;
        group->weight_bytes += constant_bytes(model, &model->kernels[k].public);
    }
    group->input_bytes = crossing_bytes(model, first);
    for (int i = 0; i < model->input_count; i++)
        if (read_between(model, begin, end, hax_model_input(model, i)))
            group->input_bytes += (int64_t) model->tensors[hax_model_input(model, i)].bytes;
    if (last + 1 < model->compute_count)
        group->output_bytes = crossing_bytes(model, last + 1);
    for (int o = 0; o < model->output_count && last + 1 == model->compute_count; o++)
        group->output_bytes += (int64_t) model->tensors[model->outputs[o]].bytes;
}

static hax_status make_grouping(const hax_model *model, const cut_list *list,
                                const hax_grouping **out, hax_error *err)
{
    assert(list->count >= 0 && list->count < model->compute_count);
    size_t groups = (size_t) list->count + 1;
    hax_grouping *grouping = malloc(sizeof *grouping + groups * sizeof *grouping->groups);
    if (!grouping)
        return hax_fail_memory(err, "groups");
    hax_group *group = (hax_group *) (grouping + 1);
    grouping->count = (int) groups;
    grouping->groups = group;
    for (size_t g = 0; g < groups; g++) {
        int first = g == 0 ? 0 : list->cuts[g - 1];
        int end = g + 1 == groups ? model->compute_count : list->cuts[g];
        assert(first < end);
        assert(g == 0 || hax_model_cut_legal(model, first, NULL));
        fill_group(model, &group[g], first, end - 1);
    }
    assert(group[groups - 1].last + 1 == model->compute_count);
    *out = grouping;
    return HAX_OK;
}

static bool same_group(const hax_group *a, const hax_group *b)
{
    return a->macs == b->macs && a->weight_bytes == b->weight_bytes &&
           a->input_bytes == b->input_bytes && a->output_bytes == b->output_bytes;
}

/* The reason why group `g` cannot be one of this model, NULL: it can. */
static const char *find_wrong_group(const hax_model *model, const hax_grouping *grouping, int g)
{
    const hax_group *group = &grouping->groups[g];
    int first = g == 0 ? 0 : grouping->groups[g - 1].last + 1;
    bool is_last = g + 1 == grouping->count;
    const char *why = NULL;
    hax_group own;
    if (group->first != first || group->last < first - (model->compute_count == 0) ||
        group->last >= model->compute_count || (is_last && group->last + 1 != model->compute_count))
        return "groups must cover all layers, each once";
    if (g > 0 && !hax_model_cut_legal(model, first, &why))
        return why;
    fill_group(model, &own, group->first, group->last);
    return same_group(&own, group) ? NULL : "its work and its tensors are those of other layers";
}

hax_status hax_grouping_check(const hax_model *model, const hax_grouping *grouping, hax_error *err)
{
    if (grouping->count < 1)
        return hax_fail(err, HAX_BAD_INPUT,
                        "a grouping of %s has %d groups, at least one is needed", model->name,
                        grouping->count);
    for (int g = 0; g < grouping->count; g++) {
        const char *why = find_wrong_group(model, grouping, g);
        if (why)
            return hax_fail(err, HAX_BAD_INPUT,
                            "the grouping is not one of %s, which has layers 0 to %d: group %d is "
                            "layers %d to %d (%.200s); make it with hax_grouping_make",
                            model->name, model->compute_count - 1, g, grouping->groups[g].first,
                            grouping->groups[g].last, why);
    }
    return HAX_OK;
}

void hax_grouping_destroy(const hax_grouping *grouping)
{
    free(hax_own(grouping));
}

/* ---- choosing cuts -------------------------------------------------------------------- */

static void all_cuts(const hax_model *model, cut_list *list)
{
    for (int cut = 1; cut < model->compute_count; cut++)
        if (hax_model_cut_legal(model, cut, NULL))
            list->cuts[list->count++] = cut;
}

/*
 * What a group that begins at a cut is charged beside its own time squared: for every tensor
 * beyond the first, as if both sides were off their mean by a third. A cut through several is
 * then chosen only where none through one is near.
 */
static double charge(const hax_model *model, int cut, double mean_ms)
{
    assert(hax_model_cut_legal(model, cut, NULL));
    return 0.2 * mean_ms * mean_ms * (model->crossings[cut].count - 1);
}

/* Rough times of the pieces between neighbouring cuts, summed from the start. */
static void sum_pieces(const hax_model *model, const cut_list *fine, double *until)
{
    until[0] = 0;
    for (int p = 0; p <= fine->count; p++) {
        int begin, end;
        kernels_between(model, p == 0 ? 0 : fine->cuts[p - 1],
                        p == fine->count ? model->compute_count : fine->cuts[p], &begin, &end);
        until[p + 1] = until[p];
        for (int k = begin; k < end; k++)
            until[p + 1] += kernel_ms(model, k);
    }
}

/* One more run: cost[p] of the first p pieces from `before`, with one run less. */
typedef struct run_table {
    const double *until;
    const double *charges; /* [p] of a run that begins with piece p > 0 */
    const double *before;
    double *cost;
    int *from; /* [p] the first piece of the last run */
} run_table;

/*
 * Fills [low..high], whose last runs begin in [from_low..from_high]. A square is convex in
 * a run's time, so the best beginning never moves back as p grows (the quadrangle
 * inequality, whatever beginnings are charged); the depth is the logarithm of the number of pieces.
 */
static void fill_runs(const run_table *run_table, int low, int high, int from_low, int from_high)
{
    if (low > high)
        return;
    int middle = low + (high - low) / 2, best = from_low;
    run_table->cost[middle] = INFINITY;
    for (int q = from_low; q <= from_high && q < middle; q++) {
        double ms = run_table->until[middle] - run_table->until[q];
        double total = run_table->before[q] + run_table->charges[q] + ms * ms;
        if (total >= run_table->cost[middle])
            continue;
        run_table->cost[middle] = total;
        best = q;
    }
    run_table->from[middle] = best;
    fill_runs(run_table, low, middle - 1, from_low, best);
    fill_runs(run_table, middle + 1, high, best, from_high);
}

/*
 * Splits n pieces into exactly `groups` runs with the least sum of squared times and charges (the
 * most even split), by dynamic programming; first[g] is the first piece of run g. `cost` has
 * room for two rows of n + 1, `from` for one for each run. Returns the time of the smallest
 * run.
 */
static double balance(const double *until, const double *charges, int n, int groups, double *cost,
                      int *from, int *first)
{
    assert(groups >= 1 && groups <= n);
    size_t row = (size_t) n + 1;
    for (int p = 0; p <= n; p++)
        cost[p] = until[p] * until[p];
    for (int g = 2; g <= groups; g++) {
        bool odd = g % 2 == 1;
        run_table context = { until, charges, odd ? cost + row : cost, odd ? cost : cost + row,
                              from + (size_t) (g - 1) * row };
        fill_runs(&context, g, n, g - 1, n - 1);
    }
    double least = INFINITY;
    for (int g = groups, p = n; g > 0; g--) {
        first[g - 1] = g == 1 ? 0 : from[(size_t) (g - 1) * row + (size_t) p];
        assert(first[g - 1] < p);
        least = fmin(least, until[p] - until[first[g - 1]]);
        p = first[g - 1];
    }
    return least;
}

/* Room for choosing. */
typedef struct balancing {
    double *until, *charges, *cost;
    int *from, *first;
} balancing;

static void free_balancing(balancing *balancing)
{
    free(balancing->until);
    free(balancing->charges);
    free(balancing->cost);
    free(balancing->from);
    free(balancing->first);
}

static double try_groups(const hax_model *model, const cut_list *list, int groups,
                         balancing *balancing)
{
    double mean_ms = balancing->until[list->count + 1] / groups;
    for (int p = 1; p <= list->count; p++)
        balancing->charges[p] = charge(model, list->cuts[p - 1], mean_ms);
    return balance(balancing->until, balancing->charges, list->count + 1, groups, balancing->cost,
                   balancing->from, balancing->first);
}

/* Keeps of all legal cuts those that make `groups` even groups, fewer while the smallest
 * would be under `least_ms`. */
static hax_status balanced_cuts(const hax_model *model, int groups, double least_ms, cut_list *list,
                                hax_error *err)
{
    all_cuts(model, list);
    int pieces = list->count + 1;
    if (groups > pieces)
        groups = pieces;
    size_t row = (size_t) pieces + 1;
    balancing context = { .until = calloc(row, sizeof *context.until),
                          .charges = calloc(row, sizeof *context.charges),
                          .cost = calloc(2 * row, sizeof *context.cost),
                          .from = calloc((size_t) groups * row, sizeof *context.from),
                          .first = calloc((size_t) groups, sizeof *context.first) };
    bool ok = context.until && context.charges && context.cost && context.from && context.first;
    if (ok) {
        sum_pieces(model, list, context.until);
        while (try_groups(model, list, groups, &context) < least_ms && groups > 1)
            groups--;
        for (int g = 1; g < groups; g++)
            list->cuts[g - 1] = list->cuts[context.first[g] - 1];
        list->count = groups - 1;
    }
    free_balancing(&context);
    return ok ? HAX_OK : hax_fail_memory(err, "groups");
}

/* "10,24,38": every one legal and larger than the last; "10," is one cut, not ten groups. */
static hax_status listed_cuts(const hax_model *model, const char *spec, cut_list *list,
                              hax_error *err)
{
    for (const char *at = spec;; at++) {
        char *end;
        long cut = strtol(at, &end, 10); /* the largest there is, where it is larger */
        const char *why;
        if (end == at || (*end != ',' && *end != '\0') || !isdigit((unsigned char) *at))
            return hax_fail(err, HAX_BAD_INPUT,
                            "cuts '%.100s' of %s: expected layer numbers with commas between, "
                            "as 10,24,38",
                            spec, model->name);
        if (cut >= model->compute_count || cut < 1)
            return hax_fail(err, HAX_BAD_INPUT,
                            "cut %.*s of %s is out of range: it is the first layer after a cut, 1 "
                            "to %d",
                            (int) (end - at < 30 ? end - at : 30), at, model->name,
                            model->compute_count - 1);
        if (!hax_model_cut_legal(model, (int) cut, &why))
            return hax_fail(err, HAX_BAD_INPUT, "cut %ld of %s is illegal: %s", cut, model->name,
                            why);
        if (list->count > 0 && list->cuts[list->count - 1] >= cut)
            return hax_fail(err, HAX_BAD_INPUT, "cut %ld of %s: cuts must rise", cut, model->name);
        list->cuts[list->count++] = (int) cut;
        if (*end == '\0' || end[1] == '\0')
            return HAX_OK;
        at = end;
    }
}

static hax_status choose_cuts(const hax_model *model, const char *spec, cut_list *list,
                              hax_error *err)
{
    char *end;
    long number = strtol(spec, &end, 10);
    if (strcmp(spec, "blocks") == 0)
        return balanced_cuts(model, BLOCKS, least_group_ms, list, err);
    if (strcmp(spec, "fine") == 0) {
        all_cuts(model, list);
        return HAX_OK;
    }
    if (strchr(spec, ','))
        return listed_cuts(model, spec, list, err);
    if (*end == '\0' && end != spec && isdigit((unsigned char) *spec)) {
        if (number < 1 || number > GROUPS_MAX)
            return hax_fail(err, HAX_BAD_INPUT, "%.20s groups are out of range: give 1 to %d", spec,
                            (int) GROUPS_MAX);
        return balanced_cuts(model, (int) number, 0, list, err);
    }
    return hax_fail(err, HAX_BAD_INPUT,
                    "grouping '%.100s' is none of blocks, fine, a number of groups from 1 to %d, "
                    "or cuts with commas between",
                    spec, (int) GROUPS_MAX);
}

hax_status hax_grouping_make(const hax_model *model, const char *spec,
                             const hax_grouping **grouping, hax_error *err)
{
    assert(model && spec && grouping);
    /* a list may name one cut twice before it is refused */
    size_t capacity = (size_t) model->compute_count + 1;
    cut_list list = { .cuts = calloc(capacity, sizeof *list.cuts) };
    if (!list.cuts)
        return hax_fail_memory(err, "groups");
    hax_status status = choose_cuts(model, spec, &list, err);
    if (status == HAX_OK)
        status = make_grouping(model, &list, grouping, err);
    free(list.cuts);
    return status;
}
