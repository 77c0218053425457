/* SPDX-License-Identifier: Apache-2.0 */
/* neon.h: shared by the NEON variants of the depthwise convolution. */
#ifndef SG_KERNELS_DWCONV_S8_NEON_H
#define SG_KERNELS_DWCONV_S8_NEON_H

#include "../neon_requant.h"
#include "dwconv_s8.h"

/* A square kernel of this size with dilation 1, equal strides of 1 or 2 and the padding of the networks. */
static inline int sg_dw_is_square(const struct sg_window *w, int32_t size) {
  return w->kernel_h == size && w->kernel_w == size && w->dilation_h == 1 && w->dilation_w == 1 &&
         w->pad_left <= size / 2 && w->stride_h == w->stride_w && w->stride_h <= 2;
}
void sg_dwconv_s8_3x3__neon(const struct sg_dwconv_s8_args *a);
void sg_dwconv_s8_5x5__neon(const struct sg_dwconv_s8_args *a);
void sg_dwconv_s8_3x3__neondot(const struct sg_dwconv_s8_args *a);
void sg_dwconv_s8_5x5__neondot(const struct sg_dwconv_s8_args *a);

/* Any kernel, stride and dilation. */
void sg_dwconv_s8_any__neon(const struct sg_dwconv_s8_args *a);

/* The input rows of one or two output rows. A column is read at row[i] + index, where an instruction takes an index;
 * else at row[i], which then moves on by `step`. */
struct sg_dw_rows {
  const int8_t *row[5];
  size_t step;
};

#endif
