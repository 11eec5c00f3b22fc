/*
 * Data sheets: what is known of a machine that is not here. Rates of its units, how they slow each
 * other down, what others measured on it, each number with its source, and with what is uncertain
 * about it. Part of a platform document ("datasheet", from version 2 on); immutable, owned by the
 * platform.
 */
#ifndef HAXCONN_DATASHEET_H
#define HAXCONN_DATASHEET_H

#include <stdbool.h>

#include "haxconn/api.h"
#include "haxconn/limits.h"
#include "haxconn/problem.h"
#include "haxconn/slowdown.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hax_sheet_number {
    double value;
    const char *source;
    const char *uncertain; /* what is not sure about it; NULL: nothing that is known of */
} hax_sheet_number;

/* A kind of unit. */
typedef struct hax_sheet_kind {
    bool dla;                    /* its layers are under the rules of a DLA (jetson.h) */
    hax_sheet_number gmac_per_s; /* most that it computes: 1e9 multiply-accumulates per second */
    hax_sheet_number channels;   /* tensors are padded to a multiple of so many */
    int fallback;                /* kind that takes layers a DLA refuses; -1: none */
    hax_sheet_number fallback_percent; /* of a group's time, at most; else the DLA has no entry */
    hax_sheet_number pieces; /* of networks that a unit holds at most; value 0: no limit is known */
    bool slows;              /* `slowdown` is known */
    hax_slowdown slowdown;
    const char *slowdown_source;
    const char *slowdown_uncertain;
} hax_sheet_kind;

/* A network that was measured in groups. */
typedef struct hax_sheet_network {
    const char *network; /* as hax_model_load takes it */
    const char *cuts;    /* as hax_grouping_make takes them */
    int group_count;
    const double *run_ms[HAX_MAX_UNITS]; /* [kind], NULL: not measured; [group] */
    const double *out_ms[HAX_MAX_UNITS]; /* the same; [group], but for the last */
    double whole_ms[HAX_MAX_UNITS];      /* [kind]; 0: not measured */
    double spread[HAX_MAX_UNITS];        /* [kind] how far two measurements differ, relative */
    const char *source;
    const char *uncertain;
} hax_sheet_network;

/* A network that was measured as a whole. */
typedef struct hax_sheet_whole {
    const char *network;
    double ms[HAX_MAX_UNITS]; /* [kind]; 0: not measured */
    const char *source;
    const char *uncertain;
} hax_sheet_whole;

/* Where a network ran. */
typedef struct hax_sheet_run {
    int from; /* kind of the unit that it began on */
    int cut;  /* first layer on the other; 0: it stayed */
    int to;   /* kind of that one */
} hax_sheet_run;

typedef struct hax_sheet_result {
    const char *name; /* of a way of deploying */
    double ms;
    const hax_sheet_run *runs; /* [network of the round]; NULL: not told */
} hax_sheet_result;

/* Networks that were run at once. */
typedef struct hax_sheet_round {
    int network_count;
    const char *const *networks;
    int result_count;
    const hax_sheet_result *results;
    const char *plan; /* the best one, in words */
    const char *source;
    const char *uncertain;
} hax_sheet_round;

typedef struct hax_datasheet {
    const char *board;    /* whose rules hold for a DLA: a name of jetson.h; NULL: none */
    const char *tensorrt; /* its version there; NULL: the usual one */
    hax_sheet_number memory_gbps;
    hax_sheet_number in_ms; /* taking a tensor over from another unit */
    double in_spread;       /* relative */
    int kind_count;
    hax_sheet_kind kinds[HAX_MAX_UNITS]; /* as the platform's */
    int measured_count;
    const hax_sheet_network *measured;
    int whole_count;
    const hax_sheet_whole *wholes;
    int round_count;
    const hax_sheet_round *rounds;
    const char *rounds_text; /* how to read them; NULL: nothing is said */
    const char *json;        /* as it was read */
} hax_datasheet;

/* The round that ran networks of the names of these instances, in any order; NULL: none did, or
 * `sheet` is NULL. */
HAX_API const hax_sheet_round *hax_datasheet_round(const hax_datasheet *sheet,
                                                   const hax_problem *problem);

#ifdef __cplusplus
}
#endif

#endif
