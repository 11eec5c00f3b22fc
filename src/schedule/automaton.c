#include "automaton.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool pieces_fit(const hax_problem *problem, const node *a, const node *b)
{
    for (int u = 0; u < problem->unit_count; u++) {
        int limit = problem->units[u].max_pieces;
        if (limit >= 0 && a->pieces[u] + (b ? b->pieces[u] : 0) > limit)
            return false;
    }
    return true;
}

static bool same_node(const node *a, const node *b)
{
    return a->group == b->group && a->unit == b->unit && a->exit == b->exit &&
           a->transitions == b->transitions && memcmp(a->pieces, b->pieces, sizeof a->pieces) == 0;
}

static bool grow(void **list, int count, int *room, size_t size)
{
    if (count < *room)
        return true;
    int wanted = *room ? 2 * *room : 64;
    void *grown = realloc(*list, (size_t) wanted * size);
    if (!grown)
        return false;
    *list = grown;
    *room = wanted;
    return true;
}

/* Index of a node, added if new; -1 when memory is out. */
static int intern(automaton *of, const node *wanted)
{
    int *first = &of->first[wanted->group];
    for (int n = *first; n >= 0; n = of->nodes[n].next)
        if (same_node(&of->nodes[n], wanted))
            return n;
    void *list = of->nodes;
    if (!grow(&list, of->node_count, &of->node_room, sizeof(node)))
        return -1;
    of->nodes = list;
    node *made = &of->nodes[of->node_count];
    *made = *wanted;
    made->arc_first = made->arc_count = 0;
    made->next = *first;
    *first = of->node_count;
    return of->node_count++;
}

static void add_phase(arc *made, double ms, double gbps)
{
    made->phases[made->phase_count++] = (phase){ ms, gbps };
    made->ms += ms;
}

static bool add_arc(const hax_problem *problem, automaton *of, arc made, const node *to)
{
    if (problem->max_transitions >= 0 && to->transitions > problem->max_transitions)
        return true;
    if (!pieces_fit(problem, to, NULL))
        return true;
    double rest = 0, least = 0;
    bool safe = true;
    for (int p = made.phase_count - 1; p >= 0; p--) {
        made.rest_ms[p] = rest;
        rest += made.phases[p].ms;
        safe = safe && made.phases[p].gbps >= least;
        least = made.phases[p].gbps;
        made.safe[p] = safe;
    }
    made.to = intern(of, to);
    void *list = of->arcs;
    if (made.to < 0 || !grow(&list, of->arc_count, &of->arc_room, sizeof(arc)))
        return false;
    of->arcs = list;
    of->arcs[of->arc_count++] = made;
    return true;
}

/* A group on a unit, from a node that may go there: with and without OUT behind it, where OUT
 * costs anything. */
static bool add_group(const hax_problem *problem, automaton *of, int from, int unit)
{
    node to = of->nodes[from];
    const hax_cost *cost = cost_of(problem, of->instance, to.group, unit);
    arc made = { .from = from, .unit = unit, .group = to.group };
    bool moves = to.unit >= 0 && to.unit != unit;
    bool last = to.group + 1 == of->group_count;
    to.transitions += moves && problem->max_transitions >= 0;
    if (to.unit != unit && problem->units[unit].max_pieces >= 0)
        to.pieces[unit]++;
    if (moves && cost->in_ms > 0)
        add_phase(&made, cost->in_ms, cost->in_gbps);
    add_phase(&made, cost->time_ms, cost->gbps);
    to.group++;
    to.unit = unit;
    to.exit = last || cost->out_ms > 0 ? EXIT_STAY : EXIT_FREE;
    if (!add_arc(problem, of, made, &to))
        return false;
    if (last || cost->out_ms <= 0)
        return true;
    to.exit = EXIT_LEAVE;
    add_phase(&made, cost->out_ms, cost->out_gbps);
    return add_arc(problem, of, made, &to);
}

static bool may_enter(const node *from, int unit)
{
    if (from->unit < 0 || from->exit == EXIT_FREE)
        return true;
    return from->exit == EXIT_STAY ? from->unit == unit : from->unit != unit;
}

static bool expand(const hax_problem *problem, automaton *of, int from)
{
    const node at = of->nodes[from];
    bool ok = true;
    of->nodes[from].arc_first = of->arc_count;
    for (int u = 0; u < problem->unit_count && ok; u++)
        if (cost_of(problem, of->instance, at.group, u)->allowed && may_enter(&at, u))
            ok = add_group(problem, of, from, u);
    of->nodes[from].arc_count = of->arc_count - of->nodes[from].arc_first;
    return ok;
}

void chains_beside(const hax_problem *problem, const automaton *of, const node *other,
                   double *chain_ms, int *chain_arc)
{
    for (int g = of->group_count; g >= 0; g--) {
        for (int n = of->first[g]; n >= 0; n = of->nodes[n].next) {
            const node *at = &of->nodes[n];
            bool end = node_done(of, n) && pieces_fit(problem, at, other);
            chain_ms[n] = end ? 0 : INFINITY;
            chain_arc[n] = -1;
            for (int a = at->arc_first; a < at->arc_first + at->arc_count; a++) {
                double ms = of->arcs[a].ms + chain_ms[of->arcs[a].to];
                if (ms >= chain_ms[n])
                    continue;
                chain_ms[n] = ms;
                chain_arc[n] = a;
            }
        }
    }
}

static hax_status fill_chains(const hax_problem *problem, automaton *of, hax_error *err)
{
    double *ms = calloc((size_t) of->node_count, sizeof *ms);
    int *best = calloc((size_t) of->node_count, sizeof *best);
    bool ok = ms && best;
    if (ok)
        chains_beside(problem, of, NULL, ms, best);
    for (int n = 0; ok && n < of->node_count; n++) {
        of->nodes[n].chain_ms = ms[n];
        of->nodes[n].chain_arc = best[n];
    }
    free(ms);
    free(best);
    if (!ok)
        return hax_fail_memory(err, "a search");
    if (isinf(of->nodes[0].chain_ms))
        return hax_fail(err, HAX_INFEASIBLE,
                        "instance '%s' has no way through its groups that keeps the limits on "
                        "transitions and pieces",
                        problem->instances[of->instance].name);
    return HAX_OK;
}

static hax_status expand_all(const hax_problem *problem, automaton *made, hax_error *err)
{
    const node start = { .unit = -1, .exit = EXIT_FREE };
    size_t bytes = (size_t) (made->group_count + 1) * sizeof *made->first;
    made->first = malloc(bytes);
    if (!made->first)
        return hax_fail_memory(err, "a search");
    memset(made->first, -1, bytes);
    if (intern(made, &start) < 0)
        return hax_fail_memory(err, "a search");
    for (int g = 0; g < made->group_count; g++)
        for (int n = made->first[g]; n >= 0; n = made->nodes[n].next)
            if (!expand(problem, made, n))
                return hax_fail_memory(err, "a search");
    return fill_chains(problem, made, err);
}

hax_status automaton_build(const hax_problem *problem, int instance, automaton *made,
                           hax_error *err)
{
    *made = (automaton){ .instance = instance,
                         .group_count = problem->instances[instance].group_count };
    hax_status status = expand_all(problem, made, err);
    if (status != HAX_OK)
        automaton_free(made);
    return status;
}

void automaton_free(automaton *of)
{
    free(of->nodes);
    free(of->arcs);
    free(of->first);
    *of = (automaton){ 0 };
}
