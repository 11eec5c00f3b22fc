/* For programs that run from their build folder; see installed.h. */
#include "installed.h"

const hax_build_tree hax_program_build_tree = { .modules = HAX_BUILD_MODULES,
                                                .platforms = HAX_BUILD_PLATFORMS };
