/* SPDX-License-Identifier: Apache-2.0 */
/* avx2.c: gemm_s8 by VPMADDWD. The rows are widened to int16 once, in scratch, for all panels, so that 4 steps of a row
 * are one broadcast load; a panel's weights are widened as they are loaded, once for 6 rows. 6 x 8 sums, each in two
 * parts, fill 12 of the 16 registers. */
#if defined(__x86_64__)
#include "../avx2.h"
#include "gemm_s8.h"

enum { ROWS = 6 };

struct tile {
  const struct sg_panel *panel;
  char *output;
  size_t row_bytes, count; /* channels that exist */
  const struct sg_avx2_requant *requant;
};

/* Rows that are widened together: 16 KB of scratch, but at least a tile. */
static size_t block_rows(size_t depth) {
  const size_t rows = 8192 / depth / ROWS * ROWS;
  return rows > ROWS ? rows : ROWS;
}

SG_AVX2_INLINE void widen_row(const int8_t *from, size_t depth, int16_t *to) {
  for (size_t i = 0; i < depth; i += 8)
    _mm_storeu_si128((__m128i *)(void *)(to + i),
                     _mm_cvtepi8_epi16(_mm_loadl_epi64((const __m128i *)(const void *)(from + i))));
}

SG_AVX2_INLINE void finish_s8(const struct tile *t, char *output, __m256 value) {
  const __m128i words = sg_avx2_round(value, t->requant);
  sg_avx2_store((int8_t *)output, _mm_packs_epi16(words, words), t->count);
}

/* sum[r][h]: of channels 4h … 4h + 3 of row r, two parts each. */
SG_AVX2_INLINE void multiply(const int16_t *x, size_t depth, const struct tile *t, const int mr, const int is_f32) {
  __m256i sum[ROWS][2];
#pragma clang loop unroll(full)
  for (int r = 0; r < mr; r++) sum[r][0] = sum[r][1] = _mm256_setzero_si256();
  const int8_t *w = t->panel->weights;
  for (size_t k = 0; k < depth; k += 4, w += 4 * SG_PANEL) {
    const __m256i w0 = sg_avx2_widen_16(w), w1 = sg_avx2_widen_16(w + 16);
#pragma clang loop unroll(full)
    for (int r = 0; r < mr; r++) {
      const __m256i four =
          _mm256_broadcastq_epi64(_mm_loadl_epi64((const __m128i *)(const void *)(x + (size_t)r * depth + k)));
      sum[r][0] = _mm256_add_epi32(sum[r][0], _mm256_madd_epi16(w0, four));
      sum[r][1] = _mm256_add_epi32(sum[r][1], _mm256_madd_epi16(w1, four));
    }
  }
  const __m256i bias = _mm256_loadu_si256((const __m256i *)(const void *)t->panel->bias);
  const __m256 scale = _mm256_loadu_ps(t->panel->scale);
#pragma clang loop unroll(full)
  for (int r = 0; r < mr; r++) {
    const __m256i whole = _mm256_permute4x64_epi64(_mm256_hadd_epi32(sum[r][0], sum[r][1]), 0xD8);
    const __m256 value = sg_avx2_scale(_mm256_add_epi32(whole, bias), scale);
    char *output = t->output + (size_t)r * t->row_bytes;
    if (is_f32)
      sg_avx2_store_f32((float *)(void *)output, value, t->count);
    else
      finish_s8(t, output, value);
  }
}

SG_AVX2_INLINE void run(const struct sg_gemm_s8_args *a, const int is_f32) {
  const size_t depth = sg_panel_depth(a->k), block = block_rows(depth), size = is_f32 ? sizeof(float) : 1;
  const struct sg_avx2_requant requant = sg_avx2_requant_load(&a->requant);
  struct tile t = {.row_bytes = a->output_stride * size, .requant = &requant};
  int16_t *const rows = a->scratch;
  for (size_t begin = a->begin; begin < a->end; begin += block) {
    const size_t count = a->end - begin < block ? a->end - begin : block;
    for (size_t r = 0; r < count; r++) widen_row(a->input + (begin + r) * a->k, depth, rows + r * depth);
    for (size_t n = 0; n < a->n; n += SG_PANEL) {
      char *const output = (char *)a->output + begin * t.row_bytes + n * size;
      t.panel = (const void *)((const char *)a->weights + n / SG_PANEL * sg_panel_bytes(depth));
      t.count = a->n - n < SG_PANEL ? a->n - n : SG_PANEL;
      size_t r = 0;
      while (r < count && count >= ROWS) {
        r = r + ROWS <= count ? r : count - ROWS; /* the last tile repeats rows of the one before */
        t.output = output + r * t.row_bytes;
        multiply(rows + r * depth, depth, &t, ROWS, is_f32);
        r += ROWS;
      }
      for (; r < count; r++) {
        t.output = output + r * t.row_bytes;
        multiply(rows + r * depth, depth, &t, 1, is_f32);
      }
    }
  }
}

SG_AVX2 void sg_gemm_s8_s8_6x8c4__avx2(const struct sg_gemm_s8_args *a) {
  run(a, 0);
}

SG_AVX2 void sg_gemm_s8_f32_6x8c4__avx2(const struct sg_gemm_s8_args *a) {
  run(a, 1);
}
#endif
