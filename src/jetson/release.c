/* Which JetPack has which TensorRT, which boards have a DLA under it, and how precisions are asked
 * for there. */
#include "haxconn/jetson.h"

#define NOTES "JetPack's release notes"
#define LOGS "logs of trtexec on boards"
#define GUIDE_11 "TensorRT 11.4.1: release notes, \"Working with DLA\""
#define FLAGS "--fp16, --int8 with a calibration cache"
#define FILE_TYPES "the file's types; INT8 by Q/DQ nodes"

static const hax_jetson_release releases[] = {
    { "4.5, 4.5.1", "7.1", "AGX Xavier, Xavier NX", "", FLAGS, NOTES },
    { "4.6", "8.0", "AGX Xavier, Xavier NX", "", FLAGS, NOTES },
    { "4.6.1 and later", "8.2", "AGX Xavier, Xavier NX", "", FLAGS, NOTES },
    { "5.0", "8.4", "AGX Xavier, Xavier NX, AGX Orin", "", FLAGS, NOTES "; " LOGS },
    { "5.1", "8.5", "AGX Xavier, Xavier NX, AGX Orin, Orin NX", "Orin Nano", FLAGS, NOTES },
    { "6.0", "8.6", "AGX Orin, Orin NX", "Orin Nano", FLAGS, NOTES },
    { "6.1, 6.2", "10.3", "AGX Orin, Orin NX", "Orin Nano", FLAGS, NOTES "; " LOGS },
    { "7.0, 7.1", "10.13", "none", "Thor", FLAGS, NOTES },
    { "7.2", "10 (unsure which)",
      "AGX Orin, Orin NX: unsure (NVIDIA's guide of 11.4.1 calls 10.7 the last 10.x with a DLA)",
      "Orin Nano, Thor", FLAGS, GUIDE_11 },
    { "none", "11.0 to 11.4.0", "none on Jetson", "all", FILE_TYPES, GUIDE_11 },
    { "7.2.2 and later", "11.4.1", "AGX Orin", "Orin NX (unsure), Orin Nano, Thor", FILE_TYPES,
      GUIDE_11 },
};

enum { RELEASE_COUNT = sizeof releases / sizeof *releases };

const hax_jetson_release *hax_jetson_release_at(int index)
{
    return index >= 0 && index < RELEASE_COUNT ? &releases[index] : 0;
}
