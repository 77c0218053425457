/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines conv_s8: one im2col row per output position, then the panels. */
#include "conv_s8.h"

/* Writes the reduction of one output position and group to scratch, in the order kh, kw, channel. */
static void gather(const struct sg_conv_s8_args *a, size_t row, int32_t ox, size_t group) {
  const struct sg_window *w = &a->window;
  const size_t depth = a->in_c / a->groups;
  const size_t image = row / (size_t)w->out_h;
  const int8_t *input = a->input + image * (size_t)w->in_h * (size_t)w->in_w * a->in_c + group * depth;
  const int32_t oy = (int32_t)(row % (size_t)w->out_h);
  const struct sg_taps y = sg_window_taps(oy, w->stride_h, w->pad_top, w->kernel_h, w->dilation_h, w->in_h);
  const struct sg_taps x = sg_window_taps(ox, w->stride_w, w->pad_left, w->kernel_w, w->dilation_w, w->in_w);
  int8_t *out = a->scratch;
  for (int32_t ky = 0; ky < w->kernel_h; ky++)
    for (int32_t kx = 0; kx < w->kernel_w; kx++) {
      const int inside = ky >= y.first && ky < y.last && kx >= x.first && kx < x.last;
      const int64_t iy = y.begin + (int64_t)ky * w->dilation_h, ix = x.begin + (int64_t)kx * w->dilation_w;
      const int8_t *from = inside ? input + (size_t)(iy * w->in_w + ix) * a->in_c : 0;
      for (size_t c = 0; c < depth; c++) *out++ = from ? from[c] : a->padding;
    }
}

static const struct sg_panel *panel_at(const struct sg_conv_s8_args *a, size_t group, size_t channel, size_t depth) {
  const size_t per_group = (a->out_c / a->groups + SG_PANEL - 1) / SG_PANEL;
  return (const struct sg_panel *)((const char *)a->weights +
                                   (group * per_group + channel / SG_PANEL) * sg_panel_bytes(depth));
}

void sg_conv_s8_s8_1x8c4__ref(const struct sg_conv_s8_args *a) {
  const size_t channels = a->out_c / a->groups, out_w = (size_t)a->window.out_w;
  const size_t depth = sg_panel_depth((size_t)a->window.kernel_h * (size_t)a->window.kernel_w * (a->in_c / a->groups));
  for (size_t row = a->begin; row < a->end; row++)
    for (size_t x = 0; x < out_w; x++)
      for (size_t group = 0; group < a->groups; group++) {
        int8_t *output = (int8_t *)a->output + (row * out_w + x) * a->out_c + group * channels;
        gather(a, row, (int32_t)x, group);
        for (size_t n = 0; n < channels; n += SG_PANEL) {
          const struct sg_panel *panel = panel_at(a, group, n, depth);
          int32_t acc[SG_PANEL];
          sg_panel_dot(panel, a->scratch, depth, acc);
          for (size_t c = 0; c < SG_PANEL && n + c < channels; c++)
            output[n + c] = sg_requantize((float)acc[c] * panel->scale[c], &a->requant);
        }
      }
}

void sg_conv_s8_f32_1x8c4__ref(const struct sg_conv_s8_args *a) {
  const size_t channels = a->out_c / a->groups, out_w = (size_t)a->window.out_w;
  const size_t depth = sg_panel_depth((size_t)a->window.kernel_h * (size_t)a->window.kernel_w * (a->in_c / a->groups));
  for (size_t row = a->begin; row < a->end; row++)
    for (size_t x = 0; x < out_w; x++)
      for (size_t group = 0; group < a->groups; group++) {
        float *output = (float *)a->output + (row * out_w + x) * a->out_c + group * channels;
        gather(a, row, (int32_t)x, group);
        for (size_t n = 0; n < channels; n += SG_PANEL) {
          const struct sg_panel *panel = panel_at(a, group, n, depth);
          int32_t acc[SG_PANEL];
          sg_panel_dot(panel, a->scratch, depth, acc);
          for (size_t c = 0; c < SG_PANEL && n + c < channels; c++) output[n + c] = (float)acc[c] * panel->scale[c];
        }
      }
}
