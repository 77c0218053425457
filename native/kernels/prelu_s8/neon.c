/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: prelu_s8, 16 channels at a time; what remains of a row is computed on 16 as well (inputs may be read past
 * their end), and stored in pieces. */
#if defined(__aarch64__)

#include "../neon_real.h"
#include "../neon_round.h"
#include "../neon_store.h"
#include "prelu_s8.h"

struct constants {
  int8x16_t zero_point;
  float32x4_t scale;
  struct sg_neon_round round;
};

static float largest(const struct sg_prelu_s8_args *a) {
  float32x4_t most = vdupq_n_f32(a->scale);
  for (size_t c = 0; c < a->channels; c += 4) most = vmaxq_f32(most, vabsq_f32(vld1q_f32(a->slopes + c)));
  return vmaxvq_f32(most);
}

/* Multiplies by the slope where the difference is negative. */
SG_INLINE float32x4_t scaled(int32x4_t x, float32x4_t scale, float32x4_t slope) {
  return vmulq_f32(vcvtq_f32_s32(x), vbslq_f32(vcltzq_s32(x), slope, scale));
}

SG_INLINE int8x16_t result_16(const int8_t *at, const float *slopes, const struct constants *k) {
  const int8x16_t x = vld1q_s8(at);
  const float32x4x4_t slope = vld1q_f32_x4(slopes);
  const int16x8_t low = vsubl_s8(vget_low_s8(x), vget_low_s8(k->zero_point)), high = vsubl_high_s8(x, k->zero_point);
  return sg_neon_round_16(scaled(vmovl_s16(vget_low_s16(low)), k->scale, slope.val[0]),
                          scaled(vmovl_high_s16(low), k->scale, slope.val[1]),
                          scaled(vmovl_s16(vget_low_s16(high)), k->scale, slope.val[2]),
                          scaled(vmovl_high_s16(high), k->scale, slope.val[3]), &k->round);
}

void sg_prelu_s8_s8_1x16c1__neon(const struct sg_prelu_s8_args *a) {
  const struct constants k = {sg_neon_zero_point(a->input_zero_point), vdupq_n_f32(a->scale),
                              sg_neon_round_load(&a->requant, 255.0f * largest(a))};
  for (size_t row = a->begin; row < a->end; row++) {
    const int8_t *x = a->input + row * a->channels;
    int8_t *output = a->output + row * a->channels;
    size_t c = 0;
    for (; c + 16 <= a->channels; c += 16) vst1q_s8(output + c, result_16(x + c, a->slopes + c, &k));
    if (c < a->channels) sg_neon_store_16(output + c, result_16(x + c, a->slopes + c, &k), a->channels - c);
  }
}

#endif
