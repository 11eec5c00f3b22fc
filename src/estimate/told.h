/* What the groups of a network take on the kinds of a data sheet: measured or modelled. */
#ifndef ESTIMATE_TOLD_H
#define ESTIMATE_TOLD_H

#include "arena.h"
#include "error.h"
#include "haxconn/estimate.h"
#include "work.h"

/* A time with how far it can be off (relative) and where it comes from. */
typedef struct hax_told {
    double ms;
    double spread;
    const char *source;
} hax_told;

/* A group on a kind. */
typedef struct hax_told_group {
    bool allowed; /* the kind runs it */
    hax_told run;
    hax_told out; /* not of the last group */
    hax_told in;  /* not of the first group */
    double bytes; /* to and from memory, as the kind pads */
} hax_told_group;

typedef struct hax_told_network {
    int kind_count;
    const hax_told_group *groups;  /* [group * kind_count + kind] */
    hax_told whole[HAX_MAX_UNITS]; /* [kind]; ms 0: the groups' sum is all that is known */
} hax_told_network;

/*
 * Times of a network that the sheet measured are the measured ones: of a group that was measured as
 * it is, of several together, or a share by the model of one that was measured longer. All others
 * are the model's. The result lies in `arena`. Statuses of hax_calibrate.
 */
hax_status hax_estimate_network(const hax_platform *platform, const hax_calibration *calibration,
                                const hax_model *model, const hax_grouping *grouping,
                                hax_arena *arena, hax_told_network *told, hax_error *err);

/* ---- between the files of this room ---------------------------------------------------------- */

/* A network, and which of its kernels a DLA refuses. */
typedef struct subject {
    const hax_platform *platform;
    const hax_model *model;
    bool *refused; /* [kernel] */
} subject;

hax_status subject_open(const hax_platform *platform, const hax_model *model, subject *of,
                        hax_error *err);
void subject_close(subject *of);

/* Kernels [begin, end) on a kind. */
typedef struct span {
    work of;            /* on the kind itself */
    double fallback_ms; /* of what it refuses, on the kind that takes it */
    double change_ms;   /* of going there and back */
    bool refused;       /* it refuses some and nothing takes them */
} span;

span subject_span(const subject *of, int kind, const hax_calibration *calibration, int begin,
                  int end);

/* The numbers of a kind as the model takes them. */
void kind_terms(const hax_calibrated_kind *of, double terms[WORK_TERMS]);

/* OUT of a tensor of so many bytes. */
double kind_out_ms(const hax_calibrated_kind *of, double bytes);

/* The measured network of this content; NULL: none. */
hax_status measured_find(const hax_platform *platform, const hax_model *model,
                         const hax_sheet_network **found, hax_error *err);

/* The platform's sheet, or HAX_BAD_INPUT. */
hax_status sheet_of(const hax_platform *platform, const hax_datasheet **sheet, hax_error *err);

#endif
