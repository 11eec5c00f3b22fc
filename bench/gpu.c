/*
 * How long whole networks take on a GPU and on parts of it, medians in microseconds: launch to end,
 * as a unit's thread sees it; behind the stroke when many are in the queue, which leaves out what
 * launching one and hearing of its end takes; and how long building it took, with all plans.
 *
 *   gpu [PRECISION [SMS,SMS,... [NETWORK...]]]     with a "-" before the precision: every kernel
 */
#define _GNU_SOURCE
#include "gpu_network.h"

#include "statistics.h"

enum { ROUNDS = 200, SIZES_MAX = 8, QUEUED = 20, QUEUES = 15 };

static const char *const defaults[] = { "resnet50",  "resnet101", "vgg16",  "googlenet",
                                        "mobilenet", "densenet",  "alexnet" };

static void print_kernels(const gpu_network *network)
{
    printf("\n");
    for (int k = 0; k < hax_model_kernel_count(network->model); k++) {
        hax_kernel_note note;
        int layer = hax_model_kernel(network->model, k)->layer;
        network->driver->note(network->program, k, &note);
        printf("    %-40s %s\n", hax_model_layer(network->model, layer).name, note.implementation);
    }
}

static double round_us(const gpu_network *network)
{
    double us[ROUNDS];
    for (int r = -20; r < ROUNDS; r++) {
        double one = gpu_network_run_us(network);
        if (r >= 0)
            us[r] = one;
    }
    return hax_summarise(us, ROUNDS).median;
}

static double queued_us(const gpu_network *network)
{
    const hax_driver *driver = network->driver;
    double us[QUEUES];
    hax_mark *marks[QUEUED];
    for (int m = 0; m < QUEUED; m++)
        MUST(driver->mark_open(network->device, &marks[m], err));
    for (int q = 0; q < QUEUES; q++) {
        uint64_t begin = hax_clock_ns();
        bool passed = false;
        for (int m = 0; m < QUEUED; m++)
            MUST(driver->submit(network->task, 0, NULL, 0, marks[m], err));
        while (!passed)
            MUST(driver->has_passed(network->device, marks[QUEUED - 1], &passed, err));
        us[q] = (double) (hax_clock_ns() - begin) * 1e-3 / QUEUED;
    }
    for (int m = 0; m < QUEUED; m++)
        driver->mark_close(network->device, marks[m]);
    return hax_summarise(us, QUEUES).median;
}

static void time_on(hax_device *device, const char *name, int sms, bool kernels)
{
    gpu_network network = gpu_network_open(device, name, sms);
    double us = round_us(&network);
    printf(" %8.1f/%.1f (%.1f s)", us, queued_us(&network), network.build_s);
    fflush(stdout);
    if (kernels)
        print_kernels(&network);
    gpu_network_close(&network);
}

static int read_sizes(const char *text, int *sizes)
{
    int count = 0;
    for (const char *at = text; *at && count < SIZES_MAX; at += strcspn(at, ","), at += *at == ',')
        sizes[count++] = atoi(at);
    return count;
}

int main(int argc, char **argv)
{
    int sizes[SIZES_MAX], count = read_sizes(argc > 2 ? argv[2] : "0,32,16", sizes);
    const char *precision = argc > 1 ? argv[1] : "f16";
    bool kernels = precision[0] == '-';
    if (why_no_gpu()) {
        printf("skipped: %s\n", why_no_gpu());
        return 0;
    }
    hax_device *device = open_gpu(precision + kernels);
    int networks = argc > 3 ? argc - 3 : (int) (sizeof defaults / sizeof *defaults);
    for (int n = 0; n < networks; n++) {
        const char *name = argc > 3 ? argv[3 + n] : defaults[n];
        printf("%-16s", name);
        for (int s = 0; s < count; s++)
            time_on(device, name, sizes[s], kernels);
        printf("\n");
    }
    hax_device_driver(device)->close(device);
    return 0;
}
