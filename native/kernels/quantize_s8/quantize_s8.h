/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_s8.h: float32 to int8 NHWC. A NaN becomes the zero point. */
#ifndef SG_KERNELS_QUANTIZE_S8_H
#define SG_KERNELS_QUANTIZE_S8_H

#include "../family.h"
#include "../requant.h"

struct sg_quantize_s8_args {
  const float *input; /* [batch][channels][pixels] or [batch][pixels][channels], by `input_nchw` */
  int8_t *output;     /* [batch][pixels][channels] */
  size_t begin, end;  /* rows of channels, counted through the batch: batch * pixels in all */
  size_t pixels, channels;
  int input_nchw;
  float scale; /* 1 / output scale */
  struct sg_requant requant;
};

SG_DECLARE_FAMILY(quantize_s8)

#endif
