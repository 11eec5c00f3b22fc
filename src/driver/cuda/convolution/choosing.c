/* How far the plans of a network are found (choosing.h). */
#include "choosing.h"

/* As measured beside an H200: a plan that is compiled, a convolution's candidates timed. */
static double seconds_of(int plans, int threads, int convolutions)
{
    const double compile_s = 0.45, time_s = 0.08;
    return compile_s * plans / (threads > 0 ? threads : 1) + time_s * convolutions;
}

double hax_cuda_choosing_ask(const hax_cuda_choosing *choosing, uint64_t now_ns,
                             double *seconds_left)
{
    const double settled = 0.05; /* of the work: before that the pace says little */
    double all_s = seconds_of(choosing->plans, choosing->threads, choosing->convolutions);
    double done_s =
        seconds_of(choosing->plans_done, choosing->threads, choosing->convolutions_done);
    *seconds_left = all_s > done_s ? all_s - done_s : 0;
    if (choosing->convolutions <= 0)
        return -1;
    double done = done_s / all_s;
    if (done > settled)
        *seconds_left *= (double) (now_ns - choosing->began_ns) * 1e-9 / done_s;
    return done < 1 ? done : 1;
}
