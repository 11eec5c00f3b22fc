/* What profiles are made of, and of what they are made, without memory. */
#include "fixture.h"

#include "costs.h"
#include "each_allocation.h"
#include "file.h"
#include "haxconn/contention.h"
#include "haxconn/import.h"

enum { IMPORTS_MAX = 16 };

typedef struct profile_inputs {
    lab lab;
    folder folder;
    hax_profile_config stored;      /* with a store that holds the samples */
    const hax_profile *one, *other; /* of `chain`, of `second` */
    const hax_platform *synthetic;  /* units that slow each other down, two of them of one kind */
    hax_profile_config pressed;
    const hax_profile *with_demands;
    char *with_demands_text;
    const hax_platform *board; /* with a data sheet */
    hax_profile_config on_board;
    const hax_platform *two_units; /* of what was imported */
    hax_profile_network tiny;
    hax_model *tiny_model;
    const hax_grouping *tiny_grouping;
    int import_count; /* files, matches, the fitted series */
    const hax_import *imports[IMPORTS_MAX];
    const hax_profile *imported;
    const hax_pressure_table *table;
    char *text, *imported_text;
} profile_inputs;

#define CALL(name, type, destroy, ...) \
    HAX_ALLOCATION_CALL(name, profile_inputs, type, destroy, __VA_ARGS__)

CALL(measure, const hax_profile, hax_profile_destroy,
     hax_profile_measure(&inputs->lab.config, &result, err))
CALL(measure_stored, const hax_profile, hax_profile_destroy,
     hax_profile_measure(&inputs->stored, &result, err))
CALL(measure_demands, const hax_profile, hax_profile_destroy,
     hax_profile_measure(&inputs->pressed, &result, err))
CALL(write_demands, char, free, hax_profile_text(inputs->with_demands, &result, err))
CALL(parse_demands, const hax_profile, hax_profile_destroy,
     hax_profile_parse(inputs->with_demands_text, strlen(inputs->with_demands_text), "p.json",
                       &result, err))
CALL(make_contended, const hax_problem, hax_problem_destroy,
     hax_profile_problem(inputs->with_demands, 2, (const int[]){ 0, 1 }, NULL, &result, err))
CALL(estimate, const hax_profile, hax_profile_destroy,
     hax_profile_measure(&inputs->on_board, &result, err))
CALL(join, const hax_profile, hax_profile_destroy,
     hax_profile_join(inputs->one, inputs->other, &result, err))
CALL(write_document, char, free, hax_profile_text(inputs->one, &result, err))
CALL(parse, const hax_profile, hax_profile_destroy,
     hax_profile_parse(inputs->text, strlen(inputs->text), "p.json", &result, err))
CALL(make_problem, const hax_problem, hax_problem_destroy,
     hax_profile_problem(inputs->one, 2, (const int[]){ 0, 0 }, NULL, &result, err))
CALL(from_imports, const hax_profile, hax_profile_destroy,
     hax_profile_from_imports(inputs->import_count, inputs->imports, &inputs->tiny,
                              inputs->two_units, &result, err))
CALL(with_pressure, const hax_profile, hax_profile_destroy,
     hax_profile_with_pressure(inputs->imported, "gpu", inputs->table, &result, err))
CALL(write_imported, char, free, hax_profile_text(inputs->imported, &result, err))
CALL(parse_imported, const hax_profile, hax_profile_destroy,
     hax_profile_parse(inputs->imported_text, strlen(inputs->imported_text), "p.json", &result,
                       err))

/* A store that has nothing yet; its file goes again. */
static hax_status measure_fresh(const void *context, bool *kept, hax_error *err)
{
    const profile_inputs *inputs = context;
    char path[160];
    hax_profile_config config = inputs->lab.config;
    const hax_profile *profile = (void *) &hax_untouched;
    snprintf(path, sizeof path, "%s/fresh.sqlite", inputs->folder.path);
    config.store_path = path;
    hax_status status = hax_profile_measure(&config, &profile, err);
    *kept = (const void *) profile == &hax_untouched;
    if (status == HAX_OK)
        hax_profile_destroy(profile);
    static const char *const ends[] = { "", "-wal", "-shm", "-journal", ".lock" };
    for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
        char file[200];
        snprintf(file, sizeof file, "%s%s", path, ends[e]);
        remove(file);
    }
    return status;
}

/* What a GPU's unit has beside neighbours. */
static hax_status set_neighbours(const void *context, bool *kept, hax_error *err)
{
    const profile_inputs *inputs = context;
    hax_owned_profile *profile = NULL;
    hax_network_profile *networks;
    const hax_platform *platform;
    *kept = true;
    HAX_TRY(hax_profile_copy_platform(inputs->synthetic, &platform, err));
    HAX_TRY(hax_profile_begin(platform, 0, &profile, &networks, err));
    hax_status status = hax_profile_set_neighbours(profile, 0, 2, 1.5, err);
    hax_profile_destroy(&profile->profile);
    return status;
}

static const hax_allocation_case cases[] = {
    { .name = "measure", .call = measure },
    { .name = "measure_fresh", .call = measure_fresh, .places_most = 60 },
    { .name = "measure_stored", .call = measure_stored, .places_most = 60 },
    { .name = "measure_demands", .call = measure_demands },
    { .name = "write_demands", .call = write_demands },
    { .name = "parse_demands", .call = parse_demands },
    { .name = "make_contended", .call = make_contended },
    { .name = "set_neighbours", .call = set_neighbours },
    { .name = "estimate", .call = estimate, .places_most = 60 },
    { .name = "join", .call = join },
    { .name = "write_document", .call = write_document },
    { .name = "parse", .call = parse },
    { .name = "make_problem", .call = make_problem },
    { .name = "from_imports", .call = from_imports },
    { .name = "with_pressure", .call = with_pressure },
    { .name = "write_imported", .call = write_imported },
    { .name = "parse_imported", .call = parse_imported },
};

#define MUST(call)                        \
    do {                                  \
        hax_error err_ = { 0 };           \
        hax_error *err = &err_;           \
        if ((call) != HAX_OK)             \
            fail_msg("%s", err->message); \
    } while (0)

static const char *input_path(const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/../cli/inputs/%s", HAX_TEST_FOLDER, name);
    return path;
}

static char *read_input(const char *name, size_t *length)
{
    char *text = NULL;
    MUST(hax_file_read(input_path(name), 1 << 20, &text, length, err));
    return text;
}

static void import_tiny(profile_inputs *inputs)
{
    static const char *const files[] = {
        "board/tiny-dla.log",
        "board/tiny-ncu.csv",
        "board/tiny-gpu.json",
        "board/tiny_gpu_transition_at_0.json",
        "board/tiny_gpu_transition_at_2.json",
        "board/tiny_gpu_transition_at_3.json",
        "board/tiny_gpu_transition_at_4.json",
    };
    enum { FILES = sizeof files / sizeof *files, MATCHED = 2 };
    size_t length;
    char *text;
    MUST(hax_platform_load(input_path("gpu-dla.json"), &inputs->two_units, err));
    MUST(hax_model_load(input_path("tiny.prototxt"), NULL, &inputs->tiny_model, err));
    MUST(hax_grouping_make(inputs->tiny_model, "2,3,4", &inputs->tiny_grouping, err));
    inputs->tiny = (hax_profile_network){ "tiny", inputs->tiny_model, inputs->tiny_grouping };
    for (int f = 0; f < FILES; f++) {
        text = read_input(files[f], &length);
        MUST(hax_import_parse("auto", text, length, files[f], NULL, &inputs->imports[f], err));
        free(text);
    }
    inputs->import_count = FILES;
    for (int f = MATCHED; f < FILES; f++)
        MUST(hax_import_match(inputs->imports[f], MATCHED, inputs->imports, inputs->tiny_model,
                              inputs->tiny_grouping, &inputs->imports[inputs->import_count++],
                              err));
    MUST(hax_import_fit(inputs->import_count, inputs->imports, inputs->tiny_model,
                        &inputs->imports[inputs->import_count], err));
    inputs->import_count++;
    MUST(hax_profile_from_imports(inputs->import_count, inputs->imports, &inputs->tiny,
                                  inputs->two_units, &inputs->imported, err));
    text = read_input("pressure.txt", &length);
    MUST(hax_pressure_table_parse(text, length, "pressure.txt", &inputs->table, err));
    free(text);
    MUST(hax_profile_text(inputs->imported, &inputs->imported_text, err));
}

static int set_up(void **state)
{
    static profile_inputs filled;
    profile_inputs *inputs = *state = &filled;
    inputs->folder = folder_make();
    lab_make(&inputs->lab);
    inputs->lab.config.rounds = 2;
    inputs->stored = inputs->lab.config;
    inputs->stored.store_path = inputs->folder.store;
    MUST(hax_profile_measure(&inputs->stored, &inputs->one, err));
    inputs->lab.config.networks = &inputs->lab.networks[1];
    MUST(hax_profile_measure(&inputs->lab.config, &inputs->other, err));
    inputs->lab.config.networks = inputs->lab.networks;
    MUST(hax_profile_text(inputs->one, &inputs->text, err));
    MUST(hax_platform_load("synthetic", &inputs->synthetic, err));
    inputs->pressed = inputs->lab.config;
    inputs->pressed.platform = inputs->synthetic;
    inputs->pressed.network_count = 2;
    inputs->pressed.contention = true;
    MUST(hax_profile_measure(&inputs->pressed, &inputs->with_demands, err));
    MUST(hax_profile_text(inputs->with_demands, &inputs->with_demands_text, err));
    MUST(hax_platform_load("xavier-agx", &inputs->board, err));
    inputs->on_board = inputs->lab.config;
    inputs->on_board.platform = inputs->board;
    import_tiny(inputs);
    return 0;
}

static int tear_down(void **state)
{
    profile_inputs *inputs = *state;
    free(inputs->text);
    free(inputs->imported_text);
    hax_pressure_table_destroy(inputs->table);
    hax_profile_destroy(inputs->imported);
    for (int f = 0; f < inputs->import_count; f++)
        hax_import_destroy(inputs->imports[f]);
    hax_grouping_destroy(inputs->tiny_grouping);
    hax_model_destroy(inputs->tiny_model);
    hax_platform_destroy(inputs->two_units);
    hax_platform_destroy(inputs->board);
    free(inputs->with_demands_text);
    hax_profile_destroy(inputs->with_demands);
    hax_platform_destroy(inputs->synthetic);
    hax_profile_destroy(inputs->other);
    hax_profile_destroy(inputs->one);
    lab_free(&inputs->lab);
    folder_free(&inputs->folder);
    return 0;
}

static void calls_without_memory_say_so(void **state)
{
    assert_int_equal(hax_each_allocation(sizeof cases / sizeof *cases, cases, *state), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_without_memory_say_so, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
