/* Data sheets: what others measured. */
#include <math.h>
#include <string.h>

#include "datasheet.h"

enum { NETWORKS_MAX = 100, GROUPS_MAX = 1000, ROUNDS_MAX = 100, RESULTS_MAX = 32 };

static const double ms_max = 1e9;

static hax_status no_memory(hax_error *err)
{
    return hax_fail_memory(err, "a data sheet");
}

/* ---- by kind --------------------------------------------------------------------------------- */

/* What stands at a kind. */
typedef hax_status kind_reader(const sheet_reader *reader, const hax_json *at, int kind,
                               void *context, hax_error *err);

/* The member `key`, an object of kinds; absent: nothing is read. */
static hax_status read_by_kind(const sheet_reader *reader, const hax_json *object, const char *key,
                               kind_reader *read, void *context, hax_error *err)
{
    hax_json all;
    const char *name;
    json_t *value;
    if (!hax_json_optional(object, key, &all))
        return HAX_OK;
    HAX_TRY(hax_json_expect_object(&all, err));
    json_object_foreach(all.value, name, value)
    {
        hax_json at;
        int kind;
        HAX_TRY(sheet_kind_of(reader, &all, name, &kind, err));
        HAX_TRY(hax_json_member(&all, name, &at, err));
        HAX_TRY(read(reader, &at, kind, context, err));
    }
    return HAX_OK;
}

static hax_status read_ms(const sheet_reader *reader, const hax_json *at, int kind, void *context,
                          hax_error *err)
{
    (void) reader;
    double *ms = context;
    return hax_json_number(at, 1e-9, ms_max, &ms[kind], err);
}

static hax_status read_spread(const sheet_reader *reader, const hax_json *at, int kind,
                              void *context, hax_error *err)
{
    (void) reader;
    double *spread = context;
    return hax_json_number(at, 0, 10, &spread[kind], err);
}

static hax_status read_times(const sheet_reader *reader, const hax_json *at, int count,
                             double least, const double **out, hax_error *err)
{
    size_t length;
    HAX_TRY(hax_json_expect_array(at, &length, err));
    if (length != (size_t) count)
        return hax_json_fail(at, err, "has %zu times, the cuts make %d", length, count);
    double *ms = hax_arena_alloc(reader->arena, length, sizeof *ms);
    if (!ms)
        return no_memory(err);
    for (size_t g = 0; g < length; g++) {
        hax_json item = hax_json_item(at, g);
        HAX_TRY(hax_json_number(&item, least, ms_max, &ms[g], err));
    }
    *out = ms;
    return HAX_OK;
}

static hax_status read_run(const sheet_reader *reader, const hax_json *at, int kind, void *context,
                           hax_error *err)
{
    hax_sheet_network *made = context;
    return read_times(reader, at, made->group_count, 1e-9, &made->run_ms[kind], err);
}

static hax_status read_out(const sheet_reader *reader, const hax_json *at, int kind, void *context,
                           hax_error *err)
{
    hax_sheet_network *made = context;
    return read_times(reader, at, made->group_count - 1, 0, &made->out_ms[kind], err);
}

/* ---- networks -------------------------------------------------------------------------------- */

static int groups_of(const char *cuts)
{
    int count = 1;
    for (const char *c = cuts; *c; c++)
        count += *c == ',' && c[1] != '\0';
    return count + (*cuts != '\0');
}

static hax_status read_network(const sheet_reader *reader, const hax_json *at,
                               hax_sheet_network *made, hax_error *err)
{
    static const char *const keys[] = { "network", "cuts",   "run_ms",    "out_ms", "whole_ms",
                                        "spread",  "source", "uncertain", NULL };
    HAX_TRY(hax_json_only(at, keys, err));
    HAX_TRY(sheet_text(reader, at, "network", true, &made->network, err));
    HAX_TRY(sheet_text(reader, at, "cuts", true, &made->cuts, err));
    made->group_count = groups_of(made->cuts);
    if (made->group_count > GROUPS_MAX)
        return hax_json_fail(at, err, "%d groups, at most %d", made->group_count, GROUPS_MAX);
    HAX_TRY(read_by_kind(reader, at, "run_ms", read_run, made, err));
    HAX_TRY(read_by_kind(reader, at, "out_ms", read_out, made, err));
    HAX_TRY(read_by_kind(reader, at, "whole_ms", read_ms, made->whole_ms, err));
    HAX_TRY(read_by_kind(reader, at, "spread", read_spread, made->spread, err));
    HAX_TRY(sheet_text(reader, at, "source", true, &made->source, err));
    return sheet_text(reader, at, "uncertain", false, &made->uncertain, err);
}

static hax_status read_whole(const sheet_reader *reader, const hax_json *at, hax_sheet_whole *made,
                             hax_error *err)
{
    static const char *const keys[] = { "network", "ms", "source", "uncertain", NULL };
    HAX_TRY(hax_json_only(at, keys, err));
    HAX_TRY(sheet_text(reader, at, "network", true, &made->network, err));
    HAX_TRY(read_by_kind(reader, at, "ms", read_ms, made->ms, err));
    HAX_TRY(sheet_text(reader, at, "source", true, &made->source, err));
    return sheet_text(reader, at, "uncertain", false, &made->uncertain, err);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static hax_status read_names(const sheet_reader *reader, const hax_json *at, hax_sheet_round *made,
                             hax_error *err)
{
    hax_json list;
    void *room;
    HAX_TRY(sheet_list(reader, at, "networks", HAX_MAX_UNITS, sizeof(char *), &list,
                       &made->network_count, &room, err));
    const char **names = room;
    for (int i = 0; i < made->network_count; i++) {
        hax_json item = hax_json_item(&list, (size_t) i);
        const char *name;
        HAX_TRY(hax_json_string(&item, &name, err));
        if (!(names[i] = hax_arena_string(reader->arena, name)))
            return no_memory(err);
    }
    made->networks = names;
    return HAX_OK;
}

static hax_status read_run_of(const sheet_reader *reader, const hax_json *at, hax_sheet_run *made,
                              hax_error *err)
{
    static const char *const keys[] = { "from", "cut", "to", NULL };
    const char *from, *to;
    HAX_TRY(hax_json_only(at, keys, err));
    HAX_TRY(hax_json_member_string(at, "from", &from, err));
    HAX_TRY(sheet_kind_of(reader, at, from, &made->from, err));
    HAX_TRY(hax_json_int_or(at, "cut", 1, 1000000, 0, &made->cut, err));
    HAX_TRY(hax_json_string_or(at, "to", from, &to, err));
    HAX_TRY(sheet_kind_of(reader, at, to, &made->to, err));
    if ((made->cut > 0) != (made->to != made->from))
        return hax_json_fail(at, err,
                             "a network that changes has a cut and another kind behind it");
    return HAX_OK;
}

static hax_status read_result(const sheet_reader *reader, const hax_json *at, int networks,
                              hax_sheet_result *made, hax_error *err)
{
    static const char *const keys[] = { "name", "ms", "runs", NULL };
    hax_json list;
    void *room;
    int count;
    HAX_TRY(hax_json_only(at, keys, err));
    HAX_TRY(sheet_text(reader, at, "name", true, &made->name, err));
    HAX_TRY(hax_json_member_number(at, "ms", 1e-9, ms_max, &made->ms, err));
    HAX_TRY(sheet_list(reader, at, "runs", HAX_MAX_UNITS, sizeof(hax_sheet_run), &list, &count,
                       &room, err));
    if (count == 0)
        return HAX_OK;
    if (count != networks)
        return hax_json_fail(&list, err, "has %d entries, the round has %d networks", count,
                             networks);
    for (int i = 0; i < count; i++) {
        hax_json item = hax_json_item(&list, (size_t) i);
        HAX_TRY(read_run_of(reader, &item, (hax_sheet_run *) room + i, err));
    }
    made->runs = room;
    return HAX_OK;
}

static hax_status read_results(const sheet_reader *reader, const hax_json *at,
                               hax_sheet_round *made, hax_error *err)
{
    hax_json list;
    void *room;
    HAX_TRY(sheet_list(reader, at, "results", RESULTS_MAX, sizeof(hax_sheet_result), &list,
                       &made->result_count, &room, err));
    made->results = room;
    for (int r = 0; r < made->result_count; r++) {
        hax_json item = hax_json_item(&list, (size_t) r);
        HAX_TRY(
            read_result(reader, &item, made->network_count, (hax_sheet_result *) room + r, err));
    }
    return HAX_OK;
}

static hax_status read_round(const sheet_reader *reader, const hax_json *at, hax_sheet_round *made,
                             hax_error *err)
{
    static const char *const keys[] = {
        "networks", "results", "plan", "source", "uncertain", NULL
    };
    HAX_TRY(hax_json_only(at, keys, err));
    HAX_TRY(read_names(reader, at, made, err));
    HAX_TRY(read_results(reader, at, made, err));
    HAX_TRY(sheet_text(reader, at, "plan", false, &made->plan, err));
    HAX_TRY(sheet_text(reader, at, "source", true, &made->source, err));
    return sheet_text(reader, at, "uncertain", false, &made->uncertain, err);
}

hax_status sheet_read_measured(const sheet_reader *reader, const hax_json *root, hax_error *err)
{
    hax_datasheet *sheet = reader->sheet;
    hax_json list;
    void *made;
    HAX_TRY(sheet_list(reader, root, "measurements", NETWORKS_MAX, sizeof(hax_sheet_network), &list,
                       &sheet->measured_count, &made, err));
    sheet->measured = made;
    for (int i = 0; i < sheet->measured_count; i++) {
        hax_json item = hax_json_item(&list, (size_t) i);
        HAX_TRY(read_network(reader, &item, (hax_sheet_network *) made + i, err));
    }
    HAX_TRY(sheet_list(reader, root, "standalone", NETWORKS_MAX, sizeof(hax_sheet_whole), &list,
                       &sheet->whole_count, &made, err));
    sheet->wholes = made;
    for (int i = 0; i < sheet->whole_count; i++) {
        hax_json item = hax_json_item(&list, (size_t) i);
        HAX_TRY(read_whole(reader, &item, (hax_sheet_whole *) made + i, err));
    }
    HAX_TRY(sheet_list(reader, root, "rounds", ROUNDS_MAX, sizeof(hax_sheet_round), &list,
                       &sheet->round_count, &made, err));
    sheet->rounds = made;
    HAX_TRY(sheet_text(reader, root, "rounds_text", false, &sheet->rounds_text, err));
    for (int i = 0; i < sheet->round_count; i++) {
        hax_json item = hax_json_item(&list, (size_t) i);
        HAX_TRY(read_round(reader, &item, (hax_sheet_round *) made + i, err));
    }
    return HAX_OK;
}
