/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines softmax_f32. No libm, no contraction: additions and multiplications of IEEE float32 only. */
#include "softmax_f32.h"

enum { LANES = 8 }; /* partial sums, so that a vector unit adds in the same order */

/* exp(x) for x <= 0, relative error below 2e-7: x = n ln 2 + r, |r| <= ln(2) / 2, exp(r) by its Taylor polynomial of
 * degree 7 in Horner's form, 2^n by the exponent field. 0 below -87, where float32 leaves the normal range; NaN gives
 * 0. */
static float exp_negative(float x) {
  if (!(x > -87.0f)) return 0.0f;
  union {
    float real;
    uint32_t bits;
  } shifted, power;
  shifted.real = x * 1.44269504f + 12582912.0f; /* rounds to the nearest integer n */
  const float n = shifted.real - 12582912.0f;
  const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f; /* ln 2 in two parts, the first exact in n */
  float p = 1.98412698e-4f;
  p = p * r + 1.38888889e-3f;
  p = p * r + 8.33333333e-3f;
  p = p * r + 4.16666667e-2f;
  p = p * r + 1.66666667e-1f;
  p = p * r + 5.00000000e-1f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  power.bits = (shifted.bits - 0x4B400000u + 127u) << 23;
  return p * power.real;
}

SG_REFERENCE void sg_softmax_f32_f32_1x8c1__ref(const struct sg_softmax_f32_args *a) {
  for (size_t row = a->begin; row < a->end; row++) {
    const float *input = a->input + row * a->channels;
    float *output = a->output + row * a->channels;
    float max = input[0], sum[LANES] = {0};
    for (size_t c = 1; c < a->channels; c++) max = input[c] > max ? input[c] : max;
    for (size_t c = 0; c < a->channels; c++) {
      output[c] = exp_negative(input[c] - max);
      sum[c % LANES] += output[c];
    }
    const float total = ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
    const float scale = 1.0f / total;
    for (size_t c = 0; c < a->channels; c++) output[c] *= scale;
  }
}
