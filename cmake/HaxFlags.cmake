# Language, warnings and sanitizers of every target.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# The default build keeps its assertions; Release drops them.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
set(THREADS_PREFER_PTHREAD_FLAG ON)

# POSIX.1-2008 is what the code is written to; the few Linux calls (futex, affinity)
# are in files that define _GNU_SOURCE themselves.
add_compile_definitions(_POSIX_C_SOURCE=200809L)
add_compile_options(-Wall -Wextra -Wpedantic -Wstrict-prototypes -Wmissing-prototypes
                    -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wformat=2 -Wundef
                    -fno-common -Wno-missing-field-initializers)
# The same sums everywhere: where the processor has fused multiply-adds (Arm always), the evaluator
# and the search, kernels and their reference would round differently.
add_compile_options(-ffp-contract=off)
# What is built says nothing of where: assertions name files by their place in the source.
add_compile_options(-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
# A parameter may be called like its type.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wshadow=local)
else()
    add_compile_options(-Wshadow)
endif()
if(HAX_WERROR)
    add_compile_options(-Werror)
endif()
if(HAX_SANITIZE)
    add_compile_options(-fsanitize=${HAX_SANITIZE} -fno-omit-frame-pointer
                        -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${HAX_SANITIZE})
endif()
if(HAX_COVERAGE)
    add_library(coverage_exit STATIC ${PROJECT_SOURCE_DIR}/cmake/coverage_exit.c)
    add_compile_options(--coverage)
    add_link_options(--coverage -rdynamic -Wl,--wrap=_exit)
    link_libraries($<BUILD_INTERFACE:coverage_exit>)
endif()
if(HAX_FUZZ)
    if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
        message(FATAL_ERROR "HAX_FUZZ needs clang: use the 'fuzz' preset")
    endif()
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
