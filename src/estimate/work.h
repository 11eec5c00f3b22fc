/* What a kernel is to a kind of unit: the amounts that its time is made of. */
#ifndef HAX_ESTIMATE_WORK_H
#define HAX_ESTIMATE_WORK_H

#include "haxconn/platform.h"
#include "model.h"

/* In the order of the model's numbers. */
typedef enum hax_work_term {
    WORK_LAUNCHES,
    WORK_GMACS,
    WORK_ACTIVATIONS, /* 1e6 bytes */
    WORK_WEIGHTS,     /* 1e6 bytes */
    WORK_NETWORK,     /* share of a network */
    WORK_TERMS,
} hax_work_term;

typedef struct hax_kernel_work {
    double kernels[WORK_TERMS];
} hax_kernel_work;

/* How a kind counts. */
typedef struct hax_work_rules {
    int channels;      /* padded to */
    int element_bytes; /* of its precision */
    bool merges;       /* several 1x1 convolutions of one tensor are one launch */
} hax_work_rules;

hax_work_rules hax_work_rules_of(const hax_sheet_kind *sheet, const hax_kind *kind);

/* Of a kernel; all 0 for one that only joins or renames tensors. */
hax_kernel_work hax_work_of_kernel(const hax_model *model, int kernel, const hax_work_rules *rules);

/* Bytes of a tensor as the kind pads it. */
double hax_work_tensor_bytes(const hax_model *model, int tensor, const hax_work_rules *rules);

/* Time in ms of some work: terms[] are ms for each unit of it. */
double hax_work_ms(const hax_kernel_work *work, const double terms[WORK_TERMS]);

#endif
