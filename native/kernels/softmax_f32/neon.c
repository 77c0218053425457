/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: softmax_f32, the operations of ref.c on its eight lanes. Nothing is read past the end: the input may be the
 * caller's memory. */
#if defined(__aarch64__)

#include <arm_neon.h>

#include "softmax_f32.h"

enum { LANES = 8 };

static inline float32x4_t times_plus(float32x4_t a, float32x4_t b, float c) {
  return vaddq_f32(vmulq_f32(a, b), vdupq_n_f32(c)); /* rounded twice, as everywhere */
}

/* exp(x) for x <= 0; ref.c explains. */
static inline float32x4_t exp_negative(float32x4_t x) {
  const float32x4_t shifted = times_plus(x, vdupq_n_f32(1.44269504f), 12582912.0f);
  const float32x4_t n = vsubq_f32(shifted, vdupq_n_f32(12582912.0f));
  const float32x4_t r = vsubq_f32(vsubq_f32(x, vmulq_n_f32(n, 0.693359375f)), vmulq_n_f32(n, -2.12194440e-4f));
  float32x4_t p = times_plus(vdupq_n_f32(1.98412698e-4f), r, 1.38888889e-3f);
  p = times_plus(p, r, 8.33333333e-3f);
  p = times_plus(p, r, 4.16666667e-2f);
  p = times_plus(p, r, 1.66666667e-1f);
  p = times_plus(p, r, 5.00000000e-1f);
  p = times_plus(p, r, 1.0f);
  p = times_plus(p, r, 1.0f);
  const uint32x4_t exponent = vsubq_u32(vreinterpretq_u32_f32(shifted), vdupq_n_u32(0x4B400000u - 127u));
  p = vmulq_f32(p, vreinterpretq_f32_u32(vshlq_n_u32(exponent, 23)));
  const uint32x4_t normal = vcgtq_f32(x, vdupq_n_f32(-87.0f));
  return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(p), normal));
}

/* A NaN is never greater, as in ref.c; FMAX would return it. */
static inline float32x4_t greater(float32x4_t a, float32x4_t b) {
  return vbslq_f32(vcgtq_f32(a, b), a, b);
}

static float row_max(const float *x, size_t count) {
  float32x4_t max[2] = {vdupq_n_f32(x[0]), vdupq_n_f32(x[0])};
  size_t c = 0;
  for (; c + LANES <= count; c += LANES)
    for (int i = 0; i < 2; i++) max[i] = greater(vld1q_f32(x + c + 4 * i), max[i]);
  float lanes[4], most = x[0];
  vst1q_f32(lanes, greater(max[0], max[1]));
  for (int i = 0; i < 4; i++) most = lanes[i] > most ? lanes[i] : most;
  for (; c < count; c++) most = x[c] > most ? x[c] : most;
  return most;
}

void sg_softmax_f32_f32_1x8c1__neon(const struct sg_softmax_f32_args *a) {
  for (size_t row = a->begin; row < a->end; row++) {
    const float *input = a->input + row * a->channels;
    float *output = a->output + row * a->channels;
    const float32x4_t max = vdupq_n_f32(row_max(input, a->channels));
    float32x4_t sum[2] = {vdupq_n_f32(0.0f), vdupq_n_f32(0.0f)};
    size_t c = 0;
    for (; c + LANES <= a->channels; c += LANES)
      for (int i = 0; i < 2; i++) {
        const float32x4_t e = exp_negative(vsubq_f32(vld1q_f32(input + c + 4 * i), max));
        vst1q_f32(output + c + 4 * i, e);
        sum[i] = vaddq_f32(sum[i], e);
      }
    if (c < a->channels) { /* the missing lanes add exp(-infinity) = 0 */
      float last[LANES];
      for (size_t i = 0; i < LANES; i++) last[i] = c + i < a->channels ? input[c + i] : -__builtin_inff();
      for (int i = 0; i < 2; i++) {
        const float32x4_t e = exp_negative(vsubq_f32(vld1q_f32(last + 4 * i), max));
        vst1q_f32(last + 4 * i, e);
        sum[i] = vaddq_f32(sum[i], e);
      }
      for (size_t i = 0; c + i < a->channels; i++) output[c + i] = last[i];
    }
    const float32x4_t by_four = vaddq_f32(sum[0], sum[1]);
    const float32x2_t by_two = vadd_f32(vget_low_f32(by_four), vget_high_f32(by_four));
    const float scale = 1.0f / (vget_lane_f32(by_two, 0) + vget_lane_f32(by_two, 1));
    for (c = 0; c + 4 <= a->channels; c += 4) vst1q_f32(output + c, vmulq_n_f32(vld1q_f32(output + c), scale));
    for (; c < a->channels; c++) output[c] *= scale;
  }
}

#endif
