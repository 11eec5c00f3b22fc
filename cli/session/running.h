/* What 'run' and 'compare' have in common: settings, and the run itself. */
#ifndef CLI_RUNNING_H
#define CLI_RUNNING_H

#include "bench.h"
#include "feeds.h"
#include "terms.h"
#include "views.h"

typedef struct cli_run_settings {
    const char *platform;
    const char *grouping;
    cli_list cuts;
    cli_list shapes;
    int cut_tensors;
    int objective;
    int max_transitions;
    cli_rules rules;
    int rounds;
    double seconds;
    bool fresh;
    double time_s;
    const char *store;
    int contention; /* 0: on */
    int refine;
    cli_views views;
    const char *json;
} cli_run_settings;

#define CLI_RUN_DEFAULTS                                                                           \
    {                                                                                              \
        .platform = "host", .objective = CLI_OBJECTIVE_NOT_GIVEN,                                  \
        .max_transitions = CLI_TRANSITIONS_NOT_GIVEN, .seconds = -1, .time_s = CLI_TIME_NOT_GIVEN, \
        .refine = 3                                                                                \
    }

#define CLI_SEARCH_TIME(type)                                                              \
    {                                                                                      \
        "time", 't', CLI_NUMBER, offsetof(type, time_s), "S", CLI_TIME_WORDS, 0, 1e9, NULL \
    }

#define CLI_REFINE(type)                                                                    \
    {                                                                                       \
        "refine", 0, CLI_WHOLE, offsetof(type, refine), "N",                                \
            "plan again at most N times by what the rounds teach (default 3; 0: never)", 0, \
            HAX_REFINE_MOST, NULL                                                           \
    }

/* The options that set cli_run_settings, but for --json, --report and --trace, which stand last;
 * for commands whose settings begin with these. */
#define CLI_RUN_OPTIONS                                                     \
    CLI_PLATFORM(cli_run_settings), CLI_GPU_WORDS(cli_run_settings),        \
        CLI_GROUPING(cli_run_settings), CLI_SHAPE(cli_run_settings),        \
        CLI_CUT_TENSORS(cli_run_settings), CLI_OBJECTIVE(cli_run_settings), \
        CLI_TRANSITIONS(cli_run_settings), CLI_RULES(cli_run_settings),     \
        CLI_MEASURING(cli_run_settings), CLI_CONTENTION(cli_run_settings),  \
        CLI_SEARCH_TIME(cli_run_settings), CLI_REFINE(cli_run_settings)

/* What goes in and whether what comes out is kept. */
typedef struct cli_run_data {
    const cli_feeds *feeds;
    int seed; /* of inputs that nothing feeds */
    bool keep_outputs;
} cli_run_data;

/* Puts what there is to say about a partition that was found before a report. */
hax_status cli_with_partition(const cli_bench *bench, char **report, hax_error *err);

/* Runs the bench's networks, on a GPU whose partition nobody named after finding one (the bench's
 * platform is then another); `data` NULL: random inputs; `plan` NULL: solve; `all`: every baseline,
 * not only the plain deployments. Statuses and result of hax_run. */
hax_status cli_run_bench(const cli_run_settings *set, cli_bench *bench, const hax_schedule *plan,
                         bool all_baselines, const cli_run_data *data, const hax_result **result,
                         hax_error *err);

#endif
