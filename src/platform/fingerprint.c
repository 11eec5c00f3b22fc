/* What machine this is: a profile taken on another one is not to be trusted here. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "hash.h"
#include "platforms.h"
#include "text.h"

/* The text behind "key : " in a file of such lines, or the file's first line if key is NULL.
 * HAX_UNAVAILABLE where there is none. */
static hax_status read_line(const char *path, const char *key, char *text, size_t size)
{
    char line[512];
    bool found = false;
    FILE *file = fopen(path, "re");
    if (!file)
        return errno == ENOMEM ? HAX_NO_MEMORY : HAX_UNAVAILABLE;
    /* What the device tree says ends in a zero and not in a line. */
    while (!found && fgets(line, sizeof line, file)) {
        const char *value = line;
        line[strcspn(line, "\n")] = '\0';
        if (key) {
            if (strncmp(line, key, strlen(key)) != 0 || !(value = strchr(line, ':')))
                continue;
            value += 1 + strspn(value + 1, " \t");
        }
        found = true;
        snprintf(text, size, "%.*s", (int) size - 1, value);
    }
    fclose(file);
    return found ? HAX_OK : HAX_UNAVAILABLE;
}

hax_status hax_fingerprint_cpu(const char *root, char *text, size_t size)
{
    char board[PATH_MAX], cpus[PATH_MAX], maker[64], part[64];
    snprintf(board, sizeof board, "%s/proc/device-tree/model", root);
    snprintf(cpus, sizeof cpus, "%s/proc/cpuinfo", root);
    hax_status status = read_line(board, NULL, text, size);
    if (status == HAX_UNAVAILABLE)
        status = read_line(cpus, "model name", text, size);
    if (status != HAX_UNAVAILABLE)
        return status;
    status = read_line(cpus, "CPU implementer", maker, sizeof maker);
    if (status == HAX_OK)
        status = read_line(cpus, "CPU part", part, sizeof part);
    if (status == HAX_OK)
        snprintf(text, size, "Arm, implementer %s, part %s", maker, part);
    else if (status == HAX_UNAVAILABLE)
        snprintf(text, size, "unknown");
    return status == HAX_NO_MEMORY ? status : HAX_OK;
}

static hax_status library_names(const hax_platform *platform, hax_text *text)
{
    for (int k = 0; k < platform->kind_count; k++) {
        hax_driver_probe probe;
        bool seen = false;
        for (int before = 0; before < k; before++)
            seen = seen || strcmp(platform->kinds[before].driver, platform->kinds[k].driver) == 0;
        hax_status status =
            seen ? HAX_UNAVAILABLE : hax_driver_ask(platform->kinds[k].driver, &probe, NULL);
        if (status == HAX_NO_MEMORY)
            return status;
        if (status != HAX_OK)
            continue;
        const char *name = probe.library[0] ? probe.library : platform->kinds[k].driver;
        hax_text_printf(text, "%s%s", text->length ? ", " : "", name);
        if (probe.isa[0])
            hax_text_printf(text, " (%s)", probe.isa);
    }
    return HAX_OK;
}

void hax_fingerprint_hash(hax_fingerprint *fingerprint)
{
    uint64_t hash = hax_hash_string(HAX_HASH_START, fingerprint->cpu);
    hash = hax_hash_int(hash, fingerprint->cores);
    hash = hax_hash_string(hash, fingerprint->kernel);
    hash = hax_hash_string(hash, fingerprint->libraries);
    fingerprint->hash = hax_hash_string(hash, fingerprint->clocks);
}

hax_status hax_fingerprint_take(hax_arena *arena, const hax_platform *platform,
                                hax_fingerprint *fingerprint, hax_error *err)
{
    char cpu[512], clocks[64] = "unknown";
    struct utsname system = { 0 };
    hax_text libraries = { 0 }, kernel = { 0 };
    bool failed = hax_fingerprint_cpu("", cpu, sizeof cpu) == HAX_NO_MEMORY;
    hax_status governor = read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", NULL,
                                    clocks, sizeof clocks);
    failed = failed || governor == HAX_NO_MEMORY;
    uname(&system);
    hax_text_printf(&kernel, "%s %s %s", system.sysname, system.release, system.machine);
    if (platform->simulated)
        hax_text_append(&libraries, "virtual clock");
    else
        failed = failed || library_names(platform, &libraries) == HAX_NO_MEMORY;
    hax_fingerprint taken = {
        .cpu = hax_arena_string(arena, platform->simulated ? "simulated" : cpu),
        .cores =
            platform->simulated ? platform->resource_count : (int) sysconf(_SC_NPROCESSORS_ONLN),
        .kernel = hax_arena_string(arena, platform->simulated ? "none" : hax_text_get(&kernel)),
        .libraries = hax_arena_string(arena, hax_text_get(&libraries)),
        .clocks = hax_arena_string(arena, platform->simulated ? "virtual" : clocks),
    };
    failed = failed || libraries.failed || kernel.failed;
    hax_text_free(&libraries);
    hax_text_free(&kernel);
    if (failed || !taken.cpu || !taken.kernel || !taken.libraries || !taken.clocks)
        return hax_fail_memory(err, "a fingerprint");
    hax_fingerprint_hash(&taken);
    *fingerprint = taken;
    return HAX_OK;
}
