/* What the groups of a network take on the kinds of a data sheet: measured or modelled. */
#ifndef HAX_ESTIMATE_GROUP_ESTIMATE_H
#define HAX_ESTIMATE_GROUP_ESTIMATE_H

#include "arena.h"
#include "error.h"
#include "haxconn/estimate.h"
#include "work.h"

/* A time with how far it can be off (relative) and where it comes from. */
typedef struct hax_estimate {
    double ms;
    double spread;
    const char *source;
} hax_estimate;

/* A group on a kind. */
typedef struct hax_group_estimate {
    bool allowed; /* the kind runs it */
    hax_estimate run;
    hax_estimate out; /* not of the last group */
    hax_estimate in;  /* not of the first group */
    double bytes;     /* to and from memory, as the kind pads */
} hax_group_estimate;

typedef struct hax_network_estimate {
    int kind_count;
    const hax_group_estimate *groups;  /* [group * kind_count + kind] */
    hax_estimate whole[HAX_MAX_UNITS]; /* [kind]; ms 0: the groups' sum is all that is known */
} hax_network_estimate;

/*
 * Times of a network that the sheet measured are the measured ones: of a group that was measured as
 * it is, of several together, or a share by the model of one that was measured longer. All others
 * are the model's. The result lies in `arena`. Statuses of hax_calibration_make.
 */
hax_status hax_estimate_network(const hax_platform *platform, const hax_calibration *calibration,
                                const hax_model *model, const hax_grouping *grouping,
                                hax_arena *arena, hax_network_estimate *estimate, hax_error *err);

/* ---- between the files of this room ---------------------------------------------------------- */

/* A network, and which of its kernels a DLA refuses. */
typedef struct hax_estimate_subject {
    const hax_platform *platform;
    const hax_model *model;
    bool *refused; /* [kernel] */
} hax_estimate_subject;

hax_status hax_estimate_subject_open(const hax_platform *platform, const hax_model *model,
                                     hax_estimate_subject *subject, hax_error *err);
void hax_estimate_subject_close(hax_estimate_subject *subject);

/* Kernels [begin, end) on a kind. */
typedef struct hax_kernel_span {
    hax_kernel_work work; /* on the kind itself */
    double fallback_ms;   /* of what it refuses, on the kind that takes it */
    double change_ms;     /* of going there and back */
    bool refused;         /* it refuses some and nothing takes them */
} hax_kernel_span;

hax_kernel_span hax_estimate_subject_span(const hax_estimate_subject *subject, int kind,
                                          const hax_calibration *calibration, int begin, int end);

/* The numbers of a kind as the model takes them. */
void hax_kind_terms(const hax_calibrated_kind *kind, double terms[WORK_TERMS]);

/* OUT of a tensor of so many bytes. */
double hax_kind_out_ms(const hax_calibrated_kind *kind, double bytes);

/* The measured network of this content; NULL: none. */
hax_status hax_measured_find(const hax_platform *platform, const hax_model *model,
                             const hax_sheet_network **found, hax_error *err);

/* The platform's sheet, or HAX_BAD_INPUT. */
hax_status hax_datasheet_of(const hax_platform *platform, const hax_datasheet **sheet,
                            hax_error *err);

#endif
