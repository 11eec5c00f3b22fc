#include "machine_json.h"

json_t *hax_machine_platform_json(const hax_platform *platform)
{
    return json_pack("{s:s, s:b, s:b}", "name", platform->name, "emulated", platform->emulated,
                     "simulated", platform->simulated);
}

json_t *hax_machine_fingerprint_json(const hax_fingerprint *fingerprint)
{
    return json_pack("{s:s, s:i, s:s, s:s, s:s}", "cpu", fingerprint->cpu, "cores",
                     fingerprint->cores, "kernel", fingerprint->kernel, "libraries",
                     fingerprint->libraries, "clocks", fingerprint->clocks);
}
