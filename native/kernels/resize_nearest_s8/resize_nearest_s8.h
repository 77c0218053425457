/* SPDX-License-Identifier: Apache-2.0 */
/* resize_nearest_s8.h: out(y, x) = in(floor(y * in_h / out_h), floor(x * in_w / out_w)). */
#ifndef SG_KERNELS_RESIZE_NEAREST_S8_H
#define SG_KERNELS_RESIZE_NEAREST_S8_H

#include "../family.h"

struct sg_resize_nearest_s8_args {
  const int8_t *input; /* [batch][in_h][in_w][channels]; 64 bytes past the end may be read */
  int8_t *output;      /* [batch][out_h][out_w][channels] */
  size_t begin, end;   /* rows of the output, counted through the batch */
  size_t in_h, in_w, out_h, out_w, channels;
};

SG_DECLARE_FAMILY(resize_nearest_s8)

#endif
