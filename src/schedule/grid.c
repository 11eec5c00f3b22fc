#include "grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assume.h"
#include "order.h"

enum {
    LANES = 8,        /* ways to give out the units are looked at so many at once */
    FRONT_MOST = 512, /* ways worth looking at in one cell */
    FRONT_OFTEN = 16, /* of them in most rounds: those that were the worst of late */
    ORDERS_MOST = 24, /* of GRID_INSTANCES */
};

/* Simplices of a grid, and numbers in all fronts: more take too long or too much memory. */
static const size_t simplices_most = 400000, rates_most = (size_t) 4 << 20;

/* ---- what can run at once ---------------------------------------------------------------------
 */

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
    const fleet *fleet;
    const hax_effort *effort;
    bool stopped;
    grid *made;
    int count, order_count, orders[ORDERS_MOST][GRID_INSTANCES];
    size_t cell_count, rate_count, rate_room;
    front *fronts; /* [cell] */
    float *rates;
    uint8_t *calm; /* [cell][order]: rounds to leave it out */
    float worst;
} survey;

/* Where the search for a front stands. */
typedef struct choice {
    survey *of;
    int groups[GRID_INSTANCES];
    int units[GRID_INSTANCES]; /* -1: idle */
    float (*found)[GRID_INSTANCES];
    int count;
} choice;

static void rate_choice(const choice *at, float *rates)
{
    const fleet *all = at->of->fleet;
    double total = 0;
    for (int i = 0; i < all->count; i++)
        if (at->units[i] >= 0)
            total += cost_of(all->problem, i, at->groups[i], at->units[i])->gbps;
    for (int i = 0; i < all->count; i++) {
        rates[i] = 0;
        if (at->units[i] < 0)
            continue;
        const hax_cost *cost = cost_of(all->problem, i, at->groups[i], at->units[i]);
        double slow = fleet_slowdown(all, at->units[i], cost_own_gbps(cost), total - cost->gbps);
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
static void add_choice(choice *at)
{
    float rates[GRID_INSTANCES];
    int kept = 0, count = at->of->count;
    rate_choice(at, rates);
    for (int f = 0; f < at->count; f++)
        if (no_faster(rates, at->found[f], count))
            return;
    for (int f = 0; f < at->count; f++)
        if (!no_faster(at->found[f], rates, count))
            memcpy(at->found[kept++], at->found[f], sizeof rates);
    at->count = kept;
    if (at->count < FRONT_MOST)
        memcpy(at->found[at->count++], rates, sizeof rates);
}

static void choose_units(choice *at, int i, uint32_t taken)
{
    const hax_problem *problem = at->of->fleet->problem;
    if (i == at->of->count) {
        add_choice(at);
        at->of->stopped =
            at->of->stopped || !hax_effort_spend(at->of->effort, 64 + 8 * (uint64_t) at->count);
        return;
    }
    for (int u = 0; u < problem->unit_count && !at->of->stopped; u++) {
        uint32_t takes = problem->units[u].resources;
        if ((taken & takes) || !cost_of(problem, i, at->groups[i], u)->allowed)
            continue;
        at->units[i] = u;
        choose_units(at, i + 1, taken | takes);
    }
    at->units[i] = -1;
    if (!at->of->stopped)
        choose_units(at, i + 1, taken);
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
static bool keep_front(survey *of, const choice *from, front *made)
{
    int ways = (from->count + LANES - 1) / LANES * LANES;
    if (from->count == FRONT_MOST || of->rate_count + (size_t) (of->count * ways) > of->rate_room)
        return false;
    *made = (front){ of->rate_count, ways, 0 };
    of->rate_count += (size_t) (of->count * ways);
    for (int i = 0; i < of->count; i++)
        for (int w = 0; w < ways; w++)
            of->rates[made->first + (size_t) (i * ways + w)] =
                from->found[w < from->count ? w : from->count - 1][i];
    return true;
}

/* false: they are too many, or take too long. */
static bool make_fronts(survey *of, float (*found)[GRID_INSTANCES])
{
    choice at = { .of = of, .found = found };
    int limits[GRID_INSTANCES];
    size_t cell = 0;
    for (int i = 0; i < of->count; i++)
        limits[i] = of->fleet->of[i].group_count;
    do {
        at.count = 0;
        choose_units(&at, 0, 0);
        if (of->stopped || !keep_front(of, &at, &of->fronts[cell++]))
            return false;
    } while (next_list(at.groups, of->count, limits));
    return true;
}

static void list_orders(survey *of, int *now, int at, uint32_t taken)
{
    HAX_ASSUME(at <= of->count && of->count <= GRID_INSTANCES);
    if (at == of->count) {
        memcpy(of->orders[of->order_count++], now, (size_t) at * sizeof *now);
        return;
    }
    for (int i = 0; i < of->count; i++)
        if (!(taken >> i & 1)) {
            now[at] = i;
            list_orders(of, now, at + 1, taken | 1U << i);
        }
}

/* ---- heights to begin with ------------------------------------------------------------------ */

/* The groups at a point; of what has ended the last one. */
static size_t cell_at(const survey *of, size_t point, uint32_t *ended)
{
    size_t cell = 0;
    *ended = 0;
    for (int i = 0; i < of->count; i++) {
        int groups = of->fleet->of[i].group_count;
        int g = (int) (point / of->made->stride[i] % (size_t) (groups + 1));
        *ended |= (uint32_t) (g == groups) << i;
        cell = cell * (size_t) groups + (size_t) (g < groups ? g : g - 1);
    }
    return cell;
}

/* Instances that get on, the fastest first. */
static int sort_by_rate(const survey *of, const front *from, int way, uint32_t ended, int *sorted,
                        float *rates)
{
    int count = 0;
    for (int i = 0; i < of->count; i++) {
        float rate = of->rates[from->first + (size_t) (i * from->ways + way)];
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
static float height_of(const survey *of, size_t from)
{
    uint32_t ended;
    const front *here = &of->fronts[cell_at(of, from, &ended)];
    double least = INFINITY;
    for (int w = 0; w < here->ways; w++) {
        int sorted[GRID_INSTANCES];
        float rates[GRID_INSTANCES];
        int count = sort_by_rate(of, here, w, ended, sorted, rates);
        double time = 1;
        size_t point = from;
        for (int s = 0; s < count; s++) {
            point += of->made->stride[sorted[s]];
            time += (rates[s] - (s + 1 < count ? rates[s + 1] : 0)) * of->made->height[point];
        }
        if (count > 0)
            least = smaller(least, time / rates[0]);
    }
    return (float) least;
}

/* What is left of the first height after it has settled, at the most; a guess that only saves the
 * time that settling takes. */
static const float settled_most = 0.9F;

/* Somewhat higher than that: what is moved later sinks more than it rises. Of 1 to 1.3, this gave
 * the highest bounds with contention. */
static void first_heights(survey *of)
{
    static const float lift = 1.08F;
    for (size_t p = of->made->points - 1; p-- > 0;)
        of->made->height[p] = height_of(of, p);
    for (size_t p = 0; p < of->made->points; p++)
        of->made->height[p] *= lift;
}

/* ---- rounds -------------------------------------------------------------------------------------
 */

/* How fast the height falls along the worst of so many ways; falls: by instance. */
static float steepest(const survey *of, const front *here, int ways, const float *falls, int *way)
{
    float sums[FRONT_MOST], most[LANES] = { 0 }, worst = 0;
    const float *rates = of->rates + here->first;
    for (int block = 0; block < ways; block += LANES) {
        float *sum = sums + block;
        for (int l = 0; l < LANES; l++)
            sum[l] = rates[block + l] * falls[0];
        for (int i = 1; i < of->count; i++)
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
static int look_often(survey *of, front *here, int way)
{
    int to = here->turn;
    here->turn = (to + 1) % FRONT_OFTEN;
    for (int i = 0; i < of->count; i++) {
        float *rates = of->rates + here->first + (size_t) (i * here->ways);
        float kept = rates[to];
        rates[to] = rates[way];
        rates[way] = kept;
    }
    return to;
}

/* A simplex: its points and the falls between them. */
typedef struct simplex_at {
    size_t points[GRID_INSTANCES + 1];
    float falls[GRID_INSTANCES]; /* by instance */
} simplex_at;

static simplex_at simplex_of(const survey *of, size_t point, const int *order)
{
    simplex_at made = { .points = { point } };
    for (int o = 0; o < of->count; o++) {
        made.points[o + 1] = made.points[o] + of->made->stride[order[o]];
        made.falls[order[o]] =
            of->made->height[made.points[o]] - of->made->height[made.points[o + 1]];
    }
    return made;
}

/* Moves the points, together as little as possible and then some more, so that the sum of weight *
 * height sinks by `by`. */
static void move_points(survey *of, const simplex_at *at, const float *weights, float by)
{
    static const float over = 1.6F;
    float sum = 0;
    for (int o = 0; o <= of->count; o++)
        sum += weights[o] * weights[o];
    for (int o = 0; o <= of->count; o++)
        of->made->height[at->points[o]] -= over * by * weights[o] / sum;
}

/* How many rounds a simplex that falls so fast may be left out. */
static uint8_t calm_for(float fall)
{
    return fall < 0.8F ? 12 : fall < 0.9F ? 6 : fall < 0.95F ? 3 : fall < 0.98F ? 1 : 0;
}

static void relax(survey *of, size_t cell, size_t point, int number, bool all)
{
    front *here = &of->fronts[cell];
    const int *order = of->orders[number];
    simplex_at at = simplex_of(of, point, order);
    int way;
    int ways = all || here->ways < FRONT_OFTEN ? here->ways : FRONT_OFTEN;
    float fall = steepest(of, here, ways, at.falls, &way);
    if (way >= FRONT_OFTEN)
        way = look_often(of, here, way);
    of->calm[cell * (size_t) of->order_count + (size_t) number] = calm_for(fall);
    of->worst = fall > of->worst ? fall : of->worst;
    if (fall > 1) {
        float weights[GRID_INSTANCES + 1] = { 0 };
        for (int o = 0; o < of->count; o++) {
            float rate = of->rates[here->first + (size_t) (order[o] * here->ways + way)];
            weights[o] += rate;
            weights[o + 1] -= rate;
        }
        move_points(of, &at, weights, fall - 1);
    }
    for (int o = 0; o < of->count; o++) { /* nothing rises */
        float weights[GRID_INSTANCES + 1] = { 0 };
        if (at.falls[order[o]] >= 0)
            continue;
        weights[o] = -1;
        weights[o + 1] = 1;
        move_points(of, &at, weights, -at.falls[order[o]]);
        of->calm[cell * (size_t) of->order_count + (size_t) number] = 0;
    }
}

static size_t point_of_cell(const survey *of, size_t cell)
{
    size_t point = 0;
    for (int i = of->count - 1; i >= 0; i--) {
        size_t groups = (size_t) of->fleet->of[i].group_count;
        point += cell % groups * of->made->stride[i];
        cell /= groups;
    }
    return point;
}

static void one_round(survey *of, bool back, bool all)
{
    of->worst = 0;
    for (size_t c = 0; c < of->cell_count; c++) {
        size_t cell = back ? of->cell_count - 1 - c : c, point = point_of_cell(of, cell);
        uint8_t *calm = of->calm + cell * (size_t) of->order_count;
        for (int o = 0; o < of->order_count; o++) {
            if (!all && calm[o] > 0)
                calm[o]--;
            else
                relax(of, cell, point, o, all);
        }
    }
}

/* The steepest fall of all, exactly: what takes no part in a way does no harm by rising. */
static double steepest_of_all(const survey *of)
{
    double worst = 0;
    for (size_t cell = 0; cell < of->cell_count; cell++) {
        const front *here = &of->fronts[cell];
        size_t point = point_of_cell(of, cell);
        for (int o = 0; o < of->order_count; o++) {
            simplex_at at = simplex_of(of, point, of->orders[o]);
            for (int w = 0; w < here->ways; w++) {
                double sum = 0;
                for (int i = 0; i < of->count; i++)
                    sum += larger((double) at.falls[i], 0) *
                           of->rates[here->first + (size_t) (i * here->ways + w)];
                worst = larger(worst, sum);
            }
        }
    }
    return worst;
}

/* Moves heights until the inequalities hold, nearly; then divides them by what is missing. */
static void settle(survey *of)
{
    enum { ROUNDS = 224, ALL_EVERY = 16 };
    static const float near = 1.0005F;
    static const double rounding = 1 + 1e-6;
    const uint64_t steps = of->cell_count * (size_t) of->order_count * 32 + of->rate_count;
    for (int round = 1; round <= ROUNDS && hax_effort_spend(of->effort, steps); round++) {
        one_round(of, round & 1, round % ALL_EVERY == 0);
        if (round % ALL_EVERY == 0 && of->worst < near)
            break;
    }
    float end = of->made->height[of->made->points - 1];
    double worst = larger(steepest_of_all(of), 1) * rounding;
    for (size_t p = 0; p < of->made->points; p++)
        of->made->height[p] = (float) (((double) of->made->height[p] - (double) end) / worst);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* The grid's size; false: it would be too large. */
static bool measure(survey *of, grid *made)
{
    const fleet *all = of->fleet;
    of->count = all->count;
    if (all->count > GRID_INSTANCES)
        return false;
    int now[GRID_INSTANCES];
    list_orders(of, now, 0, 0);
    of->cell_count = made->points = 1;
    for (int i = all->count - 1; i >= 0; i--) {
        size_t groups = (size_t) all->of[i].group_count;
        made->stride[i] = made->points;
        made->points *= groups + 1;
        of->cell_count *= groups;
        if (of->cell_count * (size_t) of->order_count > simplices_most)
            return false;
        for (size_t g = 0; g < groups; g++)
            for (int u = 0; u < all->problem->unit_count; u++) {
                const hax_cost *cost = cost_of(all->problem, i, (int) g, u);
                if (cost->allowed && cost->time_ms <= 0)
                    return false; /* nothing can fall along a group that takes no time */
            }
    }
    return true;
}

static void survey_free(survey *of)
{
    free(of->fronts);
    free(of->rates);
    free(of->calm);
}

hax_status grid_make(const fleet *of, double least_ms, const hax_effort *effort, grid *made,
                     hax_error *err)
{
    *made = (grid){ 0 };
    survey at = { .fleet = of, .effort = effort, .made = made };
    if (!measure(&at, made))
        return HAX_OK;
    at.rate_room = at.cell_count * FRONT_MOST * (size_t) at.count;
    if (at.rate_room > rates_most)
        at.rate_room = rates_most;
    assert(at.rate_room > 0); /* a problem has instances, and each of them groups */
    float(*found)[GRID_INSTANCES] = calloc(FRONT_MOST, sizeof *found);
    at.fronts = calloc(at.cell_count, sizeof *at.fronts);
    at.rates = calloc(at.rate_room, sizeof *at.rates);
    at.calm = calloc(at.cell_count, (size_t) at.order_count);
    made->height = calloc(made->points, sizeof *made->height);
    bool ok = found && at.fronts && at.rates && at.calm && made->height;
    if (ok && make_fronts(&at, found)) {
        first_heights(&at);
        if (made->height[0] * settled_most >= least_ms) {
            settle(&at);
            made->fleet = made->height[0] > least_ms ? of : NULL;
        }
    }
    free(found);
    survey_free(&at);
    return ok ? HAX_OK : hax_fail_memory(err, "a bound");
}

void grid_free(grid *of)
{
    free(of->height);
    *of = (grid){ 0 };
}

/* ---- heights of states ----------------------------------------------------------------------- */

/* The groups that an instance has done. */
static int groups_done(const automaton *a, const actor *at)
{
    if (at->item < 0 && at->node >= 0)
        return a->nodes[at->node].group;
    const item *work = &a->items[at->item >= 0 ? at->item : at->then];
    return work->group + (work->part == HAX_PART_OUT);
}

/* How much of the group in progress is done; 0: none is. */
static double share_done(const automaton *a, const actor *at)
{
    if (at->item < 0 || a->items[at->item].part != HAX_PART_RUN)
        return 0;
    return 1 - at->left_ms / a->items[at->item].ms;
}

double grid_height(const grid *of, const state *at)
{
    int sorted[GRID_INSTANCES], count = 0;
    double shares[GRID_INSTANCES];
    size_t point = 0;
    for (int i = 0; i < of->fleet->count; i++) {
        const automaton *a = &of->fleet->of[i];
        double share = share_done(a, &at->at[i]);
        int s = count;
        point += (size_t) groups_done(a, &at->at[i]) * of->stride[i];
        if (share <= 0)
            continue;
        for (; s > 0 && shares[s - 1] < share; s--) {
            shares[s] = shares[s - 1];
            sorted[s] = sorted[s - 1];
        }
        shares[s] = share;
        sorted[s] = i;
        count++;
    }
    double height = of->height[point];
    for (int s = 0; s < count; s++) {
        size_t next = point + of->stride[sorted[s]];
        height -= shares[s] * ((double) of->height[point] - (double) of->height[next]);
        point = next;
    }
    return height;
}

/* ---- of many points ---------------------------------------------------------------------------
 */

/* Groups in progress at all points of a hull, and where in them the points are. */
typedef struct progress {
    const grid *of;
    const hull *points;
    int count, instance[GRID_INSTANCES];
    double per_ms[GRID_INSTANCES];               /* share of the group, as the end comes closer */
    bool behind[GRID_INSTANCES][GRID_INSTANCES]; /* a is less far than b at all points */
    size_t point;
    int plane_count;
    grid_plane *planes;
} progress;

static double share_left(const progress *of, int a, int p)
{
    const double *at = hull_point(of->points, p);
    return of->per_ms[a] * (at[1 + of->instance[a]] - at[0]);
}

static void compare_shares(progress *of)
{
    for (int a = 0; a < of->count; a++)
        for (int b = 0; b < of->count; b++) {
            of->behind[a][b] = a != b;
            for (int p = 0; p < of->points->count; p++)
                if (share_left(of, a, p) <= share_left(of, b, p))
                    of->behind[a][b] = false;
        }
}

/* Adds the plane of every order that some of the points may have: `taken` are those further on. */
static void add_planes(progress *of, size_t point, uint32_t taken, const grid_plane *so_far)
{
    if (taken + 1 == 1U << of->count) {
        of->planes[of->plane_count++] = *so_far;
        return;
    }
    for (int a = 0; a < of->count; a++) {
        bool next = !(taken >> a & 1);
        for (int b = 0; b < of->count; b++)
            next = next && (taken >> b & 1 || !of->behind[a][b]);
        if (!next)
            continue;
        grid_plane more = *so_far;
        size_t behind = point + of->of->stride[of->instance[a]];
        double fall = (double) of->of->height[point] - (double) of->of->height[behind];
        more.constant -= fall;
        more.slope[of->instance[a]] = fall * of->per_ms[a];
        add_planes(of, behind, taken | 1U << a, &more);
    }
}

int grid_planes(const grid *of, const state *at, const hull *points, const double *rates,
                grid_plane *planes)
{
    progress all = { .of = of, .points = points, .planes = planes };
    for (int i = 0; i < of->fleet->count; i++) {
        const automaton *a = &of->fleet->of[i];
        int index = at->at[i].item;
        all.point += (size_t) groups_done(a, &at->at[i]) * of->stride[i];
        if (index < 0 || a->items[index].part != HAX_PART_RUN)
            continue;
        all.per_ms[all.count] = rates[i] / a->items[index].ms;
        all.instance[all.count++] = i;
    }
    compare_shares(&all);
    add_planes(&all, all.point, 0, &(const grid_plane){ .constant = of->height[all.point] });
    return all.plane_count;
}
