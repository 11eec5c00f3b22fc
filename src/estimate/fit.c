/*
 * Least squares on logarithms, by Levenberg's and Marquardt's steps in the logarithms of the terms:
 * positive by themselves, and a bound is a clamp. Five unknowns, some thirty samples.
 */
#include "fit.h"

#include <math.h>
#include <string.h>

enum { STEPS = 200 };

static const double sample_sigma = 0.25;

double hax_fit_ratio(const hax_fit_sample *sample, const double terms[WORK_TERMS])
{
    return (hax_work_ms(&sample->work, terms) + sample->fixed_ms) / sample->measured_ms;
}

typedef struct fitting {
    const hax_fit_sample *samples;
    int count;
    const hax_fit_prior *prior;
} fitting;

static void to_terms(const double q[WORK_TERMS], double terms[WORK_TERMS])
{
    for (int t = 0; t < WORK_TERMS; t++)
        terms[t] = exp(q[t]);
}

static double cost_at(const fitting *fitting, const double q[WORK_TERMS])
{
    double terms[WORK_TERMS], cost = 0;
    to_terms(q, terms);
    for (int s = 0; s < fitting->count; s++) {
        if (fitting->samples[s].left_out)
            continue;
        double r = log(hax_fit_ratio(&fitting->samples[s], terms)) / sample_sigma;
        cost += r * r;
    }
    for (int t = 0; t < WORK_TERMS; t++) {
        double r = (q[t] - log(fitting->prior->usual[t])) / fitting->prior->sigma[t];
        cost += r * r;
    }
    return cost;
}

/* The normal equations at q: square[][] and the negative gradient right[]. */
static void normal(const fitting *fitting, const double q[WORK_TERMS],
                   double square[WORK_TERMS][WORK_TERMS], double right[WORK_TERMS])
{
    double terms[WORK_TERMS];
    to_terms(q, terms);
    memset(square, 0, sizeof(double) * WORK_TERMS * WORK_TERMS);
    memset(right, 0, sizeof(double) * WORK_TERMS);
    for (int s = 0; s < fitting->count; s++) {
        const hax_fit_sample *sample = &fitting->samples[s];
        if (sample->left_out)
            continue;
        double ratio = hax_fit_ratio(sample, terms), slope[WORK_TERMS];
        double r = log(ratio) / sample_sigma;
        for (int t = 0; t < WORK_TERMS; t++)
            slope[t] =
                sample->work.kernels[t] * terms[t] / (ratio * sample->measured_ms) / sample_sigma;
        for (int a = 0; a < WORK_TERMS; a++) {
            right[a] -= slope[a] * r;
            for (int b = 0; b < WORK_TERMS; b++)
                square[a][b] += slope[a] * slope[b];
        }
    }
    for (int t = 0; t < WORK_TERMS; t++) {
        double sigma = fitting->prior->sigma[t];
        square[t][t] += 1 / (sigma * sigma);
        right[t] -= (q[t] - log(fitting->prior->usual[t])) / (sigma * sigma);
    }
}

/* Solves the positive definite system in place, by elimination. */
static void eliminate(double square[WORK_TERMS][WORK_TERMS], double right[WORK_TERMS])
{
    for (int p = 0; p < WORK_TERMS; p++) {
        for (int r = p + 1; r < WORK_TERMS; r++) {
            double factor = square[r][p] / square[p][p];
            for (int c = p; c < WORK_TERMS; c++)
                square[r][c] -= factor * square[p][c];
            right[r] -= factor * right[p];
        }
    }
    for (int p = WORK_TERMS - 1; p >= 0; p--) {
        for (int c = p + 1; c < WORK_TERMS; c++)
            right[p] -= square[p][c] * right[c];
        right[p] /= square[p][p];
    }
}

/* A step with damping; terms that stand at their bound and would go below stay there. */
static void step(const fitting *fitting, const double q[WORK_TERMS], double damping,
                 double next[WORK_TERMS])
{
    double square[WORK_TERMS][WORK_TERMS], right[WORK_TERMS];
    normal(fitting, q, square, right);
    for (int t = 0; t < WORK_TERMS; t++) {
        bool held = q[t] <= log(fitting->prior->least[t]) && right[t] < 0;
        for (int c = 0; held && c < WORK_TERMS; c++)
            square[t][c] = square[c][t] = 0;
        if (held)
            right[t] = 0;
        square[t][t] = held ? 1 : square[t][t] * (1 + damping);
    }
    eliminate(square, right);
    for (int t = 0; t < WORK_TERMS; t++)
        next[t] = fmax(q[t] + right[t], log(fitting->prior->least[t]));
}

void hax_fit_terms(const hax_fit_sample *samples, int count, const hax_fit_prior *prior,
                   double terms[WORK_TERMS])
{
    const fitting context = { samples, count, prior };
    double q[WORK_TERMS], next[WORK_TERMS], damping = 1e-2;
    for (int t = 0; t < WORK_TERMS; t++)
        q[t] = log(fmax(prior->usual[t], prior->least[t]));
    double cost = cost_at(&context, q);
    for (int i = 0; i < STEPS && damping < 1e12; i++) {
        step(&context, q, damping, next);
        double changed = cost_at(&context, next);
        if (!(changed < cost)) {
            damping *= 10;
            continue;
        }
        memcpy(q, next, sizeof q);
        cost = changed;
        damping = fmax(damping / 10, 1e-9);
    }
    to_terms(q, terms);
}
