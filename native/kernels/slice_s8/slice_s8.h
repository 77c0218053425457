/* SPDX-License-Identifier: Apache-2.0 */
/* slice_s8.h: every so many rows, columns and channels of an image, from some place on. */
#ifndef SG_KERNELS_SLICE_S8_H
#define SG_KERNELS_SLICE_S8_H

#include "../family.h"

struct sg_slice_s8_args {
  const int8_t *input; /* [batch][in_h][in_w][in_c]; 64 bytes past the end may be read */
  int8_t *output;      /* [batch][out_h][out_w][out_c] */
  size_t begin, end;   /* rows of the output, counted through the batch */
  size_t in_h, in_w, in_c, out_h, out_w, out_c;
  size_t start_h, start_w, start_c; /* the last element of each axis lies inside the input */
  size_t stride_h, stride_w, stride_c;
};

SG_DECLARE_FAMILY(slice_s8)

#endif
