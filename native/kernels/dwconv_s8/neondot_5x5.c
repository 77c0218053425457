/* SPDX-License-Identifier: Apache-2.0 */
/* neondot_5x5.c: 5x5 with SDOT: rows 0 … 3 of a column are adjacent; row 4 is multiplied
 * as on armv8.0, two products to an int16. */
#if defined(__aarch64__)

#include "neondot_column.h"

#define SG_DW_RUN sg_dwconv_s8_5x5__neondot
enum { SIZE = 5, MOST_ROWS = 1, KEEP_FILTER = 0 };

struct sg_dw_column {
  struct sg_dw_taps rows;
  int8x8_t last;
};

struct sg_dw_filter {
  struct sg_dw_taps column[5];
  int8x8_t last[5];
};

SG_INLINE struct sg_dw_column sg_dw_next_column(struct sg_dw_rows *input, size_t at, int rows) {
  (void)rows;
  const int8x16_t low = sg_dw_load_2(input, 0, at), high = sg_dw_load_2(input, 2, at);
  return (struct sg_dw_column){sg_dw_by_channel(low, high), vld1_s8(input->row[4] + at)};
}

SG_INLINE void sg_dw_restart(struct sg_dw_rows *input, size_t at) {
  input->row[0] += at;
  input->row[2] += at;
  input->row[4] += at;
}

static inline struct sg_dw_column sg_dw_padding(int8_t padding) {
  return (struct sg_dw_column){sg_dw_same(padding), vdup_n_s8(padding)};
}

SG_INLINE struct sg_dw_filter sg_dw_filter_of(const int8x8_t weights[25], int row) {
  (void)row;
  struct sg_dw_filter filter;
  SG_UNROLL_FOR (int x = 0; x < 5; x++) {
    const int8x8_t *w = weights + x;
    filter.column[x] = sg_dw_by_channel(vcombine_s8(w[0], w[5]), vcombine_s8(w[10], w[15]));
    filter.last[x] = w[20];
  }
  return filter;
}

SG_INLINE SG_DW_TARGET int32x4x2_t sg_dw_sum(const int32_t *bias, const struct sg_dw_filter *filter, int row,
                                             const struct sg_dw_column *c[5]) {
  (void)row;
  int32x4x2_t sum = {{vld1q_s32(bias), vld1q_s32(bias + 4)}};
  SG_UNROLL_FOR (int x = 0; x < 5; x += 2) {
    int16x8_t two = vmull_s8(c[x]->last, filter->last[x]);
    if (x < 4) two = vmlal_s8(two, c[x + 1]->last, filter->last[x + 1]);
    sum.val[0] = vaddw_s16(sum.val[0], vget_low_s16(two));
    sum.val[1] = vaddw_high_s16(sum.val[1], two);
  }
  SG_UNROLL_FOR (int x = 0; x < 5; x++) sum = sg_dw_dot(sum, c[x]->rows, filter->column[x]);
  return sum;
}

#include "neon_sweep.h"

#endif
