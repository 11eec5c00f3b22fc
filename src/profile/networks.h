/* A session that holds networks, one instance each. */
#ifndef PROFILE_NETWORKS_H
#define PROFILE_NETWORKS_H

#include "haxconn/profile.h"
#include "session.h"
#include "store.h"

typedef struct checked_kernels {
    uint64_t *keys;
    int count;
} checked_kernels;

/* `checked` may be NULL. Statuses of hax_session_open; models and groupings must outlive the
 * session. */
hax_status networks_open_session(const hax_platform *platform, int count,
                                 const hax_profile_network *networks, bool traffic,
                                 const checked_kernels *checked, const hax_watch *watch,
                                 hax_session **session, hax_error *err);

/* What a store (NULL, or one that cannot be read: nothing) knows of kernels that were found right,
 * and what a session has found besides. */
checked_kernels checked_recall(hax_store *store, const hax_platform *platform);
void checked_keep(hax_store *store, const hax_platform *platform, const hax_session *session);
void checked_free(checked_kernels *of);

#endif
