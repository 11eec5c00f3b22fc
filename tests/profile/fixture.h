/* A folder of its own for every test, and a simulated platform with a small network. */
#ifndef TESTS_PROFILE_FIXTURE_H
#define TESTS_PROFILE_FIXTURE_H

#include "../exec/fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "haxconn/profile.h"

/* ---- folders ------------------------------------------------------------------------- */

typedef struct folder {
    char path[64];
    char store[128];
} folder;

static inline folder folder_make(void)
{
    folder made;
    strcpy(made.path, "/tmp/haxconn-test-XXXXXX");
    assert_non_null(mkdtemp(made.path));
    snprintf(made.store, sizeof made.store, "%s/profiles.sqlite", made.path);
    return made;
}

/* Removes the folder and the files in it. */
static inline void folder_free(const folder *made)
{
    DIR *entries = opendir(made->path);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", made->path, entry->d_name);
        if (entry->d_name[0] != '.')
            assert_int_equal(remove(path), 0);
    }
    closedir(entries);
    assert_int_equal(remove(made->path), 0);
}

/* ---- a lab: units u0 and u1 of two kinds, `both` of the first, on a virtual clock --------- */

typedef struct lab {
    trio platform;
    chain net;
    hax_profile_network networks[2];
    hax_profile_config config;
} lab;

static inline void lab_make(lab *made)
{
    const int cpus[] = { 0, 1 };
    trio_make(&made->platform, "synthetic", cpus);
    made->platform.units[2].threads = 2;
    made->platform.units[2].cpus = made->platform.cpus;
    made->platform.kinds[0].law = (hax_law){ .overhead_ms = 1, .gmac_per_s = 1e-3 };
    made->platform.kinds[1].law = (hax_law){ .overhead_ms = 2, .gmac_per_s = 2e-3, .gbps = 1e-3 };
    made->net = chain_make();
    for (int n = 0; n < 2; n++)
        made->networks[n] =
            (hax_profile_network){ n ? "second" : "chain", made->net.model, made->net.grouping };
    made->config = (hax_profile_config){ .platform = &made->platform.platform,
                                         .network_count = 1,
                                         .networks = made->networks,
                                         .rounds = 4,
                                         .seconds = -1 };
}

static inline void lab_free(lab *made)
{
    chain_free(&made->net);
}

static inline hax_profile *lab_measure(const lab *made)
{
    hax_profile *profile = NULL;
    hax_error err = { 0 };
    hax_status status = hax_profile_measure(&made->config, &profile, &err);
    if (status != HAX_OK)
        print_error("%s\n", err.message);
    assert_int_equal(status, HAX_OK);
    return profile;
}

/* What a unit's law says that a job of its own takes. */
static inline double lab_ms(const lab *made, int unit, double macs, double bytes)
{
    const hax_law *law = &made->platform.kinds[made->platform.units[unit].kind].law;
    double ms = law->overhead_ms;
    if (law->gmac_per_s > 0)
        ms += macs / law->gmac_per_s * 1e-6;
    if (law->gbps > 0)
        ms += bytes / law->gbps * 1e-6;
    return ms;
}

#endif
