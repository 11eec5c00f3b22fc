# Libraries for what is not this project's subject. A missing required one stops
# the configuration with the name of Debian's package; a missing optional one is
# reported with what it costs.
find_package(Threads REQUIRED)
find_package(PkgConfig)
if(NOT PKG_CONFIG_FOUND)
    message(FATAL_ERROR "pkg-config is missing (Debian: pkg-config); `make deps` installs it there")
endif()

# All that are missing are named at once.
set(missing)
macro(hax_require library package)
    pkg_check_modules(${library} QUIET IMPORTED_TARGET GLOBAL ${library})
    if(${library}_FOUND)
        message(STATUS "${library}: ${${library}_VERSION}")
        add_library(${library}::${library} ALIAS PkgConfig::${library})
    else()
        list(APPEND missing "  ${library} (Debian: ${package})\n")
    endif()
endmacro()
hax_require(jansson libjansson-dev)
hax_require(hwloc libhwloc-dev)
hax_require(sqlite3 libsqlite3-dev)
if(BUILD_TESTING)
    hax_require(cmocka libcmocka-dev)
endif()
if(missing)
    message(FATAL_ERROR "pkg-config does not find these libraries:\n" ${missing}
        "`make deps` installs them on Debian; elsewhere PKG_CONFIG_PATH says where they are")
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
pkg_check_modules(z3 QUIET IMPORTED_TARGET GLOBAL z3)
if(z3_FOUND)
    message(STATUS "Z3: ${z3_VERSION}")
    add_library(z3::z3 ALIAS PkgConfig::z3)
else()
    message(STATUS "Z3: not found (Debian: libz3-dev); --solver z3 and the published solver by Z3 are not built")
endif()
