/*
 * Linked into the tool, this runs it once for each allocation that is to fail, in a child each, and
 * holds what comes of it against the untouched run. A fork is many
 * times cheaper than starting a program whose libraries need a hundred milliseconds to be bound on
 * a busy machine.
 *
 *   HAX_EACH_MODE    once: the n-th allocation alone fails; rest: all behind it as well
 *   HAX_EACH_RUNS    at most so many runs, spread evenly over the allocations; 0: all; places: the
 *                    first and the last of each place in the program (by its innermost callers)
 *   HAX_EACH_ONLY    this n alone, its output and who asked for the memory are shown
 *   HAX_EACH_LOOSE   1: times are measured, they and what depends on them are not compared
 *   HAX_EACH_ALSO    a message that is right with exit code 1: what a library does to a worker
 * process HAX_EACH_IGNORE  files whose names begin so may have any content
 *
 * Each run has a folder of its own, where links stand for what the current folder holds. Right is
 * either the same exit code, output and files as of the untouched run (somebody could do without
 * the memory), or the exit code of HAX_NO_MEMORY with a message that says so; then every file and
 * every document on standard output is whole or absent. No process may be left.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failing_malloc.h"

enum { FILES_MAX = 64, WRONG_SHOWN = 12, SECONDS_MAX = 60, PLACES_MAX = 1 << 17 };

/* A file that a run left, by its path in the run's folder; content NULL: a folder. */
typedef struct left_file {
    char path[PATH_MAX];
    char *content;
    size_t length;
} left_file;

/* What a run did. */
typedef struct outcome {
    int wait_status;
    bool processes_left;
    bool document; /* on standard output */
    long count, live;
    left_file out, err;
    int file_count;
    left_file files[FILES_MAX];
} outcome;

/* Told by the child to its parent. */
static struct told {
    pid_t runner;
    long count, live;
    hax_allocation_place places[PLACES_MAX]; /* of the untouched run's allocations */
} * told;

static bool loose, by_place;
static const char *ignored, *also, *mode;

static void stop(const char *what)
{
    fprintf(stderr, "run_each: %s: %s\n", what, strerror(errno));
    _exit(2);
}

__attribute__((destructor)) static void tell(void)
{
    if (told && getpid() == told->runner) {
        told->count = hax_failing_malloc_count();
        told->live = hax_failing_malloc_live();
    }
}

/* ---- one run ------------------------------------------------------------------------------- */

static void link_inputs(const char *folder)
{
    char target[PATH_MAX], place[PATH_MAX];
    DIR *entries = opendir(".");
    if (!entries)
        stop("the current folder");
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(target, sizeof target, "../%s", entry->d_name);
        snprintf(place, sizeof place, "%s/%s", folder, entry->d_name);
        if (symlink(target, place) != 0)
            stop(place);
    }
    closedir(entries);
}

static void redirect(const char *path, int to)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || dup2(fd, to) < 0)
        stop(path);
    close(fd);
}

/* In the child: goes back to where the program begins. */
static void become(const char *folder, long nth)
{
    redirect(".out", STDOUT_FILENO);
    redirect(".err", STDERR_FILENO);
    if (chdir(folder) != 0)
        stop(folder);
    told->runner = getpid();
    setpgid(0, 0);
    alarm(SECONDS_MAX);
    hax_failing_malloc_set(nth, strcmp(mode, "rest") == 0);
    if (nth == 0 && by_place)
        hax_failing_malloc_record(told->places, PLACES_MAX);
}

static bool read_file(const char *path, left_file *file)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0)
        return false;
    file->length = (size_t) info.st_size;
    file->content = calloc(1, file->length + 1);
    if (!file->content || read(fd, file->content, file->length) != info.st_size)
        stop(path);
    close(fd);
    return true;
}

/* Takes in, and removes, all that a folder holds but links. */
static void take_files(const char *folder, size_t prefix, outcome *run_outcome)
{
    char path[PATH_MAX];
    struct stat info;
    DIR *entries = opendir(folder);
    if (!entries)
        stop(folder);
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (lstat(path, &info) != 0)
            stop(path);
        if (!S_ISLNK(info.st_mode)) {
            if (run_outcome->file_count == FILES_MAX)
                stop("too many files");
            left_file *file = &run_outcome->files[run_outcome->file_count++];
            *file = (left_file){ 0 };
            snprintf(file->path, sizeof file->path, "%s", path + prefix);
            if (S_ISDIR(info.st_mode))
                take_files(path, prefix, run_outcome);
            else if (!read_file(path, file))
                stop(path);
        }
        if (!S_ISDIR(info.st_mode))
            unlink(path);
    }
    closedir(entries);
    if (rmdir(folder) != 0)
        stop(folder);
}

static void forget(outcome *run_outcome)
{
    free(run_outcome->out.content);
    free(run_outcome->err.content);
    for (int f = 0; f < run_outcome->file_count; f++)
        free(run_outcome->files[f].content);
    free(run_outcome);
}

/* Waits for what the run's process left behind, and ends it. */
static bool end_leftovers(pid_t group)
{
    pid_t pid;
    for (int tries = 0; tries < 1000; tries++) {
        pid = waitpid(-1, NULL, WNOHANG);
        if (pid < 0)
            return false;
        if (pid == 0)
            usleep(10000);
    }
    kill(-group, SIGKILL);
    return true;
}

/* NULL in the child, which is to go on to be the program. */
static outcome *run(long nth)
{
    static const char folder[] = ".run";
    if (mkdir(folder, 0700) != 0)
        stop(folder);
    link_inputs(folder);
    told->count = told->live = 0;
    pid_t pid = fork();
    if (pid < 0)
        stop("fork");
    if (pid == 0) {
        become(folder, nth);
        return NULL;
    }
    outcome *run_outcome = calloc(1, sizeof *run_outcome);
    if (!run_outcome || waitpid(pid, &run_outcome->wait_status, 0) != pid)
        stop("a run");
    run_outcome->processes_left = end_leftovers(pid);
    run_outcome->count = told->count;
    run_outcome->live = told->live;
    take_files(folder, sizeof folder, run_outcome);
    if (!read_file(".out", &run_outcome->out) || !read_file(".err", &run_outcome->err))
        stop("the output");
    run_outcome->document = run_outcome->out.content[0] == '{';
    return run_outcome;
}

/* ---- is it right --------------------------------------------------------------------------- */

/* What was measured differs from run to run: of documents remains how many members there are and a
 * sum over their names, in whatever order; of other texts, that there is one. */
static void blur_measured(left_file *file)
{
    char text[80] = "";
    unsigned long sum = 0;
    int count = 0;
    bool document = file->length > 0 && file->content[0] == '{';
    for (const char *end = file->content; document && (end = strstr(end, "\":")); end++, count++) {
        unsigned long name = 5381;
        for (const char *at = end; at > file->content && at[-1] != '"'; at--)
            name = name * 33 + (unsigned char) at[-1];
        sum += name;
    }
    if (document)
        snprintf(text, sizeof text, "%d members, %lx\n", count, sum);
    else if (file->length > 0)
        snprintf(text, sizeof text, "a text\n");
    free(file->content);
    file->content = strdup(text);
    if (!file->content)
        stop("out of memory");
    file->length = strlen(text);
}

/* How long something took is different each time. */
static void blur_times(left_file *file)
{
    static const char *const before[] = { "\"seconds\": ", " nodes in " };
    char *found;
    for (int b = 0; b < 2; b++) {
        for (char *rest = file->content; rest && (found = strstr(rest, before[b]));) {
            char *number = rest = found + strlen(before[b]);
            size_t length = strspn(number, "0123456789.e-");
            memmove(number, number + length, strlen(number + length) + 1);
            file->length -= length;
        }
    }
}

static void blur_all(outcome *run_outcome)
{
    left_file *out = &run_outcome->out;
    if (loose)
        blur_measured(out);
    else
        blur_times(out);
    blur_times(&run_outcome->err);
    for (int f = 0; f < run_outcome->file_count; f++) {
        bool document = run_outcome->files[f].content && run_outcome->files[f].content[0] == '{';
        if (document && loose)
            blur_measured(&run_outcome->files[f]);
        else if (document)
            blur_times(&run_outcome->files[f]);
    }
}

static bool same(const left_file *a, const left_file *b)
{
    if (!a->content || !b->content)
        return a->content == b->content;
    return a->length == b->length && memcmp(a->content, b->content, a->length) == 0;
}

static const left_file *find(const outcome *run_outcome, const char *path)
{
    for (int f = 0; f < run_outcome->file_count; f++)
        if (strcmp(run_outcome->files[f].path, path) == 0)
            return &run_outcome->files[f];
    return NULL;
}

static bool is_ignored(const char *path)
{
    return ignored && strncmp(path, ignored, strlen(ignored)) == 0;
}

/* Of the ignored ones there may be others: without memory, SQLite leaves what it wrote in the log
 * beside a database, from where the next to open it takes it. */
static int count_compared(const outcome *run_outcome)
{
    int count = 0;
    for (int f = 0; f < run_outcome->file_count; f++)
        count += !is_ignored(run_outcome->files[f].path);
    return count;
}

/* A file that the untouched run does not leave, or not like this; NULL: none. */
static const char *wrong_file(const outcome *run_outcome, const outcome *untouched)
{
    for (int f = 0; f < run_outcome->file_count; f++) {
        const left_file *right = find(untouched, run_outcome->files[f].path);
        bool any = is_ignored(run_outcome->files[f].path);
        if (!any && (!right || !same(&run_outcome->files[f], right)))
            return run_outcome->files[f].path;
    }
    return NULL;
}

/* Does the text hold one of the words of a list "A|B" (NULL: none)? */
static bool holds_one(const char *text, const char *words)
{
    char word[128];
    for (const char *begin = words, *end; begin; begin = *end ? end + 1 : NULL) {
        end = begin + strcspn(begin, "|");
        snprintf(word, sizeof word, "%.*s", (int) (end - begin), begin);
        if (strstr(text, word))
            return true;
    }
    return false;
}

static bool no_memory(const outcome *run_outcome)
{
    return WEXITSTATUS(run_outcome->wait_status) == 1 &&
           (strstr(run_outcome->err.content, "out of memory") ||
            holds_one(run_outcome->err.content, also));
}

/* What is wrong with a run; NULL: nothing. */
static const char *judge(const outcome *run_outcome, const outcome *untouched)
{
    static char text[1024];
    if (run_outcome->processes_left)
        return "a process is left";
    if (WIFSIGNALED(run_outcome->wait_status)) {
        snprintf(text, sizeof text, "ended by %s", strsignal(WTERMSIG(run_outcome->wait_status)));
        return text;
    }
    const char *file = wrong_file(run_outcome, untouched);
    if (file) {
        snprintf(text, sizeof text, "%s is neither whole nor absent", file);
        return text;
    }
    if (no_memory(run_outcome)) {
        if (run_outcome->document && run_outcome->out.length > 0 &&
            !same(&run_outcome->out, &untouched->out))
            return "part of a document on standard output";
    } else if (run_outcome->wait_status != untouched->wait_status) {
        return "neither out of memory nor the exit code of the untouched run";
    } else if (!same(&run_outcome->out, &untouched->out) ||
               !same(&run_outcome->err, &untouched->err)) {
        return "the exit code of the untouched run, but not its output";
    } else if (count_compared(run_outcome) != count_compared(untouched)) {
        return "the exit code of the untouched run, but not its files";
    }
    if (run_outcome->live > untouched->live) {
        snprintf(text, sizeof text, "%ld blocks leaked", run_outcome->live - untouched->live);
        return text;
    }
    return NULL;
}

static void show(const outcome *run_outcome, long nth, const char *what)
{
    fprintf(stderr, "allocation %ld (%s): %s; exit code %d: %.300s\n", nth, mode, what,
            WEXITSTATUS(run_outcome->wait_status), run_outcome->err.content);
}

/* ---- all runs ------------------------------------------------------------------------------ */

static long number_of(const char *name)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

static void prepare(void)
{
    mode = getenv("HAX_EACH_MODE");
    loose = number_of("HAX_EACH_LOOSE") == 1;
    by_place = getenv("HAX_EACH_RUNS") && strcmp(getenv("HAX_EACH_RUNS"), "places") == 0;
    ignored = getenv("HAX_EACH_IGNORE");
    also = getenv("HAX_EACH_ALSO");
    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (told == MAP_FAILED || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        stop("starting");
}

/* The untouched run, twice, since what differs between two of them cannot be compared. */
static outcome *run_untouched(void)
{
    outcome *first = run(0), *second = first ? run(0) : NULL;
    if (!first || !second)
        return NULL;
    blur_all(first);
    blur_all(second);
    const char *wrong = judge(second, first);
    if (wrong) {
        show(second, 0, wrong);
        _exit(2);
    }
    forget(second);
    return first;
}

static int show_one(long nth)
{
    hax_failing_malloc_trace();
    outcome *run_outcome = run(nth);
    if (!run_outcome)
        return -1;
    printf("%s%s", run_outcome->out.content, run_outcome->err.content);
    for (int f = 0; f < run_outcome->file_count; f++)
        printf("-- %s\n%s", run_outcome->files[f].path,
               run_outcome->files[f].content ? run_outcome->files[f].content : "");
    printf("-- exit code %d, wait status %d, %ld allocations, %ld blocks live\n",
           WEXITSTATUS(run_outcome->wait_status), run_outcome->wait_status, run_outcome->count,
           run_outcome->live);
    return 0;
}

static int compare_long(const void *a, const void *b)
{
    long x = *(const long *) a, y = *(const long *) b;
    return (x > y) - (x < y);
}

/* The first and the last allocation of each place, in the processes that were forked as well. */
static long choose_places(long *chosen)
{
    long number = 0;
    for (long p = 0; p < PLACES_MAX; p++) {
        const hax_allocation_place *place = &told->places[p];
        if (place->place)
            chosen[number++] = place->first;
        if (place->place && place->last != place->first)
            chosen[number++] = place->last;
    }
    qsort(chosen, (size_t) number, sizeof *chosen, compare_long);
    return number;
}

/* Which of `count` allocations are to fail; how many. */
static long choose(long count, long *chosen)
{
    if (by_place)
        return choose_places(chosen);
    long most = number_of("HAX_EACH_RUNS"), number = 0;
    long step = most > 0 && count > most ? ((count + most - 1) / most) | 1 : 1;
    for (long nth = 1; nth <= count; nth += step)
        chosen[number++] = nth;
    return number;
}

/* Wrong runs; -1 in a child. */
static int run_each(void)
{
    outcome *untouched = run_untouched();
    if (!untouched)
        return -1;
    long count = untouched->count, refused = 0;
    long *chosen = calloc((size_t) (by_place ? 2 * PLACES_MAX : count + 1), sizeof *chosen);
    if (!chosen)
        stop("out of memory");
    long runs = choose(count, chosen);
    int wrong = 0;
    for (long r = 0; r < runs; r++) {
        long nth = chosen[r];
        outcome *run_outcome = run(nth);
        if (!run_outcome)
            return -1;
        blur_all(run_outcome);
        const char *what = judge(run_outcome, untouched);
        if (what && ++wrong <= WRONG_SHOWN)
            show(run_outcome, nth, what);
        refused += no_memory(run_outcome);
        forget(run_outcome);
    }
    fflush(stderr);
    printf("%ld allocations, %ld runs (%s), %ld out of memory, %d wrong\n", count, runs, mode,
           refused, wrong);
    free(chosen);
    forget(untouched);
    return wrong;
}

__attribute__((constructor)) static void begin(void)
{
    if (!getenv("HAX_EACH_MODE"))
        return;
    prepare();
    int wrong = number_of("HAX_EACH_ONLY") > 0 ? show_one(number_of("HAX_EACH_ONLY")) : run_each();
    if (wrong < 0)
        return;
    fflush(stdout);
    _exit(wrong > 0);
}
