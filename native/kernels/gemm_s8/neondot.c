/* SPDX-License-Identifier: Apache-2.0 */
/* neondot.c: gemm_s8 with SDOT by element (armv8.2): one register of weights is 4 channels x 4 steps of the reduction,
 * as stored; one register of a row is 16 steps, each lane of which multiplies one register of weights. */
#if defined(__aarch64__)
#include "neon_finish.h"

#define SG_DOT __attribute__((target("dotprod")))

SG_INLINE SG_DOT int32x4_t dot(int32x4_t acc, int8x16_t w, int8x16_t x, const int lane) {
  switch (lane) {
    case 0:
      return vdotq_laneq_s32(acc, w, x, 0);
    case 1:
      return vdotq_laneq_s32(acc, w, x, 1);
    case 2:
      return vdotq_laneq_s32(acc, w, x, 2);
    default:
      return vdotq_laneq_s32(acc, w, x, 3);
  }
}

/* 8 steps of panel p; x[r] holds them from lane `lane` on. */
SG_INLINE SG_DOT void eight_steps(int32x4_t acc[][4], int8x16x4_t weights, const int8x16_t *x, const int lane,
                                  const int mr, const int p) {
  SG_UNROLL_FOR (int i = 0; i < 4; i++)
    SG_UNROLL_FOR (int r = 0; r < mr; r++)
      acc[r][2 * p + i % 2] = dot(acc[r][2 * p + i % 2], weights.val[i], x[r], lane + i / 2);
}

/* Some steps, a multiple of 8, of all panels. */
SG_INLINE SG_DOT void steps_of(int32x4_t acc[][4], const int8_t *w[2], int8x16_t x[2][4], const int steps, const int mr,
                               const int np) {
  SG_UNROLL_FOR (int i = 0; i < steps / 8; i++)
    SG_UNROLL_FOR (int p = 0; p < np; p++) {
      /* The next load waits for the products before: a scheduler that loads ahead runs out of registers. */
      const int before = np - 1 - p;
      SG_UNROLL_FOR (int r = 0; r < mr; r++)
        __asm__("" : "+r"(w[p]) : "w"(acc[r][2 * before]), "w"(acc[r][2 * before + 1]));
      eight_steps(acc, sg_neon_next_64(&w[p]), x[i / 2], i % 2 * 2, mr, p);
    }
}

/* The next 32 steps of a row, one LD1 of two registers that also advances the pointer. */
SG_INLINE int8x16x2_t next_32(const int8_t **from) {
  const int8x16x2_t value = vld1q_s8_x2(*from);
  *from += 32;
  sg_neon_hide(from);
  return value;
}

/* 4 rows x 2 panels: 16 registers of sums, 8 of rows, 4 to 8 of weights. It needs fewer loads than 8 rows x 1 panel,
 * and 16 channels of a row are narrowed and stored as one register. 32 steps at once: 142 instructions for 2048 MAC. */
SG_INLINE SG_DOT void tile(const int8_t *input, size_t k, size_t depth, const struct sg_neon_tile *t, const int mr,
                           const int np) {
  int32x4_t acc[4][4];
  int8x16_t x[2][4];
  const int8_t *w[2], *row[4];
  SG_UNROLL_FOR (int r = 0; r < mr; r++, input += k) {
    row[r] = input;
    sg_neon_hide(&row[r]); /* a pointer each: nothing is added in the loop */
  }
  SG_UNROLL_FOR (int p = 0; p < np; p++) {
    const int32_t *bias = t->panel[p]->bias;
    w[p] = t->panel[p]->weights;
    SG_UNROLL_FOR (int r = 0; r < mr; r++) {
      sg_neon_hide(&bias); /* one load of two registers beats two copies */
      acc[r][2 * p] = vld1q_s32(bias);
      acc[r][2 * p + 1] = vld1q_s32(bias + 4);
    }
  }
  for (size_t left = depth / 32; left; left--) {
    SG_UNROLL_FOR (int r = 0; r < mr; r++) {
      const int8x16x2_t both = next_32(&row[r]);
      x[0][r] = both.val[0];
      x[1][r] = both.val[1];
    }
    steps_of(acc, w, x, 32, mr, np);
  }
  if (depth & 16) {
    SG_UNROLL_FOR (int r = 0; r < mr; r++) {
      x[0][r] = vld1q_s8(row[r]);
      row[r] += 16;
    }
    steps_of(acc, w, x, 16, mr, np);
  }
  if (depth & 8) {
    SG_UNROLL_FOR (int r = 0; r < mr; r++) x[0][r] = vcombine_s8(vld1_s8(row[r]), vdup_n_s8(0));
    steps_of(acc, w, x, 8, mr, np);
  }
  sg_neon_finish(acc, t, mr, np);
}

/* All rows of a block for one or two panels. */
SG_INLINE SG_DOT void sweep(const int8_t *input, size_t rows, size_t k, size_t row_bytes, struct sg_neon_tile *t,
                            const int np) {
  const size_t depth = sg_panel_depth(k);
  char *output = t->output;
  for (; rows >= 4; rows -= 4, input += 4 * k) {
    tile(input, k, depth, t, 4, np);
    output += 4 * row_bytes;
    t->output = output;
  }
  if (rows & 2) {
    tile(input, k, depth, t, 2, np);
    input += 2 * k;
    t->output = output + 2 * row_bytes;
  }
  if (rows & 1) tile(input, k, depth, t, 1, np);
}

static SG_DOT void gemm_neondot(const struct sg_gemm_s8_args *a, int is_f32) {
  const size_t k = a->k, depth = sg_panel_depth(k), size = is_f32 ? sizeof(float) : 1;
  const size_t row_bytes = a->output_stride * size, panel_bytes = sg_panel_bytes(depth);
  const size_t most = 32768 / depth / 4 * 4, block = most > 28 ? most : 28;
  struct sg_neon_tile t = {
      .requant = &a->requant, .magic = sg_neon_bounded_magic(&a->requant), .stride = a->output_stride};
  for (size_t begin = a->begin; begin < a->end; begin += block) {
    const size_t rows = a->end - begin < block ? a->end - begin : block;
    const int8_t *input = a->input + begin * k;
    const char *panel = a->weights;
    for (size_t n = 0, np; n < a->n; n += np * SG_PANEL, panel += np * panel_bytes) {
      t.panel[0] = (const void *)panel;
      t.panel[1] = (const void *)(panel + panel_bytes);
      t.output = (char *)a->output + begin * row_bytes + n * size;
      t.count = a->n - n < SG_PANEL ? a->n - n : SG_PANEL;
      np = a->n - n >= 2 * SG_PANEL ? 2 : 1;
      t.finish = sg_neon_tile_finish(t.panel, depth, np, &a->requant, is_f32);
      if (np == 2)
        sweep(input, rows, k, row_bytes, &t, 2);
      else
        sweep(input, rows, k, row_bytes, &t, 1);
    }
  }
}

SG_DOT void sg_gemm_s8_s8_4x16c4__neondot(const struct sg_gemm_s8_args *a) {
  gemm_neondot(a, 0);
}

SG_DOT void sg_gemm_s8_f32_4x16c4__neondot(const struct sg_gemm_s8_args *a) {
  gemm_neondot(a, 1);
}
#endif
