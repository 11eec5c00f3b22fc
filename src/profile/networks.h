/* A session that holds networks, one instance each. */
#ifndef PROFILE_NETWORKS_H
#define PROFILE_NETWORKS_H

#include "haxconn/profile.h"
#include "session.h"

/* Statuses of hax_session_open; models and groupings must outlive the session. */
hax_status networks_open_session(const hax_platform *platform, int count,
                                 const hax_profile_network *networks, bool traffic,
                                 const hax_watch *watch, hax_session **session, hax_error *err);

#endif
