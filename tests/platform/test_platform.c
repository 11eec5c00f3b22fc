/* Platforms: found on machines of every shape, written, read back, refused. */
#define _GNU_SOURCE
#include "driver/fixture.h"

#include <pthread.h>
#include <sys/stat.h>

#include "file.h"
#include "haxconn/limits.h"
#include "platforms.h"

static const hax_platform *open_platform(const char *name)
{
    const hax_platform *platform = NULL;
    hax_error err = { 0 };
    if (hax_platform_load(name, &platform, &err) != HAX_OK)
        fail_msg("%s: %s", name, err.message);
    return platform;
}

static const hax_unit *unit_called(const hax_platform *platform, const char *name)
{
    for (int u = 0; u < platform->unit_count; u++)
        if (strcmp(platform->units[u].name, name) == 0)
            return &platform->units[u];
    fail_msg("%s has no unit '%s'", platform->name, name);
    return NULL;
}

/* What must hold on any platform. */
static void check_sound(const hax_platform *platform)
{
    assert_in_range(platform->unit_count, 1, HAX_MAX_UNITS);
    assert_in_range(platform->resource_count, 1, HAX_MAX_RESOURCES);
    assert_string_not_equal(platform->description, "");
    for (int u = 0; u < platform->unit_count; u++) {
        const hax_unit *unit = &platform->units[u];
        assert_string_not_equal(unit->name, "");
        assert_string_not_equal(unit->why, "");
        assert_in_range(unit->kind, 0, platform->kind_count - 1);
        assert_true(unit->resources != 0);
        assert_true((uint64_t) unit->resources >> platform->resource_count == 0);
        assert_true(unit->threads >= 1);
        assert_true(platform->simulated || unit->cpu_count == unit->threads);
        assert_in_range(unit->class_id, 0, u);
    }
}

/* ---- machines ------------------------------------------------------------------------------ */

/* hwloc's description of a machine; `big` marks processors of a stronger kind of core, NULL
 * for none. */
static const hax_platform *host_in_form(const char *description, const char *big,
                                        const char *little, hax_host_form form)
{
    hwloc_topology_t topology;
    hax_platform_builder maker;
    const hax_platform *platform = NULL;
    hax_error err = { 0 };
    assert_int_equal(hwloc_topology_init(&topology), 0);
    assert_int_equal(hwloc_topology_set_synthetic(topology, description), 0);
    assert_int_equal(hwloc_topology_load(topology), 0);
    const char *sets[] = { little, big };
    for (int efficiency = 0; big && efficiency < 2; efficiency++) {
        hwloc_bitmap_t set = hwloc_bitmap_alloc();
        hwloc_bitmap_list_sscanf(set, sets[efficiency]);
        assert_int_equal(hwloc_cpukinds_register(topology, set, efficiency, 0, NULL, 0), 0);
        hwloc_bitmap_free(set);
    }
    assert_int_equal(hax_platform_builder_begin(&maker, "host", &err), HAX_OK);
    if (hax_platform_host(&maker, topology, form, &err) != HAX_OK ||
        hax_platform_builder_end(&maker, &platform, &err) != HAX_OK)
        fail_msg("%s: %s", description, err.message);
    hwloc_topology_destroy(topology);
    check_sound(platform);
    return platform;
}

static const hax_platform *host_of(const char *description, const char *big, const char *little)
{
    return host_in_form(description, big, little, HOST_WHOLE);
}

static void check_cpus(const hax_unit *unit, int count, const int *cpus)
{
    assert_int_equal(unit->cpu_count, count);
    assert_int_equal(unit->threads, count);
    for (int c = 0; c < count; c++)
        assert_int_equal(unit->cpus[c], cpus[c]);
}

static void two_cores_are_units_and_both(void **state)
{
    (void) state;
    const hax_platform *platform = host_of("core:2 pu:1", NULL, NULL);
    assert_int_equal(platform->unit_count, 3);
    assert_int_equal(platform->kind_count, 1);
    const hax_unit *first = unit_called(platform, "core0"),
                   *second = unit_called(platform, "core1");
    const hax_unit *both = unit_called(platform, "both");
    check_cpus(first, 1, (const int[]){ 0 });
    check_cpus(second, 1, (const int[]){ 1 });
    check_cpus(both, 2, (const int[]){ 0, 1 });
    assert_int_equal(first->class_id, second->class_id);
    assert_int_not_equal(first->class_id, both->class_id);
    assert_int_equal(first->resources & second->resources, 0);
    assert_int_equal(first->resources | second->resources, both->resources);
    hax_platform_destroy(platform);
}

/* The last core, or the last of the weakest kind, belongs to no unit. */
static void a_core_can_be_left_free(void **state)
{
    (void) state;
    const hax_platform *platform = host_in_form("core:3 pu:1", NULL, NULL, HOST_SPARE);
    assert_int_equal(platform->unit_count, 3);
    check_cpus(unit_called(platform, "core0"), 1, (const int[]){ 0 });
    check_cpus(unit_called(platform, "core1"), 1, (const int[]){ 1 });
    check_cpus(unit_called(platform, "both"), 2, (const int[]){ 0, 1 });
    assert_non_null(strstr(platform->description, "processor 2 is left free"));
    hax_platform_destroy(platform);

    platform = host_in_form("core:6 pu:1", "0-1", "2-5", HOST_SPARE);
    check_cpus(unit_called(platform, "big"), 2, (const int[]){ 0, 1 });
    check_cpus(unit_called(platform, "little"), 3, (const int[]){ 2, 3, 4 });
    hax_platform_destroy(platform);
}

static void two_cores_leave_none(void **state)
{
    (void) state;
    hwloc_topology_t topology;
    hax_platform_builder maker;
    hax_error err = { 0 };
    assert_int_equal(hwloc_topology_init(&topology), 0);
    assert_int_equal(hwloc_topology_set_synthetic(topology, "core:2 pu:1"), 0);
    assert_int_equal(hwloc_topology_load(topology), 0);
    assert_int_equal(hax_platform_builder_begin(&maker, "spare", &err), HAX_OK);
    assert_int_equal(hax_platform_host(&maker, topology, HOST_SPARE, &err), HAX_UNAVAILABLE);
    assert_non_null(strstr(err.message, "needs three cores"));
    hax_platform_builder_abandon(&maker);
    hwloc_topology_destroy(topology);
}

/* Of this machine: a processor that no unit uses, none where all are used. */
static void what_units_leave_free_is_found(void **state)
{
    (void) state;
    const hax_platform *platform = NULL;
    hax_error err = { 0 };
    int cpu = 0, none = 0;
    assert_int_equal(hax_platform_load("host", &platform, &err), HAX_OK);
    const int last = platform->unit_count - 1; /* all cores */
    assert_int_equal(hax_unit_spare_cpu(platform, &last, 1, &cpu, &err), HAX_OK);
    assert_int_equal(cpu, -1);
    assert_int_equal(hax_unit_spare_cpu(platform, &none, 0, &cpu, &err), HAX_OK);
    assert_int_equal(cpu, platform->units[last].cpus[platform->units[last].cpu_count - 1]);
    hax_platform_destroy(platform);
}

static void one_core_is_one_unit(void **state)
{
    (void) state;
    const hax_platform *platform = host_of("core:1 pu:2", NULL, NULL);
    assert_int_equal(platform->unit_count, 1);
    check_cpus(unit_called(platform, "core0"), 1, (const int[]){ 0 });
    hax_platform_destroy(platform);
}

/* Of every core one hyperthread. */
static void like_cores_are_split_in_halves(void **state)
{
    (void) state;
    const hax_platform *platform = host_of("package:2 core:3 pu:2", NULL, NULL);
    assert_int_equal(platform->unit_count, 3);
    check_cpus(unit_called(platform, "cores0-2"), 3, (const int[]){ 0, 2, 4 });
    check_cpus(unit_called(platform, "cores3-5"), 3, (const int[]){ 6, 8, 10 });
    check_cpus(unit_called(platform, "all"), 6, (const int[]){ 0, 2, 4, 6, 8, 10 });
    hax_platform_destroy(platform);

    platform = host_of("core:5 pu:1", NULL, NULL);
    check_cpus(unit_called(platform, "cores0-1"), 2, (const int[]){ 0, 1 });
    check_cpus(unit_called(platform, "cores2-4"), 3, (const int[]){ 2, 3, 4 });
    assert_int_not_equal(unit_called(platform, "cores0-1")->class_id,
                         unit_called(platform, "cores2-4")->class_id);
    hax_platform_destroy(platform);
}

/* No unit has a part of a cluster that shares a cache. */
static void like_cores_are_split_between_caches(void **state)
{
    (void) state;
    const hax_platform *platform = host_of("l3:3 l2:4 core:1 pu:1", NULL, NULL); /* an AGX Orin */
    assert_int_equal(platform->unit_count, 4);
    assert_int_equal(platform->kind_count, 1);
    check_cpus(unit_called(platform, "cores0-3"), 4, (const int[]){ 0, 1, 2, 3 });
    check_cpus(unit_called(platform, "cores4-7"), 4, (const int[]){ 4, 5, 6, 7 });
    check_cpus(unit_called(platform, "cores8-11"), 4, (const int[]){ 8, 9, 10, 11 });
    assert_int_equal(unit_called(platform, "cores0-3")->class_id,
                     unit_called(platform, "cores8-11")->class_id);
    assert_int_equal(unit_called(platform, "all")->threads, 12);
    hax_platform_destroy(platform);

    platform = host_of("l3:1 l2:5 core:2 pu:1", NULL, NULL); /* no two halves are equal */
    check_cpus(unit_called(platform, "cores0-3"), 4, (const int[]){ 0, 1, 2, 3 });
    check_cpus(unit_called(platform, "cores4-9"), 6, (const int[]){ 4, 5, 6, 7, 8, 9 });
    hax_platform_destroy(platform);

    platform = host_of("package:2 l3:3 core:2 pu:1", NULL, NULL); /* the higher level counts */
    assert_int_equal(platform->unit_count, 3);
    check_cpus(unit_called(platform, "cores0-5"), 6, (const int[]){ 0, 1, 2, 3, 4, 5 });
    hax_platform_destroy(platform);

    platform = host_of("l3:1 l2:6 core:1 pu:1", NULL, NULL); /* caches of single cores */
    assert_int_equal(platform->unit_count, 3);
    check_cpus(unit_called(platform, "cores0-2"), 3, (const int[]){ 0, 1, 2 });
    hax_platform_destroy(platform);
}

static void many_cores_fit(void **state)
{
    (void) state;
    const hax_platform *platform = host_of("package:2 numa:4 core:24 pu:2", NULL, NULL);
    assert_int_equal(unit_called(platform, "all")->threads, 192);
    hax_platform_destroy(platform);
}

/* Units of different kinds of cores take different times, so they are measured apart. */
static void kinds_of_cores_are_units(void **state)
{
    (void) state;
    const hax_platform *platform =
        host_of("core:6 pu:1", "4-5", "0-3"); /* big.LITTLE, little first */
    assert_int_equal(platform->unit_count, 3);
    const hax_unit *big = unit_called(platform, "big"), *little = unit_called(platform, "little");
    check_cpus(big, 2, (const int[]){ 4, 5 });
    check_cpus(little, 4, (const int[]){ 0, 1, 2, 3 });
    assert_int_not_equal(big->class_id, little->class_id);
    assert_int_equal(unit_called(platform, "all")->resources, big->resources | little->resources);
    hax_platform_destroy(platform);

    platform = host_of("core:8 pu:1", "0-3", "4-7"); /* as many of either kind */
    assert_int_not_equal(unit_called(platform, "big")->class_id,
                         unit_called(platform, "little")->class_id);
    hax_platform_destroy(platform);
}

/* ---- what processors are called -------------------------------------------------------------- */

static void put_file(const char *root, const char *path, const char *bytes, size_t length)
{
    char name[512];
    hax_error err = { 0 };
    snprintf(name, sizeof name, "%s/%s", root, path);
    assert_int_equal(hax_file_make_folder_of(name, &err), HAX_OK);
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

static void expect_cpu(const char *root, const char *expected)
{
    char seen[256];
    hax_fingerprint_cpu(root, seen, sizeof seen);
    assert_string_equal(seen, expected);
}

static void boards_are_named_by_the_device_tree(void **state)
{
    (void) state;
    static const char board[] = "NVIDIA Jetson AGX Orin Developer Kit"; /* with its zero */
    static const char arm[] = "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\n"
                              "CPU part\t: 0xd42\n";
    static const char x86[] = "processor\t: 0\nmodel name\t: Some Processor\n";
    char root[] = "/tmp/hax-cpu-XXXXXX", command[64];
    assert_non_null(mkdtemp(root));
    expect_cpu(root, "unknown");
    put_file(root, "proc/cpuinfo", arm, sizeof arm - 1);
    expect_cpu(root, "Arm, implementer 0x41, part 0xd42");
    put_file(root, "proc/device-tree/model", board, sizeof board);
    expect_cpu(root, board);
    /* 32-bit kernels call every processor "ARMv7 Processor": the board says more */
    put_file(root, "proc/cpuinfo", x86, sizeof x86 - 1);
    expect_cpu(root, board);
    snprintf(command, sizeof command, "rm -r %s/proc/device-tree", root);
    assert_int_equal(system(command), 0);
    expect_cpu(root, "Some Processor");
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
}

/* ---- this machine ---------------------------------------------------------------------------- */

static void builtin_platforms_are_sound(void **state)
{
    (void) state;
    static const char *const names[] = { "host", "null", "synthetic" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const hax_platform *platform = open_platform(names[i]);
        check_sound(platform);
        assert_string_equal(platform->name, names[i]);
        assert_string_not_equal(platform->fingerprint.cpu, "");
        assert_string_not_equal(platform->fingerprint.kernel, "");
        assert_true(platform->fingerprint.cores > 0);
        assert_true(platform->fingerprint.hash != 0);
        assert_int_equal(platform->simulated, strcmp(names[i], "synthetic") == 0);
        hax_platform_destroy(platform);
    }
}

static void emulation_is_called_so(void **state)
{
    (void) state;
    const hax_platform *platform = NULL;
    hax_error err = { 0 };
    hax_status status = hax_platform_load("emulated", &platform, &err);
    if (status == HAX_UNAVAILABLE) {
        assert_non_null(strstr(err.message, "'emulated' needs"));
        SKIP(err.message);
    }
    assert_int_equal(status, HAX_OK);
    check_sound(platform);
    assert_true(platform->emulated);
    /* reports open with what emulation means, by the flag: the description need not say it again */
    assert_non_null(strstr(platform->description, "in place of another device"));
    assert_null(strstr(platform->description, "EMULATED"));
    const hax_unit *fast = unit_called(platform, "fast"), *slow = unit_called(platform, "slow");
    assert_int_equal(fast->resources & slow->resources, 0);
    assert_string_equal(platform->kinds[slow->kind].isa, "sse41");
    assert_string_equal(platform->kinds[fast->kind].isa, "");
    int planned = 0;
    for (int u = 0; u < platform->unit_count; u++)
        planned += !platform->units[u].reference;
    assert_int_equal(planned, 2);
    hax_platform_destroy(platform);
}

static void *wait_for_end(void *end)
{
    pthread_mutex_lock(end);
    pthread_mutex_unlock(end);
    return NULL;
}

/* Another thread of the process stays free to use every processor. */
static void stay_on_one_cpu(void *context)
{
    (void) context;
    int cpus[1];
    pthread_t other;
    pthread_mutex_t end = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&end);
    HOLDS(pthread_create(&other, NULL, wait_for_end, &end) == 0);
    hax_unit unit = make_unit(1, 1, cpus);
    const hax_platform *platform = NULL;
    MUST(hax_unit_pin_thread(unit.cpus, 1, err));
    MUST(hax_platform_load("host", &platform, err));
    HOLDS(platform->unit_count == 1);
    HOLDS(platform->units[0].cpus[0] == cpus[0]);
    hax_platform_destroy(platform);
    hax_error err = { 0 };
    HOLDS(hax_platform_load("emulated", &platform, &err) == HAX_UNAVAILABLE);
    HOLDS(strstr(err.message, "two cores"));
    pthread_mutex_unlock(&end);
    pthread_join(other, NULL);
    check_leaks();
}

static void only_allowed_cores_are_used(void **state)
{
    (void) state;
    assert_int_equal(end_of_child(start_child(stay_on_one_cpu, NULL)), 0);
}

/* ---- documents ------------------------------------------------------------------------------ */

static void documents_come_back_the_same(void **state)
{
    (void) state;
    static const char *const names[] = { "host", "emulated", "null", "synthetic" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const hax_platform *platform = NULL, *again = NULL;
        char *text = NULL, *text_again = NULL;
        hax_error err = { 0 };
        hax_status status = hax_platform_load(names[i], &platform, &err);
        if (status == HAX_UNAVAILABLE)
            continue;
        assert_int_equal(hax_platform_text(platform, &text, &err), HAX_OK);
        if (hax_platform_parse(text, strlen(text), "again.json", &again, &err) != HAX_OK)
            fail_msg("%s: %s", names[i], err.message);
        assert_int_equal(hax_platform_text(again, &text_again, &err), HAX_OK);
        assert_string_equal(text, text_again);
        assert_true(again->fingerprint.hash == platform->fingerprint.hash);
        for (int u = 0; u < again->unit_count; u++)
            assert_int_equal(again->units[u].class_id, platform->units[u].class_id);
        free(text);
        free(text_again);
        hax_platform_destroy(again);
        hax_platform_destroy(platform);
    }
}

#define DOCUMENT(resources, kinds, units)                                                    \
    "{\"schema\": \"haxconn/platform\", \"version\": 1, \"name\": \"mine\", \"resources\": " \
    "[" resources "], \"kinds\": [" kinds "], \"units\": [" units "]}"
#define KIND "{\"name\": \"k\", \"driver\": \"portable\"}"
#define UNIT "{\"name\": \"u\", \"kind\": \"k\", \"uses\": [\"r\"], \"cpus\": [0]}"

static void a_short_document_is_enough(void **state)
{
    (void) state;
    static const char text[] = DOCUMENT("\"r\"", KIND, UNIT);
    const hax_platform *platform = NULL;
    hax_error err = { 0 };
    if (hax_platform_parse(text, strlen(text), "mine.json", &platform, &err) != HAX_OK)
        fail_msg("%s", err.message);
    assert_string_equal(platform->name, "mine");
    assert_string_equal(platform->kinds[0].precision, "f32");
    assert_int_equal(platform->units[0].threads, 1);
    assert_false(platform->units[0].reference);
    assert_string_not_equal(platform->fingerprint.cpu, "");
    hax_platform_destroy(platform);
}

/* Reading it needs none of its processors, running on it needs all. */
static void a_larger_machine_is_read_but_not_run_on(void **state)
{
    (void) state;
    static const char text[] = DOCUMENT("\"r\"", KIND,
                                        UNIT ", {\"name\": \"far\", \"kind\": \"k\", \"uses\": "
                                             "[\"r\"], \"cpus\": [0, 99999]}");
    const hax_platform *platform = NULL;
    hax_error err = { 0 };
    if (hax_platform_parse(text, strlen(text), "far.json", &platform, &err) != HAX_OK)
        fail_msg("%s", err.message);
    assert_int_equal(platform->units[1].cpus[1], 99999);
    assert_int_equal(hax_platform_check_processors(platform, &err), HAX_UNAVAILABLE);
    assert_non_null(strstr(err.message, "unit 'far' of platform 'mine' is on processor 99999"));
    hax_platform simulated = *platform;
    simulated.simulated = true;
    assert_int_equal(hax_platform_check_processors(&simulated, &err), HAX_OK);
    hax_platform_destroy(platform);
    platform = open_platform("host");
    assert_int_equal(hax_platform_check_processors(platform, &err), HAX_OK);
    hax_platform_destroy(platform);
}

typedef struct wrong {
    const char *text;
    const char *place, *message;
} wrong;

static const wrong wrongs[] = {
    { DOCUMENT("\"r\"", "{\"name\": \"k\", \"driver\": \"abacus\"}", UNIT), "kinds[0]",
      "unknown driver 'abacus'" },
    { DOCUMENT("\"r\"", KIND, UNIT ", " UNIT), "units[1]", "two units are called 'u'" },
    { DOCUMENT("\"r\"", KIND ", " KIND, UNIT), "kinds[1]", "two kinds are called 'k'" },
    { DOCUMENT("\"r\", \"r\"", KIND, UNIT), "resources[1]", "two resources are called 'r'" },
    { DOCUMENT("", KIND, UNIT), "resources", "has 0 entries" },
    { DOCUMENT("\"r\"", KIND, "{\"name\": \"u\", \"kind\": \"k\", \"uses\": [\"x\"]}"),
      "units[0].uses[0]", "unknown resource 'x'" },
    { DOCUMENT("\"r\"", KIND, "{\"name\": \"u\", \"kind\": \"k\", \"uses\": []}"), "units[0].uses",
      "at least one resource" },
    { DOCUMENT("\"r\"", KIND, "{\"name\": \"u\", \"kind\": \"l\", \"uses\": [\"r\"]}"), "units[0]",
      "unknown kind 'l'" },
    { DOCUMENT("\"r\"", KIND,
               "{\"name\": \"u\", \"kind\": \"k\", \"uses\": [\"r\"], \"cpus\": [0, 0]}"),
      "units[0].cpus[1]", "processor 0 is listed twice" },
    { DOCUMENT("\"r\"", KIND,
               "{\"name\": \"u\", \"kind\": \"k\", \"uses\": [\"r\"], \"threads\": 0}"),
      "units[0].threads", "0" },
    { DOCUMENT("\"r\"", KIND,
               "{\"name\": \"u\", \"kind\": \"k\", \"uses\": [\"r\"], \"speed\": 3}"),
      "units[0]", "speed" },
    { DOCUMENT("\"r\"", "{\"name\": \"k\", \"driver\": \"synthetic\"}", UNIT), "kinds[0]",
      "synthetic" },
};

static void bad_documents_name_the_place(void **state)
{
    (void) state;
    for (size_t w = 0; w < sizeof wrongs / sizeof *wrongs; w++) {
        const hax_platform *platform = NULL;
        hax_error err = { 0 };
        const char *text = wrongs[w].text;
        hax_status status = hax_platform_parse(text, strlen(text), "bad.json", &platform, &err);
        if (status != HAX_BAD_INPUT)
            fail_msg("case %zu: status %d", w, (int) status);
        assert_null(platform);
        assert_string_equal(err.file, "bad.json");
        if (!strstr(err.message, wrongs[w].place) || !strstr(err.message, wrongs[w].message))
            fail_msg("case %zu: '%s' does not hold '%s' and '%s'", w, err.message, wrongs[w].place,
                     wrongs[w].message);
    }
}

/* Whatever the length at which a document breaks off: an error with its place, and no leak. */
static void cut_off_documents_are_refused(void **state)
{
    (void) state;
    static const char text[] = DOCUMENT("\"r\"", KIND, UNIT);
    for (size_t length = 0; length < sizeof text - 1; length++) {
        const hax_platform *platform = NULL;
        hax_error err = { 0 };
        assert_int_equal(hax_platform_parse(text, length, "cut.json", &platform, &err),
                         HAX_BAD_INPUT);
        assert_null(platform);
        assert_true(err.line > 0);
    }
}

static void unknown_names_are_refused(void **state)
{
    (void) state;
    const hax_platform *platform = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_platform_load("jupiter", &platform, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "'jupiter'"));
    assert_non_null(strstr(err.message, "emulated"));
    assert_int_equal(hax_platform_load("./not-there.json", &platform, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.file[0] ? err.file : err.message, "not-there.json"));
    assert_null(platform);
    hax_platform_destroy(NULL);
}

/* A tree of files as the kernel shows them. */
static void counters_are_found_by_their_names(void **state)
{
    (void) state;
    static const char *const folders[] = { "/sys",
                                           "/sys/bus",
                                           "/sys/bus/event_source",
                                           "/sys/bus/event_source/devices",
                                           "/sys/bus/event_source/devices/cpu",
                                           "/sys/bus/event_source/devices/uncore_imc_0",
                                           "/sys/fs",
                                           "/sys/fs/resctrl",
                                           "/sys/fs/resctrl/mon_data" };
    enum { COUNT = sizeof folders / sizeof *folders };
    char root[] = "/tmp/haxconn-test-XXXXXX", path[256], names[128];
    assert_non_null(mkdtemp(root));
    assert_int_equal(hax_memory_counters(root, names, sizeof names), 0);
    assert_string_equal(names, "");
    for (int f = 0; f < COUNT; f++) {
        snprintf(path, sizeof path, "%s%s", root, folders[f]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    assert_int_equal(hax_memory_counters(root, names, sizeof names), 2);
    assert_string_equal(names, "uncore_imc_0, resctrl");
    for (int f = COUNT - 1; f >= 0; f--) {
        snprintf(path, sizeof path, "%s%s", root, folders[f]);
        rmdir(path);
    }
    rmdir(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_cores_are_units_and_both),
        cmocka_unit_test(a_core_can_be_left_free),
        cmocka_unit_test(two_cores_leave_none),
        cmocka_unit_test(what_units_leave_free_is_found),
        cmocka_unit_test(one_core_is_one_unit),
        cmocka_unit_test(like_cores_are_split_in_halves),
        cmocka_unit_test(like_cores_are_split_between_caches),
        cmocka_unit_test(boards_are_named_by_the_device_tree),
        cmocka_unit_test(many_cores_fit),
        cmocka_unit_test(kinds_of_cores_are_units),
        cmocka_unit_test(builtin_platforms_are_sound),
        cmocka_unit_test(emulation_is_called_so),
        cmocka_unit_test(only_allowed_cores_are_used),
        cmocka_unit_test(documents_come_back_the_same),
        cmocka_unit_test(a_short_document_is_enough),
        cmocka_unit_test(a_larger_machine_is_read_but_not_run_on),
        cmocka_unit_test(bad_documents_name_the_place),
        cmocka_unit_test(cut_off_documents_are_refused),
        cmocka_unit_test(unknown_names_are_refused),
        cmocka_unit_test(counters_are_found_by_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
