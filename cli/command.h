/*
 * Commands and their options. One table of a command serves the parser and the help.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include <haxconn/haxconn.h>

enum { CLI_LIST_MAX = 32 };

/* Values of an option that may stand several times. */
typedef struct cli_list {
    int count;
    const char *items[CLI_LIST_MAX];
} cli_list;

typedef enum cli_kind {
    CLI_FLAG,   /* bool, no value */
    CLI_TEXT,   /* const char * */
    CLI_FILE,   /* const char *, a file that the command writes; - is standard output */
    CLI_FOLDER, /* const char *, a folder that it writes into */
    CLI_LIST,   /* cli_list */
    CLI_WHOLE,  /* int in [min, max] */
    CLI_NUMBER, /* double in [min, max] */
    CLI_CHOICE, /* int, the index of one of `choices` */
    CLI_GPU,    /* a word behind the platform's name, which lies there: const char * */
} cli_kind;

typedef struct cli_option {
    const char *name; /* without the dashes; NULL ends a table */
    char letter;      /* 0: none */
    cli_kind kind;
    size_t offset;     /* into the command's settings */
    const char *value; /* the word for its value in the help */
    const char *help;
    double min, max;
    const char *const *choices; /* NULL-terminated */
} cli_option;

struct cli_command;

/* One call of a command. */
typedef struct cli_call {
    const struct cli_command *command;
    const bool *given; /* [option] of the command's table: does the line have it? */
    const void *settings;
    int operand_count;
    const char *const *operands;
    const char *line; /* the command line, quoted so that a shell takes it back */
    bool dry_run;     /* everything that can be wrong is looked for, then it ends: cli_end_dry */
} cli_call;

typedef struct cli_command {
    const char *name;
    const char *operands; /* "NET NET..." */
    const char *summary;  /* one line */
    const char *text;     /* more, for its own help */
    const cli_option *options;
    const void *defaults; /* settings before the options */
    size_t settings_size;
    int operand_min;
    int operand_max; /* -1: any number */
    bool measures;   /* has --dry-run, which ends before anything is measured or searched */
    hax_status (*run)(const cli_call *call, hax_error *err);
} cli_command;

extern const cli_command cli_export, cli_run, cli_compare, cli_schedule, cli_verify, cli_profile,
    cli_problem, cli_model, cli_contention, cli_overhead, cli_import, cli_jetson, cli_build,
    cli_platform, cli_stream, cli_units, cli_report, cli_doctor, cli_help;

/* All commands, NULL-terminated, in the order of the help. */
extern const cli_command *const cli_commands[];

/* NULL when there is none of that name. */
const cli_command *cli_find_command(const char *name);

/* Says that a dry run has come to its end; HAX_OK. */
hax_status cli_end_dry(const cli_call *call);

/* Does the command line have this option? */
bool cli_given(const cli_call *call, const char *option);

/*
 * HAX_USAGE where the line has an option that is none of `allowed` (NULL-terminated): an option
 * that changes nothing was meant to change something. `what` is the part of the command that is
 * asked for, "contention fit".
 */
hax_status cli_only_options(const cli_call *call, const char *what, const char *const *allowed,
                            hax_error *err);

/* The same the other way round: none of `barred` may stand there, `why` says what is the matter. */
hax_status cli_bar_options(const cli_call *call, const char *what, const char *const *barred,
                           const char *why, hax_error *err);

/* HAX_USAGE that says which command is meant. */
hax_status cli_unknown_command(const char *name, hax_error *err);

/* Options that several commands have. */
#define CLI_JSON(type)                                             \
    {                                                              \
        "json", 'o', CLI_FILE, offsetof(type, json), "FILE",       \
            "write the document, - is standard output", 0, 0, NULL \
    }
/* The precision and the partition of a GPU, read where the platform is. */
#define CLI_GPU_WORDS(type)                                                                  \
    { "precision", 0,                                                                        \
      CLI_GPU,     offsetof(type, platform),                                                 \
      "F",         "of a GPU's arithmetic: f32 (the default, no tensor cores), tf32 or f16", \
      0,           0,                                                                        \
      NULL },                                                                                \
    {                                                                                        \
        "partition", 0, CLI_GPU, offsetof(type, platform), "N+N...",                         \
            "numbers of multiprocessors of a GPU's parts, several times for several "        \
            "partitions (run and compare find one, others take its halves)",                 \
            0, 0, NULL                                                                       \
    }
#define CLI_PLATFORM(type)                                                                     \
    {                                                                                          \
        "platform", 'p', CLI_TEXT, offsetof(type, platform), "P",                              \
            "host (this machine, where nothing else is said), spare (host less a processor), " \
            "gpu, machine (host and GPU), "                                                    \
            "emulated (one of two "                                                            \
            "equal cores capped), jetson (this board's GPU and DLA, by TensorRT), xavier-agx " \
            "(told from a data sheet), synthetic (a virtual "                                  \
            "clock), "                                                                         \
            "null (computes nothing), or a platform file",                                     \
            0, 0, NULL                                                                         \
    }
#define CLI_GROUPING(type)                                                                   \
    {                                                                                        \
        "grouping", 'g', CLI_TEXT, offsetof(type, grouping), "G",                            \
            "fine, blocks (about ten groups, the default) or a number of groups", 0, 0, NULL \
    }
#define CLI_SHAPE(type)                                                         \
    {                                                                           \
        "shape", 0, CLI_LIST, offsetof(type, shapes), "[NET:]INPUT=1x3xHxW",    \
            "dimensions that an ONNX model leaves open, repeatable", 0, 0, NULL \
    }
#define CLI_CUT_TENSORS(type)                                                                  \
    {                                                                                          \
        "cut-tensors", 0, CLI_WHOLE, offsetof(type, cut_tensors), "N",                         \
            "tensors that may cross at a cut (default 1), at most 16", 1, HAX_CUT_TENSORS_MAX, \
            NULL                                                                               \
    }
#define CLI_OBJECTIVE(type)                                                       \
    {                                                                             \
        "objective", 0, CLI_CHOICE, offsetof(type, objective), "O",               \
            "what to optimise, latency where none is given", 0, 0, cli_objectives \
    }
#define CLI_TRANSITIONS(type)                                                            \
    {                                                                                    \
        "max-transitions", 0, CLI_WHOLE, offsetof(type, max_transitions), "N",           \
            "changes of unit that a network may make, -1: any (default)", -1, 1000, NULL \
    }

/* How the networks are cut and measured; the settings need cuts, rounds, seconds, fresh, store. The
 * parts are for commands that count rounds or seconds of something else. */
#define CLI_CUTS(type)                                                                             \
    {                                                                                              \
        "cuts", 'c', CLI_LIST, offsetof(type, cuts), "NET:LIST",                                   \
            "the first layer after each cut, repeatable: googlenet:10,24 (one number is one cut)", \
            0, 0, NULL                                                                             \
    }
#define CLI_FRESH(type)                                                                          \
    {                                                                                            \
        "fresh", 0, CLI_FLAG, offsetof(type, fresh), NULL, "measure again what the store holds", \
            0, 0, NULL                                                                           \
    }
#define CLI_STORE(type)                                                               \
    {                                                                                 \
        "store", 0, CLI_TEXT, offsetof(type, store), "FILE",                          \
            "where samples are kept, or none (default: the cache folder)", 0, 0, NULL \
    }
#define CLI_MEASURING(type)                                                    \
    CLI_CUTS(type), { "rounds",  0,                                            \
                      CLI_WHOLE, offsetof(type, rounds),                       \
                      "N",       "samples of each time at least (default 14)", \
                      1,         100000,                                       \
                      NULL },                                                  \
        { "seconds",  0,                                                       \
          CLI_NUMBER, offsetof(type, seconds),                                 \
          "S",        "spread over at least so long (default 20)",             \
          0,          1e6,                                                     \
          NULL },                                                              \
        CLI_FRESH(type), CLI_STORE(type)

#define CLI_CONTENTION(type)                                                        \
    {                                                                               \
        "contention", 0, CLI_CHOICE, offsetof(type, contention), "C",               \
            "off: plan and predict as if units did not slow each other down", 0, 0, \
            cli_contention_choices                                                  \
    }

/* on, off */
extern const char *const cli_contention_choices[];

/* In the order of hax_objective. */
extern const char *const cli_objectives[];

#endif
