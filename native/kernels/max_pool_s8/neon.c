/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: max_pool_s8: the maximum over the window of 64 channels, a cache line, at once, then of 16; the rest is
 * stored in pieces. */
#if defined(__aarch64__)

#include <arm_neon.h>

#include "../neon_store.h"
#include "max_pool_s8.h"

enum { LANES = 16, WIDE = 4 };

/* The part of a window that lies inside the image. */
struct area {
  const int8_t *corner;
  size_t width, height, step, line; /* elements; bytes between neighbouring ones */
  int8x16_t clamp_min, clamp_max;
};

static inline __attribute__((always_inline)) void max_area(int8x16_t *max, const struct area *w, size_t channel,
                                                           int vectors) {
  for (int i = 0; i < vectors; i++) max[i] = w->clamp_min;
  const int8_t *row = w->corner + channel;
  for (size_t y = w->height; y > 0; y--, row += w->line) {
    const int8_t *x = row;
    for (size_t n = w->width; n > 0; n--, x += w->step)
      for (int i = 0; i < vectors; i++) max[i] = vmaxq_s8(max[i], vld1q_s8(x + LANES * i));
  }
  for (int i = 0; i < vectors; i++) max[i] = vminq_s8(max[i], w->clamp_max);
}

void sg_max_pool_s8_s8_1x64c1__neon(const struct sg_max_pool_s8_args *a) {
  const struct sg_window *w = &a->window;
  const size_t line = (size_t)w->in_w * a->channels;
  struct area area = {.step = (size_t)w->dilation_w * a->channels,
                      .line = (size_t)w->dilation_h * line,
                      .clamp_min = vdupq_n_s8(a->clamp_min),
                      .clamp_max = vdupq_n_s8(a->clamp_max)};
  for (size_t row = a->begin; row < a->end; row++) {
    const int8_t *image = a->input + row / (size_t)w->out_h * (size_t)w->in_h * line;
    const int32_t oy = (int32_t)(row % (size_t)w->out_h);
    const struct sg_taps y = sg_window_taps(oy, w->stride_h, w->pad_top, w->kernel_h, w->dilation_h, w->in_h);
    area.height = (size_t)(y.last - y.first);
    for (int32_t ox = 0; ox < w->out_w; ox++) {
      const struct sg_taps x = sg_window_taps(ox, w->stride_w, w->pad_left, w->kernel_w, w->dilation_w, w->in_w);
      const int64_t iy = y.begin + (int64_t)y.first * w->dilation_h, ix = x.begin + (int64_t)x.first * w->dilation_w;
      area.width = (size_t)(x.last - x.first);
      area.corner = image + (size_t)(iy * w->in_w + ix) * a->channels;
      int8_t *output = a->output + (row * (size_t)w->out_w + (size_t)ox) * a->channels;
      int8x16_t max[WIDE];
      size_t c = 0;
      for (; c + LANES * WIDE <= a->channels; c += LANES * WIDE) {
        max_area(max, &area, c, WIDE);
        for (size_t i = 0; i < WIDE; i++) vst1q_s8(output + c + LANES * i, max[i]);
      }
      for (; c < a->channels; c += LANES) {
        max_area(max, &area, c, 1);
        sg_neon_store_16(output + c, max[0], a->channels - c);
      }
    }
  }
}

#endif
