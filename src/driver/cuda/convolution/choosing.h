/* How far the plans of a network are found, and how long that goes on. Arithmetic only. */
#ifndef HAX_DRIVER_CUDA_CHOOSING_H
#define HAX_DRIVER_CUDA_CHOOSING_H

#include <stdint.h>

typedef struct hax_cuda_choosing {
    int plans, threads; /* plans to compile, on so many threads */
    int convolutions;   /* to choose a plan for; 0: nothing is being chosen */
    int plans_done, convolutions_done;
    uint64_t began_ns;
} hax_cuda_choosing;

/* 0 to 1, below 0 where nothing is being chosen. Seconds left: of what such work takes as a rule,
 * at the pace so far. */
double hax_cuda_choosing_ask(const hax_cuda_choosing *choosing, uint64_t now_ns,
                             double *seconds_left);

#endif
