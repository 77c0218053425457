/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: quantize_s8. The input is the caller's memory: nothing is read past its end. FCVTNS makes a NaN 0. */
#if defined(__aarch64__)

#include "../neon_requant.h"
#include "../neon_store.h"
#include "quantize_s8.h"

struct constants {
  float32x4_t scale;
  struct sg_neon_requant requant;
};

SG_INLINE int8x16_t quantize_16(const float *x, const struct constants *k) {
  int32x4_t q[4];
  for (int i = 0; i < 4; i++) q[i] = vcvtnq_s32_f32(vmulq_f32(vld1q_f32(x + 4 * i), k->scale));
  return sg_neon_narrow(q[0], q[1], q[2], q[3], &k->requant);
}

/* Fewer than 16. */
SG_INLINE int8x16_t quantize_part(const float *x, size_t count, const struct constants *k) {
  float all[16] = {0};
  for (size_t i = 0; i < count; i++) all[i] = x[i];
  return quantize_16(all, k);
}

/* The output has the input's order. */
static void run_flat(const float *x, int8_t *output, size_t count, const struct constants *k) {
  for (; count >= 16; count -= 16, x += 16, output += 16) vst1q_s8(output, quantize_16(x, k));
  if (count) sg_neon_store_16(output, quantize_part(x, count, k), count);
}

/* `count` pixels of an image: three planes become triples. */
static void run_three(const float *x, size_t plane, int8_t *output, size_t count, const struct constants *k) {
  int8x16x3_t pixels;
  for (; count >= 16; count -= 16, x += 16, output += 48) {
    for (size_t c = 0; c < 3; c++) pixels.val[c] = quantize_16(x + c * plane, k);
    vst3q_s8(output, pixels);
  }
  if (!count) return;
  int8_t last[48];
  for (size_t c = 0; c < 3; c++) pixels.val[c] = quantize_part(x + c * plane, count, k);
  vst3q_s8(last, pixels);
  for (size_t i = 0; i < 3 * count; i++) output[i] = last[i];
}

/* `count` values of one plane go to every `channels`th byte. */
static void run_plane(const float *x, int8_t *output, size_t channels, size_t count, const struct constants *k) {
  int8_t part[16];
  for (size_t i = 0; i < count; i += 16) {
    const size_t n = count - i < 16 ? count - i : 16;
    vst1q_s8(part, n == 16 ? quantize_16(x + i, k) : quantize_part(x + i, n, k));
    for (size_t j = 0; j < n; j++) output[(i + j) * channels] = part[j];
  }
}

void sg_quantize_f32_s8_1x16c1__neon(const struct sg_quantize_s8_args *a) {
  const struct constants k = {vdupq_n_f32(a->scale), sg_neon_requant_load(&a->requant)};
  const size_t channels = a->channels, pixels = a->pixels;
  if (!a->input_nchw || channels == 1 || pixels == 1) {
    run_flat(a->input + a->begin * channels, a->output + a->begin * channels, (a->end - a->begin) * channels, &k);
    return;
  }
  for (size_t row = a->begin, count; row < a->end; row += count) { /* image by image */
    const size_t left = pixels - row % pixels;
    count = left < a->end - row ? left : a->end - row;
    const float *x = a->input + row / pixels * channels * pixels + row % pixels;
    int8_t *output = a->output + row * channels;
    if (channels == 3)
      run_three(x, pixels, output, count, &k);
    else
      for (size_t c = 0; c < channels; c++) run_plane(x + c * pixels, output + c, channels, count, &k);
  }
}

#endif
