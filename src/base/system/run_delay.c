/* How long threads waited for processors (run_delay.h). */
#define _GNU_SOURCE
#include "run_delay.h"

#include <assert.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool open_of(const char *folder, long thread, const char *name, FILE **file)
{
    char path[512];
    int written = snprintf(path, sizeof path, "%s/%ld/%s", folder, thread, name);
    *file = written > 0 && (size_t) written < sizeof path ? fopen(path, "re") : NULL;
    return *file != NULL;
}

static bool read_times(const char *folder, long thread, uint64_t *run_ns, uint64_t *waited_ns)
{
    FILE *file;
    if (!open_of(folder, thread, "schedstat", &file))
        return false;
    bool read = fscanf(file, "%" SCNu64 " %" SCNu64, run_ns, waited_ns) == 2;
    fclose(file);
    return read;
}

/* "TID (name) R ...": the name may have anything in it, parentheses too. */
static bool is_runnable(const char *folder, long thread)
{
    char line[512];
    FILE *file;
    if (!open_of(folder, thread, "stat", &file))
        return false;
    const char *name_end = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    fclose(file);
    return name_end && strncmp(name_end, ") R", 3) == 0;
}

static double seconds(uint64_t before_ns, uint64_t now_ns)
{
    return now_ns > before_ns ? (double) (now_ns - before_ns) * 1e-9 : 0;
}

/* Runnable now, it was so for all of the step or has come to it since: then its wait is told less
 * exactly, in its own favour. What is told so is taken off what the kernel adds later, so that no
 * wait counts twice: else one that spins and shares its processor would never be found. */
static double waited_s(const hax_run_delay *before, const char *folder, long thread,
                       uint64_t run_ns, uint64_t waited_ns, double step_s, double *early_s)
{
    int b = 0;
    *early_s = 0;
    while (b < before->count && before->threads[b].thread != thread)
        b++;
    if (b == before->count)
        return 0;
    double added_s = seconds(before->threads[b].waited_ns, waited_ns);
    double idle_s = step_s - seconds(before->threads[b].run_ns, run_ns);
    double known_s = before->threads[b].told_early_s;
    double told_s = added_s > known_s ? added_s - known_s : 0;
    *early_s = known_s > added_s ? known_s - added_s : 0;
    if (idle_s <= told_s || !is_runnable(folder, thread))
        return told_s;
    *early_s += idle_s - told_s;
    return idle_s;
}

double hax_run_delay_read(hax_run_delay *delay, const char *folder, double step_s)
{
    hax_run_delay now = { 0 };
    double longest_s = 0;
    DIR *threads = opendir(folder);
    assert(step_s >= 0);
    for (struct dirent *entry = threads ? readdir(threads) : NULL;
         entry && now.count < HAX_RUN_DELAY_THREADS; entry = readdir(threads)) {
        char *end;
        long thread = strtol(entry->d_name, &end, 10);
        uint64_t run_ns, waited_ns;
        if (*end || end == entry->d_name || !read_times(folder, thread, &run_ns, &waited_ns))
            continue;
        double early_s,
            thread_s = waited_s(delay, folder, thread, run_ns, waited_ns, step_s, &early_s);
        longest_s = thread_s > longest_s ? thread_s : longest_s;
        now.threads[now.count].thread = thread;
        now.threads[now.count].run_ns = run_ns;
        now.threads[now.count].told_early_s = early_s;
        now.threads[now.count++].waited_ns = waited_ns;
    }
    if (threads)
        closedir(threads);
    *delay = now;
    return longest_s;
}
