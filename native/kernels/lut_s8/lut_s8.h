/* SPDX-License-Identifier: Apache-2.0 */
/* lut_s8.h: any function of one int8, given as a table. */
#ifndef SG_KERNELS_LUT_S8_H
#define SG_KERNELS_LUT_S8_H

#include "../family.h"

struct sg_lut_s8_args {
  const int8_t *input;
  int8_t *output;      /* may be the input */
  const int8_t *table; /* [256]: the result of q at q + 128 */
  size_t begin, end;   /* elements */
};

SG_DECLARE_FAMILY(lut_s8)

#endif
