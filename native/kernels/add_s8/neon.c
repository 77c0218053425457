/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: add_s8, 16 elements at a time; what remains is computed on 16 as well (inputs may be read past their end),
 * and stored in pieces. */
#if defined(__aarch64__)

#include "../neon_real.h"
#include "../neon_requant_bounded.h"
#include "../neon_store.h"
#include "add_s8.h"

struct constants {
  int8x16_t a_zero_point, b_zero_point;
  float32x4_t a_scale, b_scale, magic;
  struct sg_neon_requant requant;
};

SG_INLINE int8x16_t sum_16(int8x16_t a, int8x16_t b, const struct constants *k, int bounded) {
  float32x4x4_t sum = sg_neon_real(a, k->a_zero_point, k->a_scale);
  const float32x4x4_t other = sg_neon_real(b, k->b_zero_point, k->b_scale);
  for (int i = 0; i < 4; i++) sum.val[i] = vaddq_f32(sum.val[i], other.val[i]);
  if (bounded)
    return vqmovn_high_s16(vqmovn_s16(sg_neon_bounded_round(sum.val[0], sum.val[1], k->magic)),
                           sg_neon_bounded_round(sum.val[2], sum.val[3], k->magic));
  return sg_neon_narrow(vcvtnq_s32_f32(sum.val[0]), vcvtnq_s32_f32(sum.val[1]), vcvtnq_s32_f32(sum.val[2]),
                        vcvtnq_s32_f32(sum.val[3]), &k->requant);
}

SG_INLINE void run(const struct sg_add_s8_args *s, int bounded) {
  const struct constants k = {sg_neon_zero_point(s->a_zero_point),
                              sg_neon_zero_point(s->b_zero_point),
                              vdupq_n_f32(s->a_scale),
                              vdupq_n_f32(s->b_scale),
                              sg_neon_bounded_magic(&s->requant),
                              sg_neon_requant_load(&s->requant)};
  const int8_t *a = s->a + s->begin, *b = s->b + s->begin;
  int8_t *output = s->output + s->begin;
  size_t left = s->end - s->begin;
  for (; left >= 32; left -= 32, a += 32, b += 32, output += 32) { /* one load or store serves two registers */
    const int8x16_t a0 = vld1q_s8(a), a1 = vld1q_s8(a + 16), b0 = vld1q_s8(b), b1 = vld1q_s8(b + 16);
    const int8x16_t sum0 = sum_16(a0, b0, &k, bounded), sum1 = sum_16(a1, b1, &k, bounded);
    vst1q_s8(output, sum0);
    vst1q_s8(output + 16, sum1);
  }
  for (; left > 0; left -= left < 16 ? left : 16, a += 16, b += 16, output += 16)
    sg_neon_store_16(output, sum_16(vld1q_s8(a), vld1q_s8(b), &k, bounded), left);
}

void sg_add_s8_s8_1x32c1__neon(const struct sg_add_s8_args *s) {
  if (sg_neon_bounded(&s->requant) && 255.0f * (s->a_scale + s->b_scale) < sg_neon_bound)
    run(s, 1);
  else
    run(s, 0);
}

#endif
