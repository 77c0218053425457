/* SPDX-License-Identifier: Apache-2.0 */
/* to_nchw_s8.h: int8 NHWC to int8 NCHW, for a flatten. */
#ifndef SG_KERNELS_TO_NCHW_S8_H
#define SG_KERNELS_TO_NCHW_S8_H

#include "../family.h"

struct sg_to_nchw_s8_args {
  const int8_t *input; /* [batch][pixels][channels] */
  int8_t *output;      /* [batch][channels][pixels] */
  size_t begin, end;   /* rows of channels, counted through the batch */
  size_t pixels, channels;
};

SG_DECLARE_FAMILY(to_nchw_s8)

#endif
