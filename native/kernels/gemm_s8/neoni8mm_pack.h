/* SPDX-License-Identifier: Apache-2.0 */
/* neoni8mm_pack.h: rows and panels as SMMLA reads them: 8 steps of the reduction of one row or channel side by side. */
#ifndef SG_KERNELS_GEMM_S8_NEONI8MM_PACK_H
#define SG_KERNELS_GEMM_S8_NEONI8MM_PACK_H

#include "../neon_requant.h"
#include "gemm_s8.h"

/* A panel as the tiles read it: bias and scale of channels (0, 1), (2, 3), (4, 5), (6, 7), each pair twice. */
struct panel_pairs {
  int32_t bias[4][4];
  float scale[4][4];
  int8_t weights[]; /* [depth / 8][4 pairs][2 channels][8] */
};

static inline void pack_panel(const struct sg_panel *panel, size_t depth, struct panel_pairs *to) {
  SG_UNROLL_FOR (int h = 0; h < 2; h++) {
    const int64x2_t bias = vreinterpretq_s64_s32(vld1q_s32(panel->bias + 4 * h));
    const float64x2_t scale = vreinterpretq_f64_f32(vld1q_f32(panel->scale + 4 * h));
    vst1q_s32(to->bias[2 * h], vreinterpretq_s32_s64(vzip1q_s64(bias, bias)));
    vst1q_s32(to->bias[2 * h + 1], vreinterpretq_s32_s64(vzip2q_s64(bias, bias)));
    vst1q_f32(to->scale[2 * h], vreinterpretq_f32_f64(vzip1q_f64(scale, scale)));
    vst1q_f32(to->scale[2 * h + 1], vreinterpretq_f32_f64(vzip2q_f64(scale, scale)));
  }
  /* Storing two groups of four interleaved puts the 8 steps of a channel together. */
  const int32_t *from = (const int32_t *)(const void *)panel->weights;
  int32_t *w = (int32_t *)(void *)to->weights;
  for (size_t left = depth / 8; left; left--, from += 16, w += 16)
    SG_UNROLL_FOR (int h = 0; h < 2; h++) {
      const int32x4x2_t groups = {{vld1q_s32(from + 4 * h), vld1q_s32(from + 8 + 4 * h)}};
      vst2q_s32(w + 8 * h, groups);
    }
}

/* Quads of rows; 16 steps of one are 64 bytes: rows (0, 1) steps 0 … 7, rows (2, 3) steps 0 … 7, then both for steps
 * 8 … 15. The last quad repeats its last row. */
static inline void pack_rows(const int8_t *input, size_t rows, size_t k, int8_t *to) {
  const size_t steps = (sg_panel_depth(k) + 15) / 16;
  for (size_t row = 0; row < rows; row += 4, input += 4 * k) {
    const size_t last = rows - row - 1,
                 at[4] = {0, last < 1 ? 0 : k, (last < 2 ? last : 2) * k, (last < 3 ? last : 3) * k};
    for (size_t i = 0; i < 16 * steps; i += 16, to += 64) {
      int64x2x4_t quad;
      SG_UNROLL_FOR (int r = 0; r < 4; r++) quad.val[r] = vreinterpretq_s64_s8(vld1q_s8(input + at[r] + i));
      vst4q_s64((int64_t *)(void *)to, quad);
    }
  }
}

#endif
