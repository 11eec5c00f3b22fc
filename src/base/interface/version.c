/* The version that the library was built as; the header's is the one that a program was built with.
 */
#include "haxconn/version.h"

const char *hax_version(void)
{
    return HAX_VERSION;
}
