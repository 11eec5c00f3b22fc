/* What networks are fed with. */
#ifndef RUN_FEEDS_H
#define RUN_FEEDS_H

#include "error.h"
#include "haxconn/run.h"

/* The numbers of every input of every instance, NULL where nothing feeds it. */
typedef struct fed_inputs {
    int count;
    const float *const **of; /* [instance][input] */
    const float **all;
} fed_inputs;

/* HAX_BAD_INPUT as hax_run says. The arrays must outlive it. Free with feeds_free, also after a
 * failure. */
hax_status feeds_resolve(const hax_profile_network *networks, int network_count,
                         const hax_feed *feeds, int feed_count, fed_inputs *made, hax_error *err);
void feeds_free(fed_inputs *made);

/* The input of a network that a feed is for, if its array fits. */
hax_status feed_find(const hax_profile_network *network, const hax_feed *feed, int *input,
                     hax_error *err);

#endif
