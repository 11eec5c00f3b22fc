/* Which counters of memory traffic the kernel offers. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "haxconn/platform.h"

/* Units of perf that count what goes through memory controllers, by the start of their names
 * (Linux, drivers/perf and arch/x86/events). */
static const char *const prefixes[] = { "uncore_imc", "amd_umc", "amd_df", "nvidia_scf_pmu",
                                        "arm_cspmu",  "dmc620",  NULL };

static bool counts_memory(const char *name)
{
    for (int p = 0; prefixes[p]; p++)
        if (strncmp(name, prefixes[p], strlen(prefixes[p])) == 0)
            return true;
    return false;
}

static int append(char *names, size_t size, int count, const char *name)
{
    size_t used = count > 0 ? strlen(names) : 0;
    snprintf(names + used, size - used, "%s%s", count > 0 ? ", " : "", name);
    return count + 1;
}

static int find_perf(const char *root, char *names, size_t size, int count)
{
    char path[512];
    snprintf(path, sizeof path, "%s/sys/bus/event_source/devices", root);
    DIR *folder = opendir(path);
    if (!folder)
        return count;
    for (const struct dirent *entry; (entry = readdir(folder));)
        if (counts_memory(entry->d_name))
            count = append(names, size, count, entry->d_name);
    closedir(folder);
    return count;
}

int hax_memory_counters(const char *root, char *names, size_t size)
{
    char path[512];
    names[0] = '\0';
    int count = find_perf(root, names, size, 0);
    snprintf(path, sizeof path, "%s/sys/fs/resctrl/mon_data", root);
    if (access(path, R_OK) == 0)
        count = append(names, size, count, "resctrl");
    return count;
}
