#include "networks.h"

#include <stdlib.h>

hax_status networks_open_session(const hax_platform *platform, int count,
                                 const hax_profile_network *networks, bool traffic,
                                 const hax_watch *watch, hax_session **session, hax_error *err)
{
    hax_session_instance *instances = calloc((size_t) count + 1, sizeof *instances);
    if (!instances)
        return hax_fail_memory(err, "a session");
    for (int n = 0; n < count; n++)
        instances[n] =
            (hax_session_instance){ networks[n].name, networks[n].model, networks[n].grouping };
    const hax_session_config with = { .platform = platform,
                                      .instance_count = count,
                                      .instances = instances,
                                      .traffic = traffic,
                                      .watch = watch };
    hax_status status = hax_session_open(&with, session, err);
    free(instances); /* the session has copied them */
    return status;
}
