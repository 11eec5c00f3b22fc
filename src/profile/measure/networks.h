/* A session that holds networks. */
#ifndef HAX_PROFILE_MEASURE_NETWORKS_H
#define HAX_PROFILE_MEASURE_NETWORKS_H

#include "exec.h"
#include "haxconn/profile.h"
#include "store/store.h"

typedef struct hax_checked_kernels {
    uint64_t *keys;
    int count;
} hax_checked_kernels;

/* One instance each; with traffic on parts of a GPU, the same again behind them as neighbours
 * (neighbours.h). `checked` may be NULL. Statuses of hax_session_open; models and groupings must
 * outlive the session. */
hax_status hax_networks_open_session(const hax_platform *platform, int count,
                                     const hax_profile_network *networks, bool traffic,
                                     const hax_checked_kernels *checked, const hax_watch *watch,
                                     hax_session **session, hax_error *err);

/* What a store (NULL, or one that cannot be read: nothing) knows of kernels that were found right,
 * and what a session has found besides. */
hax_checked_kernels hax_checked_recall(hax_store *store, const hax_platform *platform);
void hax_checked_keep(hax_store *store, const hax_platform *platform, const hax_session *session);
void hax_checked_free(hax_checked_kernels *checked_kernels);

#endif
