#include "traffic_log.h"

#include <assert.h>

void hax_traffic_log_begin(hax_traffic_log *log, int64_t now_ns)
{
    log->start_ns = now_ns;
    log->stride = 1;
    log->since = 0;
    log->count = 0;
}

/* Keeps every second entry. */
static void thin_out(hax_traffic_log *log)
{
    for (int i = 0; i < log->count / 2; i++)
        log->ns[i] = log->ns[2 * i + 1];
    log->count /= 2;
    log->stride *= 2;
    assert(log->stride > 0 && log->since == 0);
}

void hax_traffic_log_block(hax_traffic_log *log, int64_t now_ns)
{
    if (++log->since < log->stride)
        return;
    log->since = 0;
    assert(log->count < TRAFFIC_LOG_MAX);
    assert(now_ns >= (log->count > 0 ? log->ns[log->count - 1] : log->start_ns));
    log->ns[log->count++] = now_ns;
    if (log->count == TRAFFIC_LOG_MAX)
        thin_out(log);
}

double hax_traffic_log_blocks(const hax_traffic_log *log, int64_t at_ns)
{
    int low = 0, high = log->count; /* entries at or before at_ns */
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (log->ns[middle] <= at_ns)
            low = middle + 1;
        else
            high = middle;
    }
    assert(low == log->count || at_ns < log->ns[low]);
    double entries = low;
    int64_t before_ns = low > 0 ? log->ns[low - 1] : log->start_ns;
    if (low < log->count && at_ns > before_ns)
        entries += (double) (at_ns - before_ns) / (double) (log->ns[low] - before_ns);
    return entries * log->stride;
}
