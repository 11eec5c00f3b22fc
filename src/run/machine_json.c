#include "machine_json.h"

json_t *machine_platform_json(const hax_platform *platform)
{
    return json_pack("{s:s, s:b, s:b}", "name", platform->name, "emulated", platform->emulated,
                     "simulated", platform->simulated);
}

json_t *machine_fingerprint_json(const hax_fingerprint *of)
{
    return json_pack("{s:s, s:i, s:s, s:s, s:s}", "cpu", of->cpu, "cores", of->cores, "kernel",
                     of->kernel, "libraries", of->libraries, "clocks", of->clocks);
}
