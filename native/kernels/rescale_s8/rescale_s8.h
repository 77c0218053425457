/* SPDX-License-Identifier: Apache-2.0 */
/* rescale_s8.h: int8 to int8 with another scale, zero point or clamp, into a slice of channels: also concatenation. */
#ifndef SG_KERNELS_RESCALE_S8_H
#define SG_KERNELS_RESCALE_S8_H

#include "../family.h"
#include "../requant.h"

struct sg_rescale_s8_args {
  const int8_t *input; /* [rows][channels] */
  int8_t *output;      /* [rows][output_stride], the slice's first channel; may be the input if the strides are equal */
  size_t begin, end;   /* rows */
  size_t channels, output_stride;
  int32_t input_zero_point;
  float scale; /* of the input, divided by the output's */
  struct sg_requant requant;
};

SG_DECLARE_FAMILY(rescale_s8)

#endif
