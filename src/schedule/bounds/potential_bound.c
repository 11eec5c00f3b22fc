#include "potential_bound.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assume.h"
#include "state.h"

enum {
    LANES = 8,        /* ways to give out the units are looked at so many at once */
    FRONT_MOST = 512, /* ways worth looking at in one cell */
    FRONT_OFTEN = 16, /* of them in most rounds: those that were the worst of late */
    ORDERS_MOST = 24, /* of POTENTIAL_INSTANCES */
};

/* Simplices of a grid, and numbers in all fronts: more take too long or too much memory. */
static const size_t simplices_most = 400000, rates_most = (size_t) 4 << 20;

/* ---- what can run at once -------------------------------------------------------------------- */

/*
 * A front: how fast the instances can get on in a cell, groups per ms, for every way to give them
 * units that is not worse for all of them than another one: [instance][way], a multiple of LANES.
 */
typedef struct front {
    size_t first; /* in survey.rates */
    int ways;
    int turn; /* whose place among the first FRONT_OFTEN is given up next */
} front;

typedef struct survey {
    const hax_instance_set *instances;
    const hax_effort *effort;
    bool stopped;
    hax_potential_bound *bound;
    int count, order_count, orders[ORDERS_MOST][POTENTIAL_INSTANCES];
    size_t cell_count, rate_count, rate_capacity;
    front *fronts; /* [cell] */
    float *rates;
    uint8_t *calm; /* [cell][order]: rounds to leave it out */
    float worst;
} survey;

/* Where the search for a front stands. */
typedef struct choice {
    survey *survey;
    int groups[POTENTIAL_INSTANCES];
    int units[POTENTIAL_INSTANCES]; /* -1: idle */
    float (*found)[POTENTIAL_INSTANCES];
    int count;
} choice;

static void rate_choice(const choice *allotted, float *rates)
{
    const hax_instance_set *instances = allotted->survey->instances;
    double total = 0;
    for (int i = 0; i < instances->count; i++)
        if (allotted->units[i] >= 0)
            total +=
                hax_cost_of(instances->problem, i, allotted->groups[i], allotted->units[i])->gbps;
    for (int i = 0; i < instances->count; i++) {
        rates[i] = 0;
        if (allotted->units[i] < 0)
            continue;
        const hax_cost *cost =
            hax_cost_of(instances->problem, i, allotted->groups[i], allotted->units[i]);
        double slow = hax_instance_set_slowdown(instances, allotted->units[i],
                                                hax_cost_own_gbps(cost), total - cost->gbps);
        assert(slow >= 1 && cost->time_ms > 0);
        rates[i] = (float) (1 / (slow * cost->time_ms));
    }
}

static bool no_faster(const float *a, const float *b, int count)
{
    for (int i = 0; i < count; i++)
        if (a[i] > b[i])
            return false;
    return true;
}

/* Adds a choice to the front unless something there is as fast. */
static void add_choice(choice *allotted)
{
    float rates[POTENTIAL_INSTANCES];
    int kept = 0, count = allotted->survey->count;
    rate_choice(allotted, rates);
    for (int f = 0; f < allotted->count; f++)
        if (no_faster(rates, allotted->found[f], count))
            return;
    for (int f = 0; f < allotted->count; f++)
        if (!no_faster(allotted->found[f], rates, count))
            memcpy(allotted->found[kept++], allotted->found[f], sizeof rates);
    assert(kept <= allotted->count && kept <= FRONT_MOST);
    allotted->count = kept;
    if (allotted->count < FRONT_MOST)
        memcpy(allotted->found[allotted->count++], rates, sizeof rates);
}

static void choose_units(choice *allotted, int i, uint32_t taken)
{
    const hax_problem *problem = allotted->survey->instances->problem;
    if (i == allotted->survey->count) {
        add_choice(allotted);
        allotted->survey->stopped =
            allotted->survey->stopped ||
            !hax_effort_spend(allotted->survey->effort, 64 + 8 * (uint64_t) allotted->count);
        return;
    }
    for (int u = 0; u < problem->unit_count && !allotted->survey->stopped; u++) {
        uint32_t takes = problem->units[u].resources;
        if ((taken & takes) || !hax_cost_of(problem, i, allotted->groups[i], u)->allowed)
            continue;
        allotted->units[i] = u;
        choose_units(allotted, i + 1, taken | takes);
    }
    allotted->units[i] = -1;
    if (!allotted->survey->stopped)
        choose_units(allotted, i + 1, taken);
}

/* The next of all lists of `count` numbers below limits, the last one first; false at the end. */
static bool next_list(int *list, int count, const int *limits)
{
    for (int c = count - 1; c >= 0; c--) {
        if (++list[c] < limits[c])
            return true;
        list[c] = 0;
    }
    return false;
}

/* Writes the front down by instances, the last way again where lanes are left over. */
static bool keep_front(survey *survey, const choice *from, front *result)
{
    int ways = (from->count + LANES - 1) / LANES * LANES;
    assert(from->count > 0); /* that nothing runs is a way, too */
    if (from->count == FRONT_MOST ||
        survey->rate_count + (size_t) (survey->count * ways) > survey->rate_capacity)
        return false;
    *result = (front){ survey->rate_count, ways, 0 };
    survey->rate_count += (size_t) (survey->count * ways);
    for (int i = 0; i < survey->count; i++)
        for (int w = 0; w < ways; w++)
            survey->rates[result->first + (size_t) (i * ways + w)] =
                from->found[w < from->count ? w : from->count - 1][i];
    return true;
}

/* false: they are too many, or take too long. */
static bool make_fronts(survey *survey, float (*found)[POTENTIAL_INSTANCES])
{
    choice allotted = { .survey = survey, .found = found };
    int limits[POTENTIAL_INSTANCES];
    size_t cell = 0;
    for (int i = 0; i < survey->count; i++)
        limits[i] = survey->instances->automata[i].group_count;
    do {
        allotted.count = 0;
        choose_units(&allotted, 0, 0);
        if (survey->stopped || !keep_front(survey, &allotted, &survey->fronts[cell++]))
            return false;
    } while (next_list(allotted.groups, survey->count, limits));
    return true;
}

static void list_orders(survey *survey, int *now, int depth, uint32_t taken)
{
    HAX_ASSUME(depth <= survey->count && survey->count <= POTENTIAL_INSTANCES);
    if (depth == survey->count) {
        memcpy(survey->orders[survey->order_count++], now, (size_t) depth * sizeof *now);
        return;
    }
    for (int i = 0; i < survey->count; i++)
        if (!(taken >> i & 1)) {
            now[depth] = i;
            list_orders(survey, now, depth + 1, taken | 1U << i);
        }
}

/* ---- heights to begin with ------------------------------------------------------------------- */

/* The groups at a point; of what has ended the last one. */
static size_t cell_at(const survey *survey, size_t point, uint32_t *ended)
{
    size_t cell = 0;
    *ended = 0;
    for (int i = 0; i < survey->count; i++) {
        int groups = survey->instances->automata[i].group_count;
        int g = (int) (point / survey->bound->stride[i] % (size_t) (groups + 1));
        *ended |= (uint32_t) (g == groups) << i;
        cell = cell * (size_t) groups + (size_t) (g < groups ? g : g - 1);
    }
    assert(cell < survey->cell_count);
    return cell;
}

/* Instances that get on, the fastest first. */
static int sort_by_rate(const survey *survey, const front *from, int way, uint32_t ended,
                        int *sorted, float *rates)
{
    int count = 0;
    for (int i = 0; i < survey->count; i++) {
        float rate = survey->rates[from->first + (size_t) (i * from->ways + way)];
        int s = count;
        if ((ended >> i & 1) || rate <= 0)
            continue;
        for (; s > 0 && rates[s - 1] < rate; s--) {
            rates[s] = rates[s - 1];
            sorted[s] = sorted[s - 1];
        }
        rates[s] = rate;
        sorted[s] = i;
        count++;
    }
    return count;
}

/* The height of a point such that every way to go on from there takes the time that it falls
 * by, as far as the points behind it tell. */
static float height_of(const survey *survey, size_t from)
{
    uint32_t ended;
    const front *here = &survey->fronts[cell_at(survey, from, &ended)];
    double least = INFINITY;
    for (int w = 0; w < here->ways; w++) {
        int sorted[POTENTIAL_INSTANCES];
        float rates[POTENTIAL_INSTANCES];
        int count = sort_by_rate(survey, here, w, ended, sorted, rates);
        double time = 1;
        size_t point = from;
        for (int s = 0; s < count; s++) {
            point += survey->bound->stride[sorted[s]];
            assert(point < survey->bound->points && (s == 0 || rates[s] <= rates[s - 1]));
            time +=
                (rates[s] - (s + 1 < count ? rates[s + 1] : 0)) * survey->bound->potential[point];
        }
        if (count > 0)
            least = hax_min(least, time / rates[0]);
    }
    assert(least >= 0);
    return (float) least;
}

/* What is left of the first height after the relaxation, at the most; a guess that only saves the
 * time that one takes. */
static const float relaxed_most = 0.9F;

/* Somewhat higher than that: what is moved later sinks more than it rises. Of 1 to 1.3, this gave
 * the highest bounds with contention. */
static void first_heights(survey *survey)
{
    static const float lift = 1.08F;
    for (size_t p = survey->bound->points - 1; p-- > 0;)
        survey->bound->potential[p] = height_of(survey, p);
    for (size_t p = 0; p < survey->bound->points; p++)
        survey->bound->potential[p] *= lift;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

/* How fast the height falls along the worst of so many ways; falls: by instance. */
static float steepest(const survey *survey, const front *here, int ways, const float *falls,
                      int *way)
{
    float sums[FRONT_MOST], most[LANES] = { 0 }, worst = 0;
    const float *rates = survey->rates + here->first;
    for (int block = 0; block < ways; block += LANES) {
        float *sum = sums + block;
        for (int l = 0; l < LANES; l++)
            sum[l] = rates[block + l] * falls[0];
        for (int i = 1; i < survey->count; i++)
            for (int l = 0; l < LANES; l++)
                sum[l] += rates[i * here->ways + block + l] * falls[i];
        for (int l = 0; l < LANES; l++)
            most[l] = sum[l] > most[l] ? sum[l] : most[l];
    }
    for (int l = 0; l < LANES; l++)
        worst = most[l] > worst ? most[l] : worst;
    *way = 0;
    if (worst > 1)
        while (sums[*way] < worst)
            ++*way;
    return worst;
}

/* Brings a way among those that are looked at often; where it is then. */
static int look_often(survey *survey, front *here, int way)
{
    int to = here->turn;
    assert(to < FRONT_OFTEN && way < here->ways);
    here->turn = (to + 1) % FRONT_OFTEN;
    for (int i = 0; i < survey->count; i++) {
        float *rates = survey->rates + here->first + (size_t) (i * here->ways);
        float kept = rates[to];
        rates[to] = rates[way];
        rates[way] = kept;
    }
    return to;
}

/* A simplex: its points and the falls between them. */
typedef struct simplex_at {
    size_t points[POTENTIAL_INSTANCES + 1];
    float falls[POTENTIAL_INSTANCES]; /* by instance */
} simplex_at;

static simplex_at simplex_of(const survey *survey, size_t point, const int *order)
{
    simplex_at result = { .points = { point } };
    for (int o = 0; o < survey->count; o++) {
        result.points[o + 1] = result.points[o] + survey->bound->stride[order[o]];
        result.falls[order[o]] = survey->bound->potential[result.points[o]] -
                                 survey->bound->potential[result.points[o + 1]];
    }
    return result;
}

/* Moves the points such that the sum of weight * height sinks by `by`, together as little as
 * possible (the projection on the plane where it does: Kaczmarz 1937), and then some more: any
 * factor below 2 comes to where all inequalities hold (Agmon 1954). */
static void move_points(survey *survey, const simplex_at *simplex_at, const float *weights,
                        float by)
{
    static const float over = 1.6F;
    float sum = 0;
    for (int o = 0; o <= survey->count; o++)
        sum += weights[o] * weights[o];
    assert(sum > 0 && by > 0);
    for (int o = 0; o <= survey->count; o++)
        survey->bound->potential[simplex_at->points[o]] -= over * by * weights[o] / sum;
}

/* How many rounds a simplex that falls so fast may be left out. */
static uint8_t calm_for(float fall)
{
    return fall < 0.8F ? 12 : fall < 0.9F ? 6 : fall < 0.95F ? 3 : fall < 0.98F ? 1 : 0;
}

/* Too steep along a way: sum over o of rate[o] * (height[o] - height[o + 1]) is to sink to 1. */
static void make_less_steep(survey *survey, const front *here, const simplex_at *corner,
                            const int *order, int way, float fall)
{
    float weights[POTENTIAL_INSTANCES + 1] = { 0 };
    for (int o = 0; o < survey->count; o++) {
        float rate = survey->rates[here->first + (size_t) (order[o] * here->ways + way)];
        weights[o] += rate;
        weights[o + 1] -= rate;
    }
    move_points(survey, corner, weights, fall - 1);
}

/* No height rises along a group: height[o + 1] - height[o] is to sink to 0 where it is more. Each
 * is asked for as the points are by then: several that move the same points by what was wrong
 * before move them further and further away. True when some rose. */
static bool stop_rises(survey *survey, const simplex_at *corner)
{
    bool rose = false;
    for (int o = 0; o < survey->count; o++) {
        float weights[POTENTIAL_INSTANCES + 1] = { 0 };
        float rise = survey->bound->potential[corner->points[o + 1]] -
                     survey->bound->potential[corner->points[o]];
        if (rise <= 0)
            continue;
        weights[o] = -1;
        weights[o + 1] = 1;
        move_points(survey, corner, weights, rise);
        rose = true;
    }
    return rose;
}

/* One simplex of a cell: what does not hold there moves its points. `all`: every way to give out
 * the units is looked at, not only those that were the worst of late. */
static void relax(survey *survey, size_t cell, size_t point, int number, bool every_way)
{
    front *here = &survey->fronts[cell];
    const int *order = survey->orders[number];
    const simplex_at corner = simplex_of(survey, point, order);
    int ways = every_way || here->ways < FRONT_OFTEN ? here->ways : FRONT_OFTEN, way;
    float fall = steepest(survey, here, ways, corner.falls, &way);
    if (way >= FRONT_OFTEN)
        way = look_often(survey, here, way);
    survey->worst = fall > survey->worst ? fall : survey->worst;
    if (fall > 1)
        make_less_steep(survey, here, &corner, order, way, fall);
    bool rose = stop_rises(survey, &corner);
    survey->calm[cell * (size_t) survey->order_count + (size_t) number] = rose ? 0 : calm_for(fall);
}

static size_t point_of_cell(const survey *survey, size_t cell)
{
    size_t point = 0;
    for (int i = survey->count - 1; i >= 0; i--) {
        size_t groups = (size_t) survey->instances->automata[i].group_count;
        point += cell % groups * survey->bound->stride[i];
        cell /= groups;
    }
    return point;
}

static void one_round(survey *survey, bool back, bool every_way)
{
    survey->worst = 0;
    for (size_t c = 0; c < survey->cell_count; c++) {
        size_t cell = back ? survey->cell_count - 1 - c : c, point = point_of_cell(survey, cell);
        uint8_t *calm = survey->calm + cell * (size_t) survey->order_count;
        for (int o = 0; o < survey->order_count; o++) {
            if (!every_way && calm[o] > 0)
                calm[o]--;
            else
                relax(survey, cell, point, o, every_way);
        }
    }
}

/* The steepest fall of all, exactly: what takes no part in a way does no harm by rising. */
static double steepest_of_all(const survey *survey)
{
    double worst = 0;
    for (size_t cell = 0; cell < survey->cell_count; cell++) {
        const front *here = &survey->fronts[cell];
        size_t point = point_of_cell(survey, cell);
        for (int o = 0; o < survey->order_count; o++) {
            simplex_at corner = simplex_of(survey, point, survey->orders[o]);
            for (int w = 0; w < here->ways; w++) {
                double sum = 0;
                for (int i = 0; i < survey->count; i++)
                    sum += hax_max((double) corner.falls[i], 0) *
                           survey->rates[here->first + (size_t) (i * here->ways + w)];
                worst = hax_max(worst, sum);
            }
        }
    }
    return worst;
}

#ifndef NDEBUG
/* What makes heights a bound: along no way they fall by more than 1 per millisecond. As floats they
 * are off by so much of the highest of them, which adds to every fall. */
static bool heights_hold(const survey *survey)
{
    const double off = (double) survey->bound->potential[0] * 0x1p-22;
    for (size_t cell = 0; cell < survey->cell_count; cell++) {
        const front *here = &survey->fronts[cell];
        for (int o = 0; o < survey->order_count; o++) {
            const simplex_at corner =
                simplex_of(survey, point_of_cell(survey, cell), survey->orders[o]);
            for (int w = 0; w < here->ways; w++) {
                double sum = 0;
                for (int i = 0; i < survey->count; i++)
                    sum += ((double) corner.falls[i] - off) *
                           survey->rates[here->first + (size_t) (i * here->ways + w)];
                if (sum > 1 + 1e-6)
                    return false;
            }
        }
    }
    return true;
}
#endif

/* Relaxation: moves heights until the inequalities hold, nearly; then divides them by what is
 * missing. */
static void relax_all(survey *survey)
{
    enum { ROUNDS = 224, ALL_EVERY = 16 };
    static const float near = 1.0005F;
    static const double rounding = 1 + 1e-6;
    const uint64_t steps =
        survey->cell_count * (size_t) survey->order_count * 32 + survey->rate_count;
    for (int round = 1; round <= ROUNDS && hax_effort_spend(survey->effort, steps); round++) {
        one_round(survey, round & 1, round % ALL_EVERY == 0);
        if (round % ALL_EVERY == 0 && survey->worst < near)
            break;
    }
    float end = survey->bound->potential[survey->bound->points - 1];
    double worst = hax_max(steepest_of_all(survey), 1) * rounding;
    for (size_t p = 0; p < survey->bound->points; p++)
        survey->bound->potential[p] =
            (float) (((double) survey->bound->potential[p] - (double) end) / worst);
    assert(survey->bound->potential[survey->bound->points - 1] == 0);
    assert(heights_hold(survey));
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Milliseconds of a group: of any other its rate or the square of that would be nothing or infinite
 * as a float. */
static const double time_least = 1e-15, time_most = 1e15;

/* The grid's size; false: it would be too large. */
static bool measure(survey *survey, hax_potential_bound *potential)
{
    const hax_instance_set *instances = survey->instances;
    survey->count = instances->count;
    if (instances->count > POTENTIAL_INSTANCES)
        return false;
    int now[POTENTIAL_INSTANCES];
    list_orders(survey, now, 0, 0);
    survey->cell_count = potential->points = 1;
    for (int i = instances->count - 1; i >= 0; i--) {
        size_t groups = (size_t) instances->automata[i].group_count;
        potential->stride[i] = potential->points;
        potential->points *= groups + 1;
        survey->cell_count *= groups;
        if (survey->cell_count * (size_t) survey->order_count > simplices_most)
            return false;
        for (size_t g = 0; g < groups; g++)
            for (int u = 0; u < instances->problem->unit_count; u++) {
                const hax_cost *cost = hax_cost_of(instances->problem, i, (int) g, u);
                if (cost->allowed && !(cost->time_ms >= time_least && cost->time_ms <= time_most))
                    return false; /* nothing can fall along a group that takes no time */
            }
    }
    return true;
}

static void survey_free(survey *survey)
{
    free(survey->fronts);
    free(survey->rates);
    free(survey->calm);
}

hax_status hax_potential_make(const hax_instance_set *instances, double least_ms,
                              const hax_effort *effort, hax_potential_bound *potential,
                              hax_error *err)
{
    *potential = (hax_potential_bound){ 0 };
    survey context = { .instances = instances, .effort = effort, .bound = potential };
    if (!measure(&context, potential))
        return HAX_OK;
    context.rate_capacity = context.cell_count * FRONT_MOST * (size_t) context.count;
    if (context.rate_capacity > rates_most)
        context.rate_capacity = rates_most;
    assert(context.rate_capacity > 0); /* a problem has instances, and each of them groups */
    float(*found)[POTENTIAL_INSTANCES] = calloc(FRONT_MOST, sizeof *found);
    context.fronts = calloc(context.cell_count, sizeof *context.fronts);
    context.rates = calloc(context.rate_capacity, sizeof *context.rates);
    context.calm = calloc(context.cell_count, (size_t) context.order_count);
    potential->potential = calloc(potential->points, sizeof *potential->potential);
    bool ok = found && context.fronts && context.rates && context.calm && potential->potential;
    if (ok && make_fronts(&context, found)) {
        first_heights(&context);
        if (potential->potential[0] * relaxed_most >= least_ms) {
            relax_all(&context);
            potential->instances = potential->potential[0] > least_ms ? instances : NULL;
        }
    }
    free(found);
    survey_free(&context);
    return ok ? HAX_OK : hax_fail_memory(err, "a bound");
}

void hax_potential_free(hax_potential_bound *potential)
{
    free(potential->potential);
    *potential = (hax_potential_bound){ 0 };
}

/* ---- heights of states ----------------------------------------------------------------------- */

/* The groups that an instance has done. */
static int groups_done(const hax_automaton *a, const hax_instance_state *actor)
{
    if (actor->item < 0 && actor->node >= 0)
        return a->nodes[actor->node].group;
    const hax_chain_item *work = &a->items[actor->item >= 0 ? actor->item : actor->then];
    return work->group + (work->part == HAX_PART_OUT);
}

/* How much of the group in progress is done; 0: none is. */
static double share_done(const hax_automaton *a, const hax_instance_state *actor)
{
    if (actor->item < 0 || a->items[actor->item].part != HAX_PART_RUN)
        return 0;
    return 1 - actor->left_ms / a->items[actor->item].ms;
}

double hax_potential_value(const hax_potential_bound *potential, const hax_round_state *state)
{
    int sorted[POTENTIAL_INSTANCES], count = 0;
    double shares[POTENTIAL_INSTANCES];
    size_t point = 0;
    assert(potential->instances->count <= POTENTIAL_INSTANCES);
    for (int i = 0; i < potential->instances->count; i++) {
        const hax_automaton *a = &potential->instances->automata[i];
        double share = share_done(a, &state->actors[i]);
        int s = count;
        point += (size_t) groups_done(a, &state->actors[i]) * potential->stride[i];
        if (share <= 0)
            continue;
        for (; s > 0 && shares[s - 1] < share; s--) {
            shares[s] = shares[s - 1];
            sorted[s] = sorted[s - 1];
        }
        assert(share <= 1);
        shares[s] = share;
        sorted[s] = i;
        count++;
    }
    double height = potential->potential[point];
    for (int s = 0; s < count; s++) {
        size_t next = point + potential->stride[sorted[s]];
        height -= shares[s] *
                  ((double) potential->potential[point] - (double) potential->potential[next]);
        point = next;
    }
    return height;
}

/* ---- of many points -------------------------------------------------------------------------- */

/* Groups in progress at all points of a hull, and where in them the points are. */
typedef struct progress {
    const hax_potential_bound *bound;
    const hax_convex_set *points;
    int count, instance[POTENTIAL_INSTANCES];
    double per_ms[POTENTIAL_INSTANCES]; /* share of the group, as the end comes closer */
    bool behind[POTENTIAL_INSTANCES][POTENTIAL_INSTANCES]; /* a is less far than b at all points */
    size_t point;
    int plane_count;
    hax_potential_plane *planes;
} progress;

static double share_left(const progress *progress, int a, int p)
{
    const double *at = hax_convex_set_point(progress->points, p);
    return progress->per_ms[a] * (at[1 + progress->instance[a]] - at[0]);
}

static void compare_shares(progress *progress)
{
    for (int a = 0; a < progress->count; a++)
        for (int b = 0; b < progress->count; b++) {
            progress->behind[a][b] = a != b;
            for (int p = 0; p < progress->points->count; p++)
                if (share_left(progress, a, p) <= share_left(progress, b, p))
                    progress->behind[a][b] = false;
        }
}

/* May `a` be the next in an order of falling shares, behind those taken? Not where some other that
 * has not been taken is further at all points. */
static bool may_be_next(const progress *progress, uint32_t taken, int a)
{
    if (taken >> a & 1)
        return false;
    for (int b = 0; b < progress->count; b++)
        if (!(taken >> b & 1) && progress->behind[a][b])
            return false;
    return true;
}

/* One edge of a Kuhn simplex more: the height sinks by share * fall along it, and the share of a's
 * group that is done is 1 - per_ms * (the end of its item - the clock). */
static hax_potential_plane along_edge(const progress *progress, const hax_potential_plane *so_far,
                                      int a, double fall)
{
    hax_potential_plane longer = *so_far;
    longer.constant -= fall;
    longer.slope[progress->instance[a]] = fall * progress->per_ms[a];
    return longer;
}

/* Adds the plane of every simplex that some of the points may be in, one for each order of shares:
 * `taken` are those further on, `point` is where the edges so far lead, `so_far` their plane. */
static void add_planes(progress *progress, size_t point, uint32_t taken,
                       const hax_potential_plane *so_far)
{
    if (taken + 1 == 1U << progress->count) { /* all of them: the order is complete */
        assert(progress->plane_count < POTENTIAL_PLANES);
        progress->planes[progress->plane_count++] = *so_far;
        return;
    }
    for (int a = 0; a < progress->count; a++) {
        if (!may_be_next(progress, taken, a))
            continue;
        size_t next = point + progress->bound->stride[progress->instance[a]];
        const float *height = progress->bound->potential;
        const hax_potential_plane longer =
            along_edge(progress, so_far, a, (double) height[point] - (double) height[next]);
        add_planes(progress, next, taken | 1U << a, &longer);
    }
}

int hax_potential_planes(const hax_potential_bound *potential, const hax_round_state *state,
                         const hax_convex_set *points, const double *rates,
                         hax_potential_plane *planes)
{
    progress context = { .bound = potential, .points = points, .planes = planes };
    for (int i = 0; i < potential->instances->count; i++) {
        const hax_automaton *a = &potential->instances->automata[i];
        int index = state->actors[i].item;
        context.point += (size_t) groups_done(a, &state->actors[i]) * potential->stride[i];
        if (index < 0 || a->items[index].part != HAX_PART_RUN)
            continue;
        assert(rates[i] > 0 && rates[i] <= 1);
        context.per_ms[context.count] = rates[i] / a->items[index].ms;
        context.instance[context.count++] = i;
    }
    compare_shares(&context);
    add_planes(&context, context.point, 0,
               &(const hax_potential_plane){ .constant = potential->potential[context.point] });
    return context.plane_count;
}
