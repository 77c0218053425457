/* SPDX-License-Identifier: Apache-2.0 */
/* avx2.c: quantize_s8: 16 pixels of three channels at a time (the image of most networks), or 16 values in a row; the
 * rest, and other numbers of channels, one by one: the input may not be read past its end. */
#if defined(__x86_64__)
#include "../avx2.h"
#include "quantize_s8.h"

struct constants {
  struct sg_avx2_requant requant;
  __m256 scale;
};

SG_AVX2_INLINE __m128i words(const float *x, const struct constants *k) {
  const __m256 value = _mm256_loadu_ps(x);
  const __m256 number = _mm256_and_ps(value, _mm256_cmp_ps(value, value, _CMP_ORD_Q));
  return sg_avx2_round(_mm256_mul_ps(number, k->scale), &k->requant);
}

SG_AVX2_INLINE __m128i sixteen(const float *x, const struct constants *k) {
  return _mm_packs_epi16(words(x, k), words(x + 8, k));
}

static int8_t one(const struct sg_quantize_s8_args *a, float x) {
  return sg_requantize(x == x ? x * a->scale : 0.0f, &a->requant);
}

/* `step` bytes between the results. */
SG_AVX2_INLINE void in_a_row(const struct sg_quantize_s8_args *a, const struct constants *k, const float *x,
                             int8_t *output, size_t step, size_t count) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    int8_t all[16];
    _mm_storeu_si128((__m128i *)(void *)(step == 1 ? output + i : all), sixteen(x + i, k));
    for (size_t j = 0; step != 1 && j < 16; j++) output[(i + j) * step] = all[j];
  }
  for (; i < count; i++) output[i * step] = one(a, x[i]);
}

/* Bytes 16i … of the pixels r g b r g b …, from 16 of each. */
SG_AVX2_INLINE __m128i interleave(const __m128i plane[3], int i) {
  __m128i all = _mm_setzero_si128();
#pragma clang loop unroll(full)
  for (int c = 0; c < 3; c++) {
    int8_t from[16];
#pragma clang loop unroll(full)
    for (int j = 0; j < 16; j++) from[j] = (int8_t)((16 * i + j) % 3 == c ? (16 * i + j) / 3 : -1);
    all = _mm_or_si128(all, _mm_shuffle_epi8(plane[c], _mm_loadu_si128((const __m128i *)(const void *)from)));
  }
  return all;
}

SG_AVX2_INLINE void three_planes(const struct sg_quantize_s8_args *a, const struct constants *k, const float *x,
                                 int8_t *output, size_t count) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m128i plane[3];
    for (size_t c = 0; c < 3; c++) plane[c] = sixteen(x + c * a->pixels + i, k);
#pragma clang loop unroll(full)
    for (int part = 0; part < 3; part++)
      _mm_storeu_si128((__m128i *)(void *)(output + 3 * i + 16 * part), interleave(plane, part));
  }
  for (; i < count; i++)
    for (size_t c = 0; c < 3; c++) output[3 * i + c] = one(a, x[c * a->pixels + i]);
}

SG_AVX2 void sg_quantize_f32_s8_1x16c1__avx2(const struct sg_quantize_s8_args *a) {
  const struct constants k = {sg_avx2_requant_load(&a->requant), _mm256_set1_ps(a->scale)};
  if (!a->input_nchw) {
    const size_t first = a->begin * a->channels;
    in_a_row(a, &k, a->input + first, a->output + first, 1, a->end * a->channels - first);
    return;
  }
  for (size_t row = a->begin, next; row < a->end; row = next) { /* the rows of one image */
    next = (row / a->pixels + 1) * a->pixels < a->end ? (row / a->pixels + 1) * a->pixels : a->end;
    const float *x = a->input + row / a->pixels * a->pixels * a->channels + row % a->pixels;
    int8_t *output = a->output + row * a->channels;
    if (a->channels == 3)
      three_planes(a, &k, x, output, next - row);
    else
      for (size_t c = 0; c < a->channels; c++) in_a_row(a, &k, x + c * a->pixels, output + c, a->channels, next - row);
  }
}
#endif
