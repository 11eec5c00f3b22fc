/* From samples to a profile. */
#ifndef HAX_PROFILE_COSTS_H
#define HAX_PROFILE_COSTS_H

#include "arena.h"
#include "haxconn/profile.h"
#include "store/samples.h"

/* A profile and the arena that holds it. */
typedef struct hax_owned_profile {
    hax_profile profile; /* first: the public pointer is that of the whole */
    hax_arena *arena;
    const hax_platform *platform;                  /* the profile's */
    hax_group_cost ***cost;                        /* [network]: its [group][unit], to write to */
    hax_unit_contention *contention;               /* [unit]; NULL: none yet */
    const hax_contention_fit *fits[HAX_MAX_UNITS]; /* of those */
} hax_owned_profile;

/* A profile's own copy of a platform. */
hax_status hax_profile_copy_platform(const hax_platform *from, const hax_platform **to,
                                     hax_error *err);

/* join.c: a copy of all that the document holds, which is all but where samples are kept. */
hax_status hax_profile_copy(const hax_profile *view, const hax_profile **copy, hax_error *err);

/* An empty profile that takes over `platform` (closed when this fails, too); free with
 * hax_profile_destroy. */
hax_status hax_profile_begin(const hax_platform *platform, int network_count,
                             hax_owned_profile **profile, hax_network_profile **networks,
                             hax_error *err);

/* Fits a unit's table (copied) and makes it the contention of `unit`; `unit_contention` is copied,
 * too. */
hax_status hax_profile_set_contention(hax_owned_profile *profile, int unit,
                                      const hax_unit_contention *unit_contention,
                                      const hax_pressure_table *table, hax_error *err);

/* Makes what was measured beside neighbours the contention of `unit`. */
hax_status hax_profile_set_neighbours(hax_owned_profile *profile, int unit, int neighbours,
                                      double crowd, hax_error *err);

/* Gives a profile the contention that another one of the same platform, networks and groups has
 * measured: functions, and the demand of every group. */
hax_status hax_profile_take_contention(const hax_profile *profile, const hax_profile *from,
                                       hax_error *err);

/* Room for a network's groups, costs and wholes in the profile's arena. */
hax_status hax_profile_add_network(hax_owned_profile *profile, const char *name, int group_count,
                                   hax_network_profile *network, hax_group **groups,
                                   hax_group_cost ***cost, hax_summary **whole, hax_error *err);

/* Summaries of all samples, with counted bytes; contention under `traffic` where it was measured.
 */
hax_status hax_profile_from_samples(const hax_platform *platform, int network_count,
                                    const hax_profile_network *networks, const hax_samples *samples,
                                    hax_traffic_kind traffic, const hax_profile **profile,
                                    hax_error *err);

/* One number at all quantiles; the spread holds what is not known of it (a notch's half-width is
 * 1.57 quartile ranges over the root of the count, which is 2.1 sigma of the median). */
hax_summary hax_summary_known(double ms, double sigma_ms, double count);

/* Bytes of an element of a precision, over those of a float, in which groups are counted. */
double hax_element_share(const char *precision);

/* estimated.c: the profile of hax_profile_config's networks on a platform with a data sheet. */
hax_status hax_profile_estimated(const hax_profile_config *config, const hax_profile **profile,
                                 hax_error *err);

#endif
