/* SPDX-License-Identifier: Apache-2.0 */
/* im2col.h: convolution as gemm_s8 over a few output positions at a time, laid out as rows in scratch. */
#ifndef SG_KERNELS_CONV_S8_IM2COL_H
#define SG_KERNELS_CONV_S8_IM2COL_H

#include "conv_s8.h"

/* Windows that lie inside the image and whose rows are each one run of bytes. */
struct sg_windows {
  const int8_t *from; /* the first window's first byte */
  size_t step;        /* bytes from one window to the next */
  size_t pitch;       /* bytes from one row of a window to the next */
  size_t run;         /* bytes of a row */
  int32_t rows, count;
  int8_t *to;   /* up to 64 bytes past the last may be written */
  size_t depth; /* bytes from one window to the next there */
};
typedef void (*sg_gather)(const struct sg_windows *);

/* Lays out positions [begin, end) of the output, counted through the batch, for one group: a->scratch + i * depth is
 * the window of position begin + i. Up to 64 bytes behind the last are written as well. */
void sg_conv_s8_gather(const struct sg_conv_s8_args *a, size_t group, size_t depth, size_t begin, size_t end);

/* sg_conv_s8 with another way to gather. */
void sg_conv_s8_gathered(const struct sg_conv_s8_args *a, sg_gather gather);

#endif
