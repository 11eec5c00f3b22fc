#include "measuring_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "lock_holder.h"
#include "watch.h"

static hax_status open_lock(const char *path, const char *suffix, int *file, hax_error *err)
{
    char name[4096];
    if (snprintf(name, sizeof name, "%s.%s", path, suffix) >= (int) sizeof name)
        return hax_fail(err, HAX_BAD_INPUT, "the profile store's path is too long");
    /* the name can be guessed: a link planted there would have a file made where it leads to */
    int opened = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (opened < 0 && errno == ELOOP)
        return hax_fail(err, HAX_IO,
                        "lock file '%s' is a symbolic link: delete it, or name "
                        "another store",
                        name);
    if (opened < 0)
        return hax_fail(err, HAX_IO, "cannot open lock file '%s': %s", name, strerror(errno));
    *file = opened;
    return HAX_OK;
}

hax_status hax_turns_open(const char *path, hax_turns *turns, hax_error *err)
{
    hax_turns result = { .queue = -1, .round = -1 };
    if (path) {
        HAX_TRY(hax_file_make_folder_of(path, err)); /* of the store, which may not be there yet */
        HAX_TRY(open_lock(path, "queue", &result.queue, err));
        hax_status status = open_lock(path, "round", &result.round, err);
        if (status != HAX_OK) {
            close(result.queue);
            return status;
        }
    }
    *turns = result;
    return HAX_OK;
}

void hax_turns_close(hax_turns *turns)
{
    if (turns->queue >= 0)
        close(turns->queue);
    if (turns->round >= 0)
        close(turns->round);
    *turns = (hax_turns){ .queue = -1, .round = -1 };
}

enum {
    POLL_MS = 20,
    REPORT_POLLS = 1000 / POLL_MS, /* by then who waits says for whom */
    WARN_POLLS = 60000 / POLL_MS,  /* and by then it warns: a round rarely takes so long */
};

/* Shows whom this process waits for. A stopped holder is worth a warning, and one that takes very
 * long, each once. */
static void report_holder(hax_turns *turns, int file, int polls, const hax_watch *watch)
{
    char text[400];
    hax_holder holder;
    if (!watch || polls % REPORT_POLLS != 0 || !hax_holder_read(file, &holder))
        return;
    snprintf(text, sizeof text, "waiting for process %d (%s), which %s since %s%s",
             (int) holder.pid, holder.command,
             file == turns->round ? "has been measuring" : "has been next to measure", holder.since,
             holder.stopped ? " and is stopped" : "");
    hax_watch_report(watch, text, 0, -1);
    bool *warned = holder.stopped ? &turns->warned_stopped : &turns->warned_long;
    if (!watch->warn || *warned || !(holder.stopped || polls >= WARN_POLLS))
        return;
    *warned = true;
    if (holder.stopped)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 ": continue it ('kill -CONT %d', or 'fg' where it was started) or end it",
                 (int) holder.pid);
    watch->warn(watch->context, text);
}

/* Polls instead of sleeping in the kernel: so it can be cancelled, and fifty polls a second do not
 * disturb who measures. */
static hax_status lock(hax_turns *turns, int file, const hax_watch *watch, hax_error *err)
{
    const struct timespec pause = { 0, POLL_MS * 1000000L };
    for (int polls = 1; flock(file, LOCK_EX | LOCK_NB) != 0; polls++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return hax_fail(err, HAX_IO, "cannot lock the profile store's rounds: %s",
                            strerror(errno));
        report_holder(turns, file, polls, watch);
        if (hax_watch_cancelled(watch))
            return hax_fail(err, HAX_INTERRUPTED,
                            "interrupted while another process was measuring");
        nanosleep(&pause, NULL);
    }
    hax_holder_write(file);
    return HAX_OK;
}

hax_status hax_turns_begin(hax_turns *turns, const hax_watch *watch, hax_error *err)
{
    if (turns->queue < 0)
        return HAX_OK;
    HAX_TRY(lock(turns, turns->queue, watch, err));
    hax_status status = lock(turns, turns->round, watch, err);
    flock(turns->queue, LOCK_UN);
    return status;
}

void hax_turns_end(hax_turns *turns)
{
    if (turns->round >= 0)
        flock(turns->round, LOCK_UN);
}
