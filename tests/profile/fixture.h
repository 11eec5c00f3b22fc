/* A folder of its own for every test, and a simulated platform with a small network. */
#ifndef TESTS_PROFILE_FIXTURE_H
#define TESTS_PROFILE_FIXTURE_H

#include "../exec/fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "haxconn/profile.h"
#include "own.h"

/* ---- folders ------------------------------------------------------------------------- */

typedef struct folder {
    char path[64];
    char store[128];
} folder;

static inline folder folder_make(void)
{
    folder result;
    strcpy(result.path, "/tmp/haxconn-test-XXXXXX");
    assert_non_null(mkdtemp(result.path));
    snprintf(result.store, sizeof result.store, "%s/profiles.sqlite", result.path);
    return result;
}

/* Removes the folder and the files in it. */
static inline void folder_free(const folder *folder)
{
    DIR *entries = opendir(folder->path);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder->path, entry->d_name);
        if (entry->d_name[0] != '.')
            assert_int_equal(remove(path), 0);
    }
    closedir(entries);
    assert_int_equal(remove(folder->path), 0);
}

/* ---- a lab: units u0 and u1 of two kinds, `both` of the first, on a virtual clock --------- */

typedef struct lab {
    trio platform;
    chain net;
    hax_profile_network networks[2];
    hax_profile_config config;
} lab;

static inline void lab_make(lab *lab)
{
    const int cpus[] = { 0, 1 };
    trio_make(&lab->platform, "synthetic", cpus);
    lab->platform.units[2].threads = 2;
    lab->platform.units[2].cpus = lab->platform.cpus;
    lab->platform.kinds[0].law = (hax_law){ .overhead_ms = 1, .gmac_per_s = 1e-3 };
    lab->platform.kinds[1].law = (hax_law){ .overhead_ms = 2, .gmac_per_s = 2e-3, .gbps = 1e-3 };
    lab->net = chain_make();
    for (int n = 0; n < 2; n++)
        lab->networks[n] =
            (hax_profile_network){ n ? "second" : "chain", lab->net.model, lab->net.grouping };
    lab->config = hax_profile_config_default();
    lab->config.platform = &lab->platform.platform;
    lab->config.network_count = 1;
    lab->config.networks = lab->networks;
    lab->config.rounds = 4;
}

static inline void lab_free(lab *lab)
{
    chain_free(&lab->net);
}

static inline const hax_profile *lab_measure(const lab *lab)
{
    const hax_profile *profile = NULL;
    hax_error err = { 0 };
    hax_status status = hax_profile_measure(&lab->config, &profile, &err);
    if (status != HAX_OK)
        print_error("%s\n", err.message);
    assert_int_equal(status, HAX_OK);
    return profile;
}

/* As if so much of a profile came from the store. */
static inline void set_stored(const hax_profile *profile, const hax_profile_stored *stored)
{
    ((hax_profile *) hax_own(profile))->stored = *stored;
}

/* What a unit's law says that a job of its own takes. */
static inline double lab_ms(const lab *lab, int unit, double macs, double bytes)
{
    const hax_law *law = &lab->platform.kinds[lab->platform.units[unit].kind].law;
    double ms = law->overhead_ms;
    if (law->gmac_per_s > 0)
        ms += macs / law->gmac_per_s * 1e-6;
    if (law->gbps > 0)
        ms += bytes / law->gbps * 1e-6;
    return ms;
}

#endif
