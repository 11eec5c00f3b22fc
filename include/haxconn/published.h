/*
 * The published solver's model, for comparison only: HaX-CoNN's artifact (PPoPP 2024) schedules
 * two networks on two units by a model that differs from this library's (problem.h):
 *
 *   - each network changes units at most once;
 *   - group i starts no earlier than group i-1 started, plus the hand-over where the unit
 *     changes (whatever its direction), plus the time of group i-1 on the unit of group i, times
 *     that unit's slowdown for the demand of group i-1 there: charged always, whether anything runs
 *     beside it or not, and on the later group's unit;
 *   - groups of the two networks on one unit do not overlap, by their times without slowdown;
 *   - the latest start of a last group plus its time without slowdown is minimised.
 *
 * Times are milliseconds, demands GB/s. All functions are thread-safe.
 */
#ifndef HAXCONN_PUBLISHED_H
#define HAXCONN_PUBLISHED_H

#include <stdbool.h>
#include <stddef.h>

#include "haxconn/api.h"
#include "haxconn/problem.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { HAX_PUBLISHED_GROUPS = 32, HAX_PUBLISHED_PIECES = 8 };

/* Where the demand is below `below_gbps`, the loss is percent_per_gbps * (demand + offset_gbps). */
typedef struct hax_published_piece {
    double below_gbps; /* INFINITY in the last piece */
    double percent_per_gbps;
    double offset_gbps;
} hax_published_piece;

typedef struct hax_published_network {
    char name[32];
    int group_count;
    int layer[HAX_PUBLISHED_GROUPS];          /* that a group begins with */
    double ms[2][HAX_PUBLISHED_GROUPS];       /* [unit][group] */
    double gbps[2][HAX_PUBLISHED_GROUPS];     /* [unit][group] */
    double handover_ms[HAX_PUBLISHED_GROUPS]; /* [group] after it, but for the last */
} hax_published_network;

typedef struct hax_published {
    char units[2][16];
    int piece_count[2];
    hax_published_piece pieces[2][HAX_PUBLISHED_PIECES];
    hax_published_network networks[2];
} hax_published;

/* The artifact's own numbers (GoogleNet and AlexNet). */
HAX_API void hax_published_artifact(hax_published *data);

/* Reads a "haxconn/published" document (docs/published.md). HAX_BAD_INPUT with the place. */
HAX_API hax_status hax_published_parse(const char *json, size_t length, const char *file,
                                       hax_published *data, hax_error *err);

/* One network's part: where it starts, and before which group it changes units (0: never). */
typedef struct hax_published_way {
    int unit;
    int change;
} hax_published_way;

typedef struct hax_published_answer {
    hax_published_way ways[2];
    double start_ms[2][HAX_PUBLISHED_GROUPS];
    double objective_ms;
    int optima; /* pairs of ways that reach the objective; 0 when they were not counted */
    double seconds;
} hax_published_answer;

enum { HAX_PUBLISHED_OPTIMA = 16 };

/* The optimum by enumeration of all ways and all orders on the units; `optima` gets the first so
 * many pairs of ways that reach it. */
HAX_API void hax_published_enumerate(const hax_published *data, hax_published_answer *answer,
                                     hax_published_way optima[HAX_PUBLISHED_OPTIMA][2]);

/* The same model solved by Z3. HAX_UNAVAILABLE when this library was built without it. */
HAX_API hax_status hax_published_z3(const hax_published *data, hax_published_answer *answer,
                                    hax_error *err);

/* The same numbers as a problem of this library: hand-over as OUT, without contention (the
 * published slowdowns do not depend on what runs beside). At most `max_transitions` changes each
 * (-1: any number). Free with hax_problem_destroy. */
HAX_API hax_status hax_published_problem(const hax_published *data, int max_transitions,
                                         const hax_problem **problem, hax_error *err);

/* Schedules of the same numbers, by this library's evaluator. */
typedef enum hax_published_row {
    HAX_PUBLISHED_PLAN,       /* the published optimum, as it would run */
    HAX_PUBLISHED_SERIAL,     /* one network after the other on the better unit */
    HAX_PUBLISHED_ONE_CHANGE, /* the optimum with at most one change each */
    HAX_PUBLISHED_OPTIMUM,    /* with any number */
    HAX_PUBLISHED_ROWS,
} hax_published_row;

static inline const char *hax_published_row_name(hax_published_row row)
{
    static const char *const names[] = {
        "the published optimum",
        "one network after the other",
        "the optimum, at most one change each",
        "the optimum, any number of changes",
    };
    return names[row];
}

/* The published model solved both ways, and what this library says of it. */
typedef struct hax_published_comparison {
    hax_published data;
    hax_published_answer enumerated;
    hax_published_way optima[HAX_PUBLISHED_OPTIMA][2]; /* the first is shown */
    hax_published_answer by_z3;
    char z3_failed[128]; /* why there is none by Z3; "": there is */
    double rows_ms[HAX_PUBLISHED_ROWS];
} hax_published_comparison;

/* Fills all but `data`, which is given. Statuses of hax_solve; HAX_MISMATCH when Z3 and the
 * enumeration disagree. */
HAX_API hax_status hax_published_compare(hax_published_comparison *comparison, hax_error *err);

/* The "haxconn/published-comparison" document; free with free. */
HAX_API hax_status hax_published_text(const hax_published_comparison *comparison, char **json,
                                      hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
