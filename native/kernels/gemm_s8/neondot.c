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

/* Two groups of four: 8 steps of the reduction; x[r] holds them from lane `lane` on. */
SG_INLINE SG_DOT void two_groups(int32x4_t acc[][4], const int8_t *w[2], const int8x16_t *x, const int lane,
                                 const int mr, const int np) {
  SG_UNROLL_FOR (int p = 0; p < np; p++) {
    const int8x16x4_t weights = sg_neon_next_64(&w[p]);
    SG_UNROLL_FOR (int i = 0; i < 4; i++)
      SG_UNROLL_FOR (int r = 0; r < mr; r++)
        acc[r][2 * p + i % 2] = dot(acc[r][2 * p + i % 2], weights.val[i], x[r], lane + i / 2);
  }
}

/* 4 rows x 2 panels: 16 registers of sums, 4 of rows, 4 to 8 of weights. It needs fewer loads than 8 rows x 1 panel
 * (8 instructions against 12 for 1024 MAC), and 16 channels of a row are narrowed and stored as one register. */
SG_INLINE SG_DOT void tile(const int8_t *input, size_t k, size_t depth, const struct sg_neon_tile *t, const int mr,
                           const int np, const int is_f32) {
  int32x4_t acc[4][4];
  int8x16_t x[4];
  const int8_t *w[2];
  SG_UNROLL_FOR (int p = 0; p < np; p++) {
    const int32_t *bias = t->panel[p]->bias;
    w[p] = t->panel[p]->weights;
    SG_UNROLL_FOR (int r = 0; r < mr; r++) {
      sg_neon_hide(&bias); /* one load of two registers beats two copies */
      acc[r][2 * p] = vld1q_s32(bias);
      acc[r][2 * p + 1] = vld1q_s32(bias + 4);
    }
  }
  for (size_t left = depth / 16; left; left--, input += 16) {
    SG_UNROLL_FOR (int r = 0; r < mr; r++) x[r] = vld1q_s8(input + (size_t)r * k);
    two_groups(acc, w, x, 0, mr, np);
    two_groups(acc, w, x, 2, mr, np);
  }
  if (depth & 8) {
    SG_UNROLL_FOR (int r = 0; r < mr; r++) x[r] = vcombine_s8(vld1_s8(input + (size_t)r * k), vdup_n_s8(0));
    two_groups(acc, w, x, 0, mr, np);
  }
  if (is_f32)
    sg_neon_finish_f32(acc, t, mr, np);
  else
    sg_neon_finish_s8(acc, t, mr, np);
}

/* All rows of a block for one or two panels. */
SG_INLINE SG_DOT void sweep(const struct sg_gemm_s8_args *a, size_t begin, size_t end, size_t n, const int np,
                            const int is_f32) {
  const size_t k = a->k, depth = sg_panel_depth(k), stride = a->output_stride;
  const char *panel = (const char *)a->weights + n / SG_PANEL * sg_panel_bytes(depth);
  struct sg_neon_tile t = {.panel = {(const void *)panel, (const void *)(panel + sg_panel_bytes(depth))},
                           .requant = &a->requant,
                           .stride = stride,
                           .count = a->n - n < SG_PANEL ? a->n - n : SG_PANEL};
  const int8_t *input = a->input + begin * k;
  const size_t row_bytes = is_f32 ? stride * sizeof(float) : stride;
  char *output = (char *)a->output + begin * row_bytes + (is_f32 ? n * sizeof(float) : n);
  size_t rows = end - begin;
  if (!is_f32) {
    t.bounded = sg_neon_tile_bounded(t.panel, depth, np, &a->requant);
    t.magic = sg_neon_bounded_magic(&a->requant);
  }
  for (; rows >= 4; rows -= 4, input += 4 * k, output += 4 * row_bytes) {
    t.output = output;
    tile(input, k, depth, &t, 4, np, is_f32);
  }
  if (rows & 2) {
    t.output = output;
    tile(input, k, depth, &t, 2, np, is_f32);
    input += 2 * k;
    output += 2 * row_bytes;
  }
  t.output = output;
  if (rows & 1) tile(input, k, depth, &t, 1, np, is_f32);
}

SG_INLINE SG_DOT void run(const struct sg_gemm_s8_args *a, const int is_f32) {
  const size_t most = 32768 / sg_panel_depth(a->k) / 4 * 4, block = most > 28 ? most : 28;
  for (size_t begin = a->begin; begin < a->end; begin += block) {
    const size_t end = a->end - begin < block ? a->end : begin + block;
    size_t n = 0;
    for (; n + 2 * SG_PANEL <= a->n; n += 2 * SG_PANEL) sweep(a, begin, end, n, 2, is_f32);
    for (; n < a->n; n += SG_PANEL) sweep(a, begin, end, n, 1, is_f32);
  }
}

SG_DOT void sg_gemm_s8_s8_4x16c4__neondot(const struct sg_gemm_s8_args *a) {
  run(a, 0);
}

SG_DOT void sg_gemm_s8_f32_4x16c4__neondot(const struct sg_gemm_s8_args *a) {
  run(a, 1);
}
#endif
