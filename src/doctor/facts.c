/* What the files of a board's system say: kernel, JetPack, power mode, clocks. */
#define _GNU_SOURCE
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "doctor.h"

/* The first line of a file that begins with `start`, behind that. False: there is none. */
static bool read_line(const char *root, const char *file, const char *start, char *line,
                      size_t size)
{
    char path[PATH_MAX], whole[512];
    bool found = false;
    snprintf(path, sizeof path, "%s%s", root, file);
    FILE *stream = fopen(path, "re");
    while (stream && !found && fgets(whole, sizeof whole, stream)) {
        whole[strcspn(whole, "\n")] = '\0';
        found = strncmp(whole, start, strlen(start)) == 0;
    }
    if (stream)
        fclose(stream);
    if (found)
        snprintf(line, size, "%s", whole + strlen(start));
    return found;
}

/* A package's version in dpkg's list, where its name, other lines and the version follow. */
static bool package_version(const char *root, const char *package, char *version, size_t size)
{
    char path[PATH_MAX], line[1024], wanted[128];
    bool here = false, found = false;
    snprintf(path, sizeof path, "%s/var/lib/dpkg/status", root);
    snprintf(wanted, sizeof wanted, "Package: %s\n", package);
    FILE *stream = fopen(path, "re");
    while (stream && !found && fgets(line, sizeof line, stream)) {
        if (strncmp(line, "Package: ", 9) == 0)
            here = strcmp(line, wanted) == 0;
        found = here && strncmp(line, "Version: ", 9) == 0;
    }
    if (stream)
        fclose(stream);
    if (found)
        snprintf(version, size, "%.*s", (int) strcspn(line + 9, "\n"), line + 9);
    return found;
}

static void say(hax_text *text, const char *what, const char *value)
{
    hax_text_say(text, "%-12s %s\n", what, value);
}

static void say_packages(const char *root, hax_text *text)
{
    static const char *const packages[] = {
        "nvidia-jetpack", "nvidia-l4t-core", "nvidia-l4t-dla-compiler", "libnvinfer8",
        "libnvinfer10",   "libnvinfer11",    "libnvinfer-headers-dev",  "cuda-cudart-dev-12-6"
    };
    char version[128];
    for (size_t p = 0; p < sizeof packages / sizeof *packages; p++)
        if (package_version(root, packages[p], version, sizeof version))
            hax_text_say(text, "%-12s %s %s\n", "package", packages[p], version);
}

/* "pmode:0003" in nvpmodel's status, and "< POWER_MODEL ID=3 NAME=MODE_50W >" in its table. */
static void say_power_mode(const char *root, hax_text *text)
{
    char mode[64], start[64], name[128] = " NAME=unknown >";
    if (!read_line(root, "/var/lib/nvpmodel/status", "pmode:", mode, sizeof mode)) {
        say(text, "power mode", "not known (no /var/lib/nvpmodel/status)");
        return;
    }
    snprintf(start, sizeof start, "< POWER_MODEL ID=%d", atoi(mode));
    read_line(root, "/etc/nvpmodel.conf", start, name, sizeof name);
    const char *word = strstr(name, "NAME=");
    word = word ? word + 5 : "unknown";
    hax_text_say(text, "%-12s %d (%.*s)\n", "power mode", atoi(mode), (int) strcspn(word, " >"),
                 word);
}

/* Current and highest clocks of the GPU, by the names that devfreq has for it. */
static void say_gpu_clock(const char *root, hax_text *text)
{
    static const char folder[] = "/sys/class/devfreq";
    char path[PATH_MAX], file[PATH_MAX], now[32], most[32], line[96];
    snprintf(path, sizeof path, "%s%s", root, folder);
    DIR *open = opendir(path);
    bool found = false;
    for (struct dirent *entry; open && !found && (entry = readdir(open));) {
        const char *name = entry->d_name;
        if (!strstr(name, "gpu") && !strstr(name, "gv11b") && !strstr(name, "ga10b") &&
            !strstr(name, "gb10b"))
            continue;
        snprintf(file, sizeof file, "%s/%s/cur_freq", folder, name);
        found = read_line(root, file, "", now, sizeof now);
        snprintf(file, sizeof file, "%s/%s/max_freq", folder, name);
        found = read_line(root, file, "", most, sizeof most) && found;
    }
    if (open)
        closedir(open);
    if (found)
        snprintf(line, sizeof line, "%.0f of at most %.0f MHz", strtod(now, NULL) * 1e-6,
                 strtod(most, NULL) * 1e-6);
    say(text, "GPU clock", found ? line : "not known (no GPU in /sys/class/devfreq)");
}

void hax_doctor_facts(const char *root, hax_text *text)
{
    char line[512];
    struct utsname system = { 0 };
    uname(&system);
    hax_text_say(text, "%-12s %s %s %s\n", "kernel", system.sysname, system.release,
                 system.machine);
    bool found = read_line(root, "/etc/nv_tegra_release", "# ", line, sizeof line);
    say(text, "L4T", found ? line : "not known (no /etc/nv_tegra_release)");
    say_packages(root, text);
    say_power_mode(root, text);
    found = read_line(root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "", line,
                      sizeof line);
    say(text, "governor", found ? line : "not known");
    say_gpu_clock(root, text);
}
