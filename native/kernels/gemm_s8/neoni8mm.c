/* SPDX-License-Identifier: Apache-2.0 */
/* neoni8mm.c: gemm_s8 with SMMLA (armv8.6): a register of rows is 2 rows x 8 steps of the reduction, a register of
 * weights 2 channels x 8 steps. Neither has this order in memory; both are rearranged in scratch that stays in the
 * cache, the rows of a block once for all panels, a panel once for all rows of a block. */
#if defined(__aarch64__)
#include "neon_finish.h"
#include "neoni8mm_pack.h"

void sg_gemm_s8_s8_4x16c4__neondot(const struct sg_gemm_s8_args *);
void sg_gemm_s8_f32_4x16c4__neondot(const struct sg_gemm_s8_args *);

#define SG_MMLA __attribute__((target("i8mm")))

/* 8 steps of panel p. */
SG_INLINE SG_MMLA void eight_steps(int32x4_t acc[][8], const int8x16_t rows[2], int8x16x4_t weights, const int pairs,
                                   const int p) {
  SG_UNROLL_FOR (int i = 0; i < pairs; i++)
    SG_UNROLL_FOR (int j = 0; j < 4; j++) acc[i][4 * p + j] = vmmlaq_s32(acc[i][4 * p + j], rows[i], weights.val[j]);
}

/* Makes what is read through `pointer` wait for the products of panel p: a scheduler that loads far ahead runs out of
 * registers. */
SG_INLINE void after(const int8_t **pointer, int32x4_t acc[][8], const int pairs, const int p) {
  SG_UNROLL_FOR (int i = 0; i < pairs; i++) {
    const int32x4_t *sums = acc[i] + 4 * p;
    __asm__("" : "+r"(*pointer) : "w"(sums[0]), "w"(sums[1]), "w"(sums[2]), "w"(sums[3]));
  }
}

SG_INLINE SG_MMLA void sixteen_steps(int32x4_t acc[][8], const int8_t **x, const int8_t *w[2], const int pairs,
                                     const int np) {
  after(x, acc, pairs, np - 1);
  const int8x16x4_t rows = sg_neon_next_64(x);
  SG_UNROLL_FOR (int g = 0; g < 2; g++)
    SG_UNROLL_FOR (int p = 0; p < np; p++) {
      after(&w[p], acc, pairs, p);
      eight_steps(acc, rows.val + 2 * g, sg_neon_next_64(&w[p]), pairs, p);
    }
}

/* Sums of 2 `pairs` rows x 8 np channels; acc[i][j]: rows (2i, 2i + 1) x channels (2j, 2j + 1). */
SG_INLINE SG_MMLA void multiply(int32x4_t acc[][8], const int8_t **x, const struct panel_pairs *const panel[2],
                                size_t depth, const int pairs, const int np) {
  const int8_t *w[2];
  SG_UNROLL_FOR (int p = 0; p < np; p++) {
    const int32_t *bias = panel[p]->bias[0];
    w[p] = panel[p]->weights;
    SG_UNROLL_FOR (int i = 0; i < pairs; i++) {
      sg_neon_hide(&bias); /* a load of two registers beats two copies */
      SG_UNROLL_FOR (int j = 0; j < 4; j++) acc[i][4 * p + j] = vld1q_s32(bias + 4 * j);
    }
  }
  for (size_t left = depth / 32; left; left--) {
    sixteen_steps(acc, x, w, pairs, np);
    sixteen_steps(acc, x, w, pairs, np);
  }
  if (depth & 16) sixteen_steps(acc, x, w, pairs, np);
  if (depth & 8) {
    const int8x16x4_t rows = sg_neon_next_64(x);
    SG_UNROLL_FOR (int p = 0; p < np; p++) eight_steps(acc, rows.val, sg_neon_next_64(&w[p]), pairs, p);
  }
}

/* Where tiles go. With one panel, `count` (1 … 8) channels of it exist. */
struct target {
  const struct panel_pairs *panel[2];
  const struct sg_requant *requant;
  float32x4_t magic;
  size_t stride, count;
  enum sg_neon_finish finish;
};

/* Two rows x 8 channels as 16 bytes: the even halfwords are the first row, the odd ones the second. */
SG_INLINE int16x8_t narrow(const int32x4_t acc[4], const float32x4_t scale[4], const struct target *t,
                           const struct sg_neon_requant *to) {
  return vreinterpretq_s16_s8(to ? sg_neon_16(acc[0], acc[1], acc[2], acc[3], scale, to)
                                 : sg_neon_bounded_16(acc[0], acc[1], acc[2], acc[3], scale, t->magic));
}

/* Of the last pair of rows, the second may not exist: `rows` is 2 `pairs` or one less. */
SG_INLINE void finish_s8(int32x4_t acc[][8], const struct target *t, int8_t *output, size_t rows, const int pairs,
                         const int np) {
  const struct sg_neon_requant to = sg_neon_requant_load(t->requant);
  int16x8_t pair[2][2];
  SG_UNROLL_FOR (int p = 0; p < np; p++) {
    float32x4_t scale[4];
    SG_UNROLL_FOR (int j = 0; j < 4; j++) scale[j] = vld1q_f32(t->panel[p]->scale[j]);
    SG_UNROLL_FOR (int i = 0; i < pairs; i++)
      pair[i][p] = narrow(acc[i] + 4 * p, scale, t, t->finish == SG_NEON_BOUNDED ? 0 : &to);
  }
  SG_UNROLL_FOR (int r = 0; r < 2 * pairs; r++, output += t->stride) {
    const int16x8_t *from = pair[r / 2];
    if (r == 2 * pairs - 1 && rows == (size_t)r) return;
    if (np == 2)
      vst1q_s8(output, vreinterpretq_s8_s16(r % 2 ? vuzp2q_s16(from[0], from[1]) : vuzp1q_s16(from[0], from[1])));
    else
      sg_neon_store_half(output, vreinterpretq_s8_s16(vuzp1q_s16(from[0], vextq_s16(from[0], from[0], 1))), r % 2,
                         t->count);
  }
}

SG_INLINE void finish_f32(int32x4_t acc[][8], const struct target *t, float *output, size_t rows, const int pairs,
                          const int np) {
  SG_UNROLL_FOR (int p = 0; p < np; p++)
    SG_UNROLL_FOR (int r = 0; r < 2 * pairs; r++) {
      float32x4_t half[2];
      if (r == 2 * pairs - 1 && rows == (size_t)r) continue;
      SG_UNROLL_FOR (int h = 0; h < 2; h++) {
        float64x2_t value[2];
        SG_UNROLL_FOR (int j = 0; j < 2; j++)
          value[j] = vreinterpretq_f64_f32(
              vmulq_f32(vcvtq_f32_s32(acc[r / 2][4 * p + 2 * h + j]), vld1q_f32(t->panel[p]->scale[2 * h + j])));
        half[h] = vreinterpretq_f32_f64(r % 2 ? vuzp2q_f64(value[0], value[1]) : vuzp1q_f64(value[0], value[1]));
      }
      sg_neon_store_f32(output + (size_t)r * t->stride + SG_PANEL * p, half[0], half[1], np == 2 ? SG_PANEL : t->count);
    }
}

/* Moves x to the next quad. 4 rows x 2 panels: 16 registers of sums, 4 of rows and 4 to 8 of weights; 16 channels of a
 * row are one store. */
SG_INLINE SG_MMLA void tile(const int8_t **x, size_t depth, const struct target *t, void *output, size_t rows,
                            const int pairs, const int np) {
  int32x4_t acc[2][8];
  multiply(acc, x, t->panel, depth, pairs, np);
  if (t->finish == SG_NEON_F32)
    finish_f32(acc, t, output, rows, pairs, np);
  else
    finish_s8(acc, t, output, rows, pairs, np);
}

SG_INLINE SG_MMLA void sweep(const int8_t *x, size_t rows, size_t depth, const struct target *t, char *output,
                             size_t row_bytes, const int np) {
  int64_t left = (int64_t)rows;
  for (; left > 2; left -= 4, output += 4 * row_bytes) tile(&x, depth, t, output, (size_t)left, 2, np);
  if (left > 0) tile(&x, depth, t, output, (size_t)left, 1, np);
}

static SG_MMLA void gemm_neoni8mm(const struct sg_gemm_s8_args *a, int is_f32) {
  const size_t k = a->k, depth = sg_panel_depth(k), block = sg_gemm_s8_block(k, a->end - a->begin);
  const size_t size = is_f32 ? sizeof(float) : 1, row_bytes = a->output_stride * size;
  int8_t *const rows = a->scratch, *const packed = rows + block * (depth + 8);
  struct target t = {.requant = &a->requant, .magic = sg_neon_bounded_magic(&a->requant), .stride = a->output_stride};
  for (size_t begin = a->begin; begin < a->end; begin += block) {
    const size_t count = a->end - begin < block ? a->end - begin : block;
    pack_rows(a->input + begin * k, count, k, rows);
    for (size_t n = 0, np; n < a->n; n += np * SG_PANEL) {
      char *output = (char *)a->output + begin * row_bytes + n * size;
      const struct sg_panel *panel[2];
      np = a->n - n >= 2 * SG_PANEL ? 2 : 1;
      for (size_t p = 0; p < np; p++) {
        struct panel_pairs *to = (void *)(packed + p * (sizeof(struct panel_pairs) + 8 * depth));
        panel[p] = (const void *)((const char *)a->weights + (n / SG_PANEL + p) * sg_panel_bytes(depth));
        pack_panel(panel[p], depth, to);
        t.panel[p] = to;
      }
      t.count = a->n - n < SG_PANEL ? a->n - n : SG_PANEL;
      t.finish = sg_neon_tile_finish(panel, depth, np, &a->requant, is_f32);
      if (np == 2)
        sweep(rows, count, depth, &t, output, row_bytes, 2);
      else
        sweep(rows, count, depth, &t, output, row_bytes, 1);
    }
  }
}

/* For fewer rows, rearranging the weights costs more than SMMLA saves. */
static int too_few(const struct sg_gemm_s8_args *a) {
  return a->end - a->begin < 6;
}

SG_MMLA void sg_gemm_s8_s8_4x16c8__neoni8mm(const struct sg_gemm_s8_args *a) {
  if (too_few(a))
    sg_gemm_s8_s8_4x16c4__neondot(a);
  else
    gemm_neoni8mm(a, 0);
}

SG_MMLA void sg_gemm_s8_f32_4x16c8__neoni8mm(const struct sg_gemm_s8_args *a) {
  if (too_few(a))
    sg_gemm_s8_f32_4x16c4__neondot(a);
  else
    gemm_neoni8mm(a, 1);
}
#endif
