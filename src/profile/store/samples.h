/* Measured times, sorted by what they belong to. */
#ifndef HAX_PROFILE_STORE_SAMPLES_H
#define HAX_PROFILE_STORE_SAMPLES_H

#include "error.h"
#include "haxconn/platform.h"
#include "haxconn/profile.h"
#include "haxconn/schedule.h"

enum {
    HAX_WHOLE = -1,      /* as a group: the network from its first group to its last */
    HAX_NO_NETWORK = -1, /* as a network: a kernel of pressure.h, its cell as the group */
    HAX_PRESSED = 2,     /* levels of pressure that networks are run under */
    HAX_BESIDE_ONE,      /* as a level: beside another network, and */
    HAX_BESIDE_ALL,      /* beside as many as there are units and other networks for */
};

typedef struct hax_sample {
    int network; /* or HAX_NO_NETWORK */
    int group;   /* or HAX_WHOLE */
    hax_part part;
    int unit;       /* the first of its class (identity.h) */
    int other_kind; /* OUT: the kind that takes the tensor; IN: that has it; RUN: -1 */
    int level;      /* 0: alone, else under pressure of this level, or beside networks */
    bool presser;   /* what the pressers took for a megabyte meanwhile; of HAX_WHOLE: before the
                       network began. Of a kernel the same, and else its own time for a megabyte */
    double time_ms;
} hax_sample;

typedef struct hax_series {
    double *ms;
    int count;
    int marked; /* samples at the last mark */
    int capacity;
} hax_series;

typedef struct hax_samples hax_samples;

hax_status hax_samples_create(const hax_platform *platform, int network_count,
                              const hax_profile_network *networks, hax_samples **samples,
                              hax_error *err);
void hax_samples_destroy(hax_samples *samples);

hax_status hax_samples_add(hax_samples *samples, const hax_sample *sample, hax_error *err);

/* Remembers what is there; and drops all that was added since. */
void hax_samples_mark(hax_samples *samples);
void hax_samples_forget(hax_samples *samples);

/* The times of what `sample` names (its time_ms is not looked at); never NULL, may be empty. */
const hax_series *hax_samples_find(const hax_samples *samples, const hax_sample *sample);

/* Their summary; count 0 where there are none. */
hax_status hax_samples_summarise(const hax_samples *samples, const hax_sample *sample,
                                 hax_summary *summary, hax_error *err);

#endif
