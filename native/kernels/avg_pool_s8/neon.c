/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: avg_pool_s8: 64 channels, a cache line, at every position of the window, then 16, the rest stored in pieces.
 */
#if defined(__aarch64__)

#include "../neon_requant.h"
#include "../neon_store.h"
#include "span.h"

enum { LANES = 16, WIDE = 4, INT16_TERMS = 256 }; /* so many int8 fit an int16 sum: 256 * -128 = -2^15 */

/* The window of one output position. */
struct area {
  const int8_t *corner;
  size_t width, height, step, line; /* elements; bytes between columns and rows */
  int32_t zero;                     /* minus the sum of all the zero points */
  float scale;
};

/* sum[i] = the sums of x - zero point of channels 4 * i on, for `vectors` * 16 channels. */
SG_INLINE void sum_area(int32x4_t *sum, const struct area *w, size_t channel, int vectors) {
  int16x8_t part[2 * WIDE];
  for (int i = 0; i < 2 * vectors; i++) part[i] = vdupq_n_s16(0);
  for (int i = 0; i < 4 * vectors; i++) sum[i] = vdupq_n_s32(w->zero);
  size_t room = INT16_TERMS;
  for (size_t y = 0; y < w->height; y++) {
    const int8_t *x = w->corner + y * w->line + channel;
    for (size_t n = w->width; n > 0; n--, x += w->step) {
      for (int i = 0; i < vectors; i++) {
        const int8x16_t value = vld1q_s8(x + LANES * i);
        part[2 * i] = vaddw_s8(part[2 * i], vget_low_s8(value));
        part[2 * i + 1] = vaddw_high_s8(part[2 * i + 1], value);
      }
      if (--room) continue;
      for (int i = 0; i < 2 * vectors; i++) {
        sum[2 * i] = vaddw_s16(sum[2 * i], vget_low_s16(part[i]));
        sum[2 * i + 1] = vaddw_high_s16(sum[2 * i + 1], part[i]);
        part[i] = vdupq_n_s16(0);
      }
      room = INT16_TERMS;
    }
  }
  for (int i = 0; i < 2 * vectors; i++) {
    sum[2 * i] = vaddw_s16(sum[2 * i], vget_low_s16(part[i]));
    sum[2 * i + 1] = vaddw_high_s16(sum[2 * i + 1], part[i]);
  }
}

/* Sixteen results; `left` channels are left in the row. */
SG_INLINE void store_s8(int8_t *output, const int32x4_t sum[4], float scale, size_t left,
                        const struct sg_neon_requant *to) {
  const float32x4_t s = vdupq_n_f32(scale);
  sg_neon_store_16(output,
                   sg_neon_narrow(sg_neon_scale(sum[0], s), sg_neon_scale(sum[1], s), sg_neon_scale(sum[2], s),
                                  sg_neon_scale(sum[3], s), to),
                   left);
}

SG_INLINE void store_f32(float *output, const int32x4_t sum[4], float scale, size_t left) {
  for (size_t i = 0; i < 4 && 4 * i < left; i += 2)
    sg_neon_store_f32(output + 4 * i, vmulq_n_f32(vcvtq_f32_s32(sum[i]), scale),
                      vmulq_n_f32(vcvtq_f32_s32(sum[i + 1]), scale), left - 4 * i < 8 ? left - 4 * i : 8);
}

SG_INLINE void store(void *output, size_t at, const int32x4_t sum[4], float scale, size_t left,
                     const struct sg_neon_requant *to) {
  if (to)
    store_s8((int8_t *)output + at, sum, scale, left, to);
  else
    store_f32((float *)output + at, sum, scale, left);
}

/* `to` is null for float32 output. */
SG_INLINE void run(const struct sg_avg_pool_s8_args *a, const struct sg_neon_requant *to) {
  const struct sg_window *w = &a->window;
  for (size_t row = a->begin; row < a->end; row++) {
    const struct sg_span y = sg_span_y(a, row);
    const size_t line = (size_t)w->in_w * a->channels;
    const int8_t *image = a->input + row / (size_t)w->out_h * (size_t)w->in_h * line;
    for (int32_t ox = 0; ox < w->out_w; ox++) {
      const struct sg_span x = sg_span_x(a, ox);
      const struct area area = {
          .corner = image + (size_t)y.begin * line + (size_t)x.begin * a->channels,
          .width = (size_t)(x.end - x.begin),
          .height = (size_t)(y.end - y.begin),
          .step = a->channels,
          .line = line,
          .zero = (int32_t)((uint32_t)(y.end - y.begin) * (uint32_t)(x.end - x.begin) * (uint32_t)-a->input_zero_point),
          .scale = a->scale / (float)((int64_t)y.count * x.count)};
      const size_t at = (row * (size_t)w->out_w + (size_t)ox) * a->channels;
      int32x4_t sum[4 * WIDE];
      size_t c = 0;
      for (; c + LANES * WIDE <= a->channels; c += LANES * WIDE) {
        sum_area(sum, &area, c, WIDE);
        for (size_t i = 0; i < WIDE; i++) store(a->output, at + c + LANES * i, sum + 4 * i, area.scale, LANES, to);
      }
      for (; c < a->channels; c += LANES) {
        sum_area(sum, &area, c, 1);
        store(a->output, at + c, sum, area.scale, a->channels - c, to);
      }
    }
  }
}

void sg_avg_pool_s8_s8_1x64c1__neon(const struct sg_avg_pool_s8_args *a) {
  const struct sg_neon_requant to = sg_neon_requant_load(&a->requant);
  run(a, &to);
}

void sg_avg_pool_s8_f32_1x64c1__neon(const struct sg_avg_pool_s8_args *a) {
  run(a, NULL);
}

#endif
