/* Logs of traffic: exact while there is room, thinned out beyond. */
#include "traffic_log.h"

#include <stdlib.h>

#include "fixture.h"

static hax_traffic_log *make_log(int blocks)
{
    hax_traffic_log *log = malloc(sizeof *log);
    assert_non_null(log);
    hax_traffic_log_begin(log, 1000);
    for (int b = 1; b <= blocks; b++)
        hax_traffic_log_block(log, 1000 + 10 * (int64_t) b);
    return log;
}

static void blocks_are_counted_between_entries(void **state)
{
    (void) state;
    hax_traffic_log *log = make_log(5);
    assert_float_equal(hax_traffic_log_blocks(log, 500), 0, 0);
    assert_float_equal(hax_traffic_log_blocks(log, 1000), 0, 0);
    assert_float_equal(hax_traffic_log_blocks(log, 1005), 0.5, 1e-12);
    assert_float_equal(hax_traffic_log_blocks(log, 1020), 2, 1e-12);
    assert_float_equal(hax_traffic_log_blocks(log, 1047), 4.7, 1e-12);
    assert_float_equal(hax_traffic_log_blocks(log, 9000), 5, 1e-12);
    free(log);
}

static void a_full_log_keeps_the_whole_time(void **state)
{
    (void) state;
    const int blocks = 5 * TRAFFIC_LOG_MAX + 8;
    hax_traffic_log *log = make_log(blocks);
    assert_int_equal(log->stride, 8);
    for (int b = 0; b <= blocks - 8; b += 7)
        assert_float_equal(hax_traffic_log_blocks(log, 1000 + 10 * (int64_t) b), b, 1e-6);
    free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_counted_between_entries),
        cmocka_unit_test(a_full_log_keeps_the_whole_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
