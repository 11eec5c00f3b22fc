/* The synthetic platform: two units of different strengths on a virtual clock. */
#include "platforms.h"

hax_status hax_platform_synthetic(hax_platform_builder *maker, hax_error *err)
{
    /* A strong unit that shares its memory badly, and a weak one with nearly the same bandwidth:
     * the weak one loses most on convolutions and least on fully connected layers. */
    static const struct {
        const char *name;
        hax_law law;
    } units[] = {
        { "big",
          { .overhead_ms = 0.01, .gmac_per_s = 500, .gbps = 40, .slowdown_per_gbps = 0.005 } },
        { "little",
          { .overhead_ms = 0.02, .gmac_per_s = 200, .gbps = 30, .slowdown_per_gbps = 0.01 } },
    };
    (void) err;
    for (int u = 0; u < 2; u++) {
        uint32_t resource = 1U << hax_platform_builder_resource(maker, units[u].name);
        int kind = hax_platform_builder_kind(
            maker,
            &(hax_kind){ .name = units[u].name, .driver = "synthetic", .law = units[u].law });
        hax_platform_builder_unit(maker, &(hax_unit){ .name = units[u].name,
                                                      .kind = kind,
                                                      .resources = resource,
                                                      .threads = 1,
                                                      .why = "takes the time its law says" });
    }
    maker->platform->simulated = true;
    maker->platform->description = "two units on a virtual clock, nothing is computed";
    return HAX_OK;
}
