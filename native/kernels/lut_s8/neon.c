/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: lut_s8: the table in 16 registers, 32 lookups at a time. */
#if defined(__aarch64__)

#include "../neon_store.h"
#include "../neon_table.h"
#include "lut_s8.h"

void sg_lut_s8_s8_1x32c1__neon(const struct sg_lut_s8_args *a) {
  const uint8x16_t sign = vdupq_n_u8(128); /* q + 128 as unsigned */
  int8x16x4_t parts[4];
  for (int i = 0; i < 4; i++) parts[i] = vld1q_s8_x4(a->table + 64 * i);
  size_t i = a->begin;
  for (; i + 32 <= a->end; i += 32) { /* one load or store serves two registers */
    const uint8x16_t x = vreinterpretq_u8_s8(vld1q_s8(a->input + i)),
                     y = vreinterpretq_u8_s8(vld1q_s8(a->input + i + 16));
    const int8x16_t first = sg_neon_look_up(veorq_u8(x, sign), parts),
                    second = sg_neon_look_up(veorq_u8(y, sign), parts);
    vst1q_s8(a->output + i, first);
    vst1q_s8(a->output + i + 16, second);
  }
  for (; i < a->end; i += 16)
    sg_neon_store_16(a->output + i, sg_neon_look_up(veorq_u8(vreinterpretq_u8_s8(vld1q_s8(a->input + i)), sign), parts),
                     a->end - i);
}

#endif
