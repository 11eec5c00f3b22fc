/* What a kernel is to a kind of unit: the amounts that its time is made of. */
#ifndef ESTIMATE_WORK_H
#define ESTIMATE_WORK_H

#include "haxconn/platform.h"
#include "kernel.h"

/* In the order of the model's numbers. */
typedef enum work_term {
    WORK_LAUNCHES,
    WORK_GMACS,
    WORK_ACTIVATIONS, /* 1e6 bytes */
    WORK_WEIGHTS,     /* 1e6 bytes */
    WORK_NETWORK,     /* share of a network */
    WORK_TERMS,
} work_term;

typedef struct work {
    double of[WORK_TERMS];
} work;

/* How a kind counts. */
typedef struct work_rules {
    int channels;      /* padded to */
    int element_bytes; /* of its precision */
    bool merges;       /* several 1x1 convolutions of one tensor are one launch */
} work_rules;

work_rules work_rules_of(const hax_sheet_kind *sheet, const hax_kind *kind);

/* Of a kernel; all 0 for one that only joins or renames tensors. */
work work_of_kernel(const hax_model *model, int kernel, const work_rules *rules);

/* Bytes of a tensor as the kind pads it. */
double work_tensor_bytes(const hax_model *model, int tensor, const work_rules *rules);

/* Time in ms of some work: terms[] are ms for each unit of it. */
double work_ms(const work *of, const double terms[WORK_TERMS]);

#endif
