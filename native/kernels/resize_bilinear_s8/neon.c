/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: resize_bilinear_s8: rows first. An input row is widened once, to int16 in scratch, and serves all output rows
 * between it and its neighbours; these then are one long run of elements, whatever the number of channels. */
#if defined(__aarch64__)

#include "../neon_real.h"
#include "../neon_round.h"
#include "../neon_store.h"
#include "resize_bilinear_s8.h"

/* Differences from the zero point, times 128: |q - zero point| is below 256, so they fit int16, and the sum of both
 * passes needs no correction. Elements past the end of a pixel are written again by the next one. */
static void widen(const struct sg_resize_bilinear_s8_args *a, const int8_t *row, int16_t *to) {
  const int8x16_t zero_point = sg_neon_zero_point(a->input_zero_point);
  const int8x8_t half = vget_low_s8(zero_point);
  const size_t channels = a->channels;
  for (size_t ox = 0; ox < a->out_w; ox++, to += channels) {
    const struct sg_neighbours x = sg_neighbours_of(ox, a->in_w, a->out_w, a->align_corners);
    const int8_t *left = row + x.first * channels, *right = row + x.second * channels;
    const int16_t second = (int16_t)x.weight, first = (int16_t)(128 - second);
    for (size_t c = 0; c < channels; c += 16) {
      const int8x16_t l = vld1q_s8(left + c), r = vld1q_s8(right + c);
      const int16x8x2_t sum = {
          {vmlaq_n_s16(vmulq_n_s16(vsubl_s8(vget_low_s8(l), half), first), vsubl_s8(vget_low_s8(r), half), second),
           vmlaq_n_s16(vmulq_n_s16(vsubl_high_s8(l, zero_point), first), vsubl_high_s8(r, zero_point), second)}};
      vst1q_s16_x2(to + c, sum);
    }
  }
}

struct constants {
  float32x4_t scale;
  struct sg_neon_round round;
};

SG_INLINE int8x16_t between(const int16_t *above, const int16_t *below, int16_t first, int16_t second,
                            const struct constants *k) {
  const int16x8x2_t a = vld1q_s16_x2(above), b = vld1q_s16_x2(below);
  int32x4_t sum[4];
  for (int i = 0; i < 2; i++) {
    sum[2 * i] = vmlal_n_s16(vmull_n_s16(vget_low_s16(a.val[i]), first), vget_low_s16(b.val[i]), second);
    sum[2 * i + 1] = vmlal_high_n_s16(vmull_high_n_s16(a.val[i], first), b.val[i], second);
  }
  return sg_neon_round_scaled(sum[0], sum[1], sum[2], sum[3], k->scale, &k->round);
}

void sg_resize_bilinear_s8_s8_1x16c1__neon(const struct sg_resize_bilinear_s8_args *a) {
  const struct constants k = {vdupq_n_f32(a->scale), sg_neon_round_load(&a->requant, 255.0f * 16384.0f * a->scale)};
  const size_t width = a->out_w * a->channels, pitch = a->in_w * a->channels, none = (size_t)-1;
  int16_t *above = (int16_t *)(void *)a->scratch;
  int16_t *below = above + sg_resize_bilinear_s8_row(a->out_w, a->channels);
  size_t above_row = none, below_row = none; /* input rows that they hold, counted through the batch */
  for (size_t row = a->begin; row < a->end; row++) {
    const struct sg_neighbours y = sg_neighbours_of(row % a->out_h, a->in_h, a->out_h, a->align_corners);
    const size_t first = row / a->out_h * a->in_h + y.first, second = row / a->out_h * a->in_h + y.second;
    if (above_row != first) {
      int16_t *const free = above;
      const size_t freed = above_row;
      above = below, above_row = below_row;
      below = free, below_row = freed;
      if (above_row != first) widen(a, a->input + first * pitch, above), above_row = first;
    }
    if (below_row != second) widen(a, a->input + second * pitch, below), below_row = second;
    int8_t *output = a->output + row * width;
    const int16_t lower = (int16_t)y.weight, upper = (int16_t)(128 - lower);
    size_t i = 0;
    for (; i + 16 <= width; i += 16) vst1q_s8(output + i, between(above + i, below + i, upper, lower, &k));
    if (i < width) sg_neon_store_16(output + i, between(above + i, below + i, upper, lower, &k), width - i);
  }
}

#endif
