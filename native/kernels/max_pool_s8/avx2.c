/* SPDX-License-Identifier: Apache-2.0 */
/* avx2.c: max_pool_s8: 32 channels at every position of the window, the rest of a pixel 16 and stored in pieces. */
#if defined(__x86_64__)
#include "../avx2.h"
#include "max_pool_s8.h"

/* The window of one output position: bytes between columns and rows. */
struct area {
  const int8_t *corner;
  int32_t width, height;
  size_t step, line;
};

SG_AVX2_INLINE void most(__m128i *best, const struct area *area, size_t channel, const int vectors) {
  for (int32_t y = 0; y < area->height; y++) {
    const int8_t *x = area->corner + (size_t)y * area->line + channel;
    for (int32_t n = area->width; n > 0; n--, x += area->step)
      for (int i = 0; i < vectors; i++)
        best[i] = _mm_max_epi8(best[i], _mm_loadu_si128((const __m128i *)(const void *)(x + 16 * i)));
  }
}

SG_AVX2_INLINE void pool_pixel(const struct area *area, const struct sg_max_pool_s8_args *a, int8_t *output) {
  const __m128i low = _mm_set1_epi8(a->clamp_min), high = _mm_set1_epi8(a->clamp_max);
  size_t c = 0;
  for (; c + 32 <= a->channels; c += 32) {
    __m128i best[2] = {low, low};
    most(best, area, c, 2);
    for (int i = 0; i < 2; i++) sg_avx2_store(output + c + 16 * i, _mm_min_epi8(best[i], high), 16);
  }
  for (; c < a->channels; c += 16) {
    __m128i best = low;
    most(&best, area, c, 1);
    sg_avx2_store(output + c, _mm_min_epi8(best, high), a->channels - c);
  }
}

SG_AVX2 void sg_max_pool_s8_s8_1x32c1__avx2(const struct sg_max_pool_s8_args *a) {
  const struct sg_window *w = &a->window;
  const size_t line = (size_t)w->in_w * a->channels;
  for (size_t row = a->begin; row < a->end; row++) {
    const int8_t *image = a->input + row / (size_t)w->out_h * (size_t)w->in_h * line;
    const int32_t oy = (int32_t)(row % (size_t)w->out_h);
    const struct sg_taps y = sg_window_taps(oy, w->stride_h, w->pad_top, w->kernel_h, w->dilation_h, w->in_h);
    for (int32_t ox = 0; ox < w->out_w; ox++) {
      const struct sg_taps x = sg_window_taps(ox, w->stride_w, w->pad_left, w->kernel_w, w->dilation_w, w->in_w);
      const int64_t iy = y.begin + (int64_t)y.first * w->dilation_h, ix = x.begin + (int64_t)x.first * w->dilation_w;
      const struct area area = {.corner = image + (size_t)(iy * w->in_w + ix) * a->channels,
                                .width = x.last - x.first,
                                .height = y.last - y.first,
                                .step = (size_t)w->dilation_w * a->channels,
                                .line = (size_t)w->dilation_h * line};
      pool_pixel(&area, a, a->output + (row * (size_t)w->out_w + (size_t)ox) * a->channels);
    }
  }
}
#endif
