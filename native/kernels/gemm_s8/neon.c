/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: gemm_s8 for armv8.0. SMULL and SMLAL multiply bytes into int16, two products a lane, which cannot overflow
 * (2 * 128 * 127 < 2^15); SADALP adds pairs of lanes to int32: three instructions for 16 MAC. A register of weights is
 * 4 channels x 4 steps of the reduction, so each 4 steps of a row are repeated four times: once, in scratch, for all
 * panels. */
#if defined(__aarch64__)
#include "neon_finish.h"

/* Rows that are repeated together: 16 KB of scratch, but at least a tile. A multiple of 4. */
static size_t block_rows(size_t depth) {
  const size_t rows = 4096 / depth / 4 * 4;
  return rows > 4 ? rows : 4;
}

SG_INLINE int8x16_t next_four_times(const int8_t **from) {
  const int8x16_t value = vreinterpretq_s8_s32(vld1q_dup_s32((const int32_t *)(const void *)*from));
  *from += 4;
  sg_neon_hide(from);
  return value;
}

/* Four rows for the tiles: for every 8 steps, of each row steps 0 … 3 four times, then steps 4 … 7 four times. */
static void repeat_four_rows(const int8_t *input, size_t k, size_t depth, int8_t *to) {
  const int8_t *row[4] = {input, input + k, input + 2 * k, input + 3 * k};
  for (size_t left = depth / 8; left; left--)
    SG_UNROLL_FOR (int r = 0; r < 4; r += 2) {
      int8x16x4_t repeated;
      SG_UNROLL_FOR (int i = 0; i < 4; i++) repeated.val[i] = next_four_times(&row[r + i / 2]);
      vst1q_s8_x4(to, repeated);
      to += 64;
      sg_neon_hide(&to);
    }
}

static void repeat_row(const int8_t *row, size_t depth, int8_t *to) {
  for (size_t left = depth / 4; left; left--, to += 16) vst1q_s8(to, next_four_times(&row));
}

/* Sums of channel pairs over 8 steps, before SADALP; the halves of w and x are channels (0, 1) and (2, 3). */
SG_INLINE int16x8_t low_products(int8x16_t w0, int8x16_t w1, int8x16_t x0, int8x16_t x1) {
  return vmlal_s8(vmull_s8(vget_low_s8(w0), vget_low_s8(x0)), vget_low_s8(w1), vget_low_s8(x1));
}

SG_INLINE int16x8_t high_products(int8x16_t w0, int8x16_t w1, int8x16_t x0, int8x16_t x1) {
  return vmlal_high_s8(vmull_high_s8(w0, x0), w1, x1);
}

/* 8 steps; the first of all begin the sums. acc[r][i]: twice channel 2i, then twice channel 2i + 1 of row r. */
SG_INLINE void eight_steps(int32x4_t acc[][4], const int8_t **x, const int8_t **w, const int first, const int mr) {
  const int8x16x4_t weights = sg_neon_next_64(w);
  int8x16_t row[8];
  SG_UNROLL_FOR (int r = 0; r < mr; r++) {
    if (mr == 1) {
      row[0] = vld1q_s8(*x);
      row[1] = vld1q_s8(*x + 16);
      *x += 32;
    } else if (r % 2 == 0) {
      const int8x16x4_t rows = sg_neon_next_64(x);
      SG_UNROLL_FOR (int i = 0; i < 4; i++) row[2 * r + i] = rows.val[i];
    }
    int8x16_t x0 = row[2 * r], x1 = row[2 * r + 1];
    /* Ends the row before: a scheduler that begins all products first runs out of registers. */
    const int32x4_t *before = acc[r ? r - 1 : mr - 1];
    if (r || !first) __asm__("" : "+w"(x1) : "w"(before[0]), "w"(before[1]), "w"(before[2]), "w"(before[3]));
    SG_UNROLL_FOR (int h = 0; h < 2; h++) {
      const int16x8_t low = low_products(weights.val[h], weights.val[2 + h], x0, x1);
      const int16x8_t high = high_products(weights.val[h], weights.val[2 + h], x0, x1);
      acc[r][2 * h] = first ? vpaddlq_s16(low) : vpadalq_s16(acc[r][2 * h], low);
      acc[r][2 * h + 1] = first ? vpaddlq_s16(high) : vpadalq_s16(acc[r][2 * h + 1], high);
    }
  }
}

/* 4 rows x 8 channels: 16 registers of sums. Moves x to the next rows. */
SG_INLINE void tile(const int8_t **x, size_t depth, const struct sg_neon_tile *t, const int mr) {
  int32x4_t acc[4][4];
  const int8_t *w = t->panel[0]->weights;
  eight_steps(acc, x, &w, 1, mr);
  for (size_t left = (depth / 8 - 1) / 2; left; left--) {
    eight_steps(acc, x, &w, 0, mr);
    eight_steps(acc, x, &w, 0, mr);
  }
  if (depth % 16 == 0) eight_steps(acc, x, &w, 0, mr);
  const int32x4_t bias[2] = {vld1q_s32(t->panel[0]->bias), vld1q_s32(t->panel[0]->bias + 4)};
  SG_UNROLL_FOR (int r = 0; r < mr; r++)
    SG_UNROLL_FOR (int h = 0; h < 2; h++) acc[r][h] = vaddq_s32(vpaddq_s32(acc[r][2 * h], acc[r][2 * h + 1]), bias[h]);
  sg_neon_finish(acc, t, mr, 1);
}

static void gemm_neon(const struct sg_gemm_s8_args *a, int is_f32) {
  const size_t k = a->k, depth = sg_panel_depth(k), block = block_rows(depth);
  const size_t size = is_f32 ? sizeof(float) : 1, row_bytes = a->output_stride * size;
  struct sg_neon_tile t = {
      .requant = &a->requant, .magic = sg_neon_bounded_magic(&a->requant), .stride = a->output_stride};
  for (size_t begin = a->begin; begin < a->end; begin += block) {
    const size_t count = a->end - begin < block ? a->end - begin : block;
    const int8_t *input = a->input + begin * k;
    int8_t *to = a->scratch;
    size_t rows = count;
    for (; rows >= 4; rows -= 4, input += 4 * k, to += 16 * depth) repeat_four_rows(input, k, depth, to);
    for (; rows; rows--, input += k, to += 4 * depth) repeat_row(input, depth, to);
    for (size_t n = 0; n < a->n; n += SG_PANEL) {
      char *output = (char *)a->output + begin * row_bytes + n * size;
      const int8_t *x = a->scratch;
      t.panel[0] = (const void *)((const char *)a->weights + n / SG_PANEL * sg_panel_bytes(depth));
      t.count = a->n - n < SG_PANEL ? a->n - n : SG_PANEL;
      t.finish = sg_neon_tile_finish(t.panel, depth, 1, &a->requant, is_f32);
      for (rows = count; rows >= 4; rows -= 4, output += 4 * row_bytes) {
        t.output = output;
        tile(&x, depth, &t, 4);
      }
      for (; rows; rows--, output += row_bytes) {
        t.output = output;
        tile(&x, depth, &t, 1);
      }
    }
  }
}

void sg_gemm_s8_s8_4x8c8__neon(const struct sg_gemm_s8_args *a) {
  gemm_neon(a, 0);
}

void sg_gemm_s8_f32_4x8c8__neon(const struct sg_gemm_s8_args *a) {
  gemm_neon(a, 1);
}
#endif
