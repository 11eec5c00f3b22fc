/* The platforms that are known by a name. */
#include "error.h"
#include "haxconn/nearest.h"
#include "platforms.h"
#include "text.h"

#include <string.h>

static const hax_platform_name names[] = {
    { "host", "the processors of this machine; where nothing else is said" },
    { "spare", "the same with a core left free for other work" },
    { "emulated", "two equal cores, one capped as a stand-in for a second device" },
    { "gpu", "an NVIDIA GPU and parts of it" },
    { "machine", "the processors and the GPU" },
    { "jetson", "this board's GPU and DLA, by TensorRT" },
    { "synthetic", "a virtual clock by a known law: nothing is computed, in no time" },
    { "null", "processors that compute nothing: what hand-overs cost by themselves" },
    { "xavier-agx", "a Jetson AGX Xavier, told from its data sheet and simulated" },
};

const hax_platform_name *hax_platform_names(int *count)
{
    *count = sizeof names / sizeof *names;
    return names;
}

hax_status hax_platform_unknown(const char *name, hax_error *err)
{
    char known_buffer[HAX_ERROR_MESSAGE_MAX];
    hax_text known = hax_text_in(known_buffer, sizeof known_buffer);
    hax_nearest nearest = hax_nearest_start(name, strcspn(name, ","));
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        hax_text_printf(&known, "%s, ", names[n].name);
        hax_nearest_offer(&nearest, names[n].name);
    }
    return hax_fail(err, HAX_BAD_INPUT,
                    "no platform is called '%.100s'%s (there are %sor the path of a platform file "
                    "ending in .json)",
                    name, hax_nearest_words(&nearest).text, hax_text_get(&known));
}
