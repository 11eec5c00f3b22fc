/*
 * The published model by enumeration: every way of both networks, and for each the best order of
 * the groups that share a unit. Two chains are merged in every order in which one group after
 * the other starts as early as it may (no optimum needs more); what cannot get under the best so
 * far, by the chains alone, is left out.
 */
#include <math.h>
#include <string.h>

#include "clock.h"
#include "published.h"

static const double same_ms = 1e-6; /* objectives closer than this are one */

typedef struct merge {
    const hax_published *data;
    hax_published_way ways[2];
    int unit[2][HAX_PUBLISHED_GROUPS];
    double lag_ms[2][HAX_PUBLISHED_GROUPS];  /* from the group before */
    double rest_ms[2][HAX_PUBLISHED_GROUPS]; /* from a group's start to the network's end */
    double start_ms[2][HAX_PUBLISHED_GROUPS];
    double best_ms; /* of this pair of ways */
    double limit_ms;
    double best_start_ms[2][HAX_PUBLISHED_GROUPS];
} merge;

double hax_published_slowdown(const hax_published *data, int unit, double gbps)
{
    const hax_published_piece *piece = data->pieces[unit];
    while (gbps >= piece->below_gbps)
        piece++;
    return 100 / (100 - piece->percent_per_gbps * (gbps + piece->offset_gbps));
}

double hax_published_lag_ms(const hax_published *data, int network, int group, int unit,
                            bool changes)
{
    const hax_published_network *published_network = &data->networks[network];
    int before = group - 1;
    return (changes ? published_network->handover_ms[before] : 0) +
           published_network->ms[unit][before] *
               hax_published_slowdown(data, unit, published_network->gbps[unit][before]);
}

static void prepare(merge *merge)
{
    for (int n = 0; n < 2; n++) {
        const hax_published_network *network = &merge->data->networks[n];
        int last = network->group_count - 1;
        for (int g = 0; g <= last; g++) {
            merge->unit[n][g] = hax_published_unit(&merge->ways[n], g);
            bool changes = g > 0 && merge->unit[n][g] != merge->unit[n][g - 1];
            merge->lag_ms[n][g] =
                g > 0 ? hax_published_lag_ms(merge->data, n, g, merge->unit[n][g], changes) : 0;
        }
        merge->rest_ms[n][last] = network->ms[merge->unit[n][last]][last];
        for (int g = last; g > 0; g--)
            merge->rest_ms[n][g - 1] = merge->lag_ms[n][g] + merge->rest_ms[n][g];
    }
}

/* Earliest start of a network's next group when the other has placed so many of its. */
static double earliest(const merge *merge, int n, int group, int placed_other)
{
    int unit = merge->unit[n][group], other = 1 - n;
    double from_ms = group > 0 ? merge->start_ms[n][group - 1] + merge->lag_ms[n][group] : 0;
    for (int g = placed_other - 1; g >= 0; g--) {
        if (merge->unit[other][g] != unit)
            continue;
        double end_ms = merge->start_ms[other][g] + merge->data->networks[other].ms[unit][g];
        from_ms = fmax(from_ms, end_ms);
        break; /* groups of a network on one unit start and end in their order */
    }
    return from_ms;
}

static void place_next(merge *merge, int a, int b)
{
    const int placed[2] = { a, b };
    if (a == merge->data->networks[0].group_count && b == merge->data->networks[1].group_count) {
        double end_ms = 0;
        for (int n = 0; n < 2; n++)
            end_ms =
                fmax(end_ms, merge->start_ms[n][placed[n] - 1] + merge->rest_ms[n][placed[n] - 1]);
        if (end_ms < merge->best_ms) {
            merge->best_ms = end_ms;
            memcpy(merge->best_start_ms, merge->start_ms, sizeof merge->start_ms);
        }
        return;
    }
    for (int n = 0; n < 2; n++) {
        int group = placed[n];
        if (group == merge->data->networks[n].group_count)
            continue;
        double from_ms = earliest(merge, n, group, placed[1 - n]);
        double least_ms = from_ms + merge->rest_ms[n][group];
        if (least_ms >= merge->best_ms || least_ms > merge->limit_ms + same_ms)
            continue;
        merge->start_ms[n][group] = from_ms;
        place_next(merge, a + (n == 0), b + (n == 1));
    }
}

static void keep(const merge *merge, hax_published_answer *answer,
                 hax_published_way optima[HAX_PUBLISHED_OPTIMA][2])
{
    if (isinf(merge->best_ms) || merge->best_ms > answer->objective_ms + same_ms)
        return;
    if (merge->best_ms < answer->objective_ms - same_ms) {
        answer->objective_ms = merge->best_ms;
        answer->optima = 0;
        memcpy(answer->ways, merge->ways, sizeof merge->ways);
        memcpy(answer->start_ms, merge->best_start_ms, sizeof merge->best_start_ms);
    }
    if (answer->optima < HAX_PUBLISHED_OPTIMA)
        memcpy(optima[answer->optima], merge->ways, sizeof merge->ways);
    answer->optima++;
}

void hax_published_enumerate(const hax_published *data, hax_published_answer *answer,
                             hax_published_way optima[HAX_PUBLISHED_OPTIMA][2])
{
    uint64_t begin_ns = hax_clock_ns();
    *answer = (hax_published_answer){ .objective_ms = INFINITY };
    merge context = { .data = data };
    int counts[2] = { data->networks[0].group_count, data->networks[1].group_count };
    for (int way = 0; way < 4 * counts[0] * counts[1]; way++) {
        context.ways[0] = (hax_published_way){ way & 1, way / 4 % counts[0] };
        context.ways[1] = (hax_published_way){ way >> 1 & 1, way / 4 / counts[0] };
        context.best_ms = INFINITY;
        context.limit_ms = answer->objective_ms;
        prepare(&context);
        place_next(&context, 0, 0);
        keep(&context, answer, optima);
    }
    answer->seconds = (double) (hax_clock_ns() - begin_ns) * 1e-9;
}
