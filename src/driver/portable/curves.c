/* Functions of one number (kernel.h names them). */
#include <math.h>

#include "loops.h"

static float clip(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

static float softplus(float x)
{
    return x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x));
}

static float gelu_by_tanh(float x)
{
    const float root = 0.7978845608F; /* of 2 / pi */
    return 0.5F * x * (1 + tanhf(root * (x + 0.044715F * x * x * x)));
}

/* A slope of 0 gives 0, also of what is infinite. */
static float below(float x, float slope)
{
    return slope == 0 ? 0 : x * slope;
}

float hax_curve_at(const hax_activation *activation, float x)
{
    float scaled = activation->alpha * x,
          inner = activation->beta == 0 ? scaled : scaled + activation->beta;
    switch (activation->curve) {
    case HAX_CURVE_NONE: return x;
    case HAX_CURVE_RELU: return x < 0 ? below(x, activation->alpha) : x;
    case HAX_CURVE_LINEAR: return inner;
    case HAX_CURVE_CLIP: return clip(x, activation->alpha, activation->beta);
    case HAX_CURVE_SIGMOID: return 1 / (1 + expf(-x));
    case HAX_CURVE_TANH: return tanhf(x);
    case HAX_CURVE_ELU: return x < 0 ? activation->alpha * expm1f(x) : x;
    case HAX_CURVE_EXP: return expf(inner);
    case HAX_CURVE_LOG: return activation->power * logf(inner);
    case HAX_CURVE_POWER: return powf(inner, activation->power);
    case HAX_CURVE_ABSOLUTE: return fabsf(x);
    case HAX_CURVE_SOFTPLUS: return softplus(x);
    case HAX_CURVE_HARD_SIGMOID: return clip(inner, 0, 1);
    case HAX_CURVE_HARD_SWISH: return x * clip(x / 6 + 0.5F, 0, 1);
    case HAX_CURVE_SILU: return x / (1 + expf(-x));
    case HAX_CURVE_GELU: return 0.5F * x * (1 + erff(x * sqrtf(0.5F)));
    case HAX_CURVE_GELU_TANH: return gelu_by_tanh(x);
    case HAX_CURVE_MISH: return x * tanhf(softplus(x));
    case HAX_CURVE_ERF: return erff(x);
    case HAX_CURVE_SQRT: return sqrtf(x);
    case HAX_CURVE_FLOOR: return floorf(x);
    case HAX_CURVE_CEIL: return ceilf(x);
    case HAX_CURVE_SOFTSIGN: return x / (1 + fabsf(x));
    case HAX_CURVE_ROUND: return nearbyintf(x);
    case HAX_CURVE_SIGN: return x > 0 ? 1 : x < 0 ? -1 : x;
    case HAX_CURVE_SIN: return sinf(x);
    case HAX_CURVE_COS: return cosf(x);
    }
    return x;
}
