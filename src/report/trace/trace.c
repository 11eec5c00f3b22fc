/*
 * Rounds as trace events, in the JSON that Chrome and Perfetto read ("Trace Event Format"): a
 * process for each round, a track for each unit and one for the round as a whole, a slice for each
 * job, an arrow for each change of unit, counters of units at work and of what they demand.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "haxconn/report.h"
#include "haxconn/version.h"
#include "json.h"
#include "json_write.h"
#include "round.h"

enum { ROUND_TRACK = 1, FIRST_UNIT_TRACK = 2 };

typedef struct writer {
    hax_json_writer json;
    const hax_trace_round *round;
    int process; /* from 1 */
    int arrows;  /* so far: each has a number */
} writer;

/* What every event has; the caller adds to it and closes it. Times are microseconds there. */
static void open_event(writer *out, const char *phase, const char *name, int track)
{
    hax_json_open_line(&out->json, NULL, '{');
    hax_json_write_string(&out->json, "ph", phase);
    hax_json_write_string(&out->json, "name", name);
    hax_json_write_int(&out->json, "pid", out->process);
    hax_json_write_int(&out->json, "tid", track);
}

/* Viewers count whole nanoseconds, and round begins and lengths apart: an end that is not one would
 * come to lie behind the next begin. */
static double nanoseconds(double ms)
{
    return round(1e6 * ms);
}

static void write_time(writer *out, const char *key, double ms)
{
    hax_json_write_real(&out->json, key, nanoseconds(ms) / 1000);
}

static void write_span(writer *out, double start_ms, double end_ms)
{
    write_time(out, "ts", start_ms);
    hax_json_write_real(&out->json, "dur", (nanoseconds(end_ms) - nanoseconds(start_ms)) / 1000);
}

static void write_name(writer *out, const char *what, int track, const char *name)
{
    open_event(out, "M", what, track);
    hax_json_open(&out->json, "args", '{');
    hax_json_write_string(&out->json, "name", name);
    hax_json_close(&out->json);
    hax_json_close(&out->json);
}

static void write_place(writer *out, const char *what, int track, int place)
{
    open_event(out, "M", what, track);
    hax_json_open(&out->json, "args", '{');
    hax_json_write_int(&out->json, "sort_index", place);
    hax_json_close(&out->json);
    hax_json_close(&out->json);
}

static void write_names(writer *out)
{
    const hax_trace_round *round = out->round;
    hax_text process = { 0 };
    hax_text_printf(&process, "%s %s", round->deployment, round->kind);
    write_name(out, "process_name", ROUND_TRACK, hax_text_get(&process));
    hax_text_spend(&process, out->json.text);
    write_place(out, "process_sort_index", ROUND_TRACK, out->process);
    write_name(out, "thread_name", ROUND_TRACK, "round");
    write_place(out, "thread_sort_index", ROUND_TRACK, 0);
    for (int u = 0; u < round->unit_count; u++) {
        write_name(out, "thread_name", FIRST_UNIT_TRACK + u, round->units[u]);
        write_place(out, "thread_sort_index", FIRST_UNIT_TRACK + u, 1 + u);
    }
}

/* ---- slices ---------------------------------------------------------------------------------- */

static void write_round(writer *out)
{
    open_event(out, "X", "round", ROUND_TRACK);
    hax_json_write_string(&out->json, "cat", out->round->kind);
    write_span(out, 0, out->round->round_ms);
    hax_json_close(&out->json);
}

static void write_job(writer *out, const hax_trace_job *job)
{
    hax_text name = { 0 };
    const bool runs = strcmp(job->part, "run") == 0;
    hax_text_append(&name, job->instance);
    if (job->layers)
        hax_text_printf(&name, " %s", job->layers);
    else if (job->first_group < job->group)
        hax_text_printf(&name, " groups %d-%d", job->first_group, job->group);
    else
        hax_text_printf(&name, " group %d", job->group);
    if (!runs)
        hax_text_printf(&name, " %s", job->part);
    open_event(out, "X", hax_text_get(&name), FIRST_UNIT_TRACK + job->unit);
    hax_text_spend(&name, out->json.text);
    hax_json_write_string(&out->json, "cat", job->part);
    write_span(out, job->start_ms, job->end_ms);
    hax_json_open(&out->json, "args", '{');
    hax_json_write_string(&out->json, "network", job->instance);
    hax_json_write_int(&out->json, "group", job->group);
    hax_json_write_string(&out->json, "part", job->part);
    if (isfinite(job->alone_ms))
        hax_json_write_real(&out->json, "alone_ms", job->alone_ms);
    if (isfinite(job->gbps))
        hax_json_write_real(&out->json, "gbps", job->gbps);
    hax_json_close(&out->json);
    hax_json_close(&out->json);
}

/* ---- arrows ---------------------------------------------------------------------------------- */

/* Which of a network's jobs comes when: group after group, of each IN, the work, OUT. */
static int turn_of(const hax_trace_job *job)
{
    const char *part = job->part;
    return 3 * job->group + (strcmp(part, "in") == 0 ? 0 : strcmp(part, "run") == 0 ? 1 : 2);
}

/* The job of the same network that comes next; NULL: it is the last. */
static const hax_trace_job *next_of(const hax_trace_round *round, const hax_trace_job *job)
{
    const hax_trace_job *next = NULL;
    for (int j = 0; j < round->job_count; j++) {
        const hax_trace_job *other = &round->jobs[j];
        if (strcmp(other->instance, job->instance) == 0 && turn_of(other) > turn_of(job) &&
            (!next || turn_of(other) < turn_of(next)))
            next = other;
    }
    return next;
}

/* Viewers tie an arrow's ends to the slices around them: the middle of the one, the begin of the
 * other ("bp": "e"). */
static void write_arrow(writer *out, const hax_trace_job *from, const hax_trace_job *to)
{
    const struct {
        const char *phase;
        const hax_trace_job *job;
        double ms;
    } ends[] = { { "s", from, (from->start_ms + from->end_ms) / 2 }, { "f", to, to->start_ms } };
    out->arrows++;
    for (int e = 0; e < 2; e++) {
        open_event(out, ends[e].phase, "hand-over", FIRST_UNIT_TRACK + ends[e].job->unit);
        hax_json_write_string(&out->json, "cat", "hand-over");
        hax_json_write_int(&out->json, "id", out->arrows);
        write_time(out, "ts", ends[e].ms);
        if (e == 1)
            hax_json_write_string(&out->json, "bp", "e");
        hax_json_close(&out->json);
    }
}

static void write_arrows(writer *out)
{
    for (int j = 0; j < out->round->job_count; j++) {
        const hax_trace_job *job = &out->round->jobs[j], *next = next_of(out->round, job);
        if (next && next->unit != job->unit)
            write_arrow(out, job, next);
    }
}

/* ---- counters -------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    const double one = *(const double *) a, other = *(const double *) b;
    return one < other ? -1 : one > other;
}

static void write_counter(writer *out, const char *name, const char *key, double ms, double value)
{
    open_event(out, "C", name, ROUND_TRACK);
    write_time(out, "ts", ms);
    hax_json_open(&out->json, "args", '{');
    hax_json_write_real(&out->json, key, value);
    hax_json_close(&out->json);
    hax_json_close(&out->json);
}

/* From `ms` on, until something begins or ends. */
static void write_counters_at(writer *out, double ms)
{
    int busy = 0;
    double gbps = 0;
    for (int j = 0; j < out->round->job_count; j++) {
        const hax_trace_job *job = &out->round->jobs[j];
        if (job->start_ms > ms || job->end_ms <= ms)
            continue;
        busy++;
        gbps += isfinite(job->gbps) ? job->gbps : 0;
    }
    write_counter(out, "units busy", "units", ms, busy);
    write_counter(out, "GB/s", "demand", ms, gbps);
}

static void write_counters(writer *out)
{
    const int count = 2 * out->round->job_count;
    double *times = calloc((size_t) count + 1, sizeof *times);
    if (!times) {
        out->json.text->failed = true;
        return;
    }
    for (int j = 0; j < out->round->job_count; j++) {
        times[2 * j] = out->round->jobs[j].start_ms;
        times[2 * j + 1] = out->round->jobs[j].end_ms;
    }
    qsort(times, (size_t) count, sizeof *times, by_time);
    for (int t = 0; t < count; t++)
        if (t == 0 || times[t] > times[t - 1])
            write_counters_at(out, times[t]);
    free(times);
}

/* ---------------------------------------------------------------------------------------------- */

static void write_events(const hax_trace_rounds *rounds, writer *out)
{
    hax_json_open(&out->json, "traceEvents", '[');
    for (int r = 0; r < rounds->count; r++) {
        out->round = &rounds->items[r];
        out->process = r + 1;
        write_names(out);
        write_round(out);
        for (int j = 0; j < out->round->job_count; j++)
            write_job(out, &out->round->jobs[j]);
        write_arrows(out);
        write_counters(out);
    }
    hax_json_close(&out->json);
}

static hax_status write_trace(int count, json_t *const *documents, hax_text *text, hax_error *err)
{
    hax_trace_rounds rounds;
    hax_arena *arena = hax_arena_create();
    if (!arena)
        return hax_fail_memory(err, "a trace");
    hax_status status = hax_trace_rounds_read(count, documents, arena, &rounds, err);
    if (status == HAX_OK) {
        writer out = { .json = { .text = text } };
        const char *command =
            json_string_value(json_object_get(json_object_get(documents[0], "tool"), "command"));
        hax_json_open(&out.json, NULL, '{');
        hax_json_write_string(&out.json, "displayTimeUnit", "ms");
        hax_json_open(&out.json, "otherData", '{');
        hax_json_write_string(&out.json, "tool", "haxconn " HAX_VERSION);
        if (command)
            hax_json_write_string(&out.json, "command", command);
        hax_json_close(&out.json);
        write_events(&rounds, &out);
        hax_json_close(&out.json);
        hax_text_append(text, "\n");
    }
    hax_arena_destroy(arena);
    return status;
}

static hax_status read_documents(int count, const char *const *documents, json_t **trees,
                                 hax_error *err)
{
    for (int d = 0; d < count; d++) {
        hax_json schema;
        const char *word;
        HAX_TRY(hax_json_parse(documents[d], strlen(documents[d]), "document", &trees[d], err));
        const hax_json root = hax_json_root(trees[d], "document");
        HAX_TRY(hax_json_member(&root, "schema", &schema, err));
        HAX_TRY(hax_json_string(&schema, &word, err));
    }
    return HAX_OK;
}

hax_status hax_report_trace(int count, const char *const *documents, char **json, hax_error *err)
{
    assert(count > 0 && documents && json);
    hax_text text = { 0 };
    json_t **trees = calloc((size_t) count, sizeof *trees);
    hax_status status =
        trees ? read_documents(count, documents, trees, err) : hax_fail_memory(err, "a trace");
    if (status == HAX_OK)
        status = write_trace(count, trees, &text, err);
    for (int d = 0; trees && d < count; d++)
        json_decref(trees[d]);
    free(trees);
    if (status == HAX_OK)
        return hax_report_take(&text, "a trace", json, err);
    hax_text_free(&text);
    return status;
}
