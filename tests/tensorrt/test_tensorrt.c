/*
 * The TensorRT driver in a session, against the stand-ins (standin_tensorrt.c): engines are built
 * once, run where the plan says and as often, compute what the portable unit computes, and what
 * TensorRT refuses, dies or hangs of is told.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "file.h"
#include "haxconn/progress.h"
#include "session.h"

enum { GPU, DLA0, DLA1, CORE };

static const char network[] =
    "name: \"small\" input: \"data\" input_dim: 1 input_dim: 3 input_dim: 16 input_dim: 16\n"
    "layer { name: \"conv1\" type: \"Convolution\" bottom: \"data\" top: \"c1\"\n"
    "  convolution_param { num_output: 20 kernel_size: 3 pad: 1 } }\n"
    "layer { name: \"relu1\" type: \"ReLU\" bottom: \"c1\" top: \"c1\" }\n"
    "layer { name: \"pool1\" type: \"Pooling\" bottom: \"c1\" top: \"p1\"\n"
    "  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }\n"
    "layer { name: \"conv2\" type: \"Convolution\" bottom: \"p1\" top: \"c2\"\n"
    "  convolution_param { num_output: 8 kernel_size: 3 pad: 1 } }\n"
    "layer { name: \"drop2\" type: \"Dropout\" bottom: \"c2\" top: \"d2\" }\n"
    "layer { name: \"fc\" type: \"InnerProduct\" bottom: \"d2\" top: \"fc\"\n"
    "  inner_product_param { num_output: 10 } }\n"
    "layer { name: \"prob\" type: \"Softmax\" bottom: \"fc\" top: \"prob\" }\n";

/* conv1 to pool1, conv2 and what is dropped, fc, prob. */
static const char cuts[] = "3,4,5";
enum { GROUPS = 4 };

static const char board[] =
    "{\"schema\": \"haxconn/platform\", \"version\": 1, \"name\": \"board\",\n"
    " \"resources\": [\"gpu\", \"dla0\", \"dla1\", \"core\"],\n"
    " \"kinds\": [{\"name\": \"trt\", \"driver\": \"tensorrt\", \"isa\": \"%s\",\n"
    "             \"precision\": \"%s\"}, {\"name\": \"cpu\", \"driver\": \"portable\"}],\n"
    " \"units\": [{\"name\": \"gpu\", \"kind\": \"trt\", \"uses\": [\"gpu\"]},\n"
    "  {\"name\": \"dla0\", \"kind\": \"trt\", \"uses\": [\"dla0\"], \"dla\": 1},\n"
    "  {\"name\": \"dla1\", \"kind\": \"trt\", \"uses\": [\"dla1\"], \"dla\": %d},\n"
    "  {\"name\": \"core\", \"kind\": \"cpu\", \"uses\": [\"core\"]}],\n"
    " \"fingerprint\": {\"cpu\": \"test\", \"kernel\": \"\", \"libraries\": \"\", \"clocks\": "
    "\"\"}}";

typedef struct rig {
    char folder[64], log[96];
    const hax_platform *platform;
    hax_model *model;
    const hax_grouping *grouping;
    hax_session_instance instances[8];
    hax_watch watch;
    hax_session *session;
} rig;

static void tell(const char *order)
{
    if (order)
        setenv("HAX_STANDIN", order, 1);
    else
        unsetenv("HAX_STANDIN");
}

static void make_rig(rig *rig, const char *isa, const char *precision, int second_core)
{
    char text[2048];
    hax_error err = { 0 };
    hax_model_options options = hax_model_options_default();
    memset(rig, 0, sizeof *rig);
    snprintf(rig->folder, sizeof rig->folder, "/tmp/haxconn-test-XXXXXX");
    assert_non_null(mkdtemp(rig->folder));
    snprintf(rig->log, sizeof rig->log, "%s/log", rig->folder);
    setenv("XDG_CACHE_HOME", rig->folder, 1);
    setenv("HAX_STANDIN_FOLDER", rig->folder, 1);
    setenv("HAX_STANDIN_LOG", rig->log, 1);
    tell(NULL);
    snprintf(text, sizeof text, board, isa, precision, second_core);
    if (hax_platform_parse(text, strlen(text), "board.json", &rig->platform, &err) != HAX_OK ||
        hax_model_parse_prototxt(network, strlen(network), "small.prototxt", &options, &rig->model,
                                 &err) != HAX_OK ||
        hax_grouping_make(rig->model, cuts, &rig->grouping, &err) != HAX_OK)
        fail_msg("%s", err.message);
    assert_int_equal(rig->grouping->count, GROUPS);
    rig->watch = hax_watch_default();
    rig->watch.hang_s = 100; /* however busy the machine is */
}

static hax_status open_rig(rig *rig, int instances, hax_error *err)
{
    for (int i = 0; i < instances; i++)
        rig->instances[i] = (hax_session_instance){ "small", rig->model, rig->grouping };
    const hax_session_config config = { .platform = rig->platform,
                                        .instance_count = instances,
                                        .instances = rig->instances,
                                        .watch = &rig->watch };
    return hax_session_open(&config, &rig->session, err);
}

static void free_rig(rig *rig)
{
    char command[128];
    hax_session_close(rig->session);
    hax_grouping_destroy(rig->grouping);
    hax_model_destroy(rig->model);
    hax_platform_destroy(rig->platform);
    snprintf(command, sizeof command, "rm -rf %s", rig->folder);
    assert_int_equal(system(command), 0);
}

/* Lines of the stand-in's log that begin so. */
static int lines(const rig *rig, const char *start)
{
    char line[512];
    int count = 0;
    FILE *file = fopen(rig->log, "re");
    while (file && fgets(line, sizeof line, file))
        count += strncmp(line, start, strlen(start)) == 0;
    if (file)
        fclose(file);
    return count;
}

static void run_on(rig *rig, const int *units, hax_error *err)
{
    hax_plan_job jobs[3 * GROUPS];
    hax_stamp stamps[3 * GROUPS];
    int count = 0;
    for (int g = 0; g < GROUPS; g++) {
        if (g > 0 && (units[g] == CORE) != (units[g - 1] == CORE)) {
            jobs[count++] = (hax_plan_job){ .unit = units[g - 1],
                                            .group = g - 1,
                                            .after = -1,
                                            .part = HAX_PART_OUT,
                                            .to_unit = units[g] };
            jobs[count++] = (hax_plan_job){ .unit = units[g],
                                            .group = g,
                                            .after = -1,
                                            .part = HAX_PART_IN,
                                            .from_unit = units[g - 1] };
        }
        jobs[count++] =
            (hax_plan_job){ .unit = units[g], .group = g, .part = HAX_PART_RUN, .after = -1 };
    }
    const hax_plan plan = { count, jobs, false };
    if (hax_session_execute(rig->session, &plan, stamps, err) != HAX_OK)
        fail_msg("%s", err->message);
}

static void same_outputs(rig *rig, int unit, const float *expected, double tolerance)
{
    const float *values;
    size_t count;
    hax_error err = { 0 };
    if (hax_session_output(rig->session, 0, unit, &values, &count, &err) != HAX_OK)
        fail_msg("%s", err.message);
    assert_int_equal(count, 10);
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double) values[i] - (double) expected[i]) <= tolerance))
            fail_msg("output %zu: %g, not %g", i, (double) values[i], (double) expected[i]);
}

static void reference(rig *rig, float *expected)
{
    static const int core[GROUPS] = { CORE, CORE, CORE, CORE };
    const float *values;
    size_t count;
    hax_error err = { 0 };
    run_on(rig, core, &err);
    assert_int_equal(hax_session_output(rig->session, 0, CORE, &values, &count, &err), HAX_OK);
    memcpy(expected, values, count * sizeof *values);
    assert_true(expected[0] != expected[1]); /* it computes something */
}

/* Each engine runs on the unit that the plan has for its group, as often as the plan does. */
static void test_runs_where_the_plan_says(void **state)
{
    static const int mixed[GROUPS] = { DLA0, GPU, DLA1, GPU };
    static const int out[GROUPS] = { CORE, DLA1, DLA1, CORE };
    rig rig;
    hax_error err = { 0 };
    float expected[10];
    (void) state;
    make_rig(&rig, "orin-agx,10.3", "f16", 2);
    if (open_rig(&rig, 1, &err) != HAX_OK)
        fail_msg("%s", err.message);
    reference(&rig, expected);
    run_on(&rig, mixed, &err);
    run_on(&rig, mixed, &err);
    same_outputs(&rig, GPU, expected, 2e-3); /* FP16 at each end of a piece */
    run_on(&rig, out, &err);
    same_outputs(&rig, CORE, expected, 2e-3);
    hax_session_close(rig.session);
    rig.session = NULL;
    assert_int_equal(lines(&rig, "built core"), 3 * GROUPS);
    assert_int_equal(lines(&rig, "core 0 ran from conv1 2 times"), 1);
    assert_int_equal(lines(&rig, "core -1 ran from conv2 2 times"), 1);
    assert_int_equal(lines(&rig, "core 1 ran from conv2 1 times"), 1);
    assert_int_equal(lines(&rig, "core 1 ran from fc"), 1);
    assert_int_equal(lines(&rig, "core -1 ran from prob 2 times"), 1);
    assert_int_equal(lines(&rig, "core 0 ran from conv2 0 times"), 1);
    free_rig(&rig);
}

/* Engines are kept: another session builds none, another precision all that it needs. */
static void test_builds_once(void **state)
{
    rig rig, other;
    hax_error err = { 0 };
    (void) state;
    make_rig(&rig, "orin-agx,10.3", "f16", 2);
    assert_int_equal(open_rig(&rig, 1, &err), HAX_OK);
    assert_int_equal(lines(&rig, "built core"), 3 * GROUPS);
    hax_session_close(rig.session);
    rig.session = NULL;
    assert_int_equal(open_rig(&rig, 1, &err), HAX_OK);
    assert_int_equal(lines(&rig, "built core"), 3 * GROUPS);
    make_rig(&other, "orin-agx,10.3", "f16", 2);
    assert_int_equal(open_rig(&other, 1, &err), HAX_OK); /* in a folder of its own */
    assert_int_equal(lines(&other, "built core"), 3 * GROUPS);
    free_rig(&other);
    free_rig(&rig);
}

/* What the DLA of Xavier does not run, Softmax, gets no engine there and a GPU's only. */
static void test_builds_what_runs(void **state)
{
    rig rig;
    hax_error err = { 0 };
    (void) state;
    make_rig(&rig, "xavier-agx,8.5", "f16", 2);
    if (open_rig(&rig, 1, &err) != HAX_OK)
        fail_msg("%s", err.message);
    assert_int_equal(lines(&rig, "built core"), 3 * GROUPS - 2);
    assert_int_equal(lines(&rig, "built core 0 from prob"), 0);
    assert_int_equal(lines(&rig, "built core -1 from prob"), 1);
    free_rig(&rig);
}

/* A status, and words of its message. */
static void refuses(const char *isa, const char *precision, int second_core, const char *order,
                    int instances, hax_status status, const char *const *words)
{
    rig rig;
    hax_error err = { 0 };
    make_rig(&rig, isa, precision, second_core);
    tell(order);
    hax_status got = open_rig(&rig, instances, &err);
    for (int w = 0; words[w]; w++)
        if (!strstr(err.message, words[w]))
            fail_msg("no '%s' in: %s", words[w], err.message);
    assert_int_equal(got, status);
    free_rig(&rig);
    tell(NULL);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_refused_layer(void **state)
{
    (void) state;
    refuses("orin-agx,10.3", "f16", 2, "refuse=conv2", 1, HAX_UNAVAILABLE,
            WORDS("TensorRT does not build small layers 3 to 3 ('conv2' to 'conv2') for dla0",
                  "the DLA does not take 'conv2'", "--cuts"));
}

static void test_crash(void **state)
{
    (void) state;
    refuses("orin-agx,10.3", "f16", 2, "crash=fc", 1, HAX_FAILURE,
            WORDS("small layers 4 to 4 ('fc' to 'fc') for dla0", "was killed by signal 6"));
}

static void test_hang(void **state)
{
    (void) state;
    refuses("orin-agx,10.3,build=1", "f16", 2, "hang=conv1", 1, HAX_FAILURE,
            WORDS("small layers 0 to 2 ('conv1' to 'pool1') for dla0",
                  "has not ended after 1 s and was stopped"));
}

static void test_missing(void **state)
{
    (void) state;
    refuses("orin-agx,10.3", "f16", 2, "absent=yes", 1, HAX_UNAVAILABLE,
            WORDS("kind 'trt' needs TensorRT", "no TensorRT is here", "install nvidia-jetpack"));
    refuses("orin-agx,10.3", "f16", 2, "cores=1", 1, HAX_UNAVAILABLE,
            WORDS("unit 'dla1' is DLA core 1, and TensorRT sees 1", "doctor"));
    refuses("orin-agx,10.3", "tf32", 2, NULL, 1, HAX_UNAVAILABLE,
            WORDS("unit 'dla0'", "computes in f16", "not in tf32"));
    refuses("orin-agx,10.3", "f64", 2, NULL, 1, HAX_UNAVAILABLE, WORDS("'f64' is not offered"));
    refuses("mars,10.3", "f16", 2, NULL, 1, HAX_BAD_INPUT, WORDS("no board 'mars'"));
    refuses("orin-agx,10.3,build=0", "f16", 2, NULL, 1, HAX_BAD_INPUT,
            WORDS("'0' is no number of seconds"));
}

/* Sixteen engines on a core: four groups of four instances, and no more. */
static void test_loadables(void **state)
{
    rig rig;
    hax_error err = { 0 };
    (void) state;
    make_rig(&rig, "orin-agx,10.3", "f16", 2);
    if (open_rig(&rig, 4, &err) != HAX_OK)
        fail_msg("%s", err.message);
    free_rig(&rig);
    refuses("orin-agx,10.3", "f16", 2, NULL, 5, HAX_UNAVAILABLE,
            WORDS("more than the 16 engines that a DLA core holds", "--grouping 8"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_where_the_plan_says),
        cmocka_unit_test(test_builds_once),
        cmocka_unit_test(test_builds_what_runs),
        cmocka_unit_test(test_refused_layer),
        cmocka_unit_test(test_crash),
        cmocka_unit_test(test_hang),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_loadables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
