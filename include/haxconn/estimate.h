/*
 * An analytic model of what layers take on the units of a data sheet, calibrated on the groups that
 * were measured there.
 *
 * A network on a kind of unit takes
 *   sum over its kernels of  launch + MACs / rate + activations / bandwidth + weights / bandwidth'
 * and a constant beyond that, which its groups share evenly. MACs and bytes count channels as the
 * unit pads them. Nothing overlaps in it (the sum, not the larger of the two, as in a roofline:
 * left-out networks are told better so). Rates are at most the sheet's.
 *
 * The five numbers of a kind minimise the squared logarithms of modelled over measured times,
 * together with the squared distances to where such numbers usually are (half the sheet's rates, a
 * launch of 10 us, 0.4 ms beyond the layers, each within a factor): three networks alone do not fix
 * five numbers. How good the model is says the error of a network that was left out of the
 * calibration.
 */
#ifndef HAXCONN_ESTIMATE_H
#define HAXCONN_ESTIMATE_H

#include <stdbool.h>

#include "haxconn/api.h"
#include "haxconn/model.h"
#include "haxconn/platform.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is calibrated of a kind. */
typedef struct hax_calibrated_kind {
    int samples;       /* measured groups behind it; 0: the numbers are where they usually are */
    double launch_ms;  /* of a kernel */
    double gmac_per_s; /* reached */
    double activation_gbps; /* reached for tensors */
    double weight_gbps;     /* reached for weights */
    double network_ms;      /* beyond the kernels, of a whole network */
    double out_ms;          /* OUT: out_ms + bytes / out_gbps */
    double out_gbps;        /* INFINITY: the size did not matter */
    double out_spread;      /* relative */
    double group_error;     /* root mean square of ln(modelled / measured) of groups of left-out
                               networks; of all, where there is but one network */
    double network_error;   /* the same of the sums of left-out networks */
} hax_calibrated_kind;

/* A measured group. */
typedef struct hax_calibration_row {
    const char *network;
    int first, last; /* compute layers */
    int kind;
    double measured_ms;
    double fitted_ms;   /* by the calibration */
    double left_out_ms; /* by one without its network; NAN: there is no other */
} hax_calibration_row;

/* A network that was measured as a whole. */
typedef struct hax_calibration_whole {
    const char *network;
    int kind;
    double measured_ms;
    double modelled_ms; /* NAN: the kind cannot run it */
    bool calibrated;    /* its groups are among those that the model is calibrated on */
    const char *uncertain;
} hax_calibration_whole;

typedef struct hax_calibration {
    int kind_count;
    hax_calibrated_kind kinds[HAX_MAX_UNITS];
    int row_count;
    const hax_calibration_row *rows;
    int whole_count;
    const hax_calibration_whole *wholes; /* where they were asked for */
} hax_calibration;

/*
 * Calibrates the model on the platform's data sheet; loads the networks that it names, with
 * `wholes` also those that were measured as wholes. Free with hax_calibration_destroy.
 *   HAX_BAD_INPUT  the platform has no data sheet, or the sheet names a network, a cut or a board
 *                  that is not there
 */
HAX_API hax_status hax_calibration_make(const hax_platform *platform, bool wholes,
                                        const hax_calibration **calibration, hax_error *err);
HAX_API void hax_calibration_destroy(const hax_calibration *calibration);

/* The "haxconn/calibration" document; free with free. */
HAX_API hax_status hax_calibration_text(const hax_platform *platform,
                                        const hax_calibration *calibration, char **json,
                                        hax_error *err);

/* How the platform's sheet cuts a network (as hax_grouping_make takes it); NULL: it did not measure
 * it. Owned by the platform. HAX_BAD_INPUT as above. */

HAX_API hax_status hax_estimate_cuts(const hax_platform *platform, const hax_model *model,
                                     const char **cuts, hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
