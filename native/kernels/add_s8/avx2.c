/* SPDX-License-Identifier: Apache-2.0 */
/* avx2.c: add_s8, 16 elements at a time; what remains is computed on 16 as well (inputs may be read past their end),
 * and stored in pieces. */
#if defined(__x86_64__)
#include "../avx2.h"
#include "add_s8.h"

SG_AVX2 void sg_add_s8_s8_1x16c1__avx2(const struct sg_add_s8_args *s) {
  const struct sg_avx2_requant to = sg_avx2_requant_load(&s->requant);
  const __m256i a_zero_point = _mm256_set1_epi32(s->a_zero_point), b_zero_point = _mm256_set1_epi32(s->b_zero_point);
  const __m256 a_scale = _mm256_set1_ps(s->a_scale), b_scale = _mm256_set1_ps(s->b_scale);
  for (size_t i = s->begin; i < s->end; i += 16) {
    __m128i words[2];
    for (size_t h = 0; h < 2; h++)
      words[h] = sg_avx2_round(_mm256_add_ps(sg_avx2_real(s->a + i + 8 * h, a_zero_point, a_scale),
                                             sg_avx2_real(s->b + i + 8 * h, b_zero_point, b_scale)),
                               &to);
    sg_avx2_store(s->output + i, _mm_packs_epi16(words[0], words[1]), s->end - i);
  }
}
#endif
