#include "turns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "file.h"

static hax_status open_lock(const char *path, const char *suffix, int *file, hax_error *err)
{
    char name[4096];
    if (snprintf(name, sizeof name, "%s.%s", path, suffix) >= (int) sizeof name)
        return hax_fail(err, HAX_BAD_INPUT, "the profile store's path is too long");
    int opened = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (opened < 0)
        return hax_fail(err, HAX_IO, "cannot open lock file '%s': %s", name, strerror(errno));
    *file = opened;
    return HAX_OK;
}

hax_status hax_turns_open(const char *path, hax_turns *turns, hax_error *err)
{
    hax_turns made = { -1, -1 };
    if (path) {
        HAX_TRY(hax_file_make_folder_of(path, err)); /* of the store, which may not be there yet */
        HAX_TRY(open_lock(path, "queue", &made.queue, err));
        hax_status status = open_lock(path, "round", &made.round, err);
        if (status != HAX_OK) {
            close(made.queue);
            return status;
        }
    }
    *turns = made;
    return HAX_OK;
}

void hax_turns_close(hax_turns *turns)
{
    if (turns->queue >= 0)
        close(turns->queue);
    if (turns->round >= 0)
        close(turns->round);
    *turns = (hax_turns){ -1, -1 };
}

/* Looks now and then instead of sleeping in the kernel: so it can be cancelled, and fifty
 * looks a second do not disturb who measures. */
static hax_status lock(int file, const hax_watch *watch, hax_error *err)
{
    const struct timespec pause = { 0, 20 * 1000000L };
    while (flock(file, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return hax_fail(err, HAX_IO, "cannot lock the profile store's rounds: %s",
                            strerror(errno));
        if (watch && hax_cancel_requested(watch->cancel))
            return hax_fail(err, HAX_INTERRUPTED,
                            "interrupted while another process was measuring");
        nanosleep(&pause, NULL);
    }
    return HAX_OK;
}

hax_status hax_turns_begin(hax_turns *turns, const hax_watch *watch, hax_error *err)
{
    if (turns->queue < 0)
        return HAX_OK;
    HAX_TRY(lock(turns->queue, watch, err));
    hax_status status = lock(turns->round, watch, err);
    flock(turns->queue, LOCK_UN);
    return status;
}

void hax_turns_end(hax_turns *turns)
{
    if (turns->round >= 0)
        flock(turns->round, LOCK_UN);
}
