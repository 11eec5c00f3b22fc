# Libraries for what is not this project's subject. A missing required one stops
# the configuration with the name of Debian's package; a missing optional one is
# reported with what it costs.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)


pkg_check_modules(jansson REQUIRED IMPORTED_TARGET GLOBAL jansson)
add_library(jansson::jansson ALIAS PkgConfig::jansson)
pkg_check_modules(hwloc REQUIRED IMPORTED_TARGET GLOBAL hwloc)
add_library(hwloc::hwloc ALIAS PkgConfig::hwloc)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET GLOBAL sqlite3)
add_library(sqlite3::sqlite3 ALIAS PkgConfig::sqlite3)
if(BUILD_TESTING)
    pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET GLOBAL cmocka)
    add_library(cmocka::cmocka ALIAS PkgConfig::cmocka)
endif()

# oneDNN: the kernels. Without it the portable unit (plain loops, tens of times
# slower) is all there is. Found by header and library: Debian's own CMake files for
# it want the OpenCL headers, which nothing here uses.
find_path(DNNL_INCLUDE_DIR NAMES oneapi/dnnl/dnnl.h)
find_library(DNNL_LIBRARY NAMES dnnl)
if(DNNL_INCLUDE_DIR AND DNNL_LIBRARY)
    message(STATUS "oneDNN: ${DNNL_LIBRARY}")
    add_library(dnnl::dnnl UNKNOWN IMPORTED)
    set_target_properties(dnnl::dnnl PROPERTIES
        IMPORTED_LOCATION ${DNNL_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${DNNL_INCLUDE_DIR})
else()
    message(STATUS "oneDNN: not found (Debian: libdnnl-dev); only the portable unit is built")
endif()

# Z3: a second opinion on problems without contention, and the published solver.
pkg_check_modules(z3 IMPORTED_TARGET GLOBAL z3)
if(z3_FOUND)
    message(STATUS "Z3: ${z3_VERSION}")
    add_library(z3::z3 ALIAS PkgConfig::z3)
else()
    message(STATUS "Z3: not found (Debian: libz3-dev); --solver z3 and the published solver by Z3 are not built")
endif()
