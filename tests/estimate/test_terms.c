/* The fit of the model's numbers: known ones found again, bounds kept, nothing negative. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>

#include "fit.h"
#include "random.h"

enum { SAMPLES = 200 };

static const hax_fit_prior prior = { .usual = { 0.01, 1, 0.02, 0.02, 0.4 },
                                     .sigma = { 1, 1, 1, 1, 1 },
                                     .least = { 1e-6, 0.5, 0.01, 0.01, 1e-6 } };

/* Groups of random amounts that take what `truth` says, up to some noise. */
static void make_samples(const double truth[WORK_TERMS], double noise, hax_fit_sample *samples)
{
    hax_random random = { 7 };
    for (int s = 0; s < SAMPLES; s++) {
        samples[s] = (hax_fit_sample){ .fixed_ms = 0.001 };
        samples[s].work.kernels[WORK_LAUNCHES] = 1 + (double) hax_random_below(&random, 20);
        samples[s].work.kernels[WORK_GMACS] = pow(10, -2 + 2 * hax_random_unit(&random));
        samples[s].work.kernels[WORK_ACTIVATIONS] = pow(10, 2 * hax_random_unit(&random));
        samples[s].work.kernels[WORK_WEIGHTS] = pow(10, -1 + 3 * hax_random_unit(&random));
        samples[s].work.kernels[WORK_NETWORK] = 0.1;
        samples[s].measured_ms = (hax_work_ms(&samples[s].work, truth) + samples[s].fixed_ms) *
                                 exp(noise * (hax_random_unit(&random) - 0.5));
    }
}

static void known_numbers_are_found_again(void **state)
{
    (void) state;
    static hax_fit_sample samples[SAMPLES];
    const double truth[WORK_TERMS] = { 0.02, 0.8, 0.03, 0.015, 0.9 };
    double terms[WORK_TERMS];
    hax_fit_prior weak = prior;
    for (int t = 0; t < WORK_TERMS; t++)
        weak.sigma[t] = 100;
    make_samples(truth, 0, samples);
    hax_fit_terms(samples, SAMPLES, &weak, terms);
    for (int t = 0; t < WORK_TERMS; t++)
        assert_true(fabs(terms[t] / truth[t] - 1) < 1e-3);
    make_samples(truth, 0.6, samples);
    hax_fit_terms(samples, SAMPLES, &prior, terms);
    for (int t = 0; t < WORK_TERMS; t++)
        assert_true(fabs(log(terms[t] / truth[t])) < 0.5);
}

static void bounds_are_kept(void **state)
{
    (void) state;
    static hax_fit_sample samples[SAMPLES];
    /* faster than the unit can be */
    const double truth[WORK_TERMS] = { 0.02, 0.01, 0.001, 0.001, 0.1 };
    double terms[WORK_TERMS];
    make_samples(truth, 0.2, samples);
    hax_fit_terms(samples, SAMPLES, &prior, terms);
    for (int t = 0; t < WORK_TERMS; t++) {
        assert_true(isfinite(terms[t]));
        assert_true(terms[t] >= prior.least[t] * (1 - 1e-9));
    }
    assert_true(fabs(terms[WORK_GMACS] / prior.least[WORK_GMACS] - 1) < 1e-6);
}

static void nothing_seen_is_as_usual(void **state)
{
    (void) state;
    static hax_fit_sample samples[SAMPLES];
    const double truth[WORK_TERMS] = { 0.02, 0.8, 0.03, 0.015, 0.9 };
    double terms[WORK_TERMS];
    hax_fit_terms(samples, 0, &prior, terms);
    for (int t = 0; t < WORK_TERMS; t++)
        assert_true(fabs(terms[t] / prior.usual[t] - 1) < 1e-9);
    make_samples(truth, 0, samples);
    for (int s = 0; s < SAMPLES; s++)
        samples[s].left_out = true;
    hax_fit_terms(samples, SAMPLES, &prior, terms);
    for (int t = 0; t < WORK_TERMS; t++)
        assert_true(fabs(terms[t] / prior.usual[t] - 1) < 1e-9);
}

static void more_work_takes_longer(void **state)
{
    (void) state;
    static hax_fit_sample samples[SAMPLES];
    const double truth[WORK_TERMS] = { 0.02, 0.8, 0.03, 0.015, 0.9 };
    double terms[WORK_TERMS];
    make_samples(truth, 1, samples);
    hax_fit_terms(samples, SAMPLES, &prior, terms);
    for (int t = 0; t < WORK_TERMS; t++) {
        hax_kernel_work more = samples[0].work;
        more.kernels[t] *= 1.5;
        assert_true(hax_work_ms(&more, terms) > hax_work_ms(&samples[0].work, terms));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_numbers_are_found_again),
        cmocka_unit_test(bounds_are_kept),
        cmocka_unit_test(nothing_seen_is_as_usual),
        cmocka_unit_test(more_work_takes_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
