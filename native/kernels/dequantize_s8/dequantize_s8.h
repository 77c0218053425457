/* SPDX-License-Identifier: Apache-2.0 */
/* dequantize_s8.h: int8 NHWC to float32: (q - zero_point) * scale. */
#ifndef SG_KERNELS_DEQUANTIZE_S8_H
#define SG_KERNELS_DEQUANTIZE_S8_H

#include "../family.h"

struct sg_dequantize_s8_args {
  const int8_t *input; /* [batch][pixels][channels] */
  float *output;       /* [batch][channels][pixels] or [batch][pixels][channels], by `output_nchw` */
  size_t begin, end;   /* rows of channels, counted through the batch */
  size_t pixels, channels;
  int output_nchw;
  int32_t zero_point;
  float scale;
};

SG_DECLARE_FAMILY(dequantize_s8)

#endif
