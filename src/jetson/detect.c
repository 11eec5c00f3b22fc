/* Which board this is, by what its device tree calls it. */
#define _GNU_SOURCE
#include <string.h>

#include "jetson.h"

/* A module of two sizes has one name: its memory tells, less what the system keeps for itself. */
typedef struct tell {
    const char *words[2]; /* both stand in the name */
    double gib_least;
    const char *board;
} tell;

/* "NVIDIA Jetson Orin NX Engineering Reference Developer Kit", "Jetson-AGX" (Xavier's, JetPack 4):
 * names of developer kits and of modules on carriers of others, as NVIDIA's device trees have them.
 */
static const tell tells[] = {
    { { "Thor", "" }, 0, "thor" },
    { { "AGX", "Orin" }, 0, "orin-agx" },
    { { "Orin", "NX" }, 12, "orin-nx-16gb" },
    { { "Orin", "NX" }, 0, "orin-nx-8gb" },
    { { "Orin", "Nano" }, 0, "orin-nano-8gb" },
    { { "Xavier", "NX" }, 0, "xavier-nx" },
    { { "Xavier", "" }, 0, "xavier-agx" },
    { { "Jetson-AGX", "" }, 0, "xavier-agx" },
};

const hax_jetson_board *hax_jetson_board_detect(const char *model, double memory_gib)
{
    for (size_t t = 0; t < sizeof tells / sizeof *tells; t++)
        if (strcasestr(model, "Jetson") && strcasestr(model, tells[t].words[0]) &&
            strcasestr(model, tells[t].words[1]) && memory_gib >= tells[t].gib_least)
            return hax_jetson_board_find(tells[t].board);
    return NULL;
}
