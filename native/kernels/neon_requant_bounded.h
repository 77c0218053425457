/* SPDX-License-Identifier: Apache-2.0 */
/* neon_requant_bounded.h: a shorter way to the same bytes as sg_requantize, for values below a bound.
 *
 * Where |value| stays below 2^15, rounding needs no saturating conversion: adding 1.5 * 2^23 + zero_point leaves the
 * rounded result in the low 16 bits of the float, to be picked by UZP1 instead of narrowed. That is one step less per
 * four values, and the zero point comes for free. Half to even survives because an even zero point keeps the parity. */
#ifndef SG_KERNELS_NEON_REQUANT_BOUNDED_H
#define SG_KERNELS_NEON_REQUANT_BOUNDED_H

#include "neon_requant.h"

/* What the values must stay below: 2^15 less the zero point and a margin for the rounding of the bound itself. */
static const float sg_neon_bound = 32512.0f;

/* Whether the short way applies: the clamp must be int8's own, which the last narrowing does. */
SG_INLINE int sg_neon_bounded(const struct sg_requant *to) {
  return to->zero_point % 2 == 0 && to->clamp_min == INT8_MIN && to->clamp_max == INT8_MAX;
}

/* Whether |bias + products| * scale is small enough in all four channels; `products` bounds the sum of the products. */
SG_INLINE int sg_neon_bounded_sums(int32x4_t bias, float32x4_t scale, float products) {
  const float32x4_t most = vaddq_f32(vcvtq_f32_s32(vqabsq_s32(bias)), vdupq_n_f32(products));
  return vmaxvq_f32(vmulq_f32(most, scale)) < sg_neon_bound;
}

SG_INLINE float32x4_t sg_neon_bounded_magic(const struct sg_requant *to) {
  return vdupq_n_f32(12582912.0f + (float)to->zero_point);
}

/* Eight values, rounded, with the zero point added. */
SG_INLINE int16x8_t sg_neon_bounded_round(float32x4_t a, float32x4_t b, float32x4_t magic) {
  return vuzp1q_s16(vreinterpretq_s16_f32(vaddq_f32(a, magic)), vreinterpretq_s16_f32(vaddq_f32(b, magic)));
}

/* Eight sums, scaled. */
SG_INLINE int16x8_t sg_neon_bounded_scale(int32x4_t a, int32x4_t b, float32x4_t scale_a, float32x4_t scale_b,
                                          float32x4_t magic) {
  return sg_neon_bounded_round(vmulq_f32(vcvtq_f32_s32(a), scale_a), vmulq_f32(vcvtq_f32_s32(b), scale_b), magic);
}

#endif
