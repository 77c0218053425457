/* SPDX-License-Identifier: Apache-2.0 */
/* neondot_column.h: SDOT (armv8.2): four taps of a channel side by side, so that one instruction takes their products.
 */
#ifndef SG_KERNELS_DWCONV_S8_NEONDOT_COLUMN_H
#define SG_KERNELS_DWCONV_S8_NEONDOT_COLUMN_H

#include <arm_neon.h>

#include "neon.h"

#define SG_DW_TARGET __attribute__((target("dotprod")))

/* [channel][tap], channels 0 … 3 and 4 … 7. */
struct sg_dw_taps {
  int8x16_t by[2];
};

/* From a table whose four halves hold a tap each: two lookups do what four zips would. */
SG_INLINE struct sg_dw_taps sg_dw_by_channel(int8x16_t taps_0_1, int8x16_t taps_2_3) {
  static const uint8_t order[2][16] = {{0, 8, 16, 24, 1, 9, 17, 25, 2, 10, 18, 26, 3, 11, 19, 27},
                                       {4, 12, 20, 28, 5, 13, 21, 29, 6, 14, 22, 30, 7, 15, 23, 31}};
  const int8x16x2_t table = {{taps_0_1, taps_2_3}};
  return (struct sg_dw_taps){{vqtbl2q_s8(table, vld1q_u8(order[0])), vqtbl2q_s8(table, vld1q_u8(order[1]))}};
}

SG_INLINE struct sg_dw_taps sg_dw_same(int8_t value) {
  return (struct sg_dw_taps){{vdupq_n_s8(value), vdupq_n_s8(value)}};
}

/* Two rows of 8 channels: loading the upper half takes no index. */
SG_INLINE int8x16_t sg_dw_load_2(struct sg_dw_rows *input, int row, size_t at) {
  const int64x2_t low = vcombine_s64(vreinterpret_s64_s8(vld1_s8(input->row[row] + at)), vdup_n_s64(0));
  const int64x2_t both = vld1q_lane_s64((const int64_t *)(const void *)input->row[row + 1], low, 1);
  input->row[row + 1] += input->step;
  sg_neon_hide(&input->row[row + 1]);
  return vreinterpretq_s8_s64(both);
}

SG_INLINE SG_DW_TARGET int32x4x2_t sg_dw_dot(int32x4x2_t sum, struct sg_dw_taps a, struct sg_dw_taps weights) {
  for (int i = 0; i < 2; i++) sum.val[i] = vdotq_s32(sum.val[i], weights.by[i], a.by[i]);
  return sum;
}

#endif
