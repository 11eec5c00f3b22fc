/*
 * Who holds a lock file: the holder writes itself into it, who waits reads that. What is written is
 * true as long as the file is locked; afterwards nobody looks.
 */
#ifndef HAX_PROFILE_STORE_LOCK_HOLDER_H
#define HAX_PROFILE_STORE_LOCK_HOLDER_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct hax_holder {
    pid_t pid;
    char since[32];    /* local time, "2026-01-31 12:34:56" */
    char command[164]; /* the beginning of its command line, without control characters */
    bool stopped;      /* by a signal: it goes on when somebody continues it */
} hax_holder;

/* Writes the calling process into a file that it has just locked. What fails is only less to say.
 */
void hax_holder_write(int file);

/* False when nothing readable stands there. */
bool hax_holder_read(int file, hax_holder *holder);

#endif
