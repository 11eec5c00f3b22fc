/* Half-precision numbers (IEEE 754 binary16) as the 32-bit ones that have the same value, and the
 * nearest ones of 32-bit numbers. */
#ifndef HAX_BASE_NUMBERS_HALF_H
#define HAX_BASE_NUMBERS_HALF_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline float hax_float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline float hax_float_of_half(uint16_t half)
{
    uint32_t sign = (uint32_t) (half & 0x8000) << 16, exponent = half >> 10 & 31;
    uint32_t fraction = half & 1023;
    if (exponent == 31)
        return hax_float_of_bits(sign | 0x7f800000 | fraction << 13);
    if (exponent > 0)
        return hax_float_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
    float small = (float) fraction * 0x1p-24F;
    return sign ? -small : small;
}

/* Rounded to the nearest, ties to even. */
static inline uint16_t hax_half_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000;
    float magnitude = fabsf(value);
    if (isnan(value))
        return (uint16_t) (sign | 0x7e00);
    if (magnitude >= 65520) /* half a step beyond the largest */
        return (uint16_t) (sign | 0x7c00);
    if (magnitude < 0x1p-14F) /* steps of 2^-24 */
        return (uint16_t) (sign | (uint32_t) lrintf(magnitude * 0x1p24F));
    uint32_t rounded = (bits & 0x7fffffff) + 0xfff + (bits >> 13 & 1);
    return (uint16_t) (sign | ((rounded >> 13) - (112 << 10)));
}

#endif
