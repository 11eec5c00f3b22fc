/* Kernels of one thread that take times, by the GPU's clock of nanoseconds (times.h). */

__device__ static unsigned long long now_ns()
{
    unsigned long long ns;
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(ns));
    return ns;
}

extern "C" __global__ void hax_cuda_stamp(volatile unsigned long long *stamp)
{
    *stamp = now_ns();
}

/* Ends at a time that stands in the host's memory, or at once when it is over. */
extern "C" __global__ void hax_cuda_gate(const volatile unsigned long long *until,
                                         volatile unsigned long long *stamp)
{
    unsigned long long until_ns = *until, ns = now_ns();
    while (ns < until_ns)
        ns = now_ns();
    *stamp = ns;
}

/* Ends so long after a time that was taken before. */
extern "C" __global__ void hax_cuda_wait(const volatile unsigned long long *stamp,
                                         unsigned long long delay_ns)
{
    unsigned long long until_ns = *stamp + delay_ns;
    while (now_ns() < until_ns)
        continue;
}

/* Keeps a multiprocessor busy for so long from when its block begins. */
extern "C" __global__ void hax_cuda_busy(unsigned long long busy_ns)
{
    unsigned long long until_ns = now_ns() + busy_ns;
    while (now_ns() < until_ns)
        continue;
}

/* Answers each number that the host writes with the time; gives up where the host does not write. */
extern "C" __global__ void hax_cuda_answer(const volatile unsigned *asked,
                                           volatile unsigned long long *answers, unsigned count)
{
    const unsigned long long patience_ns = 100 * 1000 * 1000;
    for (unsigned n = 1; n <= count; n++) {
        unsigned long long begin_ns = now_ns();
        while (*asked < n)
            if (now_ns() - begin_ns > patience_ns)
                return;
        answers[n - 1] = now_ns();
    }
}
