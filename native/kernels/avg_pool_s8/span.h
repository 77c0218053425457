/* SPDX-License-Identifier: Apache-2.0 */
/* span.h: the window of an average pooling along one axis. */
#ifndef SG_KERNELS_AVG_POOL_S8_SPAN_H
#define SG_KERNELS_AVG_POOL_S8_SPAN_H

#include "avg_pool_s8.h"

/* Inputs [begin, end) along one axis, and how many elements they count for. */
struct sg_span {
  int32_t begin, end, count;
};

static inline struct sg_span sg_span_of(const struct sg_avg_pool_s8_args *a, int32_t out, int32_t out_size, int32_t in,
                                        int32_t kernel, int32_t stride, int32_t pad) {
  struct sg_span s;
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

static inline struct sg_span sg_span_y(const struct sg_avg_pool_s8_args *a, size_t row) {
  const struct sg_window *w = &a->window;
  const int32_t oy = (int32_t)(row % (size_t)w->out_h);
  return sg_span_of(a, oy, w->out_h, w->in_h, w->kernel_h, w->stride_h, w->pad_top);
}

static inline struct sg_span sg_span_x(const struct sg_avg_pool_s8_args *a, int32_t ox) {
  const struct sg_window *w = &a->window;
  return sg_span_of(a, ox, w->out_w, w->in_w, w->kernel_w, w->stride_w, w->pad_left);
}

#endif
