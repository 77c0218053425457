/* SPDX-License-Identifier: Apache-2.0 */
/* neondot_3x3.c: 3x3 with SDOT: the four image rows of a column are adjacent; the row that an output row does not use
 * has weight 0. */
#if defined(__aarch64__)

#include "neondot_column.h"

#define SG_DW_RUN sg_dwconv_s8_3x3__neondot
enum { SIZE = 3, MOST_ROWS = 2, KEEP_FILTER = 1 };

struct sg_dw_column {
  struct sg_dw_taps rows;
};

struct sg_dw_filter {
  struct sg_dw_taps column[3];
};

SG_INLINE struct sg_dw_column sg_dw_next_column(struct sg_dw_rows *input, size_t at, int rows) {
  const int8x16_t low = sg_dw_load_2(input, 0, at);
  const int8x16_t high =
      rows == 2 ? sg_dw_load_2(input, 2, at) : vcombine_s8(vld1_s8(input->row[2] + at), vdup_n_s8(0));
  return (struct sg_dw_column){sg_dw_by_channel(low, high)};
}

SG_INLINE void sg_dw_restart(struct sg_dw_rows *input, size_t at) {
  input->row[0] += at;
  input->row[2] += at;
}

static inline struct sg_dw_column sg_dw_padding(int8_t padding) {
  return (struct sg_dw_column){sg_dw_same(padding)};
}

SG_INLINE struct sg_dw_filter sg_dw_filter_of(const int8x8_t weights[9], int row) {
  struct sg_dw_filter filter;
  const int8x8_t none = vdup_n_s8(0);
  SG_UNROLL_FOR (int x = 0; x < 3; x++) {
    const int8x8_t *w = weights + x;
    filter.column[x] = row ? sg_dw_by_channel(vcombine_s8(none, w[0]), vcombine_s8(w[3], w[6]))
                           : sg_dw_by_channel(vcombine_s8(w[0], w[3]), vcombine_s8(w[6], none));
  }
  return filter;
}

SG_INLINE SG_DW_TARGET int32x4x2_t sg_dw_sum(const int32_t *bias, const struct sg_dw_filter *filter, int row,
                                             const struct sg_dw_column *c[3]) {
  (void)row; /* the filter has weight 0 for the unused row */
  int32x4x2_t sum = {{vld1q_s32(bias), vld1q_s32(bias + 4)}};
  SG_UNROLL_FOR (int x = 0; x < 3; x++) sum = sg_dw_dot(sum, c[x]->rows, filter->column[x]);
  return sum;
}

#include "neon_sweep.h"

#endif
