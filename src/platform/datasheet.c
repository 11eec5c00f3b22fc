/* Data sheets: rates, slowdowns and sources. */
#include "datasheet.h"

#include <stdlib.h>
#include <string.h>

#include "contention.h"

static hax_status no_memory(hax_error *err)
{
    return hax_fail_memory(err, "a data sheet");
}

hax_status hax_sheet_text(const hax_sheet_reader *reader, const hax_json *object, const char *key,
                          bool required, const char **text, hax_error *err)
{
    hax_json json;
    const char *read;
    *text = NULL;
    if (!required && !hax_json_optional(object, key, &json))
        return HAX_OK;
    HAX_TRY(hax_json_member_string(object, key, &read, err));
    *text = hax_arena_string(reader->arena, read);
    return *text ? HAX_OK : no_memory(err);
}

hax_status hax_sheet_list(const hax_sheet_reader *reader, const hax_json *object, const char *key,
                          int limit, size_t size, hax_json *list, int *count, void **items,
                          hax_error *err)
{
    size_t length = 0;
    if (hax_json_optional(object, key, list))
        HAX_TRY(hax_json_expect_array(list, &length, err));
    if (length > (size_t) limit)
        return hax_json_fail(list, err, "has %zu entries, may have %d", length, limit);
    *count = (int) length;
    *items = hax_arena_alloc(reader->arena, length, size);
    return *items ? HAX_OK : no_memory(err);
}

hax_status hax_sheet_kind_of(const hax_sheet_reader *reader, const hax_json *json, const char *name,
                             int *kind, hax_error *err)
{
    for (*kind = 0; *kind < reader->kind_count; (*kind)++)
        if (strcmp(reader->kinds[*kind], name) == 0)
            return HAX_OK;
    return hax_json_fail(json, err, "the platform has no kind '%.50s'", name);
}

/* ---- numbers with their sources -------------------------------------------------------------- */

static hax_status read_number(const hax_sheet_reader *reader, const hax_json *object,
                              const char *key, double least, double most, hax_sheet_number *number,
                              hax_error *err)
{
    static const char *const keys[] = { "value", "source", "uncertain", NULL };
    hax_json json;
    HAX_TRY(hax_json_member(object, key, &json, err));
    HAX_TRY(hax_json_only(&json, keys, err));
    HAX_TRY(hax_json_member_number(&json, "value", least, most, &number->value, err));
    HAX_TRY(hax_sheet_text(reader, &json, "source", true, &number->source, err));
    return hax_sheet_text(reader, &json, "uncertain", false, &number->uncertain, err);
}

/* ---- kinds ----------------------------------------------------------------------------------- */

static hax_status read_slowdown(const hax_sheet_reader *reader, const hax_json *kind,
                                hax_sheet_kind *sheet_kind, hax_error *err)
{
    static const char *const keys[] = { "function", "source", "uncertain", NULL };
    hax_json json, function;
    if (!hax_json_optional(kind, "slowdown", &json))
        return HAX_OK;
    HAX_TRY(hax_json_only(&json, keys, err));
    HAX_TRY(hax_json_member(&json, "function", &function, err));
    const char *name;
    HAX_TRY(hax_json_member_string(&function, "kind", &name, err));
    if (strcmp(name, "pccs") != 0)
        return hax_json_fail(&function, err, "unknown kind '%.50s' (a data sheet has pccs)", name);
    sheet_kind->slows = true;
    sheet_kind->slowdown.kind = HAX_SLOWDOWN_PCCS;
    HAX_TRY(hax_slowdown_pccs_from_json(&function, &sheet_kind->slowdown.pccs, err));
    HAX_TRY(hax_sheet_text(reader, &json, "source", true, &sheet_kind->slowdown_source, err));
    return hax_sheet_text(reader, &json, "uncertain", false, &sheet_kind->slowdown_uncertain, err);
}

static hax_status read_fallback(const hax_sheet_reader *reader, const hax_json *json,
                                hax_sheet_kind *kind, hax_error *err)
{
    hax_json fallback;
    const char *name;
    kind->fallback = -1;
    if (!hax_json_optional(json, "fallback", &fallback))
        return HAX_OK;
    HAX_TRY(hax_json_string(&fallback, &name, err));
    HAX_TRY(hax_sheet_kind_of(reader, &fallback, name, &kind->fallback, err));
    if (!kind->dla || &reader->sheet->kinds[kind->fallback] == kind)
        return hax_json_fail(&fallback, err, "a DLA falls back, and to another kind");
    return read_number(reader, json, "fallback_percent", 0, 100, &kind->fallback_percent, err);
}

static hax_status read_kind(const hax_sheet_reader *reader, const hax_json *json,
                            hax_sheet_kind *kind, hax_error *err)
{
    static const char *const keys[] = { "dla",      "gmac_per_s",       "channels", "fallback",
                                        "slowdown", "fallback_percent", "pieces",   NULL };
    hax_json flag;
    HAX_TRY(hax_json_only(json, keys, err));
    if (hax_json_optional(json, "dla", &flag))
        HAX_TRY(hax_json_bool(&flag, &kind->dla, err));
    HAX_TRY(read_number(reader, json, "gmac_per_s", 1e-3, 1e9, &kind->gmac_per_s, err));
    HAX_TRY(read_number(reader, json, "channels", 1, 1024, &kind->channels, err));
    HAX_TRY(read_fallback(reader, json, kind, err));
    if (hax_json_optional(json, "pieces", &flag))
        HAX_TRY(read_number(reader, json, "pieces", 1, 1e6, &kind->pieces, err));
    if (kind->dla && !reader->sheet->board)
        return hax_json_fail(json, err, "a DLA needs the sheet's \"board\", whose rules hold");
    return read_slowdown(reader, json, kind, err);
}

/* What falls back must end somewhere. */
static hax_status check_fallbacks(const hax_sheet_reader *reader, const hax_json *json,
                                  hax_error *err)
{
    for (int k = 0; k < reader->kind_count; k++) {
        int fallback = reader->sheet->kinds[k].fallback;
        if (fallback >= 0 && reader->sheet->kinds[fallback].dla)
            return hax_json_fail(json, err, "'%.50s' falls back to '%.50s', which is a DLA itself",
                                 reader->kinds[k], reader->kinds[fallback]);
    }
    return HAX_OK;
}

static hax_status read_kinds(const hax_sheet_reader *reader, const hax_json *root, hax_error *err)
{
    hax_json json, kinds_json;
    const char *name;
    json_t *value;
    HAX_TRY(hax_json_member(root, "kinds", &json, err));
    HAX_TRY(hax_json_expect_object(&json, err));
    json_object_foreach(json.value, name, value)
    {
        int kind;
        HAX_TRY(hax_sheet_kind_of(reader, &json, name, &kind, err));
    }
    for (int k = 0; k < reader->kind_count; k++) {
        HAX_TRY(hax_json_member(&json, reader->kinds[k], &kinds_json, err));
        HAX_TRY(read_kind(reader, &kinds_json, &reader->sheet->kinds[k], err));
    }
    return check_fallbacks(reader, &json, err);
}

/* ---- the sheet ------------------------------------------------------------------------------- */

static hax_status read_in(const hax_sheet_reader *reader, const hax_json *root, hax_error *err)
{
    static const char *const keys[] = { "value", "spread", "source", "uncertain", NULL };
    hax_sheet_number *number = &reader->sheet->in_ms;
    hax_json json;
    HAX_TRY(hax_json_member(root, "in_ms", &json, err));
    HAX_TRY(hax_json_only(&json, keys, err));
    HAX_TRY(hax_json_member_number(&json, "value", 0, 1e6, &number->value, err));
    HAX_TRY(hax_json_member_number(&json, "spread", 0, 10, &reader->sheet->in_spread, err));
    HAX_TRY(hax_sheet_text(reader, &json, "source", true, &number->source, err));
    return hax_sheet_text(reader, &json, "uncertain", false, &number->uncertain, err);
}

/* Its own text, so that the document can be written as it was read. */
static hax_status keep_text(const hax_sheet_reader *reader, const hax_json *json, hax_error *err)
{
    hax_text text = { 0 };
    hax_json_write(json->value, JSON_COMPACT | JSON_REAL_PRECISION(17), &text);
    char *taken = hax_text_take(&text);
    reader->sheet->json = taken ? hax_arena_string(reader->arena, taken) : NULL;
    free(taken);
    return reader->sheet->json ? HAX_OK : no_memory(err);
}

hax_status hax_datasheet_read(const hax_json *json, hax_arena *arena, int kind_count,
                              const char *const *kinds, const hax_datasheet **sheet, hax_error *err)
{
    static const char *const keys[] = { "board",      "tensorrt", "memory_gbps",
                                        "kinds",      "in_ms",    "measurements",
                                        "standalone", "rounds",   "rounds_text",
                                        NULL };
    hax_datasheet *datasheet = hax_arena_alloc(arena, 1, sizeof *datasheet);
    if (!datasheet)
        return no_memory(err);
    const hax_sheet_reader reader = { arena, kind_count, kinds, datasheet };
    datasheet->kind_count = kind_count;
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(hax_sheet_text(&reader, json, "board", false, &datasheet->board, err));
    HAX_TRY(hax_sheet_text(&reader, json, "tensorrt", false, &datasheet->tensorrt, err));
    HAX_TRY(read_number(&reader, json, "memory_gbps", 1e-3, 1e6, &datasheet->memory_gbps, err));
    HAX_TRY(read_kinds(&reader, json, err));
    HAX_TRY(read_in(&reader, json, err));
    HAX_TRY(hax_sheet_read_measured(&reader, json, err));
    HAX_TRY(keep_text(&reader, json, err));
    *sheet = datasheet;
    return HAX_OK;
}

/* ---- questions ------------------------------------------------------------------------------- */

static int named_in_round(const hax_sheet_round *round, const char *name)
{
    int found = 0;
    for (int i = 0; i < round->network_count; i++)
        found += strcmp(round->networks[i], name) == 0;
    return found;
}

static int named_in_problem(const hax_problem *problem, const char *name)
{
    int found = 0;
    for (int i = 0; i < problem->instance_count; i++)
        found += strcmp(problem->instances[i].name, name) == 0;
    return found;
}

const hax_sheet_round *hax_datasheet_round(const hax_datasheet *sheet, const hax_problem *problem)
{
    for (int r = 0; sheet && r < sheet->round_count; r++) {
        const hax_sheet_round *round = &sheet->rounds[r];
        bool same = round->network_count == problem->instance_count;
        for (int i = 0; same && i < problem->instance_count; i++) {
            const char *name = problem->instances[i].name;
            same = named_in_round(round, name) == named_in_problem(problem, name);
        }
        if (same)
            return round;
    }
    return NULL;
}
