/* SPDX-License-Identifier: Apache-2.0 */
/* neon_5x5.c: 5x5 for armv8.0: rows 0 and 1, and rows 2 and 3, are interleaved; row 4 is interleaved along the row.
 */
#if defined(__aarch64__)

#include "neon.h"
#include "neon_column.h"

#define SG_DW_TARGET
#define SG_DW_RUN sg_dwconv_s8_5x5__neon
enum { SIZE = 5, MOST_ROWS = 1, KEEP_FILTER = 0 };

struct sg_dw_column {
  int8x16_t pair[2], last; /* last: in the lower half */
};

/* Interleaved alike; of the last row, columns 0 and 1, columns 2 and 3, and column 4 alone. */
struct sg_dw_filter {
  int8x16_t pair[5][2], last[2];
  int8x8_t last_4;
};

static inline struct sg_dw_column sg_dw_next_column(struct sg_dw_rows *input, size_t at, int rows) {
  (void)rows;
  int8x16_t x[5];
  for (int i = 0; i < 5; i++) x[i] = sg_dw_load(input->row[i] + at);
  return (struct sg_dw_column){{sg_dw_interleave(x[0], x[1]), sg_dw_interleave(x[2], x[3])}, x[4]};
}

static inline void sg_dw_restart(struct sg_dw_rows *input, size_t at) {
  SG_UNROLL_FOR (int i = 0; i < 5; i++) input->row[i] += at;
}

static inline struct sg_dw_column sg_dw_padding(int8_t padding) {
  return (struct sg_dw_column){{vdupq_n_s8(padding), vdupq_n_s8(padding)}, vdupq_n_s8(padding)};
}

SG_INLINE struct sg_dw_filter sg_dw_filter_of(const int8x8_t weights[25], int row) {
  (void)row;
  struct sg_dw_filter filter = {.last_4 = weights[24]};
  SG_UNROLL_FOR (int x = 0; x < 5; x++)
    for (int i = 0; i < 2; i++) filter.pair[x][i] = sg_dw_weights_2(weights[10 * i + x], weights[10 * i + 5 + x]);
  for (int i = 0; i < 2; i++) filter.last[i] = sg_dw_weights_2(weights[20 + 2 * i], weights[21 + 2 * i]);
  return filter;
}

static inline __attribute__((always_inline)) int32x4x2_t sg_dw_sum(const int32_t *bias,
                                                                   const struct sg_dw_filter *filter, int row,
                                                                   const struct sg_dw_column *c[5]) {
  (void)row;
  int32x4x2_t sum = sg_dw_bias_1(bias, c[4]->last, filter->last_4);
  SG_UNROLL_FOR (int x = 0; x < 5; x++) {
    sum = sg_dw_add_4(sum, c[x]->pair[0], filter->pair[x][0], c[x]->pair[1], filter->pair[x][1]);
  }
  return sg_dw_add_4(sum, sg_dw_interleave(c[0]->last, c[1]->last), filter->last[0],
                     sg_dw_interleave(c[2]->last, c[3]->last), filter->last[1]);
}

#include "neon_sweep.h"

#endif
