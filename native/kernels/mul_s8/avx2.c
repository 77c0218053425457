/* SPDX-License-Identifier: Apache-2.0 */
/* avx2.c: mul_s8, 16 elements at a time; the rest of a row is stored in pieces. */
#if defined(__x86_64__)
#include "../avx2.h"
#include "mul_s8.h"

struct constants {
  __m256i a_zero_point, b_zero_point;
  __m256 scale;
  struct sg_avx2_requant requant;
};

SG_AVX2_INLINE __m128i product_8(const int8_t *a, const int8_t *b, const struct constants *k) {
  const __m256i left =
      _mm256_sub_epi32(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)a)), k->a_zero_point);
  const __m256i right =
      _mm256_sub_epi32(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)b)), k->b_zero_point);
  return sg_avx2_round(sg_avx2_scale(_mm256_mullo_epi32(left, right), k->scale), &k->requant);
}

SG_AVX2 void sg_mul_s8_s8_1x16c1__avx2(const struct sg_mul_s8_args *s) {
  const struct constants k = {_mm256_set1_epi32(s->a_zero_point), _mm256_set1_epi32(s->b_zero_point),
                              _mm256_set1_ps(s->scale), sg_avx2_requant_load(&s->requant)};
  const int whole = s->b_rows == 1; /* then all rows are one */
  const size_t count = whole ? (s->end - s->begin) * s->channels : s->channels;
  for (size_t row = s->begin; row < s->end; row = whole ? s->end : row + 1) {
    const int8_t *a = s->a + row * s->channels, *b = s->b + row / s->b_rows * s->channels;
    int8_t *output = s->output + row * s->channels;
    for (size_t c = 0; c < count; c += 16)
      sg_avx2_store(output + c, _mm_packs_epi16(product_8(a + c, b + c, &k), product_8(a + c + 8, b + c + 8, &k)),
                    count - c);
  }
}
#endif
