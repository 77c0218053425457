/* SPDX-License-Identifier: Apache-2.0 */
/* prelu_s8.h: one scale for values from the zero point up, one per channel for those below. */
#ifndef SG_KERNELS_PRELU_S8_H
#define SG_KERNELS_PRELU_S8_H

#include "../family.h"
#include "../requant.h"

struct sg_prelu_s8_args {
  const int8_t *input; /* [rows][channels] */
  int8_t *output;      /* [rows][channels]; may be the input */
  const float
      *slopes;       /* [channels rounded up to 16]: slope, times the input's scale, divided by the output's; finite */
  size_t begin, end; /* rows */
  size_t channels;
  int32_t input_zero_point;
  float scale; /* of the input, divided by the output's */
  struct sg_requant requant;
};

SG_DECLARE_FAMILY(prelu_s8)

#endif
