/* SPDX-License-Identifier: Apache-2.0 */
/* neon_requant.h: requantisation in NEON registers; every result equals sg_requantize of requant.h. */
#ifndef SG_KERNELS_NEON_REQUANT_H
#define SG_KERNELS_NEON_REQUANT_H

#include <arm_neon.h>
#include <stddef.h>

#include "requant.h"

#define SG_INLINE static inline __attribute__((always_inline))
/* Loops over the registers of a tile: their arrays become registers only when no loop is left. */
#define SG_UNROLL _Pragma("clang loop unroll(full)")
#define SG_UNROLL_FOR(...) SG_UNROLL for (__VA_ARGS__)

/* Hides the origin of a pointer from the compiler: loads through it are neither merged with others nor
 * given an address of their own. */
#define sg_neon_hide(pointer) __asm__("" : "+r"(*(pointer)))

/* The next 64 bytes, one LD1 of four registers that also advances the pointer. */
SG_INLINE int8x16x4_t sg_neon_next_64(const int8_t **from) {
  const int8x16x4_t value = vld1q_s8_x4(*from);
  *from += 64;
  sg_neon_hide(from);
  return value;
}

/* The constants of one operator as registers. A kernel short of registers loads them where a tile ends. */
struct sg_neon_requant {
  int16x8_t zero_point;
  int8x16_t clamp_min, clamp_max;
};

SG_INLINE struct sg_neon_requant sg_neon_requant_load(const struct sg_requant *to) {
  return (struct sg_neon_requant){vdupq_n_s16((int16_t)to->zero_point), vdupq_n_s8((int8_t)to->clamp_min),
                                  vdupq_n_s8((int8_t)to->clamp_max)};
}

/* round_half_even(float(acc) * scale), saturated: FCVTNS. */
SG_INLINE int32x4_t sg_neon_scale(int32x4_t acc, float32x4_t scale) {
  return vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(acc), scale));
}

/* 16 rounded values to int8: + zero point, clamp. Saturating at every step equals clamping once at the end, because the
 * bounds lie inside int8. */
SG_INLINE int8x16_t sg_neon_narrow(int32x4_t a, int32x4_t b, int32x4_t c, int32x4_t d,
                                   const struct sg_neon_requant *to) {
  const int16x8_t low = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(a), b), to->zero_point);
  const int16x8_t high = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(c), d), to->zero_point);
  return vminq_s8(vmaxq_s8(vqmovn_high_s16(vqmovn_s16(low), high), to->clamp_min), to->clamp_max);
}

/* The first `count` (1 … 8) bytes of the lower (0) or upper (1) half. */
SG_INLINE void sg_neon_store_half(int8_t *to, int8x16_t value, const int half, size_t count) {
  if (count == 8) {
    int64_t *const all = (int64_t *)(void *)to;
    if (half)
      vst1q_lane_s64(all, vreinterpretq_s64_s8(value), 1);
    else
      vst1q_lane_s64(all, vreinterpretq_s64_s8(value), 0);
    return;
  }
  int8_t all[16];
  vst1q_s8(all, value);
  _Pragma("clang loop unroll(disable)") for (size_t i = 0; i < count; i++) to[i] = all[8 * half + i];
}

/* The first `count` (1 … 8) of eight floats. */
SG_INLINE void sg_neon_store_f32(float *to, float32x4_t low, float32x4_t high, size_t count) {
  float all[8], *const out = count == 8 ? to : all;
  vst1q_f32(out, low);
  vst1q_f32(out + 4, high);
  if (out == to) return;
  _Pragma("clang loop unroll(disable)") for (size_t i = 0; i < count; i++) to[i] = all[i];
}

#endif
