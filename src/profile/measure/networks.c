#include "networks.h"

#include <stdlib.h>

#include "neighbours.h"

hax_status hax_networks_open_session(const hax_platform *platform, int count,
                                     const hax_profile_network *networks, bool traffic,
                                     const hax_checked_kernels *checked, const hax_watch *watch,
                                     hax_session **session, hax_error *err)
{
    int total = traffic && count > 0 ? hax_neighbours_instances(platform, count) : count;
    hax_session_instance *instances = calloc((size_t) total + 1, sizeof *instances);
    if (!instances)
        return hax_fail_memory(err, "a session");
    for (int i = 0; i < total; i++) {
        const hax_profile_network *network = &networks[i % count];
        instances[i] = (hax_session_instance){ network->name, network->model, network->grouping };
    }
    const hax_session_config session_config = { .platform = platform,
                                                .instance_count = total,
                                                .instances = instances,
                                                .traffic = traffic,
                                                .checked_count = checked ? checked->count : 0,
                                                .checked = checked ? checked->keys : NULL,
                                                .watch = watch };
    hax_status status = hax_session_open(&session_config, session, err);
    free(instances); /* the session has copied them */
    return status;
}

hax_checked_kernels hax_checked_recall(hax_store *store, const hax_platform *platform)
{
    hax_checked_kernels checked_kernels = { 0 };
    if (store)
        hax_store_checked(store, &platform->fingerprint, &checked_kernels.keys,
                          &checked_kernels.count, NULL);
    return checked_kernels;
}

void hax_checked_keep(hax_store *store, const hax_platform *platform, const hax_session *session)
{
    int count;
    const uint64_t *keys = hax_session_checked(session, &count);
    if (store)
        hax_store_add_checked(store, &platform->fingerprint, keys, count, NULL);
}

void hax_checked_free(hax_checked_kernels *checked_kernels)
{
    free(checked_kernels->keys);
    *checked_kernels = (hax_checked_kernels){ 0 };
}
