/* SPDX-License-Identifier: Apache-2.0 */
/* avx2.c: avg_pool_s8: 16 channels at every position of the window, the rest stored in pieces. */
#if defined(__x86_64__)
#include "../avx2.h"
#include "span.h"

/* The window of one output position. */
struct area {
  const int8_t *corner;
  int32_t width, height;
  size_t step, line; /* bytes between columns and rows */
  __m256i zero;      /* minus the sum of all the zero points */
  __m256 scale;
};

/* The means of 16 channels. */
SG_AVX2_INLINE void mean(__m256 value[2], const struct area *w, size_t channel) {
  __m256i sum[2] = {w->zero, w->zero};
  for (int32_t y = 0; y < w->height; y++) {
    const int8_t *x = w->corner + (size_t)y * w->line + channel;
    for (int32_t n = w->width; n > 0; n--, x += w->step)
      for (int i = 0; i < 2; i++)
        sum[i] =
            _mm256_add_epi32(sum[i], _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(x + 8 * i))));
  }
  for (int i = 0; i < 2; i++) value[i] = sg_avx2_scale(sum[i], w->scale);
}

SG_AVX2_INLINE void store(void *output, size_t at, const __m256 value[2], size_t left,
                          const struct sg_avx2_requant *to) {
  if (to) {
    const __m128i all = _mm_packs_epi16(sg_avx2_round(value[0], to), sg_avx2_round(value[1], to));
    sg_avx2_store((int8_t *)output + at, all, left);
    return;
  }
  sg_avx2_store_f32((float *)output + at, value[0], left);
  if (left > 8) sg_avx2_store_f32((float *)output + at + 8, value[1], left - 8);
}

/* `to` is null for float32 output. */
SG_AVX2_INLINE void run(const struct sg_avg_pool_s8_args *a, const struct sg_avx2_requant *to) {
  const struct sg_window *w = &a->window;
  const size_t line = (size_t)w->in_w * a->channels;
  for (size_t row = a->begin; row < a->end; row++) {
    const struct sg_span y = sg_span_y(a, row);
    const int8_t *image = a->input + row / (size_t)w->out_h * (size_t)w->in_h * line;
    for (int32_t ox = 0; ox < w->out_w; ox++) {
      const struct sg_span x = sg_span_x(a, ox);
      const uint32_t elements = (uint32_t)(y.end - y.begin) * (uint32_t)(x.end - x.begin);
      const struct area area = {.corner = image + (size_t)y.begin * line + (size_t)x.begin * a->channels,
                                .width = x.end - x.begin,
                                .height = y.end - y.begin,
                                .step = a->channels,
                                .line = line,
                                .zero = _mm256_set1_epi32((int32_t)(elements * (uint32_t)-a->input_zero_point)),
                                .scale = _mm256_set1_ps(a->scale / (float)((int64_t)y.count * x.count))};
      const size_t at = (row * (size_t)w->out_w + (size_t)ox) * a->channels;
      for (size_t c = 0; c < a->channels; c += 16) {
        __m256 value[2];
        mean(value, &area, c);
        store(a->output, at + c, value, a->channels - c, to);
      }
    }
  }
}

SG_AVX2 void sg_avg_pool_s8_s8_1x16c1__avx2(const struct sg_avg_pool_s8_args *a) {
  const struct sg_avx2_requant to = sg_avx2_requant_load(&a->requant);
  run(a, &to);
}

SG_AVX2 void sg_avg_pool_s8_f32_1x16c1__avx2(const struct sg_avg_pool_s8_args *a) {
  run(a, NULL);
}
#endif
