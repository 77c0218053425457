/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines dwconv_s8. */
#include "dwconv_s8.h"

/* acc += x[c] * w[c] for one tap; a padded tap has the same x everywhere. */
static void add_tap(uint32_t acc[SG_DW_PANEL], const int8_t *x, const int8_t *w) {
  for (int c = 0; c < SG_DW_PANEL; c++) acc[c] += (uint32_t)(x[c] * w[c]);
}

SG_REFERENCE void sg_dwconv_s8_s8_1x16c1__ref(const struct sg_dwconv_s8_args *a) {
  const struct sg_window *w = &a->window;
  const size_t panel_bytes = sg_dw_panel_bytes((size_t)w->kernel_h * (size_t)w->kernel_w);
  int8_t padded[SG_DW_PANEL];
  for (int c = 0; c < SG_DW_PANEL; c++) padded[c] = a->padding;
  for (size_t row = a->begin; row < a->end; row++) {
    const size_t image = row / (size_t)w->out_h;
    const int8_t *input = a->input + image * (size_t)w->in_h * (size_t)w->in_w * a->channels;
    const int32_t oy = (int32_t)(row % (size_t)w->out_h);
    const struct sg_taps y = sg_window_taps(oy, w->stride_h, w->pad_top, w->kernel_h, w->dilation_h, w->in_h);
    for (int32_t ox = 0; ox < w->out_w; ox++) {
      const struct sg_taps x = sg_window_taps(ox, w->stride_w, w->pad_left, w->kernel_w, w->dilation_w, w->in_w);
      int8_t *output = a->output + (row * (size_t)w->out_w + (size_t)ox) * a->channels;
      for (size_t base = 0; base < a->channels; base += SG_DW_PANEL) {
        const struct sg_dw_panel *panel =
            (const struct sg_dw_panel *)((const char *)a->weights + base / SG_DW_PANEL * panel_bytes);
        const int8_t *weights = panel->weights;
        uint32_t acc[SG_DW_PANEL];
        for (int c = 0; c < SG_DW_PANEL; c++) acc[c] = (uint32_t)panel->bias[c];
        for (int32_t ky = 0; ky < w->kernel_h; ky++)
          for (int32_t kx = 0; kx < w->kernel_w; kx++, weights += SG_DW_PANEL) {
            const int inside = ky >= y.first && ky < y.last && kx >= x.first && kx < x.last;
            const int64_t iy = y.begin + (int64_t)ky * w->dilation_h, ix = x.begin + (int64_t)kx * w->dilation_w;
            add_tap(acc, inside ? input + (size_t)(iy * w->in_w + ix) * a->channels + base : padded, weights);
          }
        for (size_t c = 0; c < SG_DW_PANEL && base + c < a->channels; c++)
          output[base + c] = sg_requantize((float)(int32_t)acc[c] * panel->scale[c], &a->requant);
      }
    }
  }
}
