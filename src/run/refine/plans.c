/* Our own plans among the rows: more than one where rounds have taught something. */
#include <assert.h>
#include <string.h>

#include "rows.h"

static int plan_count(const hax_run_rows *list)
{
    int count = 0;
    for (int r = 0; r < list->count; r++)
        count += list->rows[r].plan_number > 0;
    return count;
}

/* Is a row's plan that of an earlier plan of ours? */
static bool is_known(const hax_run_rows *list, int row)
{
    const int timed = hax_run_row_timed(list, row);
    for (int r = 0; r < list->count; r++)
        if (r != row && list->rows[r].plan_number > 0 && hax_run_row_timed(list, r) == timed)
            return true;
    return false;
}

static const char *name_of(int plan)
{
    static const char *const names[] = { "plan-1", "plan-2", "plan-3", "plan-4", "plan-5",
                                         "plan-6", "plan-7", "plan-8", "plan-9" };
    static_assert(sizeof names / sizeof *names == HAX_REFINE_MOST + 1, "each has a name");
    assert(plan >= 1 && plan <= HAX_REFINE_MOST + 1);
    return names[plan - 1];
}

hax_status hax_run_rows_add_plan(hax_run_rows *list, const hax_platform *platform,
                                 const hax_problem *problem, const hax_schedule *schedule,
                                 const hax_schedule *solved, int *added, hax_error *err)
{
    const int number = plan_count(list) + 1, row = list->count;
    hax_status status =
        hax_run_rows_add(list, platform, problem, name_of(number), false, schedule, err);
    list->rows[row].plan_number = number;
    list->rows[row].solved = solved;
    HAX_TRY(status);
    *added = row;
    if (!is_known(list, row))
        return HAX_OK;
    hax_run_rows last = { .count = 1, .rows = { list->rows[row] } };
    hax_run_rows_free(&last);
    list->count--;
    *added = -1;
    return HAX_OK;
}

/* Who counts by the rounds of row `from` counts by those of `to` now, which has that plan too. */
static void move_rounds(hax_run_rows *list, int from, int to)
{
    hax_run_row *source = &list->rows[from], *target = &list->rows[to];
    assert(source->same_as < 0 && target->same_as == from && !target->round_ms);
    target->stamps = source->stamps;
    target->round_ms = source->round_ms;
    target->value = source->value;
    target->compared = source->compared;
    target->largest_difference = source->largest_difference;
    source->stamps = NULL;
    source->round_ms = source->value = NULL;
    for (int r = 0; r < list->count; r++)
        if (list->rows[r].same_as == from)
            list->rows[r].same_as = to;
    target->same_as = -1;
    source->same_as = to;
}

static void swap(hax_run_rows *list, int a, int b)
{
    const hax_run_row kept = list->rows[a];
    list->rows[a] = list->rows[b];
    list->rows[b] = kept;
    for (int r = 0; r < list->count; r++) {
        int *same_as = &list->rows[r].same_as;
        *same_as = *same_as == a ? b : *same_as == b ? a : *same_as;
    }
}

void hax_run_rows_promote(hax_run_rows *list, int plan)
{
    assert(list->rows[plan].plan_number > 0 && !list->rows[plan].reference);
    if (plan != 0)
        swap(list, 0, plan);
    /* whoever is timed for others stands before them */
    for (int r = 0; r < list->count; r++)
        if (list->rows[r].same_as > r)
            move_rounds(list, list->rows[r].same_as, r);
    for (int r = 0; r < list->count; r++)
        if (list->rows[r].plan_number > 0)
            list->rows[r].name = r == 0 ? "haxconn" : name_of(list->rows[r].plan_number);
}
