/* Problems with rules applied: what people ask for beyond the costs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "haxconn/nearest.h"
#include "problem.h"

/* A problem that can be changed; everything lies in the arena. */
typedef struct editor {
    hax_arena *arena;
    hax_problem problem;
    hax_unit_spec *units;
    hax_instance_spec *instances;
    hax_group_spec **groups; /* [instance] */
    hax_cost ***costs;       /* [instance][group] */
    const hax_rule *rule;    /* being applied, for messages */
    hax_error *err;
} editor;

const char *hax_rule_name(hax_rule_kind kind)
{
    static const char *const names[] = { "pin",   "forbid", "join",    "max-pieces",
                                         "after", "weight", "deadline" };
    return names[kind];
}

/* ---- an editable copy ----------------------------------------------------------------- */

static void *keep(editor *editor, const void *from, int count, size_t size)
{
    void *copy = hax_arena_alloc(editor->arena, (size_t) count, size);
    if (copy && count > 0)
        memcpy(copy, from, (size_t) count * size);
    return copy;
}

static bool open_instance(editor *editor, int i)
{
    hax_instance_spec *instance = &editor->instances[i];
    hax_group_spec *groups =
        keep(editor, instance->groups, instance->group_count, sizeof *instance->groups);
    hax_cost **costs =
        hax_arena_alloc(editor->arena, (size_t) instance->group_count, sizeof *costs);
    for (int g = 0; groups && costs && g < instance->group_count; g++) {
        costs[g] = keep(editor, groups[g].on, editor->problem.unit_count, sizeof **costs);
        if (!costs[g])
            return false;
        groups[g].on = costs[g];
    }
    instance->groups = editor->groups[i] = groups;
    editor->costs[i] = costs;
    return groups && costs;
}

static bool open_all(editor *editor, const hax_problem *source)
{
    size_t count = (size_t) source->instance_count;
    editor->problem = *source;
    editor->units = keep(editor, source->units, source->unit_count, sizeof *editor->units);
    editor->instances =
        keep(editor, source->instances, source->instance_count, sizeof *editor->instances);
    editor->groups = hax_arena_alloc(editor->arena, count, sizeof(hax_group_spec *));
    editor->costs = hax_arena_alloc(editor->arena, count, sizeof(hax_cost **));
    bool ok = editor->units && editor->instances && editor->groups && editor->costs;
    for (int i = 0; ok && i < source->instance_count; i++)
        ok = open_instance(editor, i);
    editor->problem.units = editor->units;
    editor->problem.instances = editor->instances;
    return ok;
}

/* ---- the words of a rule -------------------------------------------------------------------- */

typedef struct word {
    const char *text;
    size_t length;
} word;

static bool is_word(word w, const char *text)
{
    return strlen(text) == w.length && strncmp(w.text, text, w.length) == 0;
}

static bool whole_number(word w, int *value)
{
    char digits[12];
    if (w.length == 0 || w.length >= 9 || strspn(w.text, "0123456789") < w.length)
        return false;
    snprintf(digits, sizeof digits, "%.*s", (int) w.length, w.text);
    *value = atoi(digits);
    return true;
}

static hax_status bad(const editor *editor, const char *what, word w)
{
    return hax_fail(editor->err, HAX_BAD_INPUT, "%s '%.200s': %s '%.*s'",
                    hax_rule_name(editor->rule->kind), editor->rule->text, what,
                    (int) (w.length < 100 ? w.length : 100), w.text);
}

/* Adds a name to a list of those that are known, "a, b, ..." where it is full. */
static void add_known(char *known, size_t size, const char *name)
{
    size_t used = strlen(known);
    if (used + strlen(name) + 8 < size)
        snprintf(known + used, size - used, "%s%s", used ? ", " : "", name);
    else if (used + 6 < size && (used < 3 || strcmp(known + used - 3, "...") != 0))
        snprintf(known + used, size - used, ", ...");
}

static hax_status unknown(const editor *editor, const char *what, const hax_nearest *name,
                          const char *known)
{
    return hax_fail(editor->err, HAX_BAD_INPUT, "%s '%.200s': there is no %s '%.*s', only %s%s",
                    hax_rule_name(editor->rule->kind), editor->rule->text, what,
                    (int) (name->length < 100 ? name->length : 100), name->given, known,
                    hax_nearest_words(name).text);
}

static hax_status unknown_unit(const editor *editor, word name)
{
    char known[300] = "";
    hax_nearest nearest = hax_nearest_start(name.text, name.length);
    for (int u = 0; u < editor->problem.unit_count; u++) {
        add_known(known, sizeof known, editor->units[u].name);
        hax_nearest_offer(&nearest, editor->units[u].name);
    }
    return unknown(editor, "unit", &nearest, known);
}

static hax_status unknown_instance(const editor *editor, word name)
{
    char known[300] = "";
    hax_nearest nearest = hax_nearest_start(name.text, name.length);
    for (int i = 0; i < editor->problem.instance_count; i++) {
        add_known(known, sizeof known, editor->instances[i].name);
        hax_nearest_offer(&nearest, editor->instances[i].name);
    }
    return unknown(editor, "instance", &nearest, known);
}

/* "A=B": the last '=' parts, since names of files may hold any other. */
static hax_status split(const editor *editor, word *left, word *right)
{
    const char *text = editor->rule->text, *sign = strrchr(text, '=');
    if (!sign || sign == text || sign[1] == '\0')
        return bad(editor, "it must have the form NAME=VALUE, not", (word){ text, strlen(text) });
    *left = (word){ text, (size_t) (sign - text) };
    *right = (word){ sign + 1, strlen(sign + 1) };
    return HAX_OK;
}

static int find_unit(const editor *editor, word name)
{
    for (int u = 0; u < editor->problem.unit_count; u++)
        if (is_word(name, editor->units[u].name))
            return u;
    return -1;
}

static int find_instance(const editor *editor, word name)
{
    for (int i = 0; i < editor->problem.instance_count; i++)
        if (is_word(name, editor->instances[i].name))
            return i;
    return -1;
}

static bool meant(const editor *editor, int instance, word name)
{
    return is_word(name, "*") || is_word(name, editor->instances[instance].name);
}

static hax_status check_instances(const editor *editor, word name)
{
    return is_word(name, "*") || find_instance(editor, name) >= 0 ? HAX_OK
                                                                  : unknown_instance(editor, name);
}

/* An instance's name may hold a colon itself: the whole left side comes first. */
static hax_status split_groups(const editor *editor, word left, word *instance, word *groups)
{
    *instance = left;
    *groups = (word){ left.text + left.length, 0 };
    if (is_word(left, "*") || find_instance(editor, left) >= 0)
        return HAX_OK;
    for (size_t c = left.length; c-- > 0;) {
        if (left.text[c] != ':')
            continue;
        *instance = (word){ left.text, c };
        *groups = (word){ left.text + c + 1, left.length - c - 1 };
        break;
    }
    return check_instances(editor, *instance);
}

/* ---- groups ---------------------------------------------------------------------------------- */

static bool group_by_layers(const hax_instance_spec *instance, word wanted, int *first, int *last)
{
    int from, count;
    *first = -1;
    if (!hax_layers_parse(wanted.text, wanted.length, &from, &count))
        return false;
    for (int g = 0; g < instance->group_count; g++) {
        const hax_group_spec *group = &instance->groups[g];
        if (group->layer_count == 0 || group->first_layer + group->layer_count <= from ||
            group->first_layer >= from + count)
            continue;
        *first = *first < 0 ? g : *first;
        *last = g;
    }
    return *first >= 0;
}

/* The range of groups that the words mean; *first is -1 and false returned where there is none. */
static bool find_groups(const editor *editor, int i, word wanted, int *first, int *last)
{
    const hax_instance_spec *instance = &editor->instances[i];
    *first = 0;
    *last = instance->group_count - 1;
    if (wanted.length == 0)
        return true;
    if (wanted.text[0] == '#' &&
        whole_number((word){ wanted.text + 1, wanted.length - 1 }, first) &&
        *first < instance->group_count) {
        *last = *first;
        return true;
    }
    for (int g = 0; g < instance->group_count; g++) {
        if (!is_word(wanted, instance->groups[g].name))
            continue;
        *first = *last = g;
        return true;
    }
    return group_by_layers(instance, wanted, first, last);
}

/* ---- the rules ----------------------------------------------------------------------------- */

static hax_status bar_units(editor *editor, int i, int first, int last, int unit)
{
    bool pin = editor->rule->kind == HAX_RULE_PIN;
    for (int g = first; g <= last; g++) {
        bool left = false;
        for (int u = 0; u < editor->problem.unit_count; u++) {
            hax_cost *cost = &editor->costs[i][g][u];
            if ((u == unit) != pin)
                cost->allowed = false;
            left = left || cost->allowed;
        }
        if (!left)
            return hax_fail(editor->err, HAX_INFEASIBLE,
                            "%s '%.200s': no unit is left for instance '%s', group '%s'",
                            hax_rule_name(editor->rule->kind), editor->rule->text,
                            editor->instances[i].name, editor->instances[i].groups[g].name);
    }
    return HAX_OK;
}

static hax_status apply_units(editor *editor)
{
    word left, name, instance, groups;
    HAX_TRY(split(editor, &left, &name));
    HAX_TRY(split_groups(editor, left, &instance, &groups));
    int unit = find_unit(editor, name), first, last;
    bool found = false;
    if (unit < 0)
        return unknown_unit(editor, name);
    for (int i = 0; i < editor->problem.instance_count; i++) {
        if (!meant(editor, i, instance))
            continue;
        found = find_groups(editor, i, groups, &first, &last) || found;
        if (first >= 0)
            HAX_TRY(bar_units(editor, i, first, last, unit));
    }
    return found ? HAX_OK : bad(editor, "the instance has no group", groups);
}

static hax_status apply_join(editor *editor)
{
    word instance, groups;
    int first, last;
    bool found = false;
    HAX_TRY(split_groups(editor, (word){ editor->rule->text, strlen(editor->rule->text) },
                         &instance, &groups));
    for (int i = 0; i < editor->problem.instance_count; i++) {
        if (!meant(editor, i, instance))
            continue;
        if (!find_groups(editor, i, groups, &first, &last))
            continue;
        found = true;
        if (first == last && first == 0 && groups.length > 0)
            return bad(editor, "there is no cut before", groups);
        for (int g = first == last ? first : first + 1; g <= last; g++)
            editor->groups[i][g].joined = g > 0;
    }
    return found ? HAX_OK : bad(editor, "the instance has no group", groups);
}

static hax_status apply_pieces(editor *editor)
{
    word name, count;
    HAX_TRY(split(editor, &name, &count));
    int unit = find_unit(editor, name);
    if (unit < 0)
        return unknown_unit(editor, name);
    return whole_number(count, &editor->units[unit].max_pieces)
               ? HAX_OK
               : bad(editor, "a unit holds a whole number of pieces, 0 to 99999999, not", count);
}

/* Adds the instances in "a,b,c" to what instance i comes after. */
static hax_status add_after(editor *editor, int i, word list)
{
    hax_instance_spec *instance = &editor->instances[i];
    int *after = hax_arena_alloc(
        editor->arena, (size_t) instance->after_count + (size_t) editor->problem.instance_count,
        sizeof *after);
    if (!after)
        return hax_fail_memory(editor->err, "a problem");
    if (instance->after_count > 0)
        memcpy(after, instance->after, (size_t) instance->after_count * sizeof *after);
    for (size_t from = 0, to; from <= list.length; from = to + 1) {
        for (to = from; to < list.length && list.text[to] != ',';)
            to++;
        word name = { list.text + from, to - from };
        int other = find_instance(editor, name);
        bool known = false;
        if (other < 0)
            return unknown_instance(editor, name);
        for (int a = 0; a < instance->after_count; a++)
            known = known || after[a] == other;
        if (!known)
            after[instance->after_count++] = other;
    }
    instance->after = after;
    return HAX_OK;
}

static hax_status apply_after(editor *editor)
{
    word name, list;
    HAX_TRY(split(editor, &name, &list));
    int i = find_instance(editor, name);
    return i < 0 ? unknown_instance(editor, name) : add_after(editor, i, list);
}

static hax_status apply_number(editor *editor)
{
    word name, number;
    char *end;
    HAX_TRY(split(editor, &name, &number));
    HAX_TRY(check_instances(editor, name));
    double value = strtod(number.text, &end);
    bool in_range = editor->rule->kind == HAX_RULE_WEIGHT ? value > 0 : value >= 0;
    if (*end != '\0' || !isfinite(value) || !in_range)
        return bad(editor,
                   editor->rule->kind == HAX_RULE_WEIGHT
                       ? "a weight is a number above 0, not"
                       : "a deadline is a number of milliseconds, 0 or more, not",
                   number);
    for (int i = 0; i < editor->problem.instance_count; i++)
        if (meant(editor, i, name))
            *(editor->rule->kind == HAX_RULE_WEIGHT ? &editor->instances[i].weight
                                                    : &editor->instances[i].deadline_ms) = value;
    return HAX_OK;
}

static hax_status apply(editor *editor, const hax_rule *rule)
{
    editor->rule = rule;
    switch (rule->kind) {
    case HAX_RULE_JOIN: return apply_join(editor);
    case HAX_RULE_PIECES: return apply_pieces(editor);
    case HAX_RULE_AFTER: return apply_after(editor);
    case HAX_RULE_WEIGHT:
    case HAX_RULE_DEADLINE: return apply_number(editor);
    default: return apply_units(editor);
    }
}

hax_status hax_problem_adjust(const hax_problem *source, hax_objective objective, int rule_count,
                              const hax_rule *rules, const hax_problem **problem, hax_error *err)
{
    editor context = { .arena = hax_arena_create(), .err = err };
    hax_status status =
        context.arena && open_all(&context, source) ? HAX_OK : hax_fail_memory(err, "a problem");
    context.problem.objective = objective;
    for (int r = 0; status == HAX_OK && r < rule_count; r++)
        status = apply(&context, &rules[r]);
    if (status == HAX_OK)
        status = hax_problem_copy(&context.problem, problem, err);
    hax_arena_destroy(context.arena);
    return status;
}
