/* The folders of a tool that stands on a board (src/driver/installed.h): a device tree, modules
 * and among them the stand-in of TensorRT. */
#include "installed.h"

const hax_build_tree hax_program_build_tree = { .modules = HAX_BOARD_MODULES,
                                                .platforms = HAX_BUILD_PLATFORMS,
                                                .system_root = HAX_BOARD_ROOT };
