/* Hand-made platforms and a small network for the tests of sessions. */
#ifndef TESTS_EXEC_FIXTURE_H
#define TESTS_EXEC_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <string.h>

#include "session.h"

static const char chain_text[] =
    "name: \"chain\" input: \"data\" input_dim: 1 input_dim: 4 input_dim: 8 input_dim: 8\n"
    "layer { name: \"a\" type: \"Convolution\" bottom: \"data\" top: \"a\"\n"
    "  convolution_param { num_output: 8 kernel_size: 1 } }\n"
    "layer { name: \"b\" type: \"Pooling\" bottom: \"a\" top: \"b\"\n"
    "  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }\n"
    "layer { name: \"c\" type: \"Convolution\" bottom: \"b\" top: \"c\"\n"
    "  convolution_param { num_output: 4 kernel_size: 1 } }\n";

typedef struct chain {
    hax_model *model;
    const hax_grouping *grouping; /* three groups: 0, 1, 2 */
} chain;

static inline chain chain_make(void)
{
    chain result;
    hax_error err;
    assert_int_equal(hax_model_parse_prototxt(chain_text, strlen(chain_text), "chain.prototxt",
                                              NULL, &result.model, &err),
                     HAX_OK);
    assert_int_equal(hax_grouping_make(result.model, "1,2", &result.grouping, &err), HAX_OK);
    assert_int_equal(result.grouping->count, 3);
    return result;
}

static inline void chain_free(chain *chain)
{
    hax_grouping_destroy(chain->grouping);
    hax_model_destroy(chain->model);
}

/* Two units and one over the resources of both. */
typedef struct trio {
    hax_platform platform;
    hax_kind kinds[2];
    hax_unit units[3];
    int cpus[2];
} trio;

static const char *const trio_resources[] = { "r0", "r1" };

static inline void trio_make(trio *trio, const char *driver, const int *cpus)
{
    memset(trio, 0, sizeof *trio);
    for (int c = 0; c < 2; c++)
        trio->cpus[c] = cpus[c];
    for (int k = 0; k < 2; k++)
        trio->kinds[k] = (hax_kind){
            .name = k ? "second" : "first", .driver = driver, .isa = "", .precision = "f32"
        };
    trio->units[0] = (hax_unit){ .name = "u0", .kind = 0, .resources = 1, .cpu_count = 1 };
    trio->units[1] = (hax_unit){ .name = "u1", .kind = 1, .resources = 2, .cpu_count = 1 };
    trio->units[2] = (hax_unit){ .name = "both", .kind = 0, .resources = 3, .cpu_count = 2 };
    for (int u = 0; u < 3; u++) {
        trio->units[u].threads = 1;
        trio->units[u].class_id = u;
        trio->units[u].cpus = u == 1 ? &trio->cpus[1] : &trio->cpus[0];
        trio->units[u].why = "a test";
    }
    trio->platform = (hax_platform){
        .name = "trio",
        .description = "a test",
        .simulated = strcmp(driver, "synthetic") == 0,
        .resource_count = 2,
        .resources = trio_resources,
        .kind_count = 2,
        .kinds = trio->kinds,
        .unit_count = 3,
        .units = trio->units,
        .fingerprint = { "cpu", 2, "kernel", "none", "unknown", 1 },
    };
}

#endif
