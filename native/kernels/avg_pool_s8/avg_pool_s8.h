/* SPDX-License-Identifier: Apache-2.0 */
/* avg_pool_s8.h: mean over a window: average, adaptive and global pooling. */
#ifndef SG_KERNELS_AVG_POOL_S8_H
#define SG_KERNELS_AVG_POOL_S8_H

#include "../family.h"
#include "../requant.h"
#include "../window.h"

struct sg_avg_pool_s8_args {
  const int8_t *input; /* [batch][in_h][in_w][channels] */
  void *output;        /* [batch][out_h][out_w][channels], int8 or float32 by the variant */
  size_t begin, end;   /* rows of the output, counted through the batch */
  struct sg_window window;
  int adaptive;          /* window of output i: [floor(i * in / out), ceil((i + 1) * in / out)) */
  int count_include_pad; /* divide by the elements inside the input widened by pad_top and pad_left on both sides */
  size_t channels;
  int32_t input_zero_point;
  float scale; /* of the input, for int8 output divided by the output's */
  struct sg_requant requant;
};

SG_DECLARE_FAMILY(avg_pool_s8)

#endif
