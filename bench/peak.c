/*
 * How much of a core's arithmetic the kernels reach: the peak of its fused multiply-adds is
 * measured, not looked up, and takes turns with whole networks on the same core, because a virtual
 * machine's core changes its speed by the second.
 *
 *   peak [NET...]      default: resnet50 vgg19
 *
 * Prints GFLOP/s (a multiply-accumulate is two) from the 25 % quantile of the times, and the share
 * of the peak.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "driver.h"
#include "statistics.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum {
    ROUNDS = 16,
    NETS_MAX = 16,
    CHAINS = 12, /* independent sums: latency 4 or 5 times two units at most need 10 */
    STEPS = 1 << 22,
};

_Noreturn static void stop(const char *what, const hax_error *err)
{
    fprintf(stderr, "%s: %s\n", what, err->message);
    exit(hax_status_exit_code(err->status));
}

/* ---- the peak -------------------------------------------------------------------------------- */

/* Runs `steps` rounds of CHAINS multiply-adds of `width` floats; the sum keeps them alive. */
typedef struct peak_kernel {
    const char *name;
    int width;
    float (*run)(int steps);
} peak_kernel;

#define PEAK_KERNEL(function, attribute, vector, set, fma, store, lanes)          \
    attribute static float function(int steps)                                    \
    {                                                                             \
        float out[lanes], sum = 0;                                                \
        vector a[CHAINS], b = set(0.999F), c = set(0.001F);                       \
        for (int i = 0; i < CHAINS; i++)                                          \
            a[i] = set((float) i);                                                \
        for (int s = 0; s < steps; s++) {                                         \
            _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) a[i] = fma; \
        }                                                                         \
        for (int i = 0; i < CHAINS; i++) {                                        \
            store(out, a[i]);                                                     \
            sum += out[0];                                                        \
        }                                                                         \
        return sum;                                                               \
    }

#if defined(__x86_64__)
PEAK_KERNEL(peak_avx512, __attribute__((target("avx512f"))), __m512, _mm512_set1_ps,
            _mm512_fmadd_ps(a[i], b, c), _mm512_storeu_ps, 16)
PEAK_KERNEL(peak_avx2, __attribute__((target("avx2,fma"))), __m256, _mm256_set1_ps,
            _mm256_fmadd_ps(a[i], b, c), _mm256_storeu_ps, 8)
PEAK_KERNEL(peak_sse, , __m128, _mm_set1_ps, _mm_add_ps(_mm_mul_ps(a[i], b), c), _mm_storeu_ps, 4)

static peak_kernel find_peak(void)
{
    if (__builtin_cpu_supports("avx512f"))
        return (peak_kernel){ "AVX-512", 16, peak_avx512 };
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return (peak_kernel){ "AVX2", 8, peak_avx2 };
    return (peak_kernel){ "SSE (no fused multiply-add)", 4, peak_sse };
}
#elif defined(__aarch64__)
PEAK_KERNEL(peak_neon, , float32x4_t, vdupq_n_f32, vfmaq_f32(c, a[i], b), vst1q_f32, 4)

static peak_kernel find_peak(void)
{
    return (peak_kernel){ "NEON", 4, peak_neon };
}
#endif

/* ---- networks ---------------------------------------------------------------------------------
 */

typedef struct bench_net {
    const char *name;
    hax_model *model;
    const hax_grouping *grouping;
    hax_program *program;
    hax_task *task;
    void **slots;
    double times_ms[ROUNDS];
} bench_net;

/* A slot for every tensor at a cut; the process ends before they would be freed. */
static void make_slots(bench_net *net, const hax_driver *driver)
{
    enum { ALIGNMENT = 64 };
    int count = hax_model_tensor_count(net->model), outputs = hax_model_output_count(net->model);
    net->slots = calloc((size_t) count, sizeof *net->slots);
    for (int i = 0; net->slots && i < net->grouping->count + outputs; i++) {
        int tensor = i < outputs ? hax_model_output(net->model, i)
                     : i == outputs
                         ? hax_model_input(net->model, 0)
                         : hax_group_crossing(net->model, net->grouping, i - outputs).tensors[0];
        size_t bytes = driver->layout(net->program, tensor)->bytes;
        net->slots[tensor] = aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT);
    }
}

static void prepare(bench_net *net, hax_device *device, const hax_unit *unit)
{
    const hax_driver *driver = hax_device_driver(device);
    hax_error err;
    if (hax_model_load(net->name, NULL, &net->model, &err) != HAX_OK ||
        hax_grouping_make(net->model, "blocks", &net->grouping, &err) != HAX_OK ||
        driver->build(device, unit, net->model, net->grouping, NULL, NULL, &net->program, &err) !=
            HAX_OK)
        stop(net->name, &err);
    make_slots(net, driver);
    int input = hax_model_input(net->model, 0);
    float *values = malloc(hax_model_tensor(net->model, input)->bytes);
    if (!net->slots || !values)
        exit(1);
    hax_model_fill_input(net->model, 0, 1, values);
    if (driver->bind(net->program, net->slots, &net->task, &err) != HAX_OK ||
        driver->import(net->task, input, &hax_layout_plain_tag, values, &err) != HAX_OK)
        stop(net->name, &err);
    free(values);
}

static double run_ms(const bench_net *net, const hax_driver *driver)
{
    hax_error err;
    uint64_t start_ns = hax_clock_ns();
    for (int g = 0; g < net->grouping->count; g++)
        if (driver->run(net->task, g, &err) != HAX_OK)
            stop(net->name, &err);
    return hax_ms_between(start_ns, hax_clock_ns());
}

/* ---- all
 * ------------------------------------------------------------------------------------------ */

static hax_device *open_core(int *cpu, hax_unit *unit)
{
    const hax_platform *platform;
    hax_device *device;
    hax_error err;
    if (hax_platform_load("host", &platform, &err) != HAX_OK)
        stop("host", &err);
    hax_kind kind = platform->kinds[platform->units[0].kind];
    *cpu = platform->units[0].cpus[0];
    *unit = (hax_unit){ .name = "core", .cpus = cpu, .cpu_count = 1, .threads = 1 };
    if (hax_driver_find(kind.driver)->open(&kind, &device, &err) != HAX_OK ||
        hax_device_driver(device)->enter(device, unit, &err) != HAX_OK)
        stop(kind.driver, &err);
    printf("%s\n", platform->description);
    hax_platform_destroy(platform);
    return device;
}

static double p25(double *times_ms)
{
    return hax_summarise(times_ms, ROUNDS).p25;
}

int main(int argc, char **argv)
{
    static bench_net nets[NETS_MAX] = { { .name = "resnet50" }, { .name = "vgg19" } };
    static double peak_ms[ROUNDS];
    static volatile float kept; /* or the compiler would drop the work */
    peak_kernel peak = find_peak();
    int count = argc > 1 ? 0 : 2, cpu;
    hax_unit unit;
    for (int a = 1; a < argc && count < NETS_MAX; a++)
        nets[count++].name = argv[a];
    hax_device *device = open_core(&cpu, &unit);
    for (int n = 0; n < count; n++)
        prepare(&nets[n], device, &unit);
    for (int r = -1; r < ROUNDS; r++) { /* round -1 warms up */
        uint64_t start_ns = hax_clock_ns();
        kept = peak.run(STEPS);
        peak_ms[r < 0 ? 0 : r] = hax_ms_between(start_ns, hax_clock_ns());
        for (int n = 0; n < count; n++)
            nets[n].times_ms[r < 0 ? 0 : r] = run_ms(&nets[n], hax_device_driver(device));
    }
    (void) kept;
    double peak_gflops = 2e-6 * CHAINS * peak.width * STEPS / p25(peak_ms);
    printf("%-12s %10s %10s %8s\n%-12s %10s %10.1f %8s   %s\n", "one core", "ms", "GFLOP/s",
           "of peak", "peak", "", peak_gflops, "", peak.name);
    for (int n = 0; n < count; n++) {
        double ms = p25(nets[n].times_ms);
        double gflops = 2e-6 * (double) hax_model_macs(nets[n].model) / ms;
        printf("%-12s %10.2f %10.1f %7.1f%%\n", nets[n].name, ms, gflops,
               100 * gflops / peak_gflops);
    }
    return 0;
}
