/* neoni8mm.c: gemm_s8 with SMMLA (armv8.6): a register of rows is 2 rows x 8 steps of the reduction, a register of
 * weights 2 channels x 8 steps. Neither stands so in memory; both are rearranged in scratch that stays in the cache,
 * the rows of a block once for all panels, a panel once for all rows of a block. */
#if defined(__aarch64__)
#include "neon_finish.h"
#include "neoni8mm_pack.h"

void sg_gemm_s8_s8_4x16c4__neondot(const struct sg_gemm_s8_args *);
void sg_gemm_s8_f32_4x16c4__neondot(const struct sg_gemm_s8_args *);

#define SG_MMLA __attribute__((target("i8mm")))

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
  for (size_t left = depth / 16; left; left--) {
    const int8x16x4_t rows = sg_neon_next_64(x);
    SG_UNROLL_FOR (int g = 0; g < 2; g++)
      SG_UNROLL_FOR (int p = 0; p < np; p++) {
        const int8x16x4_t weights = sg_neon_next_64(&w[p]);
        SG_UNROLL_FOR (int i = 0; i < pairs; i++)
          SG_UNROLL_FOR (int j = 0; j < 4; j++)
            acc[i][4 * p + j] = vmmlaq_s32(acc[i][4 * p + j], rows.val[2 * g + i], weights.val[j]);
      }
  }
  if (depth & 8) {
    const int8x16x4_t rows = sg_neon_next_64(x);
    SG_UNROLL_FOR (int p = 0; p < np; p++) {
      const int8x16x4_t weights = sg_neon_next_64(&w[p]);
      SG_UNROLL_FOR (int i = 0; i < pairs; i++)
        SG_UNROLL_FOR (int j = 0; j < 4; j++)
          acc[i][4 * p + j] = vmmlaq_s32(acc[i][4 * p + j], rows.val[i], weights.val[j]);
    }
  }
}

/* Where tiles go. With one panel, `count` (1 … 8) channels of it exist. */
struct target {
  const struct panel_pairs *panel[2];
  const struct sg_requant *requant;
  float32x4_t magic;
  size_t stride, count;
  int bounded;
};

/* Two rows x 8 channels as 16 bytes: the even halfwords are the first row, the odd ones the second. */
SG_INLINE int16x8_t narrow(const int32x4_t acc[4], const float32x4_t scale[4], const struct target *t,
                           const struct sg_neon_requant *to) {
  return vreinterpretq_s16_s8(to ? sg_neon_16(acc[0], acc[1], acc[2], acc[3], scale, to)
                                 : sg_neon_bounded_16(acc[0], acc[1], acc[2], acc[3], scale, t->magic));
}

SG_INLINE void finish_s8(int32x4_t acc[][8], const struct target *t, int8_t *output, const int rows, const int np) {
  const int pairs = (rows + 1) / 2;
  const struct sg_neon_requant to = sg_neon_requant_load(t->requant);
  int16x8_t pair[2][2];
  SG_UNROLL_FOR (int p = 0; p < np; p++) {
    float32x4_t scale[4];
    SG_UNROLL_FOR (int j = 0; j < 4; j++) scale[j] = vld1q_f32(t->panel[p]->scale[j]);
    SG_UNROLL_FOR (int i = 0; i < pairs; i++) pair[i][p] = narrow(acc[i] + 4 * p, scale, t, t->bounded ? 0 : &to);
  }
  SG_UNROLL_FOR (int r = 0; r < rows; r++, output += t->stride) {
    const int16x8_t *from = pair[r / 2];
    if (np == 2)
      vst1q_s8(output, vreinterpretq_s8_s16(r % 2 ? vuzp2q_s16(from[0], from[1]) : vuzp1q_s16(from[0], from[1])));
    else
      sg_neon_store_half(output, vreinterpretq_s8_s16(vuzp1q_s16(from[0], vextq_s16(from[0], from[0], 1))), r % 2,
                         t->count);
  }
}

SG_INLINE void finish_f32(int32x4_t acc[][8], const struct target *t, float *output, const int rows, const int np) {
  SG_UNROLL_FOR (int p = 0; p < np; p++)
    SG_UNROLL_FOR (int r = 0; r < rows; r++) {
      float32x4_t half[2];
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
SG_INLINE SG_MMLA void tile(const int8_t **x, size_t depth, const struct target *t, void *output, const int rows,
                            const int np, const int is_f32) {
  int32x4_t acc[2][8];
  multiply(acc, x, t->panel, depth, (rows + 1) / 2, np);
  if (is_f32)
    finish_f32(acc, t, output, rows, np);
  else
    finish_s8(acc, t, output, rows, np);
}

SG_INLINE SG_MMLA void sweep(const int8_t *x, size_t rows, size_t depth, const struct target *t, char *output,
                             const int np, const int is_f32) {
  const size_t row_bytes = t->stride * (is_f32 ? sizeof(float) : 1);
  for (; rows >= 4; rows -= 4, output += 4 * row_bytes) tile(&x, depth, t, output, 4, np, is_f32);
  if (rows == 3) tile(&x, depth, t, output, 3, np, is_f32);
  if (rows == 2) tile(&x, depth, t, output, 2, np, is_f32);
  if (rows == 1) tile(&x, depth, t, output, 1, np, is_f32);
}

SG_INLINE SG_MMLA void run(const struct sg_gemm_s8_args *a, const int is_f32) {
  const size_t k = a->k, depth = sg_panel_depth(k), block = sg_gemm_s8_block(k, a->end - a->begin);
  const size_t size = is_f32 ? sizeof(float) : 1;
  int8_t *const rows = a->scratch, *const packed = rows + block * (depth + 8);
  struct target t = {.requant = &a->requant, .magic = sg_neon_bounded_magic(&a->requant), .stride = a->output_stride};
  for (size_t begin = a->begin; begin < a->end; begin += block) {
    const size_t count = a->end - begin < block ? a->end - begin : block;
    pack_rows(a->input + begin * k, count, k, rows);
    for (size_t n = 0, np; n < a->n; n += np * SG_PANEL) {
      char *output = (char *)a->output + (begin * a->output_stride + n) * size;
      const struct sg_panel *panel[2];
      np = a->n - n >= 2 * SG_PANEL ? 2 : 1;
      for (size_t p = 0; p < np; p++) {
        struct panel_pairs *to = (void *)(packed + p * (sizeof(struct panel_pairs) + 8 * depth));
        panel[p] = (const void *)((const char *)a->weights + (n / SG_PANEL + p) * sg_panel_bytes(depth));
        pack_panel(panel[p], depth, to);
        t.panel[p] = to;
      }
      t.count = a->n - n < SG_PANEL ? a->n - n : SG_PANEL;
      t.bounded = !is_f32 && sg_neon_tile_bounded(panel, depth, 1, &a->requant) &&
                  sg_neon_tile_bounded(panel + np - 1, depth, 1, &a->requant);
      if (np == 2)
        sweep(rows, count, depth, &t, output, 2, is_f32);
      else
        sweep(rows, count, depth, &t, output, 1, is_f32);
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
    run(a, 0);
}

SG_MMLA void sg_gemm_s8_f32_4x16c8__neoni8mm(const struct sg_gemm_s8_args *a) {
  if (too_few(a))
    sg_gemm_s8_f32_4x16c4__neondot(a);
  else
    run(a, 1);
}
#endif
