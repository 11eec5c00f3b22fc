#define _GNU_SOURCE
#include "lock_holder.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A file of /proc as one line: arguments are separated by zero bytes there. */
static bool read_line(const char *path, char *line, size_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, line, size - 1) : -1;
    if (file >= 0)
        close(file);
    if (got <= 0)
        return false;
    while (got > 0 && line[got - 1] == '\0')
        got--;
    for (ssize_t i = 0; i < got; i++)
        if (iscntrl((unsigned char) line[i]))
            line[i] = line[i] ? '?' : ' ';
    line[got] = '\0';
    return got > 0;
}

static bool read_command(pid_t pid, char *command, size_t size)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int) pid);
    return read_line(path, command, size);
}

void hax_holder_write(int file)
{
    char command[sizeof((hax_holder *) 0)->command] = "?", text[256];
    read_command(getpid(), command, sizeof command);
    int length = snprintf(text, sizeof text, "%d %lld %s\n", (int) getpid(), (long long) time(NULL),
                          command);
    if (ftruncate(file, 0) != 0 || pwrite(file, text, (size_t) length, 0) != length)
        return; /* a full disk: the lock holds all the same */
}

/* By the letter behind the name, which stands in parentheses and may hold any. */
static bool is_stopped(pid_t pid)
{
    char path[40], line[300];
    snprintf(path, sizeof path, "/proc/%d/stat", (int) pid);
    const char *end = read_line(path, line, sizeof line) ? strrchr(line, ')') : NULL;
    return end && end[1] == ' ' && (end[2] == 'T' || end[2] == 't');
}

bool hax_holder_read(int file, hax_holder *holder)
{
    char text[256], now[sizeof holder->command];
    hax_holder result = { 0 };
    struct tm local;
    long long since;
    int pid, start = 0;
    ssize_t got = pread(file, text, sizeof text - 1, 0);
    if (got <= 0)
        return false;
    text[got] = '\0';
    if (sscanf(text, "%d %lld %n", &pid, &since, &start) < 2 || start == 0 || pid <= 0)
        return false;
    result.pid = pid;
    snprintf(result.command, sizeof result.command, "%.*s", (int) strcspn(text + start, "\n"),
             text + start);
    for (char *at = result.command; *at; at++)
        if (iscntrl((unsigned char) *at))
            *at = '?';
    time_t seconds = (time_t) since;
    if (!localtime_r(&seconds, &local) ||
        strftime(result.since, sizeof result.since, "%Y-%m-%d %H:%M:%S", &local) == 0)
        return false;
    /* the number may be another process's: in another container, or by now */
    result.stopped =
        read_command(pid, now, sizeof now) && strcmp(now, result.command) == 0 && is_stopped(pid);
    *holder = result;
    return true;
}
