/* The published model in the published way: booleans for the units, reals for the starts. */
#include "published.h"

#include <math.h>
#include <stdio.h>

#include "clock.h"
#include "error.h"
#include "smt.h"

typedef struct model {
    hax_smt smt;
    const hax_published *data;
    Z3_ast second[2][HAX_PUBLISHED_GROUPS]; /* the group is on the second unit */
    Z3_ast start[2][HAX_PUBLISHED_GROUPS];
} model;

/* A number by the group's unit. */
static Z3_ast by_unit(model *model, int n, int g, double first, double second)
{
    hax_smt *z = &model->smt;
    return hax_smt_if(z, model->second[n][g], hax_smt_number(z, second), hax_smt_number(z, first));
}

static Z3_ast group_ms(model *model, int n, int g)
{
    const hax_published_network *network = &model->data->networks[n];
    return by_unit(model, n, g, network->ms[0][g], network->ms[1][g]);
}

static Z3_ast changes(model *model, int n, int g)
{
    return Z3_mk_xor(model->smt.context, model->second[n][g - 1], model->second[n][g]);
}

static void follow(model *model, int n, int g)
{
    hax_smt *z = &model->smt;
    double lag[2][2]; /* [changes][unit] */
    for (int c = 0; c < 2; c++)
        for (int u = 0; u < 2; u++)
            lag[c][u] = hax_published_lag_ms(model->data, n, g, u, c);
    Z3_ast ms = hax_smt_if(z, changes(model, n, g), by_unit(model, n, g, lag[1][0], lag[1][1]),
                           by_unit(model, n, g, lag[0][0], lag[0][1]));
    hax_smt_assert(
        z, hax_smt_at_least(z, model->start[n][g], hax_smt_add(z, model->start[n][g - 1], ms)));
    for (int h = 1; h < g; h++) /* at most one change */
        hax_smt_assert(z,
                       hax_smt_not(z, hax_smt_and(z, changes(model, n, h), changes(model, n, g))));
}

static void add_network(model *model, int n)
{
    hax_smt *z = &model->smt;
    for (int g = 0; g < model->data->networks[n].group_count; g++) {
        char name[32];
        snprintf(name, sizeof name, "unit_%d_%d", n, g);
        model->second[n][g] = hax_smt_bool(z, name);
        snprintf(name, sizeof name, "start_%d_%d", n, g);
        model->start[n][g] = hax_smt_real(z, name);
        hax_smt_assert(z, hax_smt_at_least(z, model->start[n][g], hax_smt_number(z, 0)));
    }
    for (int g = 1; g < model->data->networks[n].group_count; g++)
        follow(model, n, g);
}

static void keep_apart(model *model, int a, int b)
{
    hax_smt *z = &model->smt;
    Z3_ast same = hax_smt_not(z, Z3_mk_xor(z->context, model->second[0][a], model->second[1][b]));
    Z3_ast first = hax_smt_at_least(z, model->start[1][b],
                                    hax_smt_add(z, model->start[0][a], group_ms(model, 0, a)));
    Z3_ast second = hax_smt_at_least(z, model->start[0][a],
                                     hax_smt_add(z, model->start[1][b], group_ms(model, 1, b)));
    hax_smt_assert(z, hax_smt_or(z, hax_smt_not(z, same), hax_smt_or(z, first, second)));
}

static void read_answer(model *model, hax_published_answer *answer)
{
    for (int n = 0; n < 2; n++) {
        int count = model->data->networks[n].group_count;
        int first = hax_smt_true(&model->smt, model->second[n][0]);
        answer->ways[n] = (hax_published_way){ first, 0 };
        for (int g = 0; g < count; g++) {
            answer->start_ms[n][g] = hax_smt_value(&model->smt, model->start[n][g]);
            if (answer->ways[n].change == 0 &&
                hax_smt_true(&model->smt, model->second[n][g]) != first)
                answer->ways[n].change = g;
        }
    }
}

hax_status hax_published_z3(const hax_published *data, hax_published_answer *answer, hax_error *err)
{
    uint64_t begin_ns = hax_clock_ns();
    model context = { .data = data };
    hax_smt_open(&context.smt, INFINITY);
    add_network(&context, 0);
    add_network(&context, 1);
    for (int a = 0; a < data->networks[0].group_count; a++)
        for (int b = 0; b < data->networks[1].group_count; b++)
            keep_apart(&context, a, b);
    Z3_ast end = hax_smt_real(&context.smt, "end");
    for (int n = 0; n < 2; n++) {
        int last = data->networks[n].group_count - 1;
        hax_smt_assert(&context.smt,
                       hax_smt_at_least(&context.smt, end,
                                        hax_smt_add(&context.smt, context.start[n][last],
                                                    group_ms(&context, n, last))));
    }
    hax_status status = HAX_OK;
    if (hax_smt_minimise(&context.smt, end) != SMT_SOLVED) {
        status = hax_fail(err, HAX_FAILURE, "Z3 gave up on the published model");
    } else {
        hax_published_answer published_answer = { .objective_ms =
                                                      hax_smt_value(&context.smt, end) };
        read_answer(&context, &published_answer);
        published_answer.seconds = (double) (hax_clock_ns() - begin_ns) * 1e-9;
        *answer = published_answer;
    }
    hax_smt_close(&context.smt);
    return status;
}
