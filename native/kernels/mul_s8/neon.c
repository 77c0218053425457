/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: mul_s8, 16 elements at a time; what remains of a row is computed on 16 as well (inputs may be read past their
 * end), and stored in pieces. */
#if defined(__aarch64__)

#include "../neon_real.h"
#include "../neon_round.h"
#include "../neon_store.h"
#include "mul_s8.h"

struct constants {
  int8x16_t a_zero_point, b_zero_point;
  float32x4_t scale;
  struct sg_neon_round round;
};

/* Differences fit an int16, so SMULL makes exact products of them. */
SG_INLINE int8x16_t product_16(const int8_t *a_at, const int8_t *b_at, const struct constants *k) {
  const int8x16_t a = vld1q_s8(a_at), b = vld1q_s8(b_at);
  const int16x8_t a0 = vsubl_s8(vget_low_s8(a), vget_low_s8(k->a_zero_point)), a1 = vsubl_high_s8(a, k->a_zero_point);
  const int16x8_t b0 = vsubl_s8(vget_low_s8(b), vget_low_s8(k->b_zero_point)), b1 = vsubl_high_s8(b, k->b_zero_point);
  return sg_neon_round_scaled(vmull_s16(vget_low_s16(a0), vget_low_s16(b0)), vmull_high_s16(a0, b0),
                              vmull_s16(vget_low_s16(a1), vget_low_s16(b1)), vmull_high_s16(a1, b1), k->scale,
                              &k->round);
}

static void multiply(const int8_t *a, const int8_t *b, int8_t *output, size_t count, const struct constants *k) {
  for (; count >= 16; count -= 16, a += 16, b += 16, output += 16) vst1q_s8(output, product_16(a, b, k));
  if (count > 0) sg_neon_store_16(output, product_16(a, b, k), count);
}

void sg_mul_s8_s8_1x16c1__neon(const struct sg_mul_s8_args *s) {
  const struct constants k = {sg_neon_zero_point(s->a_zero_point), sg_neon_zero_point(s->b_zero_point),
                              vdupq_n_f32(s->scale), sg_neon_round_load(&s->requant, 65025.0f * s->scale)};
  const size_t c = s->channels, first = s->begin * c;
  if (s->b_rows == 1) { /* one long row */
    multiply(s->a + first, s->b + first, s->output + first, s->end * c - first, &k);
    return;
  }
  for (size_t row = s->begin; row < s->end; row++)
    multiply(s->a + row * c, s->b + row / s->b_rows * c, s->output + row * c, c, &k);
}

#endif
