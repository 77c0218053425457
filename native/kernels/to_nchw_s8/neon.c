/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: to_nchw_s8: a transposition per image, in blocks of 8 pixels and 8 channels. */
#if defined(__aarch64__)

#include <arm_neon.h>

#include "../nchw.h"
#include "../neon_store.h"
#include "to_nchw_s8.h"

/* r[i] holds row i; afterwards column i. Pairs of bytes, then of halfwords, then of words change places. */
static inline __attribute__((always_inline)) void transpose_8x8(int8x8_t r[8]) {
  int8x8x2_t b[4];
  int16x4x2_t h[4];
  for (int i = 0; i < 4; i++) b[i] = vtrn_s8(r[2 * i], r[2 * i + 1]);
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++)
      h[2 * i + j] = vtrn_s16(vreinterpret_s16_s8(b[2 * i].val[j]), vreinterpret_s16_s8(b[2 * i + 1].val[j]));
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++) {
      const int32x2x2_t w = vtrn_s32(vreinterpret_s32_s16(h[i].val[j]), vreinterpret_s32_s16(h[2 + i].val[j]));
      r[2 * j + i] = vreinterpret_s8_s32(w.val[0]);
      r[4 + 2 * j + i] = vreinterpret_s8_s32(w.val[1]);
    }
}

/* Pixels [row, row + count) of one image. */
static void run_image(const int8_t *input, int8_t *output, size_t pixels, size_t channels, size_t count) {
  const size_t whole_c = channels / 8 * 8, whole_p = count / 8 * 8;
  for (size_t c = 0; c < whole_c; c += 8)
    for (size_t p = 0; p < whole_p; p += 8) {
      int8x8_t block[8];
      for (size_t i = 0; i < 8; i++) block[i] = vld1_s8(input + (p + i) * channels + c);
      transpose_8x8(block);
      for (size_t i = 0; i < 8; i++) vst1_s8(output + (c + i) * pixels + p, block[i]);
    }
  for (size_t c = 0; c < channels; c++)
    for (size_t p = c < whole_c ? whole_p : 0; p < count; p++) output[c * pixels + p] = input[p * channels + c];
}

void sg_to_nchw_s8_s8_8x8c1__neon(const struct sg_to_nchw_s8_args *a) {
  const size_t channels = a->channels, pixels = a->pixels;
  if (channels == 1 || pixels == 1) {
    for (size_t i = a->begin * channels; i < a->end * channels; i += 16)
      sg_neon_store_16(a->output + i, vld1q_s8(a->input + i), a->end * channels - i);
    return;
  }
  for (size_t row = a->begin, count; row < a->end; row += count) {
    const size_t left = pixels - row % pixels;
    count = left < a->end - row ? left : a->end - row;
    run_image(a->input + row * channels, a->output + sg_nchw(row, 0, pixels, channels), pixels, channels, count);
  }
}

#endif
