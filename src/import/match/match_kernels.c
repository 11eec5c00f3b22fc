/*
 * Which kernels an entry of a profile launched. Ranges of NVTX say it, where TensorRT made them;
 * else both lists are in order of execution, and an entry may have launched several kernels, or
 * none that the profiler saw (copies). Among all ways to divide the kernels in order, that is taken
 * in which times agree best, up to one factor, since the profiler sets clocks of its own.
 */
#include "match_kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    KERNELS_MAX = 16,            /* of one entry */
    STEPS_MAX = 8 * 1000 * 1000, /* of the division, entries times kernels */
};

/* Times that differ by more than this share of all are no order of the same engine. */
static const double misfit_most = 0.25;

/* ---- launches -------------------------------------------------------------------------------- */

static const hax_import_section *last_launches(const hax_import *const *beside, int count,
                                               const char **file)
{
    const hax_import_section *found = NULL;
    for (int i = 0; i < count; i++) {
        if (strcmp(beside[i]->kind, "ncu") != 0)
            continue;
        for (int s = 0; s < beside[i]->section_count; s++) {
            if (strcmp(beside[i]->sections[s].name, "launches") != 0)
                continue;
            found = &beside[i]->sections[s];
            *file = beside[i]->file;
        }
    }
    return found;
}

static const hax_import_value *value(const hax_import_section *section, int row, const char *column)
{
    return &section->cells[(size_t) row * (size_t) section->column_count +
                           (size_t) hax_import_column_index(section, column)];
}

static void take_launches(hax_match_kernels *found)
{
    for (int k = 0; k < found->count; k++) {
        const hax_import_section *section = found->launches;
        found->kernels[k] = (hax_match_kernel){ .name = value(section, k, "kernel")->text,
                                                .range = value(section, k, "range")->text,
                                                .id = value(section, k, "id")->number,
                                                .time_ms = value(section, k, "time_ms")->number,
                                                .bytes = value(section, k, "bytes")->number,
                                                .source = value(section, k, "source")->text,
                                                .entry = -1 };
    }
}

/* ---- by range -------------------------------------------------------------------------------- */

typedef struct named {
    const char *name;
    int entry;
} named;

static int by_name(const void *a, const void *b)
{
    const named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order != 0 ? order : (x->entry > y->entry) - (x->entry < y->entry);
}

static int entry_called(const named *list, int count, const char *name)
{
    int low = 0, high = count;
    while (name && low < high) {
        int middle = low + (high - low) / 2;
        if (strcmp(list[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return name && low < count && strcmp(list[low].name, name) == 0 ? list[low].entry : -1;
}

/* Also behind the outer ranges of "domain:outer/inner", as ncu renames kernels. */
static int entry_within(const named *list, int count, const char *name)
{
    int found = entry_called(list, count, name);
    for (const char *c = name; c && *c && found < 0; c++)
        if (*c == '/' || *c == ':')
            found = entry_called(list, count, c + 1);
    return found;
}

/* Ranges, or kernels that ncu renamed after them. How often the commonest entry begins anew is the
 * number of inferences. */
static bool map_ranges(hax_match *match, hax_match_kernels *found)
{
    named *list = calloc((size_t) match->entry_count + 1, sizeof *list);
    int *begins = calloc((size_t) match->entry_count + 1, sizeof *begins), mapped = 0;
    match->failed |= !list || !begins;
    for (int e = 0; e < match->entry_count && !match->failed; e++)
        list[e] = (named){ match->entries[e].name, e };
    if (!match->failed)
        qsort(list, (size_t) match->entry_count, sizeof *list, by_name);
    for (int k = 0, before = -1; k < found->count && !match->failed; k++) {
        hax_match_kernel *kernel = &found->kernels[k];
        kernel->entry = entry_within(list, match->entry_count, kernel->range);
        if (kernel->entry < 0)
            kernel->entry = entry_within(list, match->entry_count, kernel->name);
        if (kernel->entry < 0)
            continue;
        begins[kernel->entry] += kernel->entry != before;
        before = kernel->entry;
        mapped++;
    }
    found->passes = 1;
    for (int e = 0; e < match->entry_count && mapped > 0; e++)
        if (begins[e] > found->passes)
            found->passes = begins[e];
    found->used_count = found->count;
    free(list);
    free(begins);
    bool enough = mapped > 0 && mapped >= found->count / 4; /* else chance */
    for (int k = 0; k < found->count && !enough; k++)
        found->kernels[k].entry = -1;
    return enough;
}

/* ---- inferences ------------------------------------------------------------------------------ */

/* The smallest period of the kernels' names that is at least `least`; the count when they do not
 * repeat. `border` [count + 1] is work space (Knuth, Morris and Pratt's failure function). */
static int period(const hax_match_kernels *found, int least, int *border)
{
    int count = found->count, length = -1;
    border[0] = -1;
    for (int k = 0; k < count; k++) {
        while (length >= 0 && strcmp(found->kernels[length].name, found->kernels[k].name) != 0)
            length = border[length];
        border[k + 1] = ++length;
    }
    for (int b = border[count]; b > 0; b = border[b])
        if (count - b >= least && count - b <= count / 2)
            return count - b;
    return count;
}

/* ---- by order -------------------------------------------------------------------------------- */

/* One inference: entries that run on the GPU and take time, kernels with their mean times. */
typedef struct sequence {
    int entry_count, kernel_count;
    int *entries; /* indices */
    double *entry_ms;
    double *kernel_ms;         /* scaled to the entries' */
    const char *const *tactic; /* [entry_count] names of the kernels where known, NULL: not */
    const hax_match_kernel *kernels;
} sequence;

/* The cost of giving kernels [from, end) to an entry: by how much times differ, and as much again
 * when the engine's own information names another kernel. */
static double cost_of(const sequence *sequence, int entry, int from, int end, double sum_ms)
{
    double cost = fabs(sequence->entry_ms[entry] - sum_ms);
    bool known = !sequence->tactic[entry] || from == end;
    for (int k = from; k < end && !known; k++)
        known = strstr(sequence->kernels[k].name, sequence->tactic[entry]) != NULL;
    return known ? cost : cost + sequence->entry_ms[entry];
}

/* Fills best [entry_count + 1][kernel_count + 1] and how many kernels the last entry took; -1: the
 * last kernel belongs to none. */
static void divide(const sequence *sequence, double *best, signed char *taken)
{
    int width = sequence->kernel_count + 1;
    for (int e = 0; e <= sequence->entry_count; e++) {
        for (int k = 0; k < width; k++) {
            double *cell = &best[(size_t) e * (size_t) width + (size_t) k], sum_ms = 0;
            signed char *how = &taken[(size_t) e * (size_t) width + (size_t) k];
            *cell = e == 0 && k == 0 ? 0 : INFINITY;
            *how = 0;
            if (k > 0) {
                *cell = cell[-1] + sequence->kernel_ms[k - 1];
                *how = -1;
            }
            for (int n = 0; e > 0 && n <= KERNELS_MAX && n <= k; n++) {
                sum_ms += n > 0 ? sequence->kernel_ms[k - n] : 0;
                double cost = best[(size_t) (e - 1) * (size_t) width + (size_t) (k - n)] +
                              cost_of(sequence, e - 1, k - n, k, sum_ms);
                if (cost < *cell) {
                    *cell = cost;
                    *how = (signed char) n;
                }
            }
        }
    }
}

/* Walks back from the end and writes the entry of each kernel of the first inference. */
static void trace(const sequence *sequence, const signed char *taken, hax_match_kernels *found)
{
    int width = sequence->kernel_count + 1, e = sequence->entry_count, k = sequence->kernel_count;
    while (e > 0 || k > 0) {
        int n = taken[(size_t) e * (size_t) width + (size_t) k];
        if (n < 0) {
            found->kernels[--k].entry = -1;
            continue;
        }
        e--;
        for (; n > 0; n--)
            found->kernels[--k].entry = sequence->entries[e];
    }
}

/* What the engine's layer information calls an entry's kernel. */
static const char *tactic_of(const hax_import *const *beside, int count, const char *entry)
{
    for (int i = 0; i < count; i++) {
        const hax_import_section *layers = hax_import_find(beside[i], "layers", 0);
        if (!layers || hax_import_column_index(layers, "tactic") < 0)
            continue;
        for (int r = 0; r < layers->row_count; r++) {
            const char *name = value(layers, r, "name")->text;
            const char *tactic = value(layers, r, "tactic")->text;
            if (name && tactic && strlen(tactic) > 8 && strcmp(name, entry) == 0)
                return tactic;
        }
    }
    return NULL;
}

static double mean_time(const hax_match_kernels *found, int kernel)
{
    double sum = 0;
    for (int pass = 0; pass < found->passes; pass++)
        sum += found->kernels[pass * (found->used_count / found->passes) + kernel].time_ms;
    return sum / found->passes;
}

static bool launches_kernels(const hax_match_entry *entry)
{
    return entry->time_ms > 0 && isfinite(entry->time_ms) && entry->unit != MATCH_DLA;
}

/* Brings the kernels' times to the sum of the entries'. False: there is nothing to compare. */
static bool scale_times(const sequence *sequence, double *entries_ms)
{
    double kernels_ms = 0;
    *entries_ms = 0;
    for (int e = 0; e < sequence->entry_count; e++)
        *entries_ms += sequence->entry_ms[e];
    for (int k = 0; k < sequence->kernel_count; k++)
        kernels_ms += sequence->kernel_ms[k];
    for (int k = 0; k < sequence->kernel_count && kernels_ms > 0; k++)
        sequence->kernel_ms[k] *= *entries_ms / kernels_ms;
    return kernels_ms > 0 && *entries_ms > 0; /* false also for NAN */
}

static void map_order(hax_match *match, hax_match_kernels *found, sequence *sequence)
{
    double entries_ms;
    size_t cells = (size_t) (sequence->entry_count + 1) * (size_t) (sequence->kernel_count + 1);
    if (!scale_times(sequence, &entries_ms)) {
        found->refused = "some kernels have no time";
        return;
    }
    double *best = malloc(cells * sizeof *best);
    signed char *taken = malloc(cells);
    match->failed |= !best || !taken;
    if (!match->failed) {
        divide(sequence, best, taken);
        found->misfit = best[cells - 1] / entries_ms;
        if (found->misfit > misfit_most)
            found->refused = "in order, their times do not agree with the profile's";
        else
            trace(sequence, taken, found);
    }
    for (int k = sequence->kernel_count; k < found->used_count && !found->refused; k++)
        found->kernels[k].entry = found->kernels[k % sequence->kernel_count].entry;
    free(best);
    free(taken);
}

static void prepare_order(hax_match *match, hax_match_kernels *found,
                          const hax_import *const *beside, int beside_count)
{
    size_t entries = (size_t) match->entry_count, count = (size_t) found->count;
    const char **tactic = calloc(entries + 1, sizeof *tactic);
    sequence ordered = { .entries = calloc(entries + 1, sizeof *ordered.entries),
                         .entry_ms = calloc(entries + 1, sizeof *ordered.entry_ms),
                         .kernel_ms = calloc(count + 1, sizeof *ordered.kernel_ms),
                         .tactic = tactic,
                         .kernels = found->kernels };
    int *border = calloc(count + 1, sizeof *border);
    match->failed |=
        !ordered.entries || !ordered.entry_ms || !ordered.kernel_ms || !tactic || !border;
    for (int e = 0; e < match->entry_count && !match->failed; e++) {
        if (!launches_kernels(&match->entries[e]))
            continue;
        tactic[ordered.entry_count] = tactic_of(beside, beside_count, match->entries[e].name);
        ordered.entry_ms[ordered.entry_count] = match->entries[e].time_ms;
        ordered.entries[ordered.entry_count++] = e;
    }
    if (!match->failed) {
        ordered.kernel_count = period(found, ordered.entry_count / 2 + 1, border);
        found->passes = ordered.kernel_count > 0 ? found->count / ordered.kernel_count : 0;
        found->used_count = found->passes * ordered.kernel_count;
        for (int k = 0; k < ordered.kernel_count; k++)
            ordered.kernel_ms[k] = mean_time(found, k);
        if ((double) ordered.entry_count * ordered.kernel_count > STEPS_MAX)
            found->refused = "there are too many for a mapping in order";
        else
            map_order(match, found, &ordered);
    }
    free(ordered.entries);
    free(ordered.entry_ms);
    free(ordered.kernel_ms);
    free(tactic);
    free(border);
}

/* ---- what entries moved ---------------------------------------------------------------------- */

static void add_up(hax_match_kernels *found)
{
    for (int k = 0; k < found->used_count; k++) {
        const hax_match_kernel *kernel = &found->kernels[k];
        if (kernel->entry < 0)
            continue;
        hax_match_traffic *to = &found->of_entry[kernel->entry];
        to->kernels++;
        to->time_ms += kernel->time_ms / found->passes;
        to->bytes += kernel->bytes / found->passes;
        to->cache |= kernel->source && strstr(kernel->source, "misses");
        to->half |= kernel->source && strstr(kernel->source, "alone");
    }
}

bool hax_match_find_kernels(hax_match *match, const hax_import *const *beside, int beside_count,
                            hax_match_kernels *found)
{
    *found = (hax_match_kernels){ 0 };
    found->launches = last_launches(beside, beside_count, &found->file);
    if (!found->launches || match->failed)
        return false;
    found->count = found->launches->row_count;
    found->kernels = calloc((size_t) found->count + 1, sizeof *found->kernels);
    found->of_entry = calloc((size_t) match->entry_count + 1, sizeof *found->of_entry);
    match->failed |= !found->kernels || !found->of_entry;
    if (!match->failed) {
        take_launches(found);
        found->by_range = map_ranges(match, found);
        if (!found->by_range && !match->failed)
            prepare_order(match, found, beside, beside_count);
    }
    if (!match->failed && !found->refused)
        add_up(found);
    if (match->failed)
        hax_match_kernels_free(found);
    return !match->failed;
}

void hax_match_kernels_free(hax_match_kernels *found)
{
    free(found->kernels);
    free(found->of_entry);
    *found = (hax_match_kernels){ 0 };
}
