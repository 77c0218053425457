/* SPDX-License-Identifier: Apache-2.0 */
/* mul_s8.h: element-wise product of two int8 tensors, the second of which may have one row of channels per image. */
#ifndef SG_KERNELS_MUL_S8_H
#define SG_KERNELS_MUL_S8_H

#include "../family.h"
#include "../requant.h"

struct sg_mul_s8_args {
  const int8_t *a;   /* [rows][channels] */
  const int8_t *b;   /* [rows / b_rows][channels]: `b_rows` rows of `a` in turn meet the same row of b */
  int8_t *output;    /* [rows][channels]; may be `a` itself, and `b` where b_rows is 1 */
  size_t begin, end; /* rows */
  size_t channels, b_rows;
  int32_t a_zero_point, b_zero_point;
  float scale; /* of a times that of b, divided by the output's */
  struct sg_requant requant;
};

SG_DECLARE_FAMILY(mul_s8)

#endif
