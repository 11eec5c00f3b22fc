/* Programs that a command starts and waits for. */
#include "child.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.h"
#include "message.h"

extern char **environ;

/* Waits; a signal that comes meanwhile has been noted, and goes on to the program. */
static int wait_for(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        if (hax_cancel_requested(cli_interrupt_flag()))
            kill(child, SIGTERM);
    return status;
}

hax_status cli_run_child(const char *const *words, int *code, hax_error *err)
{
    enum { WORDS_MAX = 16 };
    pid_t child;
    size_t count = 0;
    char *copy[WORDS_MAX + 1] = { NULL }; /* posix_spawn wants them writable, and does not write */
    while (words[count] && count < WORDS_MAX)
        count++;
    memcpy(copy, words, count * sizeof *copy);
    fflush(NULL);
    int failed = posix_spawnp(&child, words[0], NULL, NULL, copy, environ);
    if (failed)
        return cli_fail_system(err, HAX_UNAVAILABLE, failed, "%s", words[0]);
    int status = wait_for(child);
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (hax_cancel_requested(cli_interrupt_flag()) || !WIFEXITED(status))
        return cli_fail(err, HAX_INTERRUPTED, "%s was stopped", words[0]);
    if (*code == 0)
        return HAX_OK;
    return cli_fail(err, HAX_FAILURE, "%s ended with exit code %d", words[0], *code);
}

bool cli_find_program(const char *name)
{
    if (strchr(name, '/'))
        return access(name, X_OK) == 0;
    const char *path = getenv("PATH");
    for (const char *at = path ? path : ""; *at;) {
        char file[PATH_MAX];
        size_t length = strcspn(at, ":");
        snprintf(file, sizeof file, "%.*s/%s", (int) length, at, name);
        if (access(file, X_OK) == 0)
            return true;
        at += length + (at[length] == ':');
    }
    return false;
}

const char *cli_trtexec(const char *told)
{
    if (told)
        return told;
    return cli_find_program("trtexec") ? "trtexec" : "/usr/src/tensorrt/bin/trtexec";
}
