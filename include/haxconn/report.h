/*
 * Documents as text for people: tables and Gantt charts for a terminal. UTF-8 or plain
 * ASCII; nothing is printed, every function returns a text that is freed with free.
 */
#ifndef HAXCONN_REPORT_H
#define HAXCONN_REPORT_H

#include <stddef.h>

#include "haxconn/api.h"
#include "haxconn/campaign.h"
#include "haxconn/config.h"
#include "haxconn/contention.h"
#include "haxconn/estimate.h"
#include "haxconn/experiment.h"
#include "haxconn/import.h"
#include "haxconn/jetson.h"
#include "haxconn/model.h"
#include "haxconn/partition.h"
#include "haxconn/platform.h"
#include "haxconn/profile.h"
#include "haxconn/published.h"
#include "haxconn/run.h"
#include "haxconn/schedule.h"
#include "haxconn/sensitivity.h"
#include "haxconn/status.h"
#include "haxconn/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a text looks. It will not grow. */
typedef struct hax_report_style {
    int width;   /* columns of the terminal, at least 1; default: 80 */
    bool utf8;   /* block characters in charts; else ASCII */
    bool colour; /* ANSI colours */
} hax_report_style;

static inline hax_report_style hax_report_style_default(void)
{
    hax_report_style style;
    memset(&style, 0, sizeof style);
    style.width = 80;
    return style;
}

/*
 * Text of others, a name or a message with names in it, as a terminal may show it: control
 * characters, those that reorder or hide what stands beside them, and bytes that are no UTF-8
 * become escapes ("\\n", "\\u001b", "\\xff"). All reports do so with the names in them. Cut where
 * `size` bytes do not hold it.
 */
HAX_API void hax_report_visible(const char *text, char *visible, size_t size);

/* Units as lines, jobs as blocks, scaled to the width, with a legend and a time axis. */
HAX_API hax_status hax_report_gantt(const hax_problem *problem, const hax_schedule *schedule,
                                    const hax_report_style *style, char **text, hax_error *err);

/* The same of a row that has a schedule, and below each unit the medians of what its jobs took. */
HAX_API hax_status hax_report_gantt_executed(const hax_result *result, int row,
                                             const hax_report_style *style, char **text,
                                             hax_error *err);

/* Where each instance runs and what it costs: "googlenet: 0-37 on fast, 38-140 on slow". */
HAX_API hax_status hax_report_assignment(const hax_problem *problem, const hax_schedule *schedule,
                                         char **text, hax_error *err);

/* The schedule command's answer: value, bound, proof, losses, baselines, chart; `unfinished` as
 * hax_baseline_set_unfinished. */
HAX_API hax_status hax_report_schedule(const hax_problem *problem, const hax_schedule *schedule,
                                       int baseline_count, const hax_schedule *const *baselines,
                                       unsigned unfinished, const char *verdict,
                                       const hax_report_style *style, char **text, hax_error *err);

/* What follows it on request: ranges of speed, regret, and the choice; each of the two may be
 * NULL. */
HAX_API hax_status hax_report_sensitivity(const hax_problem *problem,
                                          const hax_sensitivity *sensitivity,
                                          const hax_robust *robust, const hax_report_style *style,
                                          char **text, hax_error *err);

/* Which partition was found, and beside which; `objective` is what its values are of. */
HAX_API hax_status hax_report_partition(const hax_partition_choice *choice, hax_objective objective,
                                        const hax_report_style *style, char **text, hax_error *err);

HAX_API hax_status hax_report_platform(const hax_platform *platform, const hax_report_style *style,
                                       char **text, hax_error *err);

/* The platform command's answers: a data sheet with its sources (the platform has one); the model
 * made of it and its errors. */
HAX_API hax_status hax_report_datasheet(const hax_platform *platform, const hax_report_style *style,
                                        char **text, hax_error *err);
HAX_API hax_status hax_report_calibration(const hax_platform *platform,
                                          const hax_calibration *calibration,
                                          const hax_report_style *style, char **text,
                                          hax_error *err);

/* A round that others measured, on this evaluator. */
typedef struct hax_compared_round {
    const hax_sheet_round *published;
    const hax_problem *problem;
    const hax_profile *profile;
    const double *here_ms;    /* [result of the round]; NAN: it cannot be told here */
    const hax_schedule *plan; /* ours */
    int baseline_count;       /* ours */
    const hax_schedule *const *baselines;
    const char *verdict;
} hax_compared_round;

HAX_API hax_status hax_report_rounds(const hax_platform *platform, int count,
                                     const hax_compared_round *rounds,
                                     const hax_report_style *style, char **text, hax_error *err);

/* The "haxconn/rounds" document of the same; free with free. */
HAX_API hax_status hax_rounds_text(const hax_platform *platform, int count,
                                   const hax_compared_round *rounds, char **json, hax_error *err);

HAX_API hax_status hax_report_model(const hax_model *model, const hax_grouping *grouping,
                                    const hax_report_style *style, char **text, hax_error *err);
HAX_API hax_status hax_report_models(const hax_report_style *style, char **text, hax_error *err);
HAX_API hax_status hax_report_profile(const hax_profile *profile, const hax_report_style *style,
                                      char **text, hax_error *err);

/* The run command's answer: table of rows (predicted, measured, error), outputs, chart,
 * verdict, notes. */
HAX_API hax_status hax_report_result(const hax_result *result, const hax_report_style *style,
                                     char **text, hax_error *err);

/* The compare command's answer: every row with prediction, measurement, spread, and how far
 * behind the best it is. */
HAX_API hax_status hax_report_comparison(const hax_result *result, const hax_report_style *style,
                                         char **text, hax_error *err);

/* The same of schedules that were only evaluated; schedules[0] is haxconn's. `verdict` may be
 * NULL. */
HAX_API hax_status hax_report_compare(const hax_problem *problem, int count,
                                      const hax_schedule *const *schedules, unsigned unfinished,
                                      const char *verdict, const hax_report_style *style,
                                      char **text, hax_error *err);

/* The contention measure command's answer: peaks, and every unit's table with its fit. `counters`:
 * what hax_memory_counters found, "" for nothing; NULL: not looked for. */
HAX_API hax_status hax_report_contention(const hax_profile *profile, const char *counters,
                                         const hax_report_style *style, char **text,
                                         hax_error *err);

/* The contention check command's answer: errors, blind beside them, rounds, the groups most slowed.
 */
HAX_API hax_status hax_report_contention_check(const hax_contention_check *check,
                                               const hax_report_style *style, char **text,
                                               hax_error *err);

/* The contention press command's answer: asked, alone and reached beside the others. */
HAX_API hax_status hax_report_press(const hax_press_config *config, const hax_pressed_unit *units,
                                    const hax_report_style *style, char **text, hax_error *err);

/* The contention convolutions command's answer, of hax_convolutions_measure: demand and share of
 * the peak on each unit. */
HAX_API hax_status hax_report_convolutions(const hax_profile *profile,
                                           const hax_report_style *style, char **text,
                                           hax_error *err);

/* The overhead command's answer, published figures beside. */
HAX_API hax_status hax_report_overhead(const hax_overhead *overhead, const hax_platform *platform,
                                       const hax_report_style *style, char **text, hax_error *err);

/* What a deployment came to in a stream. */
typedef struct hax_stream_row {
    const char *name;    /* "haxconn", or the baseline's */
    const char *same_as; /* an earlier row with the same plan, which stands for both; NULL: none */
    const hax_stream_result *result; /* NULL: it has no run of its own */
    const hax_stream_rate *rate;     /* NULL: was not searched for */
    const hax_cycle *cycle;          /* of which the schedule is; NULL: it is of a round */
    const hax_schedule *schedule;    /* of the cycle; else it may be NULL */
} hax_stream_row;

/* The stream command's answer: frames and latencies of each network under each deployment, load of
 * the units, and the highest rates kept where they were searched for. rows[0] is the plan. */
HAX_API hax_status hax_report_stream(int count, const hax_stream_row *rows,
                                     const hax_platform *platform, const hax_report_style *style,
                                     char **text, hax_error *err);

/* One line on how a run stands, without a line end: for each network frames in a second, the 99th
 * percentile of latencies, what was missed and dropped. */
HAX_API hax_status hax_report_stream_line(const hax_stream_result *result, char **text,
                                          hax_error *err);

/* The schedule command's answer to --published: the artifact's words, its objective, ours beside.
 */
HAX_API hax_status hax_report_published(const hax_published_comparison *comparison,
                                        const hax_report_style *style, char **text, hax_error *err);

/* The contention fit command's answer: the six numbers, the errors of both forms, the choice, and
 * the residual of every cell. */
HAX_API hax_status hax_report_contention_fit(const hax_contention_fit *fit,
                                             const hax_report_style *style, char **text,
                                             hax_error *err);

/* The import command's answer: what each file was recognised as, its notes, facts and at most
 * `rows` rows of each table (HAX_NO_LIMIT: all). */
HAX_API hax_status hax_report_import(int count, const hax_import *const *imports, int rows,
                                     const hax_report_style *style, char **text, hax_error *err);

/*
 * A schedule in the words of the published HaX-CoNN programs, for scripts that read them. The first
 * is schedule_summary.txt: "GoogleNet starts on GPU", "GoogleNet applies transition after layer
 * 53", where the number is the first layer on the other unit, as there. The second are the starter
 * guide's lines: the networks on the GPU alone, two of them one on each unit, the schedule, and
 * base / found - 1 in percent. All times are those of a round, from its begin to its last end; the
 * programs there add means of networks up where one waits for the other.
 *   HAX_BAD_INPUT  groups that are not named after layers; no units gpu and dla
 */
HAX_API hax_status hax_report_artifact_schedule(const hax_problem *problem,
                                                const hax_schedule *schedule, char **text,
                                                hax_error *err);
HAX_API hax_status hax_report_artifact_starter(const hax_problem *problem,
                                               const hax_schedule *schedule, char **text,
                                               hax_error *err);

/* A campaign in a folder: its engines by network and kind, what is left out and why, how long it
 * takes, and what to do next. */
HAX_API hax_status hax_report_campaign(const hax_campaign *campaign, const char *folder,
                                       const hax_report_style *style, char **text, hax_error *err);

/* The jetson command's answers: layers and groups with what keeps them off the DLA; the boards. */
HAX_API hax_status hax_report_jetson_rules(const hax_jetson_rules *rules,
                                           const hax_report_style *style, char **text,
                                           hax_error *err);
HAX_API hax_status hax_report_jetson_boards(const hax_report_style *style, char **text,
                                            hax_error *err);

/*
 * Documents as one page for browsers that needs nothing else: charts and tables of what is in them
 * ("haxconn/result", "haxconn/schedule" with "haxconn/problem", "haxconn/stream"), the documents
 * themselves, and `text`, a report for terminals (may be NULL). `documents` are texts of JSON. Free
 * with free.
 */
HAX_API hax_status hax_report_html(int count, const char *const *documents, const char *text,
                                   char **html, hax_error *err);

/*
 * The documents of such a page, byte for byte as they were given (but for an escaped "<" in a
 * string, "\\u003c", which comes back as that character). HAX_BAD_INPUT where there are none. Free
 * with hax_report_html_documents_free.
 */
HAX_API hax_status hax_report_html_documents(const char *html, const char *file, int *count,
                                             char ***documents, hax_error *err);

/* NULL is allowed. */
HAX_API void hax_report_html_documents_free(int count, char **documents);

/*
 * Rounds as trace events for Perfetto and Chrome: those of all rows of a "haxconn/result",
 * predicted and measured (or simulated), else that of a "haxconn/schedule", whose "haxconn/problem"
 * beside it gives names and demands. HAX_BAD_INPUT where the documents tell of no round. Free with
 * free.
 */
HAX_API hax_status hax_report_trace(int count, const char *const *documents, char **json,
                                    hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
