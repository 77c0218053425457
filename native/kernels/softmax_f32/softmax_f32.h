/* SPDX-License-Identifier: Apache-2.0 */
/* softmax_f32.h: softmax over rows of float32: the same bytes on every ISA. */
#ifndef SG_KERNELS_SOFTMAX_F32_H
#define SG_KERNELS_SOFTMAX_F32_H

#include "../family.h"

struct sg_softmax_f32_args {
  const float *input; /* [rows][channels] */
  float *output;      /* may be the input itself */
  size_t begin, end;  /* rows */
  size_t channels;
};

SG_DECLARE_FAMILY(softmax_f32)

#endif
