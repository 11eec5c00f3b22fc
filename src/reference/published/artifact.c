/* The numbers of the published artifact's script (github: ismetdagli/HaX-CoNN), as they stand
 * there. Its second table of hand-over times is never used and left out. */
#include <math.h>

#include "haxconn/published.h"

static const hax_published artifact = {
    .units = { "GPU", "DLA" },
    .piece_count = { 3, 2 },
    .pieces = { { { 38.1, 4.9 / 127.5, 0 }, { 96.2, 1, 0 }, { INFINITY, 1.11, -41.9 } },
                { { 27.9, 1, 0 }, { INFINITY, 0.35, 49 } } },
    .networks = {
        { .name = "GoogleNet",
          .group_count = 10,
          .layer = { 0, 10, 25, 39, 52, 66, 81, 94, 110, 124 },
          .ms = { { .35, .15, .20, .11, .12, .13, .15, .19, .12, .20 },
                  { .75, .34, .45, .37, .31, .33, .31, .35, .27, .36 } },
          .gbps = { { 30, 35, 41, 53, 61, 52, 49, 66, 66, 41 },
                    { 25, 28, 33, 38, 49, 45, 41, 44, 58, 29 } },
          .handover_ms = { .05, .07, .06, .01, .05, .02, .06, .03, .02 } },
        { .name = "AlexNet",
          .group_count = 8,
          .layer = { 0, 2, 3, 5, 7, 9, 11, 14 },
          .ms = { { .15, .06, .22, .08, .16, .70, .32, .10 },
                  { .41, .20, .45, .22, .41, 1.91, .68, .13 } },
          .gbps = { { 50, 68, 71, 49, 53, 62, 55, 48 },
                    { 38, 49, 43, 37, 27, 39, 32, 30 } },
          .handover_ms = { .03, .11, .08, .03, .09, .08, .07 } },
    },
};

void hax_published_artifact(hax_published *data)
{
    *data = artifact;
}
