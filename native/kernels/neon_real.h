/* SPDX-License-Identifier: Apache-2.0 */
/* neon_real.h: int8 to float32, 16 values at a time. */
#ifndef SG_KERNELS_NEON_REAL_H
#define SG_KERNELS_NEON_REAL_H

#include <arm_neon.h>

#include "exact.h"

/* A zero point in all lanes. The compiler must not see that both halves are the same, or it forgoes SSUBL2. */
static inline int8x16_t sg_neon_zero_point(int32_t zero_point) {
  int8x16_t lanes = vdupq_n_s8((int8_t)zero_point);
  __asm__("" : "+w"(lanes));
  return lanes;
}

/* (x - zero_point) * scale. The difference fits an int16, so it costs nothing beside the widening. */
static inline __attribute__((always_inline)) float32x4x4_t sg_neon_real(int8x16_t x, int8x16_t zero_point,
                                                                        float32x4_t scale) {
  const int16x8_t low = vsubl_s8(vget_low_s8(x), vget_low_s8(zero_point)), high = vsubl_high_s8(x, zero_point);
  return (float32x4x4_t){{vmulq_f32(vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))), scale),
                          vmulq_f32(vcvtq_f32_s32(vmovl_high_s16(low)), scale),
                          vmulq_f32(vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))), scale),
                          vmulq_f32(vcvtq_f32_s32(vmovl_high_s16(high)), scale)}};
}

#endif
