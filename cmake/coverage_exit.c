/*
 * What a process that ends by _exit has executed is written as well; exit does so by itself. Builds
 * with HAX_COVERAGE are linked with it: programs, and modules, which count for themselves and enrol
 * with the program that loads them (it exports hax_coverage_enrol).
 */
#include <gcov.h>

enum { DUMPS_MAX = 16 };

static void (*dumps[DUMPS_MAX])(void);
static int dump_count;

__attribute__((visibility("default"))) void hax_coverage_enrol(void (*dump)(void));
/* Of programs in which allocations fail when told to: those of gcov are not to. */
__attribute__((weak)) void hax_failing_malloc_stop(void);
_Noreturn void __real__exit(int code);
_Noreturn void __wrap__exit(int code);

void hax_coverage_enrol(void (*dump)(void))
{
    if (dump_count < DUMPS_MAX)
        dumps[dump_count++] = dump;
}

static void dump_own(void)
{
    __gcov_dump();
}

__attribute__((constructor)) static void enrol(void)
{
    hax_coverage_enrol(dump_own);
}

_Noreturn void __wrap__exit(int code)
{
    if (hax_failing_malloc_stop)
        hax_failing_malloc_stop();
    for (int d = 0; d < dump_count; d++)
        dumps[d]();
    __real__exit(code);
}
