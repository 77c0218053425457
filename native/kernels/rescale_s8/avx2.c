/* SPDX-License-Identifier: Apache-2.0 */
/* avx2.c: rescale_s8, 16 channels of a row at a time; the rest of a row is stored in pieces. */
#if defined(__x86_64__)
#include "../avx2.h"
#include "rescale_s8.h"

SG_AVX2 void sg_rescale_s8_s8_1x16c1__avx2(const struct sg_rescale_s8_args *a) {
  const struct sg_avx2_requant to = sg_avx2_requant_load(&a->requant);
  const __m256i zero_point = _mm256_set1_epi32(a->input_zero_point);
  const __m256 scale = _mm256_set1_ps(a->scale);
  const int whole = a->channels == a->output_stride; /* then all rows are one */
  const size_t channels = whole ? (a->end - a->begin) * a->channels : a->channels;
  for (size_t row = a->begin; row < (whole && a->begin < a->end ? a->begin + 1 : a->end); row++) {
    const int8_t *x = a->input + row * a->channels;
    int8_t *output = a->output + row * a->output_stride;
    for (size_t c = 0; c < channels; c += 16) {
      const __m128i low = sg_avx2_round(sg_avx2_real(x + c, zero_point, scale), &to);
      const __m128i high = sg_avx2_round(sg_avx2_real(x + c + 8, zero_point, scale), &to);
      sg_avx2_store(output + c, _mm_packs_epi16(low, high), channels - c);
    }
  }
}
#endif
