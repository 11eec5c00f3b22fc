/* Where each instance runs: runs of consecutive groups on one unit. */
#include "haxconn/report.h"

#include "explain.h"
#include "number.h"

static void append_range(const hax_instance_spec *instance, int first, int last, hax_text *text)
{
    const hax_group_spec *begin = &instance->groups[first], *end = &instance->groups[last];
    if (begin->layer_count > 0 && end->layer_count > 0) {
        int from = begin->first_layer, to = end->first_layer + end->layer_count - 1;
        hax_text_say(text, from == to ? "%d" : "%d-%d", from, to);
    } else if (first == last) {
        hax_text_append_visible(text, begin->name);
    } else {
        hax_text_say(text, "%s to %s", begin->name, end->name);
    }
}

static void append_instance(const hax_problem *problem, const hax_schedule *schedule, int index,
                            hax_text *text)
{
    const hax_instance_spec *instance = &problem->instances[index];
    const int *units = schedule->assignment[index];
    hax_text_say(text, "%s: ", instance->name);
    for (int first = 0, last; first < instance->group_count; first = last + 1) {
        double alone_ms = instance->groups[first].on[units[first]].time_ms;
        for (last = first; last + 1 < instance->group_count && units[last + 1] == units[first];)
            alone_ms += instance->groups[++last].on[units[first]].time_ms;
        hax_text_append(text, first > 0 ? ", " : "");
        append_range(instance, first, last, text);
        hax_text_say(text, " on %s (%s ms alone)", problem->units[units[first]].name,
                     hax_number_of(alone_ms).text);
    }
    hax_text_say(text, "; ends at %s ms\n", hax_number_of(schedule->finish_ms[index]).text);
}

hax_status hax_report_assignment(const hax_problem *problem, const hax_schedule *schedule,
                                 char **text, hax_error *err)
{
    hax_text out = { 0 };
    for (int i = 0; i < problem->instance_count; i++)
        append_instance(problem, schedule, i, &out);
    return hax_report_take(&out, "a report", text, err);
}
