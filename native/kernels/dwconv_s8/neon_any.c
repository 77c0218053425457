/* SPDX-License-Identifier: Apache-2.0 */
/* neon_any.c: depthwise convolution of any kernel, stride and dilation, 16 channels of one output at a time. */
#if defined(__aarch64__)

#include "neon.h"

#include "../neon_requant.h"
#include "../neon_store.h"

/* Two taps fit an int16 (weights are within -127 … 127), so the widening to int32 is paid once for both. */
SG_INLINE void add_taps(int32x4_t sum[4], int8x16_t x0, int8x16_t w0, int8x16_t x1, int8x16_t w1) {
  const int16x8_t low = vmlal_s8(vmull_s8(vget_low_s8(x0), vget_low_s8(w0)), vget_low_s8(x1), vget_low_s8(w1));
  const int16x8_t high = vmlal_high_s8(vmull_high_s8(x0, w0), x1, w1);
  sum[0] = vaddw_s16(sum[0], vget_low_s16(low));
  sum[1] = vaddw_high_s16(sum[1], low);
  sum[2] = vaddw_s16(sum[2], vget_low_s16(high));
  sum[3] = vaddw_high_s16(sum[3], high);
}

/* A run of taps along one kernel row: inputs `step` bytes apart (0: all the padding), weights 16. */
SG_INLINE void add_run(int32x4_t sum[4], const int8_t *x, size_t step, const int8_t *w, int32_t taps) {
  for (; taps >= 2; taps -= 2, x += 2 * step, w += 2 * SG_DW_PANEL)
    add_taps(sum, vld1q_s8(x), vld1q_s8(w), vld1q_s8(x + step), vld1q_s8(w + SG_DW_PANEL));
  if (taps) add_taps(sum, vld1q_s8(x), vld1q_s8(w), vdupq_n_s8(0), vdupq_n_s8(0));
}

/* One output position in 16 channels. `x` and `y`: its taps inside the image. */
SG_INLINE void sum_at(int32x4_t sum[4], const struct sg_dwconv_s8_args *a, const int8_t *image, const int8_t *weights,
                      struct sg_taps y, struct sg_taps x) {
  const struct sg_window *w = &a->window;
  int8_t padding[SG_DW_PANEL];
  vst1q_s8(padding, vdupq_n_s8(a->padding));
  const size_t step = (size_t)w->dilation_w * a->channels;
  for (int32_t ky = 0; ky < w->kernel_h; ky++, weights += w->kernel_w * SG_DW_PANEL) {
    if (ky < y.first || ky >= y.last || x.first >= x.last) {
      add_run(sum, padding, 0, weights, w->kernel_w);
      continue;
    }
    const int64_t iy = y.begin + (int64_t)ky * w->dilation_h, ix = x.begin + (int64_t)x.first * w->dilation_w;
    add_run(sum, padding, 0, weights, x.first);
    add_run(sum, image + (size_t)(iy * w->in_w + ix) * a->channels, step, weights + x.first * SG_DW_PANEL,
            x.last - x.first);
    add_run(sum, padding, 0, weights + x.last * SG_DW_PANEL, w->kernel_w - x.last);
  }
}

void sg_dwconv_s8_any__neon(const struct sg_dwconv_s8_args *a) {
  const struct sg_window *w = &a->window;
  const struct sg_neon_requant to = sg_neon_requant_load(&a->requant);
  const size_t panel_bytes = sg_dw_panel_bytes((size_t)w->kernel_h * (size_t)w->kernel_w);
  for (size_t row = a->begin; row < a->end; row++) {
    const int8_t *image = a->input + row / (size_t)w->out_h * (size_t)w->in_h * (size_t)w->in_w * a->channels;
    const int32_t oy = (int32_t)(row % (size_t)w->out_h);
    const struct sg_taps y = sg_window_taps(oy, w->stride_h, w->pad_top, w->kernel_h, w->dilation_h, w->in_h);
    for (int32_t ox = 0; ox < w->out_w; ox++) {
      const struct sg_taps x = sg_window_taps(ox, w->stride_w, w->pad_left, w->kernel_w, w->dilation_w, w->in_w);
      int8_t *output = a->output + (row * (size_t)w->out_w + (size_t)ox) * a->channels;
      for (size_t c = 0; c < a->channels; c += SG_DW_PANEL) {
        const struct sg_dw_panel *panel =
            (const struct sg_dw_panel *)((const char *)a->weights + c / SG_DW_PANEL * panel_bytes);
        int32x4_t sum[4];
        for (int i = 0; i < 4; i++) sum[i] = vld1q_s32(panel->bias + 4 * i);
        sum_at(sum, a, image + c, panel->weights, y, x);
        for (int i = 0; i < 4; i++) sum[i] = sg_neon_scale(sum[i], vld1q_f32(panel->scale + 4 * i));
        sg_neon_store_16(output + c, sg_neon_narrow(sum[0], sum[1], sum[2], sum[3], &to), a->channels - c);
      }
    }
  }
}

#endif
