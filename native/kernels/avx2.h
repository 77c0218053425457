/* SPDX-License-Identifier: Apache-2.0 */
/* avx2.h: shared by the AVX2 variants: requantisation of 8 sums, widening, and stores of less than a vector. */
#ifndef SG_KERNELS_AVX2_H
#define SG_KERNELS_AVX2_H

#include <immintrin.h>
#include <stddef.h>

#include "requant.h"

#define SG_AVX2 __attribute__((target("avx2")))
#define SG_AVX2_INLINE static inline __attribute__((always_inline, target("avx2")))

struct sg_avx2_requant {
  __m256 low, high; /* the clamp without the zero point */
  __m128i zero_point;
};

SG_AVX2_INLINE struct sg_avx2_requant sg_avx2_requant_load(const struct sg_requant *to) {
  return (struct sg_avx2_requant){_mm256_set1_ps((float)(to->clamp_min - to->zero_point)),
                                  _mm256_set1_ps((float)(to->clamp_max - to->zero_point)),
                                  _mm_set1_epi16((int16_t)to->zero_point)};
}

/* 8 results as int16. The clamp comes before the conversion, which would turn what is too large into -2^31. */
SG_AVX2_INLINE __m128i sg_avx2_round(__m256 value, const struct sg_avx2_requant *to) {
  const __m256i rounded = _mm256_cvtps_epi32(_mm256_min_ps(_mm256_max_ps(value, to->low), to->high));
  const __m128i both = _mm_packs_epi32(_mm256_castsi256_si128(rounded), _mm256_extracti128_si256(rounded, 1));
  return _mm_add_epi16(both, to->zero_point);
}

/* 16 results; a and b: values 0-3 and 8-11, values 4-7 and 12-15, as packing leaves them in order. */
SG_AVX2_INLINE __m128i sg_avx2_narrow(__m256 a, __m256 b, const struct sg_avx2_requant *to) {
  const __m256i first = _mm256_cvtps_epi32(_mm256_min_ps(_mm256_max_ps(a, to->low), to->high));
  const __m256i second = _mm256_cvtps_epi32(_mm256_min_ps(_mm256_max_ps(b, to->low), to->high));
  const __m256i words = _mm256_packs_epi32(first, second);
  return _mm_packs_epi16(_mm_add_epi16(_mm256_castsi256_si128(words), to->zero_point),
                         _mm_add_epi16(_mm256_extracti128_si256(words, 1), to->zero_point));
}

SG_AVX2_INLINE __m256 sg_avx2_scale(__m256i sum, __m256 scale) {
  return _mm256_mul_ps(_mm256_cvtepi32_ps(sum), scale);
}

/* (x - zero point) * scale of 8 values. */
SG_AVX2_INLINE __m256 sg_avx2_real(const int8_t *x, __m256i zero_point, __m256 scale) {
  const __m256i wide = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)x));
  return sg_avx2_scale(_mm256_sub_epi32(wide, zero_point), scale);
}

SG_AVX2_INLINE __m256i sg_avx2_widen_16(const int8_t *x) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)x));
}

/* The first `count` bytes of 16, in pieces. */
SG_AVX2_INLINE void sg_avx2_store(int8_t *to, __m128i value, size_t count) {
  if (count >= 16) {
    _mm_storeu_si128((__m128i *)(void *)to, value);
    return;
  }
  if (count & 8) {
    _mm_storel_epi64((__m128i *)(void *)to, value);
    value = _mm_unpackhi_epi64(value, value);
    to += 8;
  }
  if (count & 4) {
    _mm_storeu_si32(to, value);
    value = _mm_srli_epi64(value, 32);
    to += 4;
  }
  if (count & 2) {
    _mm_storeu_si16(to, value);
    value = _mm_srli_epi64(value, 16);
    to += 2;
  }
  if (count & 1) *to = (int8_t)_mm_extract_epi8(value, 0);
}

SG_AVX2_INLINE void sg_avx2_store_f32(float *to, __m256 value, size_t count) {
  if (count >= 8) {
    _mm256_storeu_ps(to, value);
    return;
  }
  float all[8];
  _mm256_storeu_ps(all, value);
  for (size_t i = 0; i < count; i++) to[i] = all[i];
}

#endif
