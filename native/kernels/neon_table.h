/* SPDX-License-Identifier: Apache-2.0 */
/* neon_table.h: lookup in a table of 256 bytes held in 16 registers. */
#ifndef SG_KERNELS_NEON_TABLE_H
#define SG_KERNELS_NEON_TABLE_H

#include <arm_neon.h>

/* parts[i / 64] holds entries 64 * (i / 64) on. A lookup outside its 64 entries leaves the result of the one before. */
static inline __attribute__((always_inline)) int8x16_t sg_neon_look_up(uint8x16_t index, const int8x16x4_t parts[4]) {
  int8x16_t result = vqtbl4q_s8(parts[0], index);
  for (int i = 1; i < 4; i++) {
    index = vsubq_u8(index, vdupq_n_u8(64));
    result = vqtbx4q_s8(result, parts[i], index);
  }
  return result;
}

#endif
