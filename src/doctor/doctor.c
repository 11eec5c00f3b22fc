#include "doctor.h"

#include <stdio.h>

#include "haxconn/version.h"
#include "installed.h"

static void say_board(hax_text *text)
{
    char model[256];
    hax_error why = { 0 };
    const hax_jetson_board *board;
    if (hax_platform_this_board(&board, model, sizeof model, &why) == HAX_OK)
        hax_text_say(text, "board        '%s', taken for %s (%s): %d DLA cores (%s)\n", model,
                     board->title, board->name, board->dla_cores, board->dla_source);
    else
        hax_text_say(text, "board        NOT KNOWN: %s\n", why.message);
}

static void say_gpu(const hax_tensorrt_found *found, hax_text *text)
{
    if (found->cuda > 0)
        hax_text_say(
            text,
            "CUDA         %d.%d by the driver; GPU '%s', compute capability %d.%d, %d SMs, "
            "%.1f GB, %s\n",
            found->cuda / 1000, found->cuda % 1000 / 10, found->gpu, found->capability / 10,
            found->capability % 10, found->sms, (double) found->bytes * 1e-9,
            found->integrated ? "shares the processor's memory" : "has its own memory");
    else
        hax_text_append(text, "CUDA         not found\n");
}

static void say_tensorrt(const hax_tensorrt_found *found, hax_text *text)
{
    if (found->version > 0)
        hax_text_say(text,
                     "TensorRT     %d.%d.%d; haxconn's part is compiled against %d.%d; it sees %d "
                     "DLA cores\n",
                     found->version / 10000, found->version / 100 % 100, found->version % 100,
                     found->headers / 10000, found->headers / 100 % 100, found->dla_cores);
    if (found->why[0] != '\0')
        hax_text_say(text, "TensorRT     MISSING: %s\n", found->why);
}

static hax_status say_libraries(hax_text *text, hax_error *err)
{
    hax_tensorrt_found found = { 0 };
    hax_error why = { 0 };
    hax_status status = hax_platform_ask_tensorrt(0, &found, &why);
    if (status == HAX_NO_MEMORY)
        return hax_fail_memory(err, "looking for TensorRT");
    if (status != HAX_OK)
        snprintf(found.why, sizeof found.why, "%.500s", why.message);
    say_gpu(&found, text);
    say_tensorrt(&found, text);
    return HAX_OK;
}

static hax_status try_units(const hax_watch *watch, hax_text *text, int *working, int *units,
                            hax_error *err)
{
    const hax_platform *platform;
    hax_error why = { 0 };
    hax_status status = hax_platform_load("jetson", &platform, &why);
    if (status == HAX_NO_MEMORY)
        return hax_fail_memory(err, "a platform");
    if (status != HAX_OK) {
        hax_text_say(text, "units        NONE: %s\n", why.message);
        return HAX_OK;
    }
    for (int u = 0; u < platform->unit_count && status == HAX_OK; u++) {
        bool works = false;
        status = hax_doctor_try(platform, u, watch, text, &works, err);
        *working += works;
        ++*units;
    }
    hax_platform_destroy(platform);
    return status;
}

static void sum_up(hax_text *text, int working, int units)
{
    if (units == 0)
        hax_text_append(text, "in short     no unit could be tried\n");
    else if (working == units)
        hax_text_printf(text, "in short     all %d units work\n", units);
    else
        hax_text_printf(text, "in short     %d of %d units work\n", working, units);
}

hax_status hax_doctor_board_text(const hax_watch *watch, char **text, int *working, int *units,
                                 hax_error *err)
{
    const hax_build_tree *tree = &hax_program_build_tree;
    hax_text report = { 0 };
    int works = 0, tried = 0;
    hax_text_say(&report, "haxconn      %s\n", HAX_VERSION);
    say_board(&report);
    hax_doctor_facts(tree && tree->system_root ? tree->system_root : "", &report);
    hax_status status = say_libraries(&report, err);
    if (status == HAX_OK)
        status = try_units(watch, &report, &works, &tried, err);
    sum_up(&report, works, tried);
    if (status == HAX_OK)
        status = hax_text_give(&report, text, "a report of a board", err);
    hax_text_free(&report);
    if (status == HAX_OK) {
        *working = works;
        *units = tried;
    }
    return status;
}
