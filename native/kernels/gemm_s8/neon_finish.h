/* SPDX-License-Identifier: Apache-2.0 */
/* neon_finish.h: the end of a NEON tile: sums of mr rows and np panels to int8 or float32 in memory. */
#ifndef SG_KERNELS_GEMM_S8_NEON_FINISH_H
#define SG_KERNELS_GEMM_S8_NEON_FINISH_H

#include "../neon_requant_bounded.h"
#include "gemm_s8.h"

/* How sums become results. One function serves all three, so that the library has one copy of the multiplication. */
enum sg_neon_finish {
  SG_NEON_BOUNDED, /* int8, and all sums are within the bound of sg_neon_bounded_scale */
  SG_NEON_ANY,     /* int8 */
  SG_NEON_F32
};

/* Where a tile goes. With one panel, `count` (1 … 8) channels of it exist. */
struct sg_neon_tile {
  const struct sg_panel *panel[2];
  const struct sg_requant *requant;
  float32x4_t magic;
  void *output; /* of its first row and channel */
  size_t stride, count;
  enum sg_neon_finish finish;
};

/* How np panels end; their sums are bounded by products of two int8 that do not exceed 2^14. Not inlined, so that its
 * constants occupy no registers in the tiles. */
static __attribute__((noinline)) enum sg_neon_finish sg_neon_tile_finish(const struct sg_panel *const panel[2],
                                                                         size_t depth, size_t np,
                                                                         const struct sg_requant *to, int is_f32) {
  if (is_f32) return SG_NEON_F32;
  int bounded = sg_neon_bounded(to);
  for (size_t p = 0; p < np && bounded; p++)
    SG_UNROLL_FOR (int h = 0; h < 8; h += 4)
      bounded = bounded && sg_neon_bounded_sums(vld1q_s32(panel[p]->bias + h), vld1q_f32(panel[p]->scale + h),
                                                16384.0f * (float)depth);
  return bounded ? SG_NEON_BOUNDED : SG_NEON_ANY;
}

/* 16 sums to int8; the choice between the two ways is the caller's, once a tile. */
SG_INLINE int8x16_t sg_neon_bounded_16(int32x4_t a, int32x4_t b, int32x4_t c, int32x4_t d, const float32x4_t scale[4],
                                       float32x4_t magic) {
  return vqmovn_high_s16(vqmovn_s16(sg_neon_bounded_scale(a, b, scale[0], scale[1], magic)),
                         sg_neon_bounded_scale(c, d, scale[2], scale[3], magic));
}

SG_INLINE int8x16_t sg_neon_16(int32x4_t a, int32x4_t b, int32x4_t c, int32x4_t d, const float32x4_t scale[4],
                               const struct sg_neon_requant *to) {
  return sg_neon_narrow(sg_neon_scale(a, scale[0]), sg_neon_scale(b, scale[1]), sg_neon_scale(c, scale[2]),
                        sg_neon_scale(d, scale[3]), to);
}

SG_INLINE void sg_neon_finish_f32(int32x4_t acc[][4], const struct sg_neon_tile *t, const int mr, const int np) {
  SG_UNROLL_FOR (int p = 0; p < np; p++) {
    const float32x4x2_t scale = vld1q_f32_x2(t->panel[p]->scale);
    float *output = (float *)t->output + SG_PANEL * p;
    SG_UNROLL_FOR (int r = 0; r < mr; r++, output += t->stride) {
      sg_neon_store_f32(output, vmulq_f32(vcvtq_f32_s32(acc[r][2 * p]), scale.val[0]),
                        vmulq_f32(vcvtq_f32_s32(acc[r][2 * p + 1]), scale.val[1]), np == 2 ? SG_PANEL : t->count);
    }
  }
}

/* acc[r][2p + h]: row r, channels 4h … 4h + 3 of panel p. Two panels fill a register with a row, one panel with two. */
SG_INLINE void sg_neon_finish(int32x4_t acc[][4], const struct sg_neon_tile *t, const int mr, const int np) {
  int8_t *output = t->output;
  int8x16_t result[4];
  float32x4_t scale[4];
  const int step = 3 - np;
  SG_UNROLL_FOR (int i = 0; i < 4; i++) scale[i] = vld1q_f32(t->panel[np == 2 ? i / 2 : 0]->scale + i % 2 * 4);
  if (t->finish == SG_NEON_BOUNDED) {
    SG_UNROLL_FOR (int r = 0; r < mr; r += step) {
      int32x4_t *second = np == 2 ? acc[r] + 2 : acc[r + 1 < mr ? r + 1 : r];
      result[r] = sg_neon_bounded_16(acc[r][0], acc[r][1], second[0], second[1], scale, t->magic);
    }
  } else if (t->finish == SG_NEON_F32) {
    sg_neon_finish_f32(acc, t, mr, np);
    return;
  } else {
    const struct sg_neon_requant to = sg_neon_requant_load(t->requant);
    SG_UNROLL_FOR (int r = 0; r < mr; r += step) {
      int32x4_t *second = np == 2 ? acc[r] + 2 : acc[r + 1 < mr ? r + 1 : r];
      result[r] = sg_neon_16(acc[r][0], acc[r][1], second[0], second[1], scale, &to);
    }
  }
  SG_UNROLL_FOR (int r = 0; r < mr; r++, output += t->stride) {
    if (np == 2)
      vst1q_s8(output, result[r]);
    else
      sg_neon_store_half(output, result[r - r % 2], r % 2, t->count);
  }
}

#endif
