/* SPDX-License-Identifier: Apache-2.0 */
/* max_pool_s8.h: maximum over a window, padding excluded. */
#ifndef SG_KERNELS_MAX_POOL_S8_H
#define SG_KERNELS_MAX_POOL_S8_H

#include "../family.h"
#include "../window.h"

struct sg_max_pool_s8_args {
  const int8_t *input; /* [batch][in_h][in_w][channels] */
  int8_t *output;      /* [batch][out_h][out_w][channels] */
  size_t begin, end;   /* rows of the output, counted through the batch */
  struct sg_window window;
  size_t channels;
  int8_t clamp_min, clamp_max;
};

SG_DECLARE_FAMILY(max_pool_s8)

#endif
