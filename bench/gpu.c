/*
 * How long whole networks take on a GPU and on parts of it: launch to end, as a unit's thread sees
 * it, medians in microseconds, and how long building them took, with all plans.
 *
 *   gpu [PRECISION [SMS,SMS,... [NETWORK...]]]     with a "-" before the precision: every kernel
 */
#define _GNU_SOURCE
#include "gpu_network.h"

#include "statistics.h"

enum { ROUNDS = 200, SIZES_MAX = 8 };

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

static void time_on(hax_device *device, const char *name, int sms, bool kernels)
{
    gpu_network network = gpu_network_open(device, name, sms);
    printf(" %8.1f (%.1f s)", round_us(&network), network.build_s);
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
