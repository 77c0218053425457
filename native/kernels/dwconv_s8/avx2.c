/* SPDX-License-Identifier: Apache-2.0 */
/* avx2.c: dwconv_s8 by VPMADDWD: two taps of a channel are adjacent as int16. */
#if defined(__x86_64__)
#include "../avx2.h"
#include "dwconv_s8.h"

#define SG_DW_INLINE SG_AVX2_INLINE
enum { SG_DW_MOST_TAPS = 49 };

typedef struct sg_avx2_requant sg_dw_requant;
#define sg_dw_requant_load sg_avx2_requant_load

/* Unpacking works within 128 bits: [0] holds channels 0-3 and 8-11, [1] channels 4-7 and 12-15. */
struct sg_dw_block {
  __m256i bias[2];
  __m256 scale[2];
  __m256i weights[(SG_DW_MOST_TAPS + 1) / 2][2];
};

SG_AVX2_INLINE __m256i halves(const void *from) {
  const __m128i *parts = from;
  return _mm256_set_m128i(_mm_loadu_si128(parts + 2), _mm_loadu_si128(parts));
}

SG_AVX2_INLINE void sg_dw_block_of(struct sg_dw_block *to, const struct sg_dw_panel *panel, const int taps) {
  for (int i = 0; i < 2; i++) {
    to->bias[i] = halves(panel->bias + 4 * i);
    to->scale[i] = _mm256_castsi256_ps(halves(panel->scale + 4 * i));
  }
  for (int t = 0; t < taps; t += 2) {
    const __m256i first = sg_avx2_widen_16(panel->weights + t * SG_DW_PANEL);
    const __m256i second =
        t + 1 < taps ? sg_avx2_widen_16(panel->weights + (t + 1) * SG_DW_PANEL) : _mm256_setzero_si256();
    to->weights[t / 2][0] = _mm256_unpacklo_epi16(first, second);
    to->weights[t / 2][1] = _mm256_unpackhi_epi16(first, second);
  }
}

SG_AVX2_INLINE void sg_dw_block_run(const struct sg_dw_block *block, const int taps, const int8_t *const *list,
                                    size_t channel, int8_t *output, size_t count, const sg_dw_requant *to) {
  __m256i sum[2] = {block->bias[0], block->bias[1]};
  for (int t = 0; t < taps; t += 2) {
    const __m256i x0 = sg_avx2_widen_16(list[t] + channel);
    const __m256i x1 = t + 1 < taps ? sg_avx2_widen_16(list[t + 1] + channel) : x0; /* of weight 0 */
    sum[0] = _mm256_add_epi32(sum[0], _mm256_madd_epi16(_mm256_unpacklo_epi16(x0, x1), block->weights[t / 2][0]));
    sum[1] = _mm256_add_epi32(sum[1], _mm256_madd_epi16(_mm256_unpackhi_epi16(x0, x1), block->weights[t / 2][1]));
  }
  sg_avx2_store(output,
                sg_avx2_narrow(sg_avx2_scale(sum[0], block->scale[0]), sg_avx2_scale(sum[1], block->scale[1]), to),
                count);
}

#include "tap_list.h"

void sg_dwconv_s8_s8_1x16c1__ref(const struct sg_dwconv_s8_args *);

SG_AVX2 static void run_9(const struct sg_dwconv_s8_args *a) {
  sg_dw_run(a, 9);
}

SG_AVX2 static void run_25(const struct sg_dwconv_s8_args *a) {
  sg_dw_run(a, 25);
}

SG_AVX2 static void run_any(const struct sg_dwconv_s8_args *a, int taps) {
  sg_dw_run(a, taps);
}

SG_AVX2 void sg_dwconv_s8_s8_1x16c2__avx2(const struct sg_dwconv_s8_args *a) {
  const int taps = a->window.kernel_h * a->window.kernel_w;
  if (taps == 9)
    run_9(a);
  else if (taps == 25)
    run_25(a);
  else if (taps <= SG_DW_MOST_TAPS)
    run_any(a, taps);
  else
    sg_dwconv_s8_s8_1x16c1__ref(a); /* rarer than it is worth code */
}
#endif
