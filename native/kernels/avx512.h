/* SPDX-License-Identifier: Apache-2.0 */
/* avx512.h: shared by the AVX-512 variants: requantisation of 16 sums. */
#ifndef SG_KERNELS_AVX512_H
#define SG_KERNELS_AVX512_H

#include <immintrin.h>
#include <stddef.h>

#include "requant.h"

#define SG_AVX512_FEATURES target("avx512f,avx512bw,avx512vl,avx512vnni")
#define SG_AVX512 __attribute__((SG_AVX512_FEATURES))
#define SG_AVX512_INLINE static inline __attribute__((always_inline, SG_AVX512_FEATURES))

struct sg_avx512_requant {
  __m512 low, high; /* the clamp without the zero point */
  __m128i zero_point;
};

SG_AVX512_INLINE struct sg_avx512_requant sg_avx512_requant_load(const struct sg_requant *to) {
  return (struct sg_avx512_requant){_mm512_set1_ps((float)(to->clamp_min - to->zero_point)),
                                    _mm512_set1_ps((float)(to->clamp_max - to->zero_point)),
                                    _mm_set1_epi8((int8_t)to->zero_point)};
}

/* 16 results. The clamp comes before the conversion, which would turn what is too large into -2^31; what is left fits 9
 * bits, and taking the low 8 and adding the zero point modulo 2^8 gives the right ones. */
SG_AVX512_INLINE __m128i sg_avx512_round(__m512 value, const struct sg_avx512_requant *to) {
  const __m512i rounded = _mm512_cvtps_epi32(_mm512_min_ps(_mm512_max_ps(value, to->low), to->high));
  return _mm_add_epi8(_mm512_cvtepi32_epi8(rounded), to->zero_point);
}

/* The first `count` of 16. A masked store takes far longer than a whole one on some CPUs. */
SG_AVX512_INLINE void sg_avx512_store(int8_t *to, __m128i value, size_t count) {
  if (count >= 16)
    _mm_storeu_si128((__m128i *)(void *)to, value);
  else
    _mm_mask_storeu_epi8(to, (__mmask16)((1u << count) - 1), value);
}

SG_AVX512_INLINE void sg_avx512_store_f32(float *to, __m512 value, size_t count) {
  if (count >= 16)
    _mm512_storeu_ps(to, value);
  else
    _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), value);
}

#endif
