/* SPDX-License-Identifier: Apache-2.0 */
/* add_s8.h: element-wise sum of two int8 tensors with their own scales. */
#ifndef SG_KERNELS_ADD_S8_H
#define SG_KERNELS_ADD_S8_H

#include "../family.h"
#include "../requant.h"

struct sg_add_s8_args {
  const int8_t *a, *b;
  int8_t *output;    /* may be `a` itself */
  size_t begin, end; /* elements */
  int32_t a_zero_point, b_zero_point;
  float a_scale, b_scale; /* divided by the output's scale */
  struct sg_requant requant;
};

SG_DECLARE_FAMILY(add_s8)

#endif
