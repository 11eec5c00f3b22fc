/* haxconn build */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "jetson.h"
#include "message.h"
#include "output.h"

typedef struct build_settings {
    cli_target target;
    const char *onnx, *prototxt, *weights, *calibration;
    cli_list shapes;
    int start;
    int transition, mark;
    bool gpu_fallback;
    const char *output;
    const char *script;
    bool execute;
    const char *trtexec;
} build_settings;

static const build_settings defaults = {
    .target = CLI_TARGET_DEFAULTS, .transition = -1, .mark = -1, .output = "engine.plan"
};

static const char *const units[] = { "gpu", "dla", NULL };

static const cli_option options[] = {
    { "onnx", 0, CLI_TEXT, offsetof(build_settings, onnx), "FILE", "the network, ONNX", 0, 0,
      NULL },
    { "prototxt", 0, CLI_TEXT, offsetof(build_settings, prototxt), "FILE",
      "the network, Caffe (TensorRT up to 8.6)", 0, 0, NULL },
    { "weights", 0, CLI_TEXT, offsetof(build_settings, weights), "FILE",
      "of a prototxt: its caffemodel (default: TensorRT draws some)", 0, 0, NULL },
    CLI_SHAPE(build_settings),
    { "start", 0, CLI_CHOICE, offsetof(build_settings, start), "U",
      "the unit that the network starts on", 0, 0, units },
    { "transition", 0, CLI_WHOLE, offsetof(build_settings, transition), "N",
      "the first layer on the other unit, -1: none (default)", -1, 1e6, NULL },
    { "mark", 0, CLI_WHOLE, offsetof(build_settings, mark), "N",
      "a layer whose output the engine gives as well, -1: none (default)", -1, 1e6, NULL },
    { "gpu-fallback", 0, CLI_FLAG, offsetof(build_settings, gpu_fallback), NULL,
      "layers that the DLA cannot run stay on the GPU; else they are refused", 0, 0, NULL },
    { "output", 0, CLI_TEXT, offsetof(build_settings, output), "E",
      "the engine (default engine.plan)", 0, 0, NULL },
    CLI_TARGET(build_settings),
    { "calibration-cache", 0, CLI_TEXT, offsetof(build_settings, calibration), "FILE",
      "ranges of the tensors, for INT8", 0, 0, NULL },
    { "output-script", 0, CLI_FILE, offsetof(build_settings, script), "FILE",
      "write the commands there instead of printing them", 0, 0, NULL },
    { "execute", 0, CLI_FLAG, offsetof(build_settings, execute), NULL,
      "build the engine here, and check where its layers run", 0, 0, NULL },
    { "trtexec", 0, CLI_TEXT, offsetof(build_settings, trtexec), "PATH",
      "the program (default: that of PATH)", 0, 0, NULL },
    { .name = NULL },
};

/* ---- building here --------------------------------------------------------------------------- */

/* The last line of a log that says what went wrong. */
static void last_error(const char *text, char *line, size_t size)
{
    static const char *const marks[] = { "[E]", "haxconn: ", "Error", "error", NULL };
    line[0] = '\0';
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "\n");
        char copy[512];
        snprintf(copy, sizeof copy, "%.*s", (int) (length < 500 ? length : 500), at);
        for (const char *const *mark = marks; *mark; mark++)
            if (strstr(copy, *mark))
                snprintf(line, size, "%s", copy);
        at += length + (at[length] == '\n');
    }
}

static hax_status say_failure(const char *log, const hax_error *why, hax_error *err)
{
    char *text = NULL, line[512] = "";
    size_t length = 0;
    if (hax_document_read(log, &text, &length, NULL) == HAX_OK)
        last_error(text, line, sizeof line);
    free(text);
    return cli_fail(err, why->status, "the engine was not built: %s%s%s; the whole log is in %s",
                    why->message, line[0] ? "; " : "", line, log);
}

static hax_status check_end(const hax_import *import, bool python, hax_error *err)
{
    const hax_import_section *run = hax_import_find(import, "run", 0);
    const char *end = run ? hax_import_fact_text(run, "end") : NULL;
    if (python || (end && strcmp(end, "passed") == 0))
        return HAX_OK;
    return cli_fail(err, HAX_MISMATCH,
                    "%s: trtexec's last line is not '&&&& PASSED': it did not end as it should",
                    import->file);
}

static hax_status check_log(const hax_engine_source *source, const hax_engine *engine,
                            const char *log, hax_error *err)
{
    const hax_import *import = NULL;
    char *text = NULL;
    size_t length = 0;
    int checked = 0;
    hax_engine_place place = {
        .on_dla = calloc((size_t) hax_model_compute_layer_count(source->model) + 1, sizeof(bool))
    };
    hax_status status = place.on_dla ? hax_engine_layers(source, engine, &place, err)
                                     : cli_fail(err, HAX_NO_MEMORY, "out of memory for the layers");
    if (status == HAX_OK)
        status = hax_document_read(log, &text, &length, err);
    if (status == HAX_OK)
        status = hax_import_parse("trtexec-log", text, length, log, NULL, &import, err);
    if (status == HAX_OK)
        status = check_end(import, hax_engine_needs_python(source, engine), err);
    if (status == HAX_OK)
        status = hax_import_check_placement(import, source->model, place.on_dla, &checked, err);
    if (status == HAX_OK)
        printf("%d layers run where they should, %d of them on the DLA\n", checked,
               place.dla_layers);
    hax_import_destroy(import);
    free(text);
    free(place.on_dla);
    return status;
}

static hax_status execute(const hax_engine_source *source, const hax_engine *engine,
                          const build_settings *set, const char *script, hax_error *err)
{
    char file[4096], log[4096];
    int code = 0;
    hax_error why = { 0 };
    snprintf(file, sizeof file, "%.4000s.sh", set->output);
    snprintf(log, sizeof log, "%.4000s.log", set->output);
    const char *path = set->script ? set->script : file;
    hax_status status = cli_write_script(path, script, err);
    if (status != HAX_OK)
        return status;
    const char *const words[] = { "sh", path, NULL };
    status = cli_run_child(words, &code, &why);
    if (status != HAX_OK)
        return say_failure(log, &why, err);
    status = check_log(source, engine, log, err);
    if (status == HAX_OK) {
        char output[4096], visible_log[4096];
        hax_report_visible(set->output, output, sizeof output);
        hax_report_visible(log, visible_log, sizeof visible_log);
        printf("wrote %s, log %s\n", output, visible_log);
    }
    return status;
}

/* ---- the command ----------------------------------------------------------------------------- */

static void warn_of_cut(const hax_model *model, int transition)
{
    char text[512];
    const char *reason = NULL;
    if (transition < 1 || hax_model_cut_legal(model, transition, &reason))
        return;
    snprintf(text, sizeof text,
             "no cut of one tensor is before layer %d (%.300s): more is converted there than a "
             "profile knows of; 'haxconn model show' lists the cuts",
             transition, reason);
    cli_print_warning(text);
}

static hax_status write(const hax_engine_source *source, const build_settings *set, hax_error *err)
{
    char *script = NULL;
    const hax_engine engine = { .starts_on_dla = set->start == 1,
                                .transition = set->transition,
                                .mark = set->mark,
                                .gpu_fallback = set->gpu_fallback };
    const char *trtexec = set->execute ? cli_trtexec(set->trtexec) : set->trtexec;
    if (set->execute && !hax_engine_needs_python(source, &engine) && !cli_find_program(trtexec))
        return cli_fail(err, HAX_UNAVAILABLE,
                        "no trtexec here (looked in PATH and for %s): run this on the board, say "
                        "where it is (--trtexec), or leave out --execute to get the commands",
                        trtexec);
    hax_status status = hax_engine_script(source, &engine, set->output, trtexec, &script, err);
    if (status == HAX_OK)
        warn_of_cut(source->model, set->transition);
    if (status == HAX_OK && set->execute)
        status = execute(source, &engine, set, script, err);
    else if (status == HAX_OK && set->script)
        status = cli_write_script(set->script, script, err);
    else if (status == HAX_OK)
        fputs(script, stdout);
    free(script);
    return status;
}

static hax_status build(const cli_call *call, hax_error *err)
{
    const build_settings *set = call->settings;
    hax_model *model = NULL;
    hax_engine_source source = { .weights = set->weights,
                                 .calibration = set->calibration,
                                 .shape_count = set->shapes.count,
                                 .shapes = set->shapes.items };
    hax_model_options how = hax_model_options_default();
    how.shape_count = set->shapes.count;
    how.shapes = set->shapes.items;
    const char *named = call->operand_count > 0 ? call->operands[0] : NULL;
    const char *network = named ? named : set->onnx ? set->onnx : set->prototxt;
    char file[4096];
    if (!network || (named != NULL) + (set->onnx != NULL) + (set->prototxt != NULL) > 1)
        return cli_fail(err, HAX_USAGE,
                        "build: expected one network: its name, --onnx FILE or --prototxt FILE");
    hax_status status = cli_target_make(&set->target, &source.target, err);
    if (status == HAX_OK)
        status = hax_model_load(network, &how, &model, err);
    if (status == HAX_OK) {
        source.model = model;
        snprintf(file, sizeof file, "%.4000s.prototxt", network);
        source.path = hax_model_file(model) ? network : file;
        status = write(&source, set, err);
    }
    hax_model_destroy(model);
    return status;
}

const cli_command cli_build = {
    .name = "build",
    .operands = "[NET|FILE]",
    .summary = "Commands that build a TensorRT engine with a part on the GPU, a part on a DLA",
    .text = "Layers before --transition run on --start, the others on the other unit; numbers are\n"
            "those of 'haxconn model show'. A built-in NET stands for the file NET.prototxt\n"
            "('haxconn model prototxt NET' prints it).\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 0,
    .operand_max = 1,
    .run = build,
};
