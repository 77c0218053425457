/* SPDX-License-Identifier: Apache-2.0 */
/* pad_s8.h: an image between rows and columns of one value. */
#ifndef SG_KERNELS_PAD_S8_H
#define SG_KERNELS_PAD_S8_H

#include "../family.h"

struct sg_pad_s8_args {
  const int8_t *input; /* [batch][in_h][in_w][channels]; 64 bytes past the end may be read */
  int8_t *output;      /* [batch][out_h][out_w][channels] */
  size_t begin, end;   /* rows of the output, counted through the batch */
  size_t in_h, in_w, out_h, out_w, top, left, channels;
  int8_t fill;
};

SG_DECLARE_FAMILY(pad_s8)

#endif
