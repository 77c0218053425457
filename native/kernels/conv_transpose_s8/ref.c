/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines conv_transpose_s8: phase by phase, the taps of each output position in a row, then the panels. */
#include "conv_transpose_s8.h"

/* Writes the reduction of output `row` and index `i` of the phase (y, x) to scratch, by ascending input row and column.
 */
static void gather(const struct sg_conv_transpose_s8_args *a, size_t row, const struct sg_phase *y, int32_t i,
                   const struct sg_phase *x) {
  const struct sg_window *w = &a->window;
  const int8_t *image = a->input + row / (size_t)w->out_h * (size_t)w->in_h * (size_t)w->in_w * a->in_c;
  const int32_t top = ((int32_t)(row % (size_t)w->out_h) - y->first) / w->stride_h - y->pad, left = i - x->pad;
  int8_t *to = a->scratch;
  for (int32_t iy = top; iy < top + y->taps; iy++)
    for (int32_t ix = left; ix < left + x->taps; ix++) {
      const int inside = iy >= 0 && iy < w->in_h && ix >= 0 && ix < w->in_w;
      const int8_t *from = inside ? image + ((size_t)iy * (size_t)w->in_w + (size_t)ix) * a->in_c : 0;
      for (size_t c = 0; c < a->in_c; c++) *to++ = from ? from[c] : a->padding;
    }
}

typedef void finish(const struct sg_conv_transpose_s8_args *a, size_t at, float value);

static void finish_s8(const struct sg_conv_transpose_s8_args *a, size_t at, float value) {
  ((int8_t *)a->output)[at] = sg_requantize(value, &a->requant);
}

static void finish_f32(const struct sg_conv_transpose_s8_args *a, size_t at, float value) {
  ((float *)a->output)[at] = value;
}

static void run_phase(const struct sg_conv_transpose_s8_args *a, const char *panels, const struct sg_phase *y,
                      const struct sg_phase *x, finish *write) {
  const struct sg_window *w = &a->window;
  const size_t depth = sg_panel_depth((size_t)y->taps * (size_t)x->taps * a->in_c);
  for (size_t row = a->begin; row < a->end; row++) {
    const int32_t below = (int32_t)(row % (size_t)w->out_h) - y->first;
    if (below < 0 || below % w->stride_h != 0) continue; /* a row of another phase */
    for (int32_t i = 0; i < x->count; i++) {
      const size_t at = row * (size_t)w->out_w + (size_t)(x->first + i * w->stride_w);
      gather(a, row, y, i, x);
      for (size_t n = 0; n < a->out_c; n += SG_PANEL) {
        const struct sg_panel *panel = (const void *)(panels + n / SG_PANEL * sg_panel_bytes(depth));
        int32_t acc[SG_PANEL];
        sg_panel_dot(panel, a->scratch, depth, acc);
        for (size_t c = 0; c < SG_PANEL && n + c < a->out_c; c++)
          write(a, at * a->out_c + n + c, (float)acc[c] * panel->scale[c]);
      }
    }
  }
}

static void run(const struct sg_conv_transpose_s8_args *a, finish *write) {
  const struct sg_window *w = &a->window;
  const char *panels = a->weights;
  for (int32_t py = 0; py < w->stride_h; py++)
    for (int32_t px = 0; px < w->stride_w; px++) {
      const struct sg_phase y = sg_phase_of(py, w->kernel_h, w->stride_h, w->pad_top, w->out_h);
      const struct sg_phase x = sg_phase_of(px, w->kernel_w, w->stride_w, w->pad_left, w->out_w);
      run_phase(a, panels, &y, &x, write);
      panels += sg_conv_transpose_s8_phase_bytes(&y, &x, a->in_c, a->out_c);
    }
}

void sg_conv_transpose_s8_s8_1x8c4__ref(const struct sg_conv_transpose_s8_args *a) {
  run(a, finish_s8);
}

void sg_conv_transpose_s8_f32_1x8c4__ref(const struct sg_conv_transpose_s8_args *a) {
  run(a, finish_f32);
}
