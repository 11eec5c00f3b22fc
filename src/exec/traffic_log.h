/*
 * How far a thread's traffic has come by when: the times at which every so many blocks were
 * done. Written by the thread while it makes traffic, read by the coordinator after.
 */
#ifndef HAX_EXEC_TRAFFIC_LOG_H
#define HAX_EXEC_TRAFFIC_LOG_H

#include <stdint.h>

enum { TRAFFIC_LOG_MAX = 1 << 16 };

typedef struct hax_traffic_log {
    int64_t start_ns; /* clock time */
    int stride;       /* blocks between two entries; doubled whenever the log is full */
    int since;        /* blocks since the last entry */
    int count;
    int64_t ns[TRAFFIC_LOG_MAX]; /* clock time */
} hax_traffic_log;

void hax_traffic_log_begin(hax_traffic_log *log, int64_t now_ns);

/* Another block is done. */
void hax_traffic_log_block(hax_traffic_log *log, int64_t now_ns);

/* Blocks done by a clock time, linear between entries; what is past the last entry is not known
 * and not counted. */
double hax_traffic_log_blocks(const hax_traffic_log *log, int64_t at_ns);

#endif
