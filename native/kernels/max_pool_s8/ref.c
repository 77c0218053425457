/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines max_pool_s8. */
#include "max_pool_s8.h"

SG_REFERENCE void sg_max_pool_s8_s8_1x1c1__ref(const struct sg_max_pool_s8_args *a) {
  const struct sg_window *w = &a->window;
  for (size_t row = a->begin; row < a->end; row++) {
    const size_t image = row / (size_t)w->out_h;
    const int8_t *input = a->input + image * (size_t)w->in_h * (size_t)w->in_w * a->channels;
    const int32_t oy = (int32_t)(row % (size_t)w->out_h);
    const struct sg_taps y = sg_window_taps(oy, w->stride_h, w->pad_top, w->kernel_h, w->dilation_h, w->in_h);
    for (int32_t ox = 0; ox < w->out_w; ox++) {
      const struct sg_taps x = sg_window_taps(ox, w->stride_w, w->pad_left, w->kernel_w, w->dilation_w, w->in_w);
      int8_t *output = a->output + (row * (size_t)w->out_w + (size_t)ox) * a->channels;
      for (size_t c = 0; c < a->channels; c++) output[c] = a->clamp_min;
      for (int32_t ky = y.first; ky < y.last; ky++)
        for (int32_t kx = x.first; kx < x.last; kx++) {
          const int64_t iy = y.begin + (int64_t)ky * w->dilation_h, ix = x.begin + (int64_t)kx * w->dilation_w;
          const int8_t *from = input + (size_t)(iy * w->in_w + ix) * a->channels;
          for (size_t c = 0; c < a->channels; c++) output[c] = from[c] > output[c] ? from[c] : output[c];
        }
      for (size_t c = 0; c < a->channels; c++) output[c] = output[c] < a->clamp_max ? output[c] : a->clamp_max;
    }
  }
}
