/* SPDX-License-Identifier: Apache-2.0 */
/* avx2.c: prelu_s8, 16 channels at a time; the rest of a row is stored in pieces. */
#if defined(__x86_64__)
#include "../avx2.h"
#include "prelu_s8.h"

/* 8 results; the slope where the difference is negative. */
SG_AVX2_INLINE __m128i result_8(const int8_t *at, __m256i zero_point, __m256 scale, const float *slopes,
                                const struct sg_avx2_requant *to) {
  const __m256i wide = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)at));
  const __m256i x = _mm256_sub_epi32(wide, zero_point);
  const __m256 chosen = _mm256_blendv_ps(scale, _mm256_loadu_ps(slopes), _mm256_castsi256_ps(x)); /* by the sign bit */
  return sg_avx2_round(sg_avx2_scale(x, chosen), to);
}

SG_AVX2 void sg_prelu_s8_s8_1x16c1__avx2(const struct sg_prelu_s8_args *a) {
  const struct sg_avx2_requant to = sg_avx2_requant_load(&a->requant);
  const __m256i zero_point = _mm256_set1_epi32(a->input_zero_point);
  const __m256 scale = _mm256_set1_ps(a->scale);
  for (size_t row = a->begin; row < a->end; row++) {
    const int8_t *x = a->input + row * a->channels;
    int8_t *output = a->output + row * a->channels;
    for (size_t c = 0; c < a->channels; c += 16) {
      const __m128i low = result_8(x + c, zero_point, scale, a->slopes + c, &to);
      const __m128i high = result_8(x + c + 8, zero_point, scale, a->slopes + c + 8, &to);
      sg_avx2_store(output + c, _mm_packs_epi16(low, high), a->channels - c);
    }
  }
}
#endif
