#include "names.h"

#include <oneapi/dnnl/dnnl.h>
#include <stddef.h>
#include <string.h>

typedef struct named_isa {
    const char *name;
    unsigned mask;
} named_isa;

static const named_isa x86[] = {
    { "sse41", dnnl_cpu_isa_sse41 },
    { "avx", dnnl_cpu_isa_avx },
    { "avx2", dnnl_cpu_isa_avx2 },
    { "avx512_core", dnnl_cpu_isa_avx512_core },
    { "avx512_core_vnni", dnnl_cpu_isa_avx512_core_vnni },
    { "avx512_core_bf16", dnnl_cpu_isa_avx512_core_bf16 },
    { "avx512_core_amx", dnnl_cpu_isa_avx512_core_amx },
    { "avx2_vnni", dnnl_cpu_isa_avx2_vnni },
#if DNNL_VERSION_MAJOR >= 3
    { "avx2_vnni_2", dnnl_cpu_isa_avx2_vnni_2 },
    { "avx512_core_fp16", dnnl_cpu_isa_avx512_core_fp16 },
    { "avx512_core_amx_fp16", dnnl_cpu_isa_avx512_core_amx_fp16 },
#endif
    { NULL, 0 },
};

/* No public header has these; they are values of x86's (src/cpu/aarch64/cpu_isa_traits.hpp). That
 * of sve_512 is 0x1f in 2.6, seen with Debian's library under emulation, and 0x27 in versions 3. */
static const named_isa arm[] = {
    { "asimd", 0x1 },    { "sve_128", 0x3 },  { "sve_256", 0x7 }, { "sve_384", 0xf },
    { "sve_512", 0x1f }, { "sve_512", 0x27 }, { NULL, 0 },
};

static const named_isa *isas_of(hax_architecture architecture)
{
    static const named_isa none[] = { { NULL, 0 } };
    switch (architecture) {
    case HAX_ARCHITECTURE_X86: return x86;
    case HAX_ARCHITECTURE_ARM: return arm;
    default: return none;
    }
}

const char *hax_isa_name(hax_architecture architecture, unsigned mask)
{
    for (const named_isa *isa = isas_of(architecture); isa->name; isa++)
        if (isa->mask == mask)
            return isa->name;
    return "unknown";
}

bool hax_isa_find(hax_architecture architecture, const char *name, unsigned *mask)
{
    for (const named_isa *isa = isas_of(architecture); isa->name; isa++)
        if (strcmp(isa->name, name) == 0) {
            *mask = isa->mask;
            return true;
        }
    return false;
}

int hax_isa_block(hax_architecture architecture, unsigned mask)
{
    enum { WIDE = 16, NARROW = 8 };
    const unsigned avx512 = dnnl_cpu_isa_avx512_core;
    bool wide = architecture == HAX_ARCHITECTURE_X86
                    ? (mask & avx512) == avx512
                    : strcmp(hax_isa_name(architecture, mask), "sve_512") == 0;
    return wide ? WIDE : NARROW;
}

bool hax_implementation_is_slow(const char *name)
{
    static const char by_reference[] = ":ref"; /* "gemm:ref": a product by plain loops */
    size_t length = strlen(name), tail = sizeof by_reference - 1;
    return strncmp(name, "ref", 3) == 0 || strncmp(name, "simple_n", 8) == 0 ||
           (length >= tail && strcmp(name + length - tail, by_reference) == 0);
}
