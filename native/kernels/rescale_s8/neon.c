/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: rescale_s8: a copy where nothing changes, a table of all 256 results where the tensor is large enough to pay
 * for it, else the arithmetic. */
#if defined(__aarch64__)

#include "../neon_real.h"
#include "../neon_requant.h"
#include "../neon_store.h"
#include "../neon_table.h"
#include "rescale_s8.h"

enum way { COPY, TABLE, COMPUTE };
enum { WORTH_A_TABLE = 2048 }; /* elements */

/* results: of all bytes, counting as unsigned. */
struct constants {
  int8x16x4_t results[4];
  int8x16_t input_zero_point;
  float32x4_t scale;
  struct sg_neon_requant requant;
};

SG_INLINE int8x16_t compute(int8x16_t x, const struct constants *k) {
  const float32x4x4_t real = sg_neon_real(x, k->input_zero_point, k->scale);
  return sg_neon_narrow(vcvtnq_s32_f32(real.val[0]), vcvtnq_s32_f32(real.val[1]), vcvtnq_s32_f32(real.val[2]),
                        vcvtnq_s32_f32(real.val[3]), &k->requant);
}

SG_INLINE int8x16_t one(int8x16_t x, const struct constants *k, enum way way) {
  if (way == COPY) return vminq_s8(vmaxq_s8(x, k->requant.clamp_min), k->requant.clamp_max);
  return way == TABLE ? sg_neon_look_up(vreinterpretq_u8_s8(x), k->results) : compute(x, k);
}

SG_INLINE void run(const int8_t *input, int8_t *output, size_t rows, size_t channels, size_t stride,
                   const struct constants *k, enum way way) {
  for (; rows > 0; rows--, input += channels, output += stride) {
    size_t c = 0;
    for (; c + 32 <= channels; c += 32) { /* one load or store serves two registers */
      const int8x16_t x = vld1q_s8(input + c), y = vld1q_s8(input + c + 16);
      const int8x16_t first = one(x, k, way), second = one(y, k, way);
      vst1q_s8(output + c, first);
      vst1q_s8(output + c + 16, second);
    }
    for (; c < channels; c += 16) sg_neon_store_16(output + c, one(vld1q_s8(input + c), k, way), channels - c);
  }
}

void sg_rescale_s8_s8_1x32c1__neon(const struct sg_rescale_s8_args *a) {
  struct constants k = {.input_zero_point = sg_neon_zero_point(a->input_zero_point),
                        .scale = vdupq_n_f32(a->scale),
                        .requant = sg_neon_requant_load(&a->requant)};
  const int8_t *input = a->input + a->begin * a->channels;
  int8_t *output = a->output + a->begin * a->output_stride;
  size_t rows = a->end - a->begin, channels = a->channels, stride = a->output_stride;
  if (stride == channels) channels *= rows, rows = 1; /* one long row */
  if (a->scale == 1.0f && a->input_zero_point == a->requant.zero_point) {
    run(input, output, rows, channels, stride, &k, COPY);
  } else if (rows * channels < WORTH_A_TABLE) {
    run(input, output, rows, channels, stride, &k, COMPUTE);
  } else {
    int8x16_t bytes = vreinterpretq_s8_u8((uint8x16_t){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
    for (int i = 0; i < 16; i++, bytes = vaddq_s8(bytes, vdupq_n_s8(16)))
      k.results[i / 4].val[i % 4] = compute(bytes, &k);
    run(input, output, rows, channels, stride, &k, TABLE);
  }
}

#endif
