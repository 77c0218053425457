/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: dequantize_s8, 16 elements at a time; int8 may be read past its end. */
#if defined(__aarch64__)

#include "../neon_real.h"
#include "dequantize_s8.h"

struct constants {
  int8x16_t zero_point;
  float32x4_t scale;
};

/* Stores min(count, 16) results. */
static inline void store_16(float *output, int8x16_t x, size_t count, const struct constants *k) {
  const float32x4x4_t real = sg_neon_real(x, k->zero_point, k->scale);
  float part[16], *to = count >= 16 ? output : part;
  for (int i = 0; i < 4; i++) vst1q_f32(to + 4 * i, real.val[i]);
  if (to == part)
    for (size_t i = 0; i < count; i++) output[i] = part[i];
}

/* `count` values of one plane, each `channels` bytes after the one before. */
static void run_plane(const int8_t *x, size_t channels, float *output, size_t count, const struct constants *k) {
  int8_t part[16];
  for (size_t i = 0; i < count; i += 16) {
    const size_t n = count - i < 16 ? count - i : 16;
    for (size_t j = 0; j < n; j++) part[j] = x[(i + j) * channels];
    for (size_t j = n; j < 16; j++) part[j] = 0;
    store_16(output + i, vld1q_s8(part), n, k);
  }
}

void sg_dequantize_s8_f32_1x16c1__neon(const struct sg_dequantize_s8_args *a) {
  const struct constants k = {sg_neon_zero_point(a->zero_point), vdupq_n_f32(a->scale)};
  const size_t channels = a->channels, pixels = a->pixels;
  if (!a->output_nchw || channels == 1 || pixels == 1) {
    for (size_t i = a->begin * channels; i < a->end * channels; i += 16)
      store_16(a->output + i, vld1q_s8(a->input + i), a->end * channels - i, &k);
    return;
  }
  for (size_t row = a->begin, count; row < a->end; row += count) { /* image by image */
    const size_t left = pixels - row % pixels;
    count = left < a->end - row ? left : a->end - row;
    float *output = a->output + row / pixels * channels * pixels + row % pixels;
    for (size_t c = 0; c < channels; c++)
      run_plane(a->input + row * channels + c, channels, output + c * pixels, count, &k);
  }
}

#endif
