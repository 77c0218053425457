/* SPDX-License-Identifier: Apache-2.0 */
/* neon_column.h: armv8.0: two products of int8 fit an int16, weights being within -127 … 127, and SADALP adds
 * neighbours to the int32 sums. So two taps of a channel are adjacent, and four taps cost one SADALP per four
 * channels. */
#ifndef SG_KERNELS_DWCONV_S8_NEON_COLUMN_H
#define SG_KERNELS_DWCONV_S8_NEON_COLUMN_H

#include <arm_neon.h>

/* Interleaves the lower halves of a and b: one ZIP1. The compiler, were it to look inside, would make the two halves of
 * the result by an instruction each, because the products take halves. */
static inline int8x16_t sg_dw_interleave(int8x16_t a, int8x16_t b) {
  int8x16_t both = vzip1q_s8(a, b);
  __asm__("" : "+w"(both));
  return both;
}

/* 8 channels, in the lower half. */
static inline int8x16_t sg_dw_load(const int8_t *row) {
  return vcombine_s8(vld1_s8(row), vdup_n_s8(0));
}

static inline int8x16_t sg_dw_weights_2(int8x8_t a, int8x8_t b) {
  return vcombine_s8(vzip1_s8(a, b), vzip2_s8(a, b));
}

/* Four taps of 8 channels: a and b, each two taps interleaved. */
static inline int32x4x2_t sg_dw_add_4(int32x4x2_t sum, int8x16_t a, int8x16_t weights_a, int8x16_t b,
                                      int8x16_t weights_b) {
  const int16x8_t low = vmull_s8(vget_low_s8(a), vget_low_s8(weights_a)), high = vmull_high_s8(a, weights_a);
  sum.val[0] = vpadalq_s16(sum.val[0], vmlal_s8(low, vget_low_s8(b), vget_low_s8(weights_b)));
  sum.val[1] = vpadalq_s16(sum.val[1], vmlal_high_s8(high, b, weights_b));
  return sum;
}

/* One tap, to the bias. */
static inline int32x4x2_t sg_dw_bias_1(const int32_t *bias, int8x16_t a, int8x8_t weights) {
  const int16x8_t product = vmull_s8(vget_low_s8(a), weights);
  return (int32x4x2_t){
      {vaddw_s16(vld1q_s32(bias), vget_low_s16(product)), vaddw_high_s16(vld1q_s32(bias + 4), product)}};
}

#endif
