/*
 * The scheduling problem: units over resources, instances cut into groups, the cost
 * of every group on every unit, and the slowdown functions. A problem is numbers
 * only; it knows neither networks nor hardware.
 *
 * Times are milliseconds, bandwidths GB/s (1e9 bytes per second).
 */
#ifndef HAXCONN_PROBLEM_H
#define HAXCONN_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haxconn/api.h"
#include "haxconn/config.h"
#include "haxconn/limits.h"
#include "haxconn/slowdown.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the problem ---------------------------------------------------------------- */

typedef enum hax_objective {
    HAX_LATENCY,    /* smallest end of the round (default) */
    HAX_THROUGHPUT, /* largest sum over instances of 1 / T; an instance that can end at 0 ms is
                       refused (HAX_BAD_INPUT), as 1 / T is infinite then */
    HAX_SUM,        /* smallest weighted sum of T */
    HAX_DEADLINE,   /* smallest largest lateness T - deadline */
} hax_objective;

HAX_API const char *hax_objective_name(hax_objective objective);

/* False when none is called so. */
HAX_API bool hax_objective_find(const char *name, hax_objective *objective);

/* What group g of an instance costs on one unit, all alone. */
typedef struct hax_cost {
    bool allowed; /* false: the unit cannot run it, the rest is void */
    double time_ms;
    double gbps;   /* what it demands of the memory: external to the others */
    double out_ms; /* on the unit left, right after the group; 0 for the last group */
    double out_gbps;
    double in_ms; /* on the unit entered, right before the group; 0 for the first */
    double in_gbps;
    double own_gbps; /* where the group stands on its unit's slowdown function, if that is known
                        better than by gbps (its sensitivity was measured); 0: at gbps */
    double low_ms;   /* how far time_ms was seen to go, down and up; both 0: not known. Nothing */
    double high_ms;  /* is planned with them: they say how far a schedule can be trusted */
} hax_cost;

typedef struct hax_group_spec {
    const char *name;
    const hax_cost *on; /* [unit_count] */
    bool joined;        /* no cut before it: it runs where the group before it runs */
    int first_layer;    /* the compute layers of its network that it is; documents say them in */
    int layer_count;    /* the name, "10-24" or "10". 0: it is no layers that are known */
} hax_group_spec;

enum { HAX_INSTANCE_NAME_BYTES = 160 };

/* Names instance `number` (from 1) of a network: NAME, NAME-2, NAME-3. Of the network's name 140
 * bytes count. `name` has room for HAX_INSTANCE_NAME_BYTES. */
HAX_API void hax_instance_name(const char *network, int number, char *name);

typedef struct hax_instance_spec {
    const char *name;
    int group_count;
    const hax_group_spec *groups;
    int after_count;    /* instances that must end before this one begins */
    const int *after;   /* their indices */
    double weight;      /* > 0; of HAX_SUM */
    double deadline_ms; /* INFINITY: none */
} hax_instance_spec;

typedef struct hax_unit_spec {
    const char *name;
    uint32_t resources; /* bit r: occupies resource r while it runs a job */
    hax_slowdown slowdown;
    int max_pieces; /* runs of consecutive groups on this unit, all instances; HAX_NO_LIMIT */
} hax_unit_spec;

typedef struct hax_problem {
    int resource_count;
    const char *const *resources;
    int unit_count;
    const hax_unit_spec *units;
    int instance_count;
    const hax_instance_spec *instances;
    hax_objective objective;
    int max_transitions;     /* per instance; HAX_NO_LIMIT: any number */
    struct hax_arena *owner; /* of all that it points to, where the library has made it; NULL in one
                                that is built by hand, of which hax_problem_destroy frees nothing */
} hax_problem;

/*
 * Reads a problem document ("haxconn/problem"). `file` is for messages. Refuses NaN,
 * negative times, groups no unit may run, unknown units, circles in `after` and double
 * names, with the path of the value (HAX_BAD_INPUT).
 * *problem is immutable, owned by the caller: free with hax_problem_destroy.
 */
HAX_API hax_status hax_problem_parse(const char *json, size_t length, const char *file,
                                     const hax_problem **problem, hax_error *err);

/* ---- what is asked of it ---------------------------------------------------------- */

/*
 * Rules in words, as on a command line. INSTANCE is a name, * stands for all. GROUPS is a
 * group's name, #N (counted from 0), or where groups are known layers (first_layer) a layer
 * N or layers N-M: every group that holds any of them; without it all groups are meant.
 */
typedef enum hax_rule_kind {
    HAX_RULE_PIN,      /* INSTANCE[:GROUPS]=UNIT: on this unit only */
    HAX_RULE_FORBID,   /* INSTANCE[:GROUPS]=UNIT: not on this unit */
    HAX_RULE_JOIN,     /* INSTANCE:GROUPS: no cut between them; for one group, none before it */
    HAX_RULE_PIECES,   /* UNIT=N: at most N pieces */
    HAX_RULE_AFTER,    /* INSTANCE=OTHER[,OTHER...]: begins when these have ended */
    HAX_RULE_WEIGHT,   /* INSTANCE=W */
    HAX_RULE_DEADLINE, /* INSTANCE=MS */
} hax_rule_kind;

typedef struct hax_rule {
    hax_rule_kind kind;
    const char *text;
} hax_rule;

/* The word for a kind: "pin", "forbid", "join", "max-pieces", "after", "weight", "deadline". */
HAX_API const char *hax_rule_name(hax_rule_kind kind);

/*
 * A copy of a problem with another objective and with rules, applied in their order; it is
 * checked when all have been. Free with hax_problem_destroy.
 *   HAX_BAD_INPUT   a rule that cannot be read, or names what does not exist
 *   HAX_INFEASIBLE  no unit is left for a group
 */
HAX_API hax_status hax_problem_adjust(const hax_problem *source, hax_objective objective,
                                      int rule_count, const hax_rule *rules,
                                      const hax_problem **problem, hax_error *err);

/* A deep copy, checked as a document is (so that a caller may build the structs by
 * hand); free with hax_problem_destroy. */
HAX_API hax_status hax_problem_copy(const hax_problem *source, const hax_problem **problem,
                                    hax_error *err);

/* The same with all times of unit u (run, in and out) multiplied by factors[u] > 0; demands stay
 * as they are. HAX_BAD_INPUT for a factor that is none. */
HAX_API hax_status hax_problem_scale(const hax_problem *source, const double *factors,
                                     const hax_problem **problem, hax_error *err);

/* The document's text; free with free. Reading it back gives the same problem. HAX_BAD_INPUT where
 * an instance has two groups of one name, which in a problem made by hand is allowed. */
HAX_API hax_status hax_problem_text(const hax_problem *problem, char **json, hax_error *err);

/* Frees a problem that the library has made; one that was built by hand is left as it is. NULL is
 * allowed. */
HAX_API void hax_problem_destroy(const hax_problem *problem);

#ifdef __cplusplus
}
#endif

#endif
