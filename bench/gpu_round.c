/*
 * What a round on a GPU costs beside its kernels.
 *
 *   gpu_round handover             between parts, and the host's time for a round
 *   gpu_round stamps NETWORK...    whole networks with and without times taken between groups
 *   gpu_round serial NETWORK...    groups of networks one after the other, and each network alone
 *   gpu_round cross                tensors between the host's memory and the GPU's, by size
 *   gpu_round endure ROUNDS        a small pair on two parts, outputs and memory at the end
 *
 * Times in microseconds, medians.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka, which the fixture needs, wants the four above first */
#include <cmocka.h>
#include <dlfcn.h>

#include "../tests/cuda/seats.h"
#include "statistics.h"

enum { ROUNDS = 300, JOBS_MOST = 128, LEAD_NS = 100 * 1000 };
enum { REST_SMS = 68 }; /* of an H200, beside a part of 64 */

/* ---- small networks ----------------------------------------------------------------------------
 */

static hax_model *parse(const char *text)
{
    hax_model *model;
    MUST(hax_model_parse_prototxt(text, strlen(text), "bench.prototxt", NULL, &model, err));
    return model;
}

/* So many pools of one kernel each. */
static hax_model *make_chain(int count)
{
    char text[1 << 14];
    int used = snprintf(text, sizeof text,
                        "name: \"chain\" input: \"t0\" input_dim: 1 input_dim: 8 input_dim: 8 "
                        "input_dim: 8\n");
    for (int l = 0; l < count; l++)
        used += snprintf(text + used, sizeof text - (size_t) used,
                         "layer { name: \"l%d\" type: \"Pooling\" bottom: \"t%d\" top: \"t%d\" "
                         "pooling_param { pool: MAX kernel_size: 3 stride: 1 pad: 1 } }\n",
                         l, l, l + 1);
    return parse(text);
}

static const hax_grouping *group(const hax_model *model, const char *how)
{
    const hax_grouping *grouping;
    MUST(hax_grouping_make(model, how, &grouping, err));
    return grouping;
}

/* ---- rounds ------------------------------------------------------------------------------------
 */

typedef struct round_times {
    double round_us; /* from the start to the last end, as it is stamped */
    double seen_us;  /* until the host knows */
    double host_us;  /* of submitting */
} round_times;

static double median(double *values)
{
    return hax_summarise(values, ROUNDS).median;
}

static round_times measure(const hax_driver *driver, hax_batch *batch, int count)
{
    static double round_us[ROUNDS], seen_us[ROUNDS], host_us[ROUNDS];
    hax_job_times times[JOBS_MOST];
    for (int r = -20; r < ROUNDS; r++) {
        int64_t start_ns = (int64_t) hax_clock_ns() + LEAD_NS, begin_ns, end_ns = 0;
        begin_ns = (int64_t) hax_clock_ns();
        MUST(driver->submit(batch, start_ns, err));
        int64_t submitted_ns = (int64_t) hax_clock_ns();
        await_batch(driver, batch, count, times);
        int64_t seen_ns = (int64_t) hax_clock_ns();
        for (int j = 0; j < count; j++)
            end_ns = times[j].end_ns > end_ns ? times[j].end_ns : end_ns;
        if (r < 0)
            continue;
        round_us[r] = (double) (end_ns - start_ns) * 1e-3;
        seen_us[r] = (double) (seen_ns - start_ns) * 1e-3;
        host_us[r] = (double) (submitted_ns - begin_ns) * 1e-3;
    }
    return (round_times){ median(round_us), median(seen_us), median(host_us) };
}

static void print(const char *what, round_times times)
{
    printf("%-44s %9.2f %9.2f %9.2f\n", what, times.round_us, times.seen_us, times.host_us);
    fflush(stdout);
}

static round_times run_jobs(const hax_driver *driver, hax_device *device, const hax_batch_job *jobs,
                            int count)
{
    hax_batch *batch;
    uint64_t begin_ns = hax_clock_ns();
    MUST(driver->compile(device, jobs, count, &batch, err));
    double compile_ms = hax_ms_between(begin_ns, hax_clock_ns());
    round_times times = measure(driver, batch, count);
    begin_ns = hax_clock_ns();
    driver->release(batch);
    printf("  (compiled in %.2f ms, released in %.2f)\n", compile_ms,
           hax_ms_between(begin_ns, hax_clock_ns()));
    return times;
}

/* ---- between parts -----------------------------------------------------------------------------
 */

enum { CHAIN = 32 };

/* All groups on one part, or each on the other one than the one before. */
static round_times run_chain(seat *seats, bool crossing, bool untimed)
{
    hax_batch_job jobs[CHAIN];
    int behind[CHAIN];
    for (int g = 0; g < CHAIN; g++) {
        int on = crossing ? g % 2 : 0;
        behind[g] = g - 1;
        jobs[g] = (hax_batch_job){ .task = seats[on].task,
                                   .group = g,
                                   .behind_count = crossing && g > 0,
                                   .behind = &behind[g],
                                   .untimed = untimed };
    }
    return run_jobs(seats[0].driver, seats[0].device, jobs, CHAIN);
}

static void measure_handover(hax_device *device)
{
    hax_model *model = make_chain(CHAIN);
    const hax_grouping *grouping = group(model, "fine");
    char count[8];
    if (grouping->count != CHAIN) {
        hax_grouping_destroy(grouping);
        snprintf(count, sizeof count, "%d", CHAIN);
        grouping = group(model, count);
    }
    HOLDS(grouping->count == CHAIN);
    seat seats[2];
    seats[0] = take_seat(device, model, grouping, 0, 64, NULL);
    put_inputs(seats[0].driver, seats[0].task, model, 7);
    seats[1] = take_seat(device, model, grouping, 64, REST_SMS, &seats[0]);
    for (int untimed = 0; untimed < 2; untimed++) {
        round_times one = run_chain(seats, false, untimed);
        round_times two = run_chain(seats, true, untimed);
        print(untimed ? "untimed: 32 kernels on one part" : "32 kernels on one part", one);
        print("each on the other part than the last", two);
        printf("a hand-over takes %.2f us more than the next kernel of the same part\n",
               (two.round_us - one.round_us) / (CHAIN - 1));
    }
    leave_seat(&seats[1], false);
    leave_seat(&seats[0], true);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

/* ---- what taking times costs -------------------------------------------------------------------
 */

static void run_grouped(hax_device *device, const hax_model *model, const char *how, int sms,
                        bool untimed)
{
    char what[80];
    const hax_grouping *grouping = group(model, how);
    hax_batch_job jobs[JOBS_MOST];
    seat one = take_seat(device, model, grouping, 0, sms, NULL);
    put_inputs(one.driver, one.task, model, 7);
    HOLDS(grouping->count <= JOBS_MOST);
    for (int g = 0; g < grouping->count; g++)
        jobs[g] = (hax_batch_job){ .task = one.task, .group = g, .untimed = untimed };
    round_times times = run_jobs(one.driver, device, jobs, grouping->count);
    snprintf(what, sizeof what, "%.30s on %d SMs, %d groups%s", hax_model_name(model), sms,
             grouping->count, untimed ? ", untimed" : "");
    print(what, times);
    leave_seat(&one, true);
    hax_grouping_destroy(grouping);
}

static void measure_stamps(hax_device *device, const char *network)
{
    hax_model *model;
    MUST(hax_model_load(network, NULL, &model, err));
    static const int sms[] = { 0, 32 };
    static const char *const how[] = { "1", "blocks", "fine" };
    for (int s = 0; s < 2; s++)
        for (int g = 0; g < 3; g++)
            for (int untimed = 0; untimed <= (g > 0); untimed++)
                run_grouped(device, model, how[g], sms[s], untimed);
    hax_model_destroy(model);
}

/* ---- one after the other -----------------------------------------------------------------------
 */

enum { NETWORKS_MOST = 4 };

/* Median times of the jobs of a batch, behind another one (or none) and a pause each time. */
static void time_jobs(const hax_driver *driver, hax_batch *other, int other_count, hax_batch *batch,
                      int count, int pause_us, double *job_us)
{
    static double all_us[JOBS_MOST][ROUNDS];
    hax_job_times times[JOBS_MOST];
    for (int r = -20; r < ROUNDS; r++) {
        if (other) {
            MUST(driver->submit(other, 0, err));
            await_batch(driver, other, other_count, times);
        }
        usleep((unsigned) pause_us);
        MUST(driver->submit(batch, (int64_t) hax_clock_ns() + LEAD_NS, err));
        await_batch(driver, batch, count, times);
        for (int j = 0; j < count && r >= 0; j++)
            all_us[j][r] = (double) (times[j].end_ns - times[j].start_ns) * 1e-3;
    }
    for (int j = 0; j < count; j++)
        job_us[j] = median(all_us[j]);
}

static double sum(const double *values, int count)
{
    double total = 0;
    for (int i = 0; i < count; i++)
        total += values[i];
    return total;
}

/* Each network alone, behind the others, and behind them in the same round. */
static void measure_serial(hax_device *device, char **names, int count, int pause_us)
{
    double job_us[JOBS_MOST];
    hax_model *models[NETWORKS_MOST];
    const hax_grouping *groupings[NETWORKS_MOST];
    seat seats[NETWORKS_MOST];
    hax_batch_job jobs[JOBS_MOST];
    hax_batch *batches[NETWORKS_MOST], *all;
    const hax_driver *driver = hax_device_driver(device);
    int used = 0, first[NETWORKS_MOST + 1];
    HOLDS(count <= NETWORKS_MOST);
    for (int n = 0; n < count; n++) {
        MUST(hax_model_load(names[n], NULL, &models[n], err));
        groupings[n] = group(models[n], "blocks");
        seats[n] = take_seat(device, models[n], groupings[n], 0, 0, NULL);
        put_inputs(driver, seats[n].task, models[n], (uint64_t) n);
        first[n] = used;
        for (int g = 0; g < groupings[n]->count; g++)
            jobs[used++] = (hax_batch_job){ .task = seats[n].task, .group = g };
        first[n + 1] = used;
        MUST(driver->compile(device, jobs + first[n], used - first[n], &batches[n], err));
    }
    MUST(driver->compile(device, jobs, used, &all, err));
    printf("%d us between rounds\n", pause_us);
    for (int n = 0; n < count; n++) {
        int groups = first[n + 1] - first[n], other = (n + 1) % count;
        time_jobs(driver, NULL, 0, batches[n], groups, pause_us, job_us);
        printf("%-12s alone %7.1f", names[n], sum(job_us, groups));
        time_jobs(driver, batches[other], first[other + 1] - first[other], batches[n], groups,
                  pause_us, job_us);
        printf(", behind %s %7.1f", names[other], sum(job_us, groups));
        time_jobs(driver, NULL, 0, all, used, pause_us, job_us);
        printf(", in the round %7.1f\n", sum(job_us + first[n], groups));
    }
    fflush(stdout);
    driver->release(all);
    for (int n = 0; n < count; n++) {
        driver->release(batches[n]);
        leave_seat(&seats[n], true);
        hax_grouping_destroy(groupings[n]);
        hax_model_destroy(models[n]);
    }
}

/* ---- between memories --------------------------------------------------------------------------
 */

static hax_model *make_image(int channels, int side)
{
    char text[400];
    snprintf(text, sizeof text,
             "name: \"image\" input: \"data\" input_dim: 1 input_dim: %d input_dim: %d input_dim: "
             "%d\nlayer { name: \"p\" type: \"Pooling\" bottom: \"data\" top: \"p\" pooling_param "
             "{ pool: MAX kernel_size: 3 stride: 1 pad: 1 } }\n",
             channels, side, side);
    return parse(text);
}

static void cross(hax_device *device, int channels, int side, float *plain)
{
    static double in_us[ROUNDS], out_us[ROUNDS];
    hax_model *model = make_image(channels, side);
    const hax_grouping *grouping = group(model, "1");
    seat one = take_seat(device, model, grouping, 0, 0, NULL);
    int input = hax_model_input(model, 0), output = hax_model_output(model, 0);
    for (int r = -20; r < ROUNDS; r++) {
        uint64_t begin_ns = hax_clock_ns();
        MUST(one.driver->import(one.task, input, &hax_layout_plain_tag, plain, err));
        uint64_t middle_ns = hax_clock_ns();
        MUST(one.driver->export(one.task, output, plain, err));
        if (r < 0)
            continue;
        in_us[r] = (double) (middle_ns - begin_ns) * 1e-3;
        out_us[r] = (double) (hax_clock_ns() - middle_ns) * 1e-3;
    }
    printf("%9zu bytes: in %8.1f, out %8.1f\n", hax_model_tensor(model, input)->bytes,
           median(in_us), median(out_us));
    leave_seat(&one, true);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

static void measure_crossing(hax_device *device)
{
    static const int channels[] = { 1, 4, 16, 32, 64, 128, 256, 512, 1024 };
    enum { SIDE = 28, BYTES = 1024 * SIDE * SIDE * sizeof(float) };
    float *pageable = shared_alloc(BYTES), *pinned = shared_alloc(BYTES);
    const hax_driver *driver = hax_device_driver(device);
    for (int c = 0; c < 9; c++) {
        if (c == 0)
            printf("pageable\n");
        cross(device, channels[c], SIDE, pageable);
    }
    driver->adopt(device, pinned, BYTES);
    for (int c = 0; c < 9; c++) {
        if (c == 0)
            printf("pinned\n");
        cross(device, channels[c], SIDE, pinned);
    }
}

/* ---- endurance ---------------------------------------------------------------------------------
 */

static long resident_pages(void)
{
    long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%ld %ld", &size, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return resident;
}

/* The driver library is open in this process. */
static double free_mib(void)
{
    int (*get)(size_t *, size_t *);
    size_t available = 0, total = 0;
    void *found = dlsym(RTLD_DEFAULT, "cuMemGetInfo_v2");
    memcpy(&get, &found, sizeof get);
    return found && get(&available, &total) == 0 ? (double) available / (1 << 20) : 0;
}

static void read_output(seat *seat, float *values)
{
    MUST(seat->driver->enter(seat->device, &seat->unit, err));
    get_outputs(seat->driver, seat->task, seat->model, values);
}

static void endure(hax_device *device, long rounds)
{
    enum { GROUPS = 4, JOBS = 2 * GROUPS, ROOM = 1 << 16 };
    static float before[2][ROOM], after[ROOM];
    hax_model *model = make_chain(GROUPS);
    const hax_grouping *grouping = group(model, "fine");
    const hax_driver *driver = hax_device_driver(device);
    hax_batch_job jobs[JOBS];
    hax_job_times times[JOBS];
    int behind[JOBS], count = grouping->count;
    seat seats[2][2]; /* [network][part] */
    HOLDS(count <= GROUPS && output_floats(model) <= ROOM);
    for (int n = 0; n < 2; n++) {
        seats[n][0] = take_seat(device, model, grouping, 0, 64, NULL);
        put_inputs(driver, seats[n][0].task, model, (uint64_t) (7 + n));
        seats[n][1] = take_seat(device, model, grouping, 64, REST_SMS, &seats[n][0]);
    }
    for (int j = 0; j < 2 * count; j++) { /* each crosses over in its middle */
        int n = j % 2, g = j / 2;
        behind[j] = j - 2;
        jobs[j] = (hax_batch_job){ .task = seats[n][(n + (g >= count / 2)) % 2].task,
                                   .group = g,
                                   .behind_count = g == count / 2 && g > 0,
                                   .behind = &behind[j] };
    }
    hax_batch *batch;
    MUST(driver->compile(device, jobs, 2 * count, &batch, err));
    long pages = 0;
    double mib = 0;
    uint64_t begin_ns = hax_clock_ns(), host_ns = 0;
    for (long r = 0; r < rounds; r++) {
        uint64_t submitting_ns = hax_clock_ns();
        MUST(driver->submit(batch, 0, err));
        host_ns += hax_clock_ns() - submitting_ns;
        await_batch(driver, batch, 2 * count, times);
        if (r == rounds / 100) {
            for (int n = 0; n < 2; n++)
                read_output(&seats[n][(n + 1) % 2], before[n]);
            pages = resident_pages();
            mib = free_mib();
        }
    }
    double seconds = hax_ms_between(begin_ns, hax_clock_ns()) * 1e-3;
    int differ = 0;
    for (int n = 0; n < 2; n++) {
        read_output(&seats[n][(n + 1) % 2], after);
        differ += memcmp(before[n], after, output_floats(model) * sizeof(float)) != 0;
    }
    printf("%ld rounds of two networks of %d groups on parts of 64 and 68 SMs in %.1f s, %.2f us "
           "each, %.2f of the host to submit: outputs %s, resident pages %+ld, free memory of the "
           "GPU %+.1f MiB\n",
           rounds, count, seconds, 1e6 * seconds / (double) rounds,
           1e-3 * (double) host_ns / (double) rounds, differ ? "DIFFER" : "equal",
           resident_pages() - pages, free_mib() - mib);
    driver->release(batch);
    for (int n = 0; n < 2; n++) {
        leave_seat(&seats[n][1], false);
        leave_seat(&seats[n][0], true);
    }
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "handover";
    if (why_no_gpu()) {
        printf("skipped: %s\n", why_no_gpu());
        return 0;
    }
    hax_device *device = open_gpu("f16");
    printf("%-44s %9s %9s %9s\n", "", "round", "seen", "host");
    if (strcmp(what, "handover") == 0)
        measure_handover(device);
    else if (strcmp(what, "cross") == 0)
        measure_crossing(device);
    else if (strcmp(what, "endure") == 0)
        endure(device, argc > 2 ? atol(argv[2]) : 1000);
    else if (strcmp(what, "serial") == 0)
        for (int pause_us = 0; pause_us <= 10000; pause_us = pause_us ? 10 * pause_us : 100)
            measure_serial(device, argv + 2, argc - 2, pause_us);
    for (int n = 2; n < argc && strcmp(what, "stamps") == 0; n++)
        measure_stamps(device, argv[n]);
    hax_device_driver(device)->close(device);
    return 0;
}
