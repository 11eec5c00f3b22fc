/* What networks are fed with. */
#ifndef HAX_RUN_FEEDS_H
#define HAX_RUN_FEEDS_H

#include "error.h"
#include "haxconn/run.h"

/* The numbers of every input of every instance, NULL where nothing feeds it. */
typedef struct hax_fed_inputs {
    int count;
    const float *const **inputs; /* [instance][input] */
    const float **flat;
} hax_fed_inputs;

/* HAX_BAD_INPUT as hax_run says. The arrays must outlive it. Free with hax_feeds_free, also after a
 * failure. */
hax_status hax_feeds_resolve(const hax_profile_network *networks, int network_count,
                             const hax_feed *feeds, int feed_count, hax_fed_inputs *fed,
                             hax_error *err);
void hax_feeds_free(hax_fed_inputs *fed);

/* The input of a network that a feed is for, if its array fits. */
hax_status hax_feed_find(const hax_profile_network *network, const hax_feed *feed, int *input,
                         hax_error *err);

#endif
