/* SPDX-License-Identifier: Apache-2.0 */
/* avx512vnni.c: gemm_s8 by VPDPBUSD, which takes 4 steps of 16 channels: two panels as stored. Its first operand is
 * unsigned, so the rows are copied to scratch with 128 added, and 128 times the sum of each channel's weights is
 * subtracted from the bias. Exact: VPDPBUSD adds modulo 2^32. 7 x 32 sums, because images are often a multiple of 7
 * wide. */
#if defined(__x86_64__) && !defined(__APPLE__) /* as SG_X86_64_AVX512 */
#include "../avx512.h"
#include "gemm_s8.h"

enum { ROWS = 7, CHANNELS = 16 };

struct tile {
  const struct sg_panel *panel[4];
  __m512i bias[2];
  __m512 scale[2];
  char *output;
  size_t row_bytes;
  size_t count[2]; /* channels that exist, 16 or less */
  const struct sg_avx512_requant *requant;
};

/* Rows that are prepared together, for all panels: all, or whole tiles. */
static size_t block_rows(size_t k, size_t rows) {
  const size_t most = sg_gemm_s8_block(k, rows);
  return rows <= most ? rows : most / ROWS * ROWS;
}

SG_AVX512_INLINE void offset_row(const int8_t *from, size_t depth, int8_t *to) {
  const __m512i sign = _mm512_set1_epi8(-128);
  size_t i = 0;
  for (; i + 64 <= depth; i += 64) _mm512_storeu_si512(to + i, _mm512_xor_si512(_mm512_loadu_si512(from + i), sign));
  const __mmask64 rest = (1ull << (depth - i)) - 1;
  _mm512_mask_storeu_epi8(to + i, rest, _mm512_xor_si512(_mm512_maskz_loadu_epi8(rest, from + i), sign));
}

SG_AVX512_INLINE __m512i pair(const void *first, const void *second) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)first)),
                            _mm256_loadu_si256((const __m256i *)second), 1);
}

/* Bias and scale of the tile's channels, for a block of rows. */
SG_AVX512_INLINE void prepare(struct tile *t, size_t depth, const int nr) {
  const __m512i offset = _mm512_set1_epi8(-128);
#pragma clang loop unroll(full)
  for (int h = 0; h < nr; h++) {
    const struct sg_panel *p = t->panel[2 * h], *q = t->panel[2 * h + 1];
    __m512i sum[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    for (size_t k = 0; k < 8 * depth; k += 64) {
      sum[0] = _mm512_dpbusd_epi32(sum[0], offset, pair(p->weights + k, q->weights + k));
      sum[1] = _mm512_dpbusd_epi32(sum[1], offset, pair(p->weights + k + 32, q->weights + k + 32));
    }
    t->bias[h] = _mm512_sub_epi32(pair(p->bias, q->bias), _mm512_add_epi32(sum[0], sum[1]));
    t->scale[h] = _mm512_castsi512_ps(pair(p->scale, q->scale));
  }
}

SG_AVX512_INLINE void multiply(const int8_t *x, size_t depth, const struct tile *t, const int mr, const int nr,
                               const int is_f32) {
  __m512i sum[ROWS][2];
#pragma clang loop unroll(full)
  for (int r = 0; r < mr; r++)
#pragma clang loop unroll(full)
    for (int h = 0; h < nr; h++) sum[r][h] = t->bias[h];
  for (size_t k = 0; k < depth; k += 4) {
    __m512i w[2];
#pragma clang loop unroll(full)
    for (int h = 0; h < nr; h++) w[h] = pair(t->panel[2 * h]->weights + 8 * k, t->panel[2 * h + 1]->weights + 8 * k);
#pragma clang loop unroll(full)
    for (int r = 0; r < mr; r++) {
      const __m512i four = _mm512_broadcastd_epi32(_mm_loadu_si32(x + (size_t)r * depth + k));
#pragma clang loop unroll(full)
      for (int h = 0; h < nr; h++) sum[r][h] = _mm512_dpbusd_epi32(sum[r][h], four, w[h]);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < mr; r++)
#pragma clang loop unroll(full)
    for (int h = 0; h < nr; h++) {
      const __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sum[r][h]), t->scale[h]);
      char *const output = t->output + (size_t)r * t->row_bytes;
      if (is_f32)
        sg_avx512_store_f32((float *)(void *)output + CHANNELS * h, value, t->count[h]);
      else
        sg_avx512_store((int8_t *)output + CHANNELS * h, sg_avx512_round(value, t->requant), t->count[h]);
    }
}

/* All rows of a block, for the channels of a tile. */
SG_AVX512_INLINE void columns(const int8_t *rows, size_t count, size_t depth, struct tile *t, const int nr,
                              const int is_f32) {
  char *const output = t->output;
  prepare(t, depth, nr);
  size_t r = 0;
  while (r < count && count >= ROWS) {
    r = r + ROWS <= count ? r : count - ROWS; /* the last tile repeats rows of the one before */
    t->output = output + r * t->row_bytes;
    multiply(rows + r * depth, depth, t, ROWS, nr, is_f32);
    r += ROWS;
  }
  for (; r < count; r++) {
    t->output = output + r * t->row_bytes;
    multiply(rows + r * depth, depth, t, 1, nr, is_f32);
  }
}

SG_AVX512_INLINE void run(const struct sg_gemm_s8_args *a, const int is_f32) {
  const size_t depth = sg_panel_depth(a->k), block = block_rows(a->k, a->end - a->begin),
               size = is_f32 ? sizeof(float) : 1;
  const size_t panels = (a->n + SG_PANEL - 1) / SG_PANEL;
  const struct sg_avx512_requant requant = sg_avx512_requant_load(&a->requant);
  struct tile t = {.row_bytes = a->output_stride * size, .requant = &requant};
  int8_t *const rows = a->scratch;
  for (size_t begin = a->begin; begin < a->end; begin += block) {
    const size_t count = a->end - begin < block ? a->end - begin : block;
    for (size_t r = 0; r < count; r++) offset_row(a->input + (begin + r) * a->k, depth, rows + r * depth);
    for (size_t n = 0; n < a->n; n += 2 * CHANNELS) {
      for (size_t i = 0; i < 4; i++) { /* past the end: the last panel again; its results are not stored */
        const size_t panel = n / SG_PANEL + i < panels ? n / SG_PANEL + i : panels - 1;
        t.panel[i] = (const void *)((const char *)a->weights + panel * sg_panel_bytes(depth));
      }
      const size_t exist = a->n - n;
      t.count[0] = exist < CHANNELS ? exist : CHANNELS;
      t.count[1] = exist - t.count[0] < CHANNELS ? exist - t.count[0] : CHANNELS;
      t.output = (char *)a->output + begin * t.row_bytes + n * size;
      if (exist > CHANNELS)
        columns(rows, count, depth, &t, 2, is_f32);
      else
        columns(rows, count, depth, &t, 1, is_f32);
    }
  }
}

SG_AVX512 void sg_gemm_s8_s8_7x32c4__avx512vnni(const struct sg_gemm_s8_args *a) {
  run(a, 0);
}

SG_AVX512 void sg_gemm_s8_f32_7x32c4__avx512vnni(const struct sg_gemm_s8_args *a) {
  run(a, 1);
}
#endif
