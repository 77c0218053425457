/* SPDX-License-Identifier: Apache-2.0 */
/* neon_3x3.c: 3x3 for armv8.0: the two middle rows, which both output rows use, are interleaved. */
#if defined(__aarch64__)

#include "neon.h"
#include "neon_column.h"

#define SG_DW_TARGET
#define SG_DW_RUN sg_dwconv_s8_3x3__neon
enum { SIZE = 3, MOST_ROWS = 2, KEEP_FILTER = 1 };

/* Rows 1 and 2 interleaved by channel; rows 0 and 3 in the lower half. */
struct sg_dw_column {
  int8x16_t middle, top, bottom;
};

/* Interleaved alike: the weights of rows 1 and 2; of the third row, columns 0 and 1, and column 2 alone. */
struct sg_dw_filter {
  int8x16_t middle[3], third;
  int8x8_t third_2;
};

static inline struct sg_dw_column sg_dw_next_column(struct sg_dw_rows *input, size_t at, int rows) {
  const int8x16_t top = sg_dw_load(input->row[0] + at);
  return (struct sg_dw_column){sg_dw_interleave(sg_dw_load(input->row[1] + at), sg_dw_load(input->row[2] + at)), top,
                               rows == 2 ? sg_dw_load(input->row[3] + at) : top};
}

static inline void sg_dw_restart(struct sg_dw_rows *input, size_t at) {
  SG_UNROLL_FOR (int i = 0; i < 4; i++) input->row[i] += at;
}

static inline struct sg_dw_column sg_dw_padding(int8_t padding) {
  return (struct sg_dw_column){vdupq_n_s8(padding), vdupq_n_s8(padding), vdupq_n_s8(padding)};
}

SG_INLINE struct sg_dw_filter sg_dw_filter_of(const int8x8_t weights[9], int row) {
  const int8x8_t *middle = row ? weights : weights + 3, *third = row ? weights + 6 : weights;
  struct sg_dw_filter filter = {.third = sg_dw_weights_2(third[0], third[1]), .third_2 = third[2]};
  SG_UNROLL_FOR (int x = 0; x < 3; x++) filter.middle[x] = sg_dw_weights_2(middle[x], middle[x + 3]);
  return filter;
}

static inline __attribute__((always_inline)) int32x4x2_t sg_dw_sum(const int32_t *bias,
                                                                   const struct sg_dw_filter *filter, int row,
                                                                   const struct sg_dw_column *c[3]) {
  int8x16_t third[3];
  SG_UNROLL_FOR (int x = 0; x < 3; x++) third[x] = row ? c[x]->bottom : c[x]->top;
  int32x4x2_t sum = sg_dw_bias_1(bias, third[2], filter->third_2);
  sum = sg_dw_add_4(sum, c[0]->middle, filter->middle[0], c[1]->middle, filter->middle[1]);
  return sg_dw_add_4(sum, c[2]->middle, filter->middle[2], sg_dw_interleave(third[0], third[1]), filter->third);
}

#include "neon_sweep.h"

#endif
