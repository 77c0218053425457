/* SPDX-License-Identifier: Apache-2.0 */
/* neon_store.h: writes the last, incomplete vector of a row. */
#ifndef SG_KERNELS_NEON_STORE_H
#define SG_KERNELS_NEON_STORE_H

#include <arm_neon.h>
#include <stddef.h>

/* The first min(count, 16) bytes, in pieces of falling size. */
static inline void sg_neon_store_16(int8_t *to, int8x16_t value, size_t count) {
  if (count >= 16) {
    vst1q_s8(to, value);
    return;
  }
  if (count & 8) {
    vst1_s8(to, vget_low_s8(value));
    value = vextq_s8(value, value, 8);
    to += 8;
  }
  if (count & 4) {
    vst1q_lane_s32((int32_t *)(void *)to, vreinterpretq_s32_s8(value), 0);
    value = vextq_s8(value, value, 4);
    to += 4;
  }
  if (count & 2) {
    vst1q_lane_s16((int16_t *)(void *)to, vreinterpretq_s16_s8(value), 0);
    value = vextq_s8(value, value, 2);
    to += 2;
  }
  if (count & 1) vst1q_lane_s8(to, value, 0);
}

#endif
