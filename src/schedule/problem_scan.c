/* What is wrong with a problem that only many of its parts together show: instances that wait for
 * each other in a circle, groups of one name. Both in time that grows with the document's size. */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "problem.h"

/* ---- circles ----------------------------------------------------------------------------- */

typedef struct walk {
    const hax_problem *problem;
    int *next;    /* [instance] which of its `after` is looked at next; -1: not yet reached */
    int *path;    /* instances from the first to the one that is walked from */
    int *on_path; /* [instance] */
} walk;

/* From one instance on, along `after`; the instance at which a circle closes, -1. */
static int walk_from(walk *at, int first)
{
    int depth = 0;
    at->path[depth++] = first;
    at->next[first] = 0;
    at->on_path[first] = 1;
    while (depth > 0) {
        int i = at->path[depth - 1];
        const hax_instance_spec *of = &at->problem->instances[i];
        if (at->next[i] == of->after_count) {
            at->on_path[i] = 0;
            depth--;
            continue;
        }
        int to = of->after[at->next[i]++];
        if (at->on_path[to])
            return to;
        if (at->next[to] >= 0)
            continue;
        at->next[to] = 0;
        at->on_path[to] = 1;
        at->path[depth++] = to;
    }
    return -1;
}

hax_status problem_find_circle(const hax_problem *problem, int *instance, hax_error *err)
{
    size_t count = (size_t) problem->instance_count;
    int *memory = calloc(3 * count, sizeof *memory);
    if (!memory)
        return hax_fail_memory(err, "the order of instances");
    walk at = { problem, memory, memory + count, memory + 2 * count };
    for (size_t i = 0; i < count; i++)
        at.next[i] = -1;
    *instance = -1;
    for (int i = 0; i < problem->instance_count && *instance < 0; i++)
        if (at.next[i] < 0)
            *instance = walk_from(&at, i);
    free(memory);
    return HAX_OK;
}

/* ---- names ---------------------------------------------------------------------------------- */

typedef struct named {
    const char *name;
    int group;
} named;

static int by_name(const void *a, const void *b)
{
    const named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order != 0 ? order : (x->group > y->group) - (x->group < y->group);
}

hax_status problem_find_double(const hax_instance_spec *instance, int *group, hax_error *err)
{
    size_t count = (size_t) instance->group_count;
    named *all = malloc(count * sizeof *all);
    if (!all)
        return hax_fail_memory(err, "the names of groups");
    for (size_t g = 0; g < count; g++)
        all[g] = (named){ instance->groups[g].name, (int) g };
    qsort(all, count, sizeof *all, by_name);
    *group = -1;
    for (size_t g = 1; g < count; g++)
        if (strcmp(all[g].name, all[g - 1].name) == 0 && (*group < 0 || all[g].group < *group))
            *group = all[g].group;
    free(all);
    return HAX_OK;
}
