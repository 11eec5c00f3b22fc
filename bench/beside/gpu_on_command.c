/*
 * haxconn's side of a comparison on a GPU (make beside-torch): a network, run when it is told to,
 * so that both sides can take turns.
 *
 *   gpu_on_command PRECISION SMS NETWORK
 *
 * Prints "ready" and how many seconds building took, then for every number that it reads a line
 * with the microseconds of as many runs.
 */
#define _GNU_SOURCE
#include "../gpu_network.h"

int main(int argc, char **argv)
{
    int runs;
    if (argc != 4 || why_no_gpu()) {
        fprintf(stderr, "%s\n", argc != 4 ? "usage: PRECISION SMS NETWORK" : why_no_gpu());
        return 2;
    }
    hax_device *device = open_gpu(argv[1]);
    gpu_network network = gpu_network_open(device, argv[3], atoi(argv[2]));
    printf("ready %.1f\n", network.build_s);
    fflush(stdout);
    while (scanf("%d", &runs) == 1) {
        for (int r = 0; r < runs; r++)
            printf("%.2f ", gpu_network_run_us(&network));
        printf("\n");
        fflush(stdout);
    }
    gpu_network_close(&network);
    hax_device_driver(device)->close(device);
    return 0;
}
