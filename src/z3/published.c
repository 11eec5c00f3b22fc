/* The published model in the published way: booleans for the units, reals for the starts. */
#include "published.h"

#include <stdio.h>

#include "clock.h"
#include "error.h"
#include "smt.h"

typedef struct model {
    smt smt;
    const hax_published *data;
    Z3_ast second[2][HAX_PUBLISHED_GROUPS]; /* the group is on the second unit */
    Z3_ast start[2][HAX_PUBLISHED_GROUPS];
} model;

/* A number by the group's unit. */
static Z3_ast by_unit(model *at, int n, int g, double first, double second)
{
    smt *z = &at->smt;
    return smt_if(z, at->second[n][g], smt_number(z, second), smt_number(z, first));
}

static Z3_ast group_ms(model *at, int n, int g)
{
    const hax_published_network *of = &at->data->networks[n];
    return by_unit(at, n, g, of->ms[0][g], of->ms[1][g]);
}

static Z3_ast changes(model *at, int n, int g)
{
    return Z3_mk_xor(at->smt.context, at->second[n][g - 1], at->second[n][g]);
}

static void follow(model *at, int n, int g)
{
    smt *z = &at->smt;
    double lag[2][2]; /* [changes][unit] */
    for (int c = 0; c < 2; c++)
        for (int u = 0; u < 2; u++)
            lag[c][u] = published_lag_ms(at->data, n, g, u, c);
    Z3_ast ms = smt_if(z, changes(at, n, g), by_unit(at, n, g, lag[1][0], lag[1][1]),
                       by_unit(at, n, g, lag[0][0], lag[0][1]));
    smt_assert(z, smt_at_least(z, at->start[n][g], smt_add(z, at->start[n][g - 1], ms)));
    for (int h = 1; h < g; h++) /* at most one change */
        smt_assert(z, smt_not(z, smt_and(z, changes(at, n, h), changes(at, n, g))));
}

static void add_network(model *at, int n)
{
    smt *z = &at->smt;
    for (int g = 0; g < at->data->networks[n].group_count; g++) {
        char name[32];
        snprintf(name, sizeof name, "unit_%d_%d", n, g);
        at->second[n][g] = smt_bool(z, name);
        snprintf(name, sizeof name, "start_%d_%d", n, g);
        at->start[n][g] = smt_real(z, name);
        smt_assert(z, smt_at_least(z, at->start[n][g], smt_number(z, 0)));
    }
    for (int g = 1; g < at->data->networks[n].group_count; g++)
        follow(at, n, g);
}

static void keep_apart(model *at, int a, int b)
{
    smt *z = &at->smt;
    Z3_ast same = smt_not(z, Z3_mk_xor(z->context, at->second[0][a], at->second[1][b]));
    Z3_ast first =
        smt_at_least(z, at->start[1][b], smt_add(z, at->start[0][a], group_ms(at, 0, a)));
    Z3_ast second =
        smt_at_least(z, at->start[0][a], smt_add(z, at->start[1][b], group_ms(at, 1, b)));
    smt_assert(z, smt_or(z, smt_not(z, same), smt_or(z, first, second)));
}

static void read_answer(model *at, hax_published_answer *answer)
{
    for (int n = 0; n < 2; n++) {
        int count = at->data->networks[n].group_count;
        int first = smt_true(&at->smt, at->second[n][0]);
        answer->ways[n] = (hax_published_way){ first, 0 };
        for (int g = 0; g < count; g++) {
            answer->start_ms[n][g] = smt_value(&at->smt, at->start[n][g]);
            if (answer->ways[n].change == 0 && smt_true(&at->smt, at->second[n][g]) != first)
                answer->ways[n].change = g;
        }
    }
}

hax_status hax_published_z3(const hax_published *data, hax_published_answer *answer, hax_error *err)
{
    uint64_t begin_ns = hax_clock_ns();
    model at = { .data = data };
    smt_open(&at.smt, 0);
    add_network(&at, 0);
    add_network(&at, 1);
    for (int a = 0; a < data->networks[0].group_count; a++)
        for (int b = 0; b < data->networks[1].group_count; b++)
            keep_apart(&at, a, b);
    Z3_ast end = smt_real(&at.smt, "end");
    for (int n = 0; n < 2; n++) {
        int last = data->networks[n].group_count - 1;
        smt_assert(&at.smt,
                   smt_at_least(&at.smt, end,
                                smt_add(&at.smt, at.start[n][last], group_ms(&at, n, last))));
    }
    hax_status status = HAX_OK;
    if (smt_minimise(&at.smt, end) != SMT_SOLVED) {
        status = hax_fail(err, HAX_FAILURE, "Z3 gave up on the published model");
    } else {
        hax_published_answer made = { .objective_ms = smt_value(&at.smt, end) };
        read_answer(&at, &made);
        made.seconds = (double) (hax_clock_ns() - begin_ns) * 1e-9;
        *answer = made;
    }
    smt_close(&at.smt);
    return status;
}
