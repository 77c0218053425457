/* SPDX-License-Identifier: Apache-2.0 */
/* window.h: the sliding window of convolutions and poolings over NHWC images. */
#ifndef SG_KERNELS_WINDOW_H
#define SG_KERNELS_WINDOW_H

#include <stdint.h>

struct sg_window {
  int32_t in_h, in_w, out_h, out_w;
  int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  int32_t pad_top, pad_left; /* what lies below and to the right follows from the sizes */
};

/* Taps of one output position along one axis: begin + t * dilation for t in [first, last) lie inside the input. */
struct sg_taps {
  int32_t begin, first, last;
};

static inline struct sg_taps sg_window_taps(int32_t out, int32_t stride, int32_t pad, int32_t kernel, int32_t dilation,
                                            int32_t in) {
  struct sg_taps taps = {out * stride - pad, 0, 0};
  if (taps.begin < 0) taps.first = (-taps.begin + dilation - 1) / dilation;
  if (taps.begin < in) taps.last = (in - taps.begin + dilation - 1) / dilation;
  if (taps.last > kernel) taps.last = kernel;
  return taps;
}

#endif
