/* SPDX-License-Identifier: Apache-2.0 */
/* neon_round.h: 16 real values to int8, by the shorter way of neon_requant_bounded.h where the operator allows it. */
#ifndef SG_KERNELS_NEON_ROUND_H
#define SG_KERNELS_NEON_ROUND_H

#include "neon_requant_bounded.h"

struct sg_neon_round {
  struct sg_neon_requant requant;
  float32x4_t magic;
  int bounded;
};

/* `most` bounds the absolute value of all that will be rounded. */
SG_INLINE struct sg_neon_round sg_neon_round_load(const struct sg_requant *to, float most) {
  return (struct sg_neon_round){sg_neon_requant_load(to), sg_neon_bounded_magic(to),
                                sg_neon_bounded(to) && most < sg_neon_bound};
}

SG_INLINE int8x16_t sg_neon_round_16(float32x4_t a, float32x4_t b, float32x4_t c, float32x4_t d,
                                     const struct sg_neon_round *to) {
  if (to->bounded)
    return vqmovn_high_s16(vqmovn_s16(sg_neon_bounded_round(a, b, to->magic)), sg_neon_bounded_round(c, d, to->magic));
  return sg_neon_narrow(vcvtnq_s32_f32(a), vcvtnq_s32_f32(b), vcvtnq_s32_f32(c), vcvtnq_s32_f32(d), &to->requant);
}

/* The same for integers that fit float32 exactly, times one scale. */
SG_INLINE int8x16_t sg_neon_round_scaled(int32x4_t a, int32x4_t b, int32x4_t c, int32x4_t d, float32x4_t scale,
                                         const struct sg_neon_round *to) {
  return sg_neon_round_16(vmulq_f32(vcvtq_f32_s32(a), scale), vmulq_f32(vcvtq_f32_s32(b), scale),
                          vmulq_f32(vcvtq_f32_s32(c), scale), vmulq_f32(vcvtq_f32_s32(d), scale), to);
}

#endif
