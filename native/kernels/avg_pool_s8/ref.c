/* ref.c: defines avg_pool_s8. */
#include "avg_pool_s8.h"

/* Inputs [begin, end) along one axis, and how many elements they count for. */
struct span {
  int32_t begin, end, count;
};

static struct span span_of(const struct sg_avg_pool_s8_args *a, int32_t out, int32_t out_size, int32_t in,
                           int32_t kernel, int32_t stride, int32_t pad) {
  struct span s;
  if (a->adaptive) {
    s.begin = (int32_t)((int64_t)out * in / out_size);
    s.end = (int32_t)((((int64_t)out + 1) * in + out_size - 1) / out_size);
    s.count = s.end - s.begin;
    return s;
  }
  s.begin = out * stride - pad;
  s.end = s.begin + kernel;
  if (s.end > in + pad) s.end = in + pad;
  s.count = s.end - s.begin;
  if (s.begin < 0) s.begin = 0;
  if (s.end > in) s.end = in;
  if (!a->count_include_pad) s.count = s.end - s.begin;
  return s;
}

/* Sum of (x - zero point) of one channel at one output position; *scale becomes scale / count. */
static int32_t sum_at(const struct sg_avg_pool_s8_args *a, size_t row, int32_t ox, size_t channel, float *scale) {
  const struct sg_window *w = &a->window;
  const int8_t *input = a->input + row / (size_t)w->out_h * (size_t)w->in_h * (size_t)w->in_w * a->channels + channel;
  const int32_t oy = (int32_t)(row % (size_t)w->out_h);
  const struct span y = span_of(a, oy, w->out_h, w->in_h, w->kernel_h, w->stride_h, w->pad_top);
  const struct span x = span_of(a, ox, w->out_w, w->in_w, w->kernel_w, w->stride_w, w->pad_left);
  uint32_t sum = 0;
  for (int32_t iy = y.begin; iy < y.end; iy++)
    for (int32_t ix = x.begin; ix < x.end; ix++)
      sum += (uint32_t)(input[((size_t)iy * (size_t)w->in_w + (size_t)ix) * a->channels] - a->input_zero_point);
  *scale = a->scale / (float)((int64_t)y.count * x.count);
  return (int32_t)sum;
}

void sg_avg_pool_s8_s8_1x1c1__ref(const struct sg_avg_pool_s8_args *a) {
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

void sg_avg_pool_s8_f32_1x1c1__ref(const struct sg_avg_pool_s8_args *a) {
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
