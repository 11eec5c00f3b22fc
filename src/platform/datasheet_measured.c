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
typedef hax_status kind_reader(const hax_sheet_reader *reader, const hax_json *json, int kind,
                               void *context, hax_error *err);

/* The member `key`, an object of kinds; absent: nothing is read. */
static hax_status read_by_kind(const hax_sheet_reader *reader, const hax_json *object,
                               const char *key, kind_reader *read, void *context, hax_error *err)
{
    hax_json json;
    const char *name;
    json_t *value;
    if (!hax_json_optional(object, key, &json))
        return HAX_OK;
    HAX_TRY(hax_json_expect_object(&json, err));
    json_object_foreach(json.value, name, value)
    {
        hax_json kinds_json;
        int kind;
        HAX_TRY(hax_sheet_kind_of(reader, &json, name, &kind, err));
        HAX_TRY(hax_json_member(&json, name, &kinds_json, err));
        HAX_TRY(read(reader, &kinds_json, kind, context, err));
    }
    return HAX_OK;
}

static hax_status read_ms(const hax_sheet_reader *reader, const hax_json *json, int kind,
                          void *context, hax_error *err)
{
    (void) reader;
    double *ms = context;
    return hax_json_number(json, 1e-9, ms_max, &ms[kind], err);
}

static hax_status read_spread(const hax_sheet_reader *reader, const hax_json *json, int kind,
                              void *context, hax_error *err)
{
    (void) reader;
    double *spread = context;
    return hax_json_number(json, 0, 10, &spread[kind], err);
}

static hax_status read_times(const hax_sheet_reader *reader, const hax_json *json, int count,
                             double least, const double **out, hax_error *err)
{
    size_t length;
    HAX_TRY(hax_json_expect_array(json, &length, err));
    if (length != (size_t) count)
        return hax_json_fail(json, err, "has %zu times, the cuts make %d", length, count);
    double *ms = hax_arena_alloc(reader->arena, length, sizeof *ms);
    if (!ms)
        return no_memory(err);
    for (size_t g = 0; g < length; g++) {
        hax_json item = hax_json_item(json, g);
        HAX_TRY(hax_json_number(&item, least, ms_max, &ms[g], err));
    }
    *out = ms;
    return HAX_OK;
}

static hax_status read_run(const hax_sheet_reader *reader, const hax_json *json, int kind,
                           void *context, hax_error *err)
{
    hax_sheet_network *network = context;
    return read_times(reader, json, network->group_count, 1e-9, &network->run_ms[kind], err);
}

static hax_status read_out(const hax_sheet_reader *reader, const hax_json *json, int kind,
                           void *context, hax_error *err)
{
    hax_sheet_network *network = context;
    return read_times(reader, json, network->group_count - 1, 0, &network->out_ms[kind], err);
}

/* ---- networks -------------------------------------------------------------------------------- */

static int groups_of(const char *cuts)
{
    int count = 1;
    for (const char *c = cuts; *c; c++)
        count += *c == ',' && c[1] != '\0';
    return count + (*cuts != '\0');
}

static hax_status read_network(const hax_sheet_reader *reader, const hax_json *json,
                               hax_sheet_network *network, hax_error *err)
{
    static const char *const keys[] = { "network", "cuts",   "run_ms",    "out_ms", "whole_ms",
                                        "spread",  "source", "uncertain", NULL };
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(hax_sheet_text(reader, json, "network", true, &network->network, err));
    HAX_TRY(hax_sheet_text(reader, json, "cuts", true, &network->cuts, err));
    network->group_count = groups_of(network->cuts);
    if (network->group_count > GROUPS_MAX)
        return hax_json_fail(json, err, "%d groups, at most %d", network->group_count, GROUPS_MAX);
    HAX_TRY(read_by_kind(reader, json, "run_ms", read_run, network, err));
    HAX_TRY(read_by_kind(reader, json, "out_ms", read_out, network, err));
    HAX_TRY(read_by_kind(reader, json, "whole_ms", read_ms, network->whole_ms, err));
    HAX_TRY(read_by_kind(reader, json, "spread", read_spread, network->spread, err));
    HAX_TRY(hax_sheet_text(reader, json, "source", true, &network->source, err));
    return hax_sheet_text(reader, json, "uncertain", false, &network->uncertain, err);
}

static hax_status read_whole(const hax_sheet_reader *reader, const hax_json *json,
                             hax_sheet_whole *whole, hax_error *err)
{
    static const char *const keys[] = { "network", "ms", "source", "uncertain", NULL };
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(hax_sheet_text(reader, json, "network", true, &whole->network, err));
    HAX_TRY(read_by_kind(reader, json, "ms", read_ms, whole->ms, err));
    HAX_TRY(hax_sheet_text(reader, json, "source", true, &whole->source, err));
    return hax_sheet_text(reader, json, "uncertain", false, &whole->uncertain, err);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static hax_status read_names(const hax_sheet_reader *reader, const hax_json *json,
                             hax_sheet_round *round, hax_error *err)
{
    hax_json list;
    void *entries;
    HAX_TRY(hax_sheet_list(reader, json, "networks", HAX_MAX_UNITS, sizeof(char *), &list,
                           &round->network_count, &entries, err));
    const char **names = entries;
    for (int i = 0; i < round->network_count; i++) {
        hax_json item = hax_json_item(&list, (size_t) i);
        const char *name;
        HAX_TRY(hax_json_string(&item, &name, err));
        if (!(names[i] = hax_arena_string(reader->arena, name)))
            return no_memory(err);
    }
    round->networks = names;
    return HAX_OK;
}

static hax_status read_run_of(const hax_sheet_reader *reader, const hax_json *json,
                              hax_sheet_run *run, hax_error *err)
{
    static const char *const keys[] = { "from", "cut", "to", NULL };
    const char *from, *to;
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(hax_json_member_string(json, "from", &from, err));
    HAX_TRY(hax_sheet_kind_of(reader, json, from, &run->from, err));
    HAX_TRY(hax_json_int_or(json, "cut", 1, 1000000, 0, &run->cut, err));
    HAX_TRY(hax_json_string_or(json, "to", from, &to, err));
    HAX_TRY(hax_sheet_kind_of(reader, json, to, &run->to, err));
    if ((run->cut > 0) != (run->to != run->from))
        return hax_json_fail(json, err,
                             "a network that changes has a cut and another kind behind it");
    return HAX_OK;
}

static hax_status read_result(const hax_sheet_reader *reader, const hax_json *json, int networks,
                              hax_sheet_result *result, hax_error *err)
{
    static const char *const keys[] = { "name", "ms", "runs", NULL };
    hax_json list;
    void *entries;
    int count;
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(hax_sheet_text(reader, json, "name", true, &result->name, err));
    HAX_TRY(hax_json_member_number(json, "ms", 1e-9, ms_max, &result->ms, err));
    HAX_TRY(hax_sheet_list(reader, json, "runs", HAX_MAX_UNITS, sizeof(hax_sheet_run), &list,
                           &count, &entries, err));
    if (count == 0)
        return HAX_OK;
    if (count != networks)
        return hax_json_fail(&list, err, "has %d entries, the round has %d networks", count,
                             networks);
    for (int i = 0; i < count; i++) {
        hax_json item = hax_json_item(&list, (size_t) i);
        HAX_TRY(read_run_of(reader, &item, (hax_sheet_run *) entries + i, err));
    }
    result->runs = entries;
    return HAX_OK;
}

static hax_status read_results(const hax_sheet_reader *reader, const hax_json *json,
                               hax_sheet_round *round, hax_error *err)
{
    hax_json list;
    void *entries;
    HAX_TRY(hax_sheet_list(reader, json, "results", RESULTS_MAX, sizeof(hax_sheet_result), &list,
                           &round->result_count, &entries, err));
    round->results = entries;
    for (int r = 0; r < round->result_count; r++) {
        hax_json item = hax_json_item(&list, (size_t) r);
        HAX_TRY(read_result(reader, &item, round->network_count, (hax_sheet_result *) entries + r,
                            err));
    }
    return HAX_OK;
}

static hax_status read_round(const hax_sheet_reader *reader, const hax_json *json,
                             hax_sheet_round *round, hax_error *err)
{
    static const char *const keys[] = {
        "networks", "results", "plan", "source", "uncertain", NULL
    };
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(read_names(reader, json, round, err));
    HAX_TRY(read_results(reader, json, round, err));
    HAX_TRY(hax_sheet_text(reader, json, "plan", false, &round->plan, err));
    HAX_TRY(hax_sheet_text(reader, json, "source", true, &round->source, err));
    return hax_sheet_text(reader, json, "uncertain", false, &round->uncertain, err);
}

hax_status hax_sheet_read_measured(const hax_sheet_reader *reader, const hax_json *root,
                                   hax_error *err)
{
    hax_datasheet *sheet = reader->sheet;
    hax_json list;
    void *made;
    HAX_TRY(hax_sheet_list(reader, root, "measurements", NETWORKS_MAX, sizeof(hax_sheet_network),
                           &list, &sheet->measured_count, &made, err));
    sheet->measured = made;
    for (int i = 0; i < sheet->measured_count; i++) {
        hax_json item = hax_json_item(&list, (size_t) i);
        HAX_TRY(read_network(reader, &item, (hax_sheet_network *) made + i, err));
    }
    HAX_TRY(hax_sheet_list(reader, root, "standalone", NETWORKS_MAX, sizeof(hax_sheet_whole), &list,
                           &sheet->whole_count, &made, err));
    sheet->wholes = made;
    for (int i = 0; i < sheet->whole_count; i++) {
        hax_json item = hax_json_item(&list, (size_t) i);
        HAX_TRY(read_whole(reader, &item, (hax_sheet_whole *) made + i, err));
    }
    HAX_TRY(hax_sheet_list(reader, root, "rounds", ROUNDS_MAX, sizeof(hax_sheet_round), &list,
                           &sheet->round_count, &made, err));
    sheet->rounds = made;
    HAX_TRY(hax_sheet_text(reader, root, "rounds_text", false, &sheet->rounds_text, err));
    for (int i = 0; i < sheet->round_count; i++) {
        hax_json item = hax_json_item(&list, (size_t) i);
        HAX_TRY(read_round(reader, &item, (hax_sheet_round *) made + i, err));
    }
    return HAX_OK;
}
