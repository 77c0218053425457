/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines avg_pool_s8. */
#include "span.h"

/* Sum of (x - zero point) of one channel at one output position; *scale becomes scale / count. */
static int32_t sum_at(const struct sg_avg_pool_s8_args *a, size_t row, int32_t ox, size_t channel, float *scale) {
  const struct sg_window *w = &a->window;
  const int8_t *input = a->input + row / (size_t)w->out_h * (size_t)w->in_h * (size_t)w->in_w * a->channels + channel;
  const struct sg_span y = sg_span_y(a, row), x = sg_span_x(a, ox);
  uint32_t sum = 0;
  for (int32_t iy = y.begin; iy < y.end; iy++)
    for (int32_t ix = x.begin; ix < x.end; ix++)
      sum += (uint32_t)(input[((size_t)iy * (size_t)w->in_w + (size_t)ix) * a->channels] - a->input_zero_point);
  *scale = a->scale / (float)((int64_t)y.count * x.count);
  return (int32_t)sum;
}

SG_REFERENCE void sg_avg_pool_s8_s8_1x1c1__ref(const struct sg_avg_pool_s8_args *a) {
  int8_t *output = a->output;
  const size_t out_w = (size_t)a->window.out_w;
  for (size_t row = a->begin; row < a->end; row++)
    for (size_t x = 0; x < out_w; x++)
      for (size_t c = 0; c < a->channels; c++) {
        float scale;
        const int32_t sum = sum_at(a, row, (int32_t)x, c, &scale);
        output[(row * out_w + x) * a->channels + c] = sg_requantize((float)sum * scale, &a->requant);
      }
}

SG_REFERENCE void sg_avg_pool_s8_f32_1x1c1__ref(const struct sg_avg_pool_s8_args *a) {
  float *output = a->output;
  const size_t out_w = (size_t)a->window.out_w;
  for (size_t row = a->begin; row < a->end; row++)
    for (size_t x = 0; x < out_w; x++)
      for (size_t c = 0; c < a->channels; c++) {
        float scale;
        const int32_t sum = sum_at(a, row, (int32_t)x, c, &scale);
        output[(row * out_w + x) * a->channels + c] = (float)sum * scale;
      }
}
