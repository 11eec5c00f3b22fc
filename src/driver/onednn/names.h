/* What oneDNN's numbers and words mean. */
#ifndef HAX_DRIVER_ONEDNN_NAMES_H
#define HAX_DRIVER_ONEDNN_NAMES_H

#include <stdbool.h>

/* Instruction sets are masks whose bits mean something else on each architecture. */
typedef enum hax_architecture {
    HAX_ARCHITECTURE_X86,
    HAX_ARCHITECTURE_ARM,
    HAX_ARCHITECTURE_OTHER,
} hax_architecture;

#if defined(__x86_64__) || defined(__i386__)
#define HAX_ARCHITECTURE_HERE HAX_ARCHITECTURE_X86
#elif defined(__aarch64__)
#define HAX_ARCHITECTURE_HERE HAX_ARCHITECTURE_ARM
#else
#define HAX_ARCHITECTURE_HERE HAX_ARCHITECTURE_OTHER
#endif

/* Name of an instruction set, "unknown" where it has none. */
const char *hax_isa_name(hax_architecture architecture, unsigned mask);

/* The other way round; false where the architecture has none of this name. */
bool hax_isa_find(hax_architecture architecture, const char *name, unsigned *mask);

/* Channels that lie next to each other in the layouts that suit the instruction set. */
int hax_isa_block(hax_architecture architecture, unsigned mask);

/* Whether an implementation ("jit:avx2", "gemm:ref") is one for the sake of completeness.
 * "simple:any" is what concat is called when it copies whole blocks, its fast way. */
bool hax_implementation_is_slow(const char *name);

#endif
