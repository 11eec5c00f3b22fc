/* Flags of trtexec against its versions, and the commands that build engines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/engine.h"
#include "trtexec.h"

/* ---- flags ---------------------------------------------------------------------------------- */

/* Versions around every edge; a letter for each: y knows the flag. */
static const int versions[] = { 70000, 70103, 70200,  80001,  80201,  80401, 80502,
                                80602, 90300, 100300, 101000, 101600, 110100 };

static const struct {
    const char *known; /* [versions] */
    const char *flags;
} table[] = {
    { "yyyyyyyyyyyyy",
      "--onnx --saveEngine --loadEngine --useDLACore --allowGPUFallback --inputIOFormats "
      "--outputIOFormats --iterations --duration --warmUp --avgRuns --percentile --useSpinWait "
      "--useCudaGraph --threads --exportTimes --exportProfile --dumpProfile --shapes --plugins "
      "--verbose" },
    { "yyyyyyyyyyyy.", "--fp16 --int8 --calib" },
    { "yyyyyyyy.....", "--deploy --model --output --batch --maxBatch" },
    { "yyyyyyyyy....", "--workspace --buildOnly --explicitBatch --minTiming --nvtxMode" },
    { ".yyyyyyyyyyy.", "--best" },
    { "..yyyyyyyyyyy", "--noDataTransfers --separateProfileRun --tacticSources --refit" },
    { "...yyyyyyyyyy", "--timingCacheFile" },
    { "....yyyyyyyy.", "--precisionConstraints" },
    { "....yyyyyyyyy", "--exportLayerInfo --dumpLayerInfo "
                       "--profilingVerbosity --directIO" },
    { ".....yyyyyyyy", "--memPoolSize" },
    { ".....yyyyyyy.", "--layerPrecisions --layerOutputTypes" },
    { ".......yyyyyy", "--skipInference --layerDeviceTypes --buildDLAStandalone "
                       "--builderOptimizationLevel --infStreams --maxAuxStreams" },
    { ".........yyy.", "--bf16" },
    { ".........yyyy", "--stronglyTyped --noCompilationCache --getPlanVersionOnly" },
    { "...........yy", "--adjustForDLA --reportCapabilityDLA --uint8AsymmetricQuantizationDLA" },
    { ".............", "--saveAllEngines --layerdevicetypes --Onnx -onnx onnx" },
};

static void every_flag_of_every_version(void **state)
{
    (void) state;
    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        for (const char *at = table[t].flags; *at; at += strspn(at, " ")) {
            char flag[64];
            int length = (int) strcspn(at, " ");
            snprintf(flag, sizeof flag, "%.*s", length, at);
            at += length;
            for (size_t v = 0; v < sizeof versions / sizeof *versions; v++)
                if (hax_trtexec_knows(flag, versions[v]) != (table[t].known[v] == 'y'))
                    fail_msg("%s in %d", flag, versions[v]);
        }
    }
}

/* ---- engines -------------------------------------------------------------------------------- */

typedef struct fixture {
    hax_model *model;
    hax_engine_source source;
} fixture;

static fixture open_network(const char *name, const char *path, const char *board,
                            const char *tensorrt)
{
    hax_error err = { 0 };
    fixture result = { .source = { .path = path } };
    if (hax_model_load(name, NULL, &result.model, &err) != HAX_OK ||
        hax_jetson_target_make(board, tensorrt, &result.source.target, &err) != HAX_OK)
        fail_msg("%s", err.message);
    result.source.model = result.model;
    return result;
}

static char *script_of(const fixture *fixture, const hax_engine *engine)
{
    char *script = NULL;
    hax_error err = { 0 };
    if (hax_engine_script(&fixture->source, engine, "e.plan", NULL, &script, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return script;
}

static void expect_in(const char *script, const char *part)
{
    if (!strstr(script, part))
        fail_msg("'%s' is not in:\n%s", part, script);
}

/* No word that begins like a flag is unknown to the version. */
static void expect_known_flags(const char *script, int tensorrt)
{
    const char *line = strstr(script, "\ntrtexec ");
    assert_non_null(line);
    for (const char *at = strstr(line, " --"); at; at = strstr(at + 1, " --")) {
        char flag[64];
        snprintf(flag, sizeof flag, "%.*s", (int) strcspn(at + 1, "= \n"), at + 1);
        if (!hax_trtexec_knows(flag, tensorrt))
            fail_msg("%s in %d", flag, tensorrt);
    }
}

static void lines_for_8_6_and_later(void **state)
{
    (void) state;
    static const struct {
        const char *path, *board, *tensorrt;
    } cases[] = { { "a.prototxt", "orin-agx", "8.6.2" },
                  { "a.onnx", "orin-agx", "8.6.2" },
                  { "a.onnx", "orin-agx", "10.3.0" } };
    const hax_engine engine = { .transition = 4, .mark = -1 };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        fixture of = open_network("alexnet", cases[c].path, cases[c].board, cases[c].tensorrt);
        char *script = script_of(&of, &engine);
        assert_false(hax_engine_needs_python(&of.source, &engine));
        expect_known_flags(script, of.source.target.tensorrt);
        expect_in(script, "norm1:GPU,pool1:GPU,conv2:DLA,relu2:DLA");
        expect_in(script, ",drop7:DLA,fc8:DLA,prob:DLA");
        expect_in(script, " --fp16 ");
        expect_in(script, " --useDLACore=0 --allowGPUFallback ");
        expect_in(script, " --skipInference >e.plan.log 2>&1\n");
        expect_in(script, strstr(cases[c].path, "onnx") ? "--onnx=a.onnx"
                                                        : "--deploy=a.prototxt --output=prob");
        free(script);
        hax_model_destroy(of.model);
    }
}

static void a_mark(void **state)
{
    (void) state;
    const hax_engine engine = { .transition = -1, .mark = 3 };
    fixture caffe = open_network("alexnet", "a.prototxt", "orin-agx", "8.6.2");
    fixture onnx = open_network("alexnet", "a.onnx", "orin-agx", "10.3.0");
    char *script = script_of(&caffe, &engine);
    expect_in(script, "--output=prob,pool1 ");
    free(script);
    /* no trtexec marks a tensor inside an ONNX model */
    assert_true(hax_engine_needs_python(&onnx.source, &engine));
    script = script_of(&onnx, &engine);
    expect_in(script, "python3 - --start gpu --mark pool1 --output e.plan");
    free(script);
    hax_model_destroy(caffe.model);
    hax_model_destroy(onnx.model);
}

static void python_before_8_6(void **state)
{
    (void) state;
    static const char *const named[] = { "7.1.3", "8.0.1", "8.2.1", "8.5.2" };
    const hax_engine engine = { .starts_on_dla = true, .transition = 15, .mark = -1 };
    for (size_t v = 0; v < sizeof named / sizeof *named; v++) {
        char version[64];
        fixture of = open_network("alexnet", "a.prototxt", "xavier-agx", named[v]);
        char *script = script_of(&of, &engine);
        snprintf(version, sizeof version, "VERSION = (%c, %c)\n", named[v][0], named[v][2]);
        expect_in(script, "python3 - --start dla --transition 15 --output e.plan >e.plan.log");
        expect_in(script, version);
        expect_in(script, "CAFFE = True\n");
        expect_in(script, "    (14, \"pool5\"),\n    (15, \"fc6\"),\n");
        assert_null(strstr(script, "trtexec"));
        free(script);
        hax_model_destroy(of.model);
    }
}

static void int8_needs_its_cache(void **state)
{
    (void) state;
    char *script = NULL;
    hax_error err = { 0 };
    const hax_engine engine = { .transition = 4, .mark = -1 };
    fixture of = open_network("alexnet", "a.onnx", "orin-agx", "8.6.2");
    of.source.target.precision = HAX_JETSON_INT8;
    assert_int_equal(hax_engine_script(&of.source, &engine, "e", NULL, &script, &err),
                     HAX_BAD_INPUT);
    expect_in(err.message, "--calibration-cache");
    of.source.calibration = "a b.cache";
    script = script_of(&of, &engine);
    expect_in(script, " --fp16 --int8 --calib='a b.cache' ");
    expect_known_flags(script, 80602);
    free(script);
    hax_model_destroy(of.model);
}

static void what_cannot_be(void **state)
{
    (void) state;
    char *script = NULL;
    hax_error err = { 0 };
    fixture xavier = open_network("alexnet", "a.prototxt", "xavier-agx", "8.5.2");
    hax_engine engine = { .transition = 4, .mark = -1 };
    assert_int_equal(hax_engine_script(&xavier.source, &engine, "e", NULL, &script, &err),
                     HAX_BAD_INPUT);
    expect_in(err.message, "prob (layer 20): Softmax is on the DLA of Orin only");
    engine.gpu_fallback = true;
    script = script_of(&xavier, &engine);
    expect_in(script, "NOT_ON_DLA = {\n    \"prob\": ");
    free(script);
    engine.transition = 21;
    assert_int_equal(hax_engine_script(&xavier.source, &engine, "e", NULL, &script, &err),
                     HAX_USAGE);
    expect_in(err.message, "layers 0 to 20");
    fixture late = open_network("alexnet", "a.prototxt", "orin-agx", "10.3.0");
    engine.transition = 4;
    assert_int_equal(hax_engine_script(&late.source, &engine, "e", NULL, &script, &err),
                     HAX_BAD_INPUT);
    expect_in(err.message, "no Caffe parser");
    hax_model_destroy(xavier.model);
    hax_model_destroy(late.model);
}

static void places_and_pieces(void **state)
{
    (void) state;
    bool on_dla[21];
    hax_engine_place place = { .on_dla = on_dla };
    const hax_engine whole = {
        .starts_on_dla = true, .transition = -1, .mark = -1, .gpu_fallback = true
    };
    fixture of = open_network("alexnet", "a.prototxt", "xavier-agx", "8.5.2");
    assert_int_equal(hax_engine_layers(&of.source, &whole, &place, NULL), HAX_OK);
    assert_int_equal(place.dla_layers, 20);
    assert_int_equal(place.pieces, 1);
    assert_int_equal(place.fallback, 1);
    assert_true(on_dla[0] && on_dla[19] && !on_dla[20]);
    hax_model_destroy(of.model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flag_of_every_version),
        cmocka_unit_test(lines_for_8_6_and_later),
        cmocka_unit_test(a_mark),
        cmocka_unit_test(python_before_8_6),
        cmocka_unit_test(int8_needs_its_cache),
        cmocka_unit_test(what_cannot_be),
        cmocka_unit_test(places_and_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
