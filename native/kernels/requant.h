/* SPDX-License-Identifier: Apache-2.0 */
/* requant.h: the one definition of requantisation. Every kernel of every ISA equals this bit for bit. */
#ifndef SG_KERNELS_REQUANT_H
#define SG_KERNELS_REQUANT_H

#include <stdint.h>

#include "exact.h"

/* Parameters of the conversion of a real value, in units of the output's scale, to int8. */
struct sg_requant {
  int32_t zero_point; /* -128 … 127 */
  int32_t clamp_min;  /* of the result, zero point included; -128 … 127 */
  int32_t clamp_max;
};

/* clamp(round_half_even(value) + zero_point). The clamp comes first: its bounds are integers, so the result is the
 * same, and |value| stays below 2^22, where adding 1.5 * 2^23 rounds half to even in the current rounding mode and
 * leaves the integer in the low mantissa bits. FCVTNS and _mm_cvtps_epi32 round the same way.
 * `value` is never NaN: scales are finite and below 2^64 (checked when a plan is opened). */
static inline int8_t sg_requantize(float value, const struct sg_requant *to) {
  const float low = (float)(to->clamp_min - to->zero_point);
  const float high = (float)(to->clamp_max - to->zero_point);
  union {
    float real;
    int32_t bits;
  } rounded;
  value = value > low ? value : low;
  value = value < high ? value : high;
  rounded.real = value + 12582912.0f;
  return (int8_t)(rounded.bits - 0x4B400000 + to->zero_point);
}

#endif
