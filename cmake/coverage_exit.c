/* What a process that ends by _exit has executed is written as well; exit does so by itself. Builds
 * with HAX_COVERAGE are linked with it. */
#include <gcov.h>

_Noreturn void __real__exit(int code);
_Noreturn void __wrap__exit(int code);

_Noreturn void __wrap__exit(int code)
{
    __gcov_dump();
    __real__exit(code);
}
