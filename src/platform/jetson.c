/* The platform of the Jetson board that this is: its GPU, its DLA cores, and its cores if asked. */
#define _GNU_SOURCE
#include "jetson.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "installed.h"
#include "jetson_platform.h"
#include "platform.h"

typedef struct wanted {
    const char *precision;
    int build_s; /* 0: the driver's own limit */
    bool cores;
} wanted;

/* ---- options --------------------------------------------------------------------------------- */

static bool is_word(const char *word, size_t length, const char *wanted)
{
    return strlen(wanted) == length && strncmp(word, wanted, length) == 0;
}

static hax_status read_word(const char *word, size_t length, wanted *wanted, hax_error *err)
{
    static const char *const precisions[] = { "f32", "tf32", "f16" };
    for (int p = 0; p < 3; p++)
        if (is_word(word, length, precisions[p])) {
            wanted->precision = precisions[p];
            return HAX_OK;
        }
    if (is_word(word, length, "cores")) {
        wanted->cores = true;
        return HAX_OK;
    }
    if (length > 6 && strncmp(word, "build=", 6) == 0) {
        wanted->build_s = atoi(word + 6);
        if (wanted->build_s > 0)
            return HAX_OK;
    }
    return hax_fail(err, HAX_BAD_INPUT,
                    "platform jetson: '%.*s' is neither a precision (f16, tf32, f32) nor 'cores' "
                    "nor 'build=SECONDS'",
                    (int) (length < 60 ? length : 60), word);
}

static hax_status read_options(const char *options, wanted *result, hax_error *err)
{
    *result = (wanted){ .precision = "f16" };
    while (*options != '\0') {
        options++; /* the comma */
        size_t length = strcspn(options, ",");
        HAX_TRY(read_word(options, length, result, err));
        options += length;
    }
    return HAX_OK;
}

/* ---- the board ------------------------------------------------------------------------------- */

static const char *system_root(void)
{
    const hax_build_tree *tree = &hax_program_build_tree;
    return tree && tree->system_root ? tree->system_root : "";
}

/* Of MemTotal; 0 where the system does not say. */
static double memory_gib(const char *root)
{
    char path[PATH_MAX], line[256];
    double kib = 0;
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    FILE *file = fopen(path, "re");
    while (file && kib == 0 && fgets(line, sizeof line, file))
        if (strncmp(line, "MemTotal:", 9) == 0)
            kib = strtod(line + 9, NULL);
    if (file)
        fclose(file);
    return kib / (1 << 20);
}

/* What the device tree says ends in a zero. */
static bool read_model(const char *root, char *model, size_t size)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/proc/device-tree/model", root);
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(model, 1, size - 1, file) : 0;
    if (file)
        fclose(file);
    model[length] = '\0';
    model[strcspn(model, "\n")] = '\0';
    return length > 0;
}

hax_status hax_platform_this_board(const hax_jetson_board **board, char *model, size_t size,
                                   hax_error *err)
{
    *board = NULL;
    if (!read_model(system_root(), model, size))
        return hax_fail(err, HAX_UNAVAILABLE,
                        "this is no Jetson: there is no /proc/device-tree/model; boards that are "
                        "not here are planned for with 'haxconn jetson plan --board NAME', or "
                        "simulated (--platform xavier-agx)");
    *board = hax_jetson_board_detect(model, memory_gib(system_root()));
    if (*board)
        return HAX_OK;
    return hax_fail(err, HAX_UNAVAILABLE,
                    "'%.100s' (/proc/device-tree/model) is no Jetson board that haxconn knows "
                    "('haxconn jetson boards' lists them)",
                    model);
}

static hax_status look(const void *context, hax_text *answer, hax_error *err)
{
    hax_tensorrt_found found;
    HAX_TRY(hax_tensorrt_look_at(*(const int *) context, &found, err));
    hax_text_append_bytes(answer, (const char *) &found, sizeof found);
    return HAX_OK;
}

hax_status hax_platform_ask_tensorrt(int device, hax_tensorrt_found *found, hax_error *err)
{
    hax_text answer = { 0 };
    HAX_TRY(hax_ask_in_child("looking for TensorRT", look, &device, &answer, err));
    assert(answer.length == sizeof *found);
    memcpy(found, answer.data, sizeof *found);
    hax_text_free(&answer);
    return HAX_OK;
}

/* ---- units ----------------------------------------------------------------------------------- */

static void add_unit(hax_platform_builder *maker, int kind, const char *name, int dla,
                     const char *why)
{
    uint32_t resources = 1U << hax_platform_builder_resource(maker, name);
    hax_platform_builder_unit(maker, &(hax_unit){ .name = name,
                                                  .kind = kind,
                                                  .resources = resources,
                                                  .threads = 1,
                                                  .dla = dla,
                                                  .why = why });
}

/* The board's table says what there is, TensorRT how many of it it sees (none after 10 on Xavier,
 * none in 11.0 to 11.3). A DLA computes in FP16 here. */
static int usable_cores(const hax_jetson_board *board, const hax_tensorrt_found *found,
                        const wanted *from)
{
    int cores = board->dla_cores < found->dla_cores ? board->dla_cores : found->dla_cores;
    return strcmp(from->precision, "f16") == 0 ? cores : 0;
}

static const char *kind_words(hax_platform_builder *maker, const hax_jetson_board *board,
                              const hax_tensorrt_found *found, const wanted *from)
{
    const char *words = ""; /* rules of a DLA that is not there are asked by nobody */
    if (usable_cores(board, found, from) > 0)
        words = hax_platform_builder_text(maker, "%s,%d.%d.%d", board->name, found->version / 10000,
                                          found->version / 100 % 100, found->version % 100);
    return from->build_s > 0 ? hax_platform_builder_text(maker, "%s,build=%d", words, from->build_s)
                             : words;
}

static void add_units(hax_platform_builder *maker, const hax_jetson_board *board,
                      const hax_tensorrt_found *found, const wanted *from)
{
    int kind = hax_platform_builder_kind(
        maker,
        &(hax_kind){ .name = hax_platform_builder_text(maker, "tensorrt-%s", from->precision),
                     .driver = "tensorrt",
                     .isa = kind_words(maker, board, found, from),
                     .precision = from->precision,
                     .device = found->device });
    add_unit(maker, kind, "gpu", 0,
             hax_platform_builder_text(maker, "%s, %d SMs, by TensorRT", found->gpu, found->sms));
    for (int core = 0; core < usable_cores(board, found, from); core++)
        add_unit(maker, kind, hax_platform_builder_text(maker, "dla%d", core), core + 1,
                 "a deep-learning accelerator, by TensorRT; no layer falls back to the GPU");
}

static const char *describe(hax_platform_builder *maker, const hax_jetson_board *board,
                            const hax_tensorrt_found *found, const wanted *from)
{
    int cores = usable_cores(board, found, from);
    const char *less =
        cores == board->dla_cores ? ""
        : strcmp(from->precision, "f16") != 0
            ? ", which compute in f16 only"
            : hax_platform_builder_text(maker, ", of which TensorRT sees %d", found->dla_cores);
    return hax_platform_builder_text(
        maker, "%s: TensorRT %d.%d.%d, CUDA %d.%d, %d DLA cores%s", board->title,
        found->version / 10000, found->version / 100 % 100, found->version % 100,
        found->cuda / 1000, found->cuda % 1000 / 10, board->dla_cores, less);
}

hax_status hax_platform_jetson(hax_platform_builder *maker, const char *options, hax_error *err)
{
    wanted from;
    char model[256];
    const hax_jetson_board *board;
    hax_tensorrt_found found;
    HAX_TRY(read_options(options, &from, err));
    HAX_TRY(hax_platform_this_board(&board, model, sizeof model, err));
    HAX_TRY(hax_platform_ask_tensorrt(0, &found, err));
    if (found.why[0] != '\0')
        return hax_fail(err, HAX_UNAVAILABLE, "platform jetson on %s: %.500s", board->title,
                        found.why);
    add_units(maker, board, &found, &from);
    if (from.cores) {
        hwloc_topology_t topology;
        HAX_TRY(hax_topology_load(&topology, err));
        hax_status status = hax_platform_host(maker, topology, HOST_WHOLE, err);
        hwloc_topology_destroy(topology);
        HAX_TRY(status);
    }
    maker->platform->description = describe(maker, board, &found, &from);
    return HAX_OK;
}
