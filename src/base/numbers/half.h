/* Half-precision numbers (IEEE 754 binary16) as the 32-bit ones that have the same value. */
#ifndef HAX_BASE_NUMBERS_HALF_H
#define HAX_BASE_NUMBERS_HALF_H

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

#endif
