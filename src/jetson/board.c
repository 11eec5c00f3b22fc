/* The table of boards, with where each number comes from. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "haxconn/jetson.h"
#include "haxconn/nearest.h"

#define JETPACKS "NVIDIA's JetPack release notes"
#define DOCUMENTED "NVIDIA's documentation of the board"
#define SEEN_CLOCK "clock: tegrastats of a board; bus: NVIDIA's documentation of the board"
#define REMEMBERED "from memory of NVIDIA's documentation; confirm on the board"

#define XAVIER_VERSIONS 70100, 80599, 80502, "7.1 to 8.5 (JetPack 4.4 to 5.1)", JETPACKS
#define ORIN_AGX_VERSIONS 80400, 109999, 100300, "8.4 to 10 (JetPack 5.0 and later)", JETPACKS
#define ORIN_NX_VERSIONS 80500, 109999, 100300, "8.5 to 10 (JetPack 5.1 and later)", JETPACKS
#define THOR_VERSIONS 101300, 109999, 101300, "10.13 and later (JetPack 7)", JETPACKS

static const hax_jetson_board boards[] = {
    { "xavier-agx", "Jetson AGX Xavier", false, 2, DOCUMENTED, XAVIER_VERSIONS, 256, 2133, 136.5,
      SEEN_CLOCK },
    { "xavier-nx", "Jetson Xavier NX", false, 2, DOCUMENTED, XAVIER_VERSIONS, 128, 1866, 59.7,
      DOCUMENTED },
    { "orin-agx", "Jetson AGX Orin", true, 2, DOCUMENTED, ORIN_AGX_VERSIONS, 256, 3199, 204.7,
      SEEN_CLOCK },
    { "orin-nx-16gb", "Jetson Orin NX 16 GB", true, 2, DOCUMENTED, ORIN_NX_VERSIONS, 128, 3199,
      102.4, DOCUMENTED },
    { "orin-nx-8gb", "Jetson Orin NX 8 GB", true, 1, REMEMBERED, ORIN_NX_VERSIONS, 128, 3199, 102.4,
      DOCUMENTED },
    { "orin-nano-8gb", "Jetson Orin Nano 8 GB", true, 0, REMEMBERED, ORIN_NX_VERSIONS, 128, 2133,
      68.3, REMEMBERED },
    { "thor", "Jetson AGX Thor", false, 0, DOCUMENTED, THOR_VERSIONS, 256, 4266, 273, REMEMBERED },
};

enum { BOARD_COUNT = sizeof boards / sizeof *boards };

const hax_jetson_board *hax_jetson_board_at(int index)
{
    return index >= 0 && index < BOARD_COUNT ? &boards[index] : NULL;
}

const hax_jetson_board *hax_jetson_board_find(const char *name)
{
    for (int b = 0; b < BOARD_COUNT; b++)
        if (strcmp(boards[b].name, name) == 0)
            return &boards[b];
    return NULL;
}

double hax_jetson_emc_gbps(double percent, double mhz, int bits)
{
    return percent / 100 * mhz * 1e6 * 2 * bits / 8 * 1e-9;
}

const char *hax_jetson_precision_name(hax_jetson_precision precision)
{
    static const char *const names[] = {
        [HAX_JETSON_FP16] = "fp16", [HAX_JETSON_INT8] = "int8", [HAX_JETSON_FP32] = "fp32"
    };
    return names[precision];
}

int hax_jetson_loadables_max(int tensorrt)
{
    if (tensorrt < 80000)
        return 8;
    return tensorrt < 80500 ? 4 : 16;
}

/* ---- targets ------------------------------------------------------------------------------- */

/* "8", "8.5", "8.5.2", "8.5.2.1"; -1: none. */
static int parse_version(const char *text)
{
    static const int scale[] = { 10000, 100, 1, 0 };
    int version = 0, part = 0;
    for (; part < 4 && isdigit((unsigned char) *text); part++) {
        char *end = NULL;
        long number = strtol(text, &end, 10);
        if (number > 99 && part < 3)
            return -1;
        version += part < 3 ? (int) number * scale[part] : 0;
        text = end;
        if (*text != '.')
            return *text == '\0' ? version : -1;
        text++;
    }
    return -1;
}

static hax_status unknown_board(const char *name, hax_error *err)
{
    char known[256] = "";
    hax_nearest nearest = hax_nearest_start(name, strlen(name));
    for (int b = 0; b < BOARD_COUNT; b++) {
        hax_nearest_offer(&nearest, boards[b].name);
        strncat(known, b > 0 ? ", " : "", sizeof known - strlen(known) - 1);
        strncat(known, boards[b].name, sizeof known - strlen(known) - 1);
    }
    return hax_fail(err, HAX_BAD_INPUT, "no board '%.60s'%s (known: %s)", name,
                    hax_nearest_words(&nearest).text, known);
}

hax_status hax_jetson_target_make(const char *board, const char *tensorrt,
                                  hax_jetson_target *target, hax_error *err)
{
    const hax_jetson_board *found = hax_jetson_board_find(board);
    if (!found)
        return unknown_board(board, err);
    int version = tensorrt ? parse_version(tensorrt) : found->tensorrt_usual;
    if (version < 0)
        return hax_fail(err, HAX_BAD_INPUT, "'%.40s' is no version of TensorRT, such as 8.5.2",
                        tensorrt);
    if (version >= 110000)
        return hax_fail(err, HAX_BAD_INPUT, "TensorRT %.40s has no DLA; %s has %s", tensorrt,
                        found->name, found->tensorrt_words);
    if (version < found->tensorrt_first || version > found->tensorrt_last)
        return hax_fail(err, HAX_BAD_INPUT, "%s has TensorRT %s, not %.40s", found->name,
                        found->tensorrt_words, tensorrt);
    *target = (hax_jetson_target){ found, version, HAX_JETSON_FP16, 1 };
    return HAX_OK;
}
