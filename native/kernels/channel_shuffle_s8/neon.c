/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: channel_shuffle_s8: ST2, ST3 and ST4 deal out 16 channels of 2, 3 or 4 groups. Vectors may run over the end
 * of a row: the next row is written later. */
#if defined(__aarch64__)

#include <arm_neon.h>

#include "channel_shuffle_s8.h"

/* Channels [from, each) of one row, one by one. */
static void deal_rest(const int8_t *x, int8_t *to, size_t from, size_t each, size_t groups) {
  for (size_t j = from; j < each; j++)
    for (size_t i = 0; i < groups; i++) to[j * groups + i] = x[i * each + j];
}

/* One row, in vectors while 16 channels of every group have room before `end`. */
static inline __attribute__((always_inline)) void deal(const int8_t *x, int8_t *to, size_t each, const size_t groups,
                                                       const int8_t *end) {
  size_t j = 0;
  for (; j < each && (size_t)(end - to) >= (j + 16) * groups; j += 16) {
    int8_t *const at = to + j * groups;
    int8x16x4_t group; /* of which `groups` are used */
    for (size_t i = 0; i < groups; i++) group.val[i] = vld1q_s8(x + i * each + j);
    const int8x16x2_t two = {{group.val[0], group.val[1]}};
    const int8x16x3_t three = {{group.val[0], group.val[1], group.val[2]}};
    if (groups == 2)
      vst2q_s8(at, two);
    else if (groups == 3)
      vst3q_s8(at, three);
    else
      vst4q_s8(at, group);
  }
  deal_rest(x, to, j, each, groups);
}

void sg_channel_shuffle_s8_s8_1x16c1__neon(const struct sg_channel_shuffle_s8_args *a) {
  const size_t channels = a->channels, each = channels / a->groups;
  const int8_t *const end = a->output + a->end * channels;
  for (size_t row = a->begin; row < a->end; row++) {
    const int8_t *x = a->input + row * channels;
    int8_t *to = a->output + row * channels;
    switch (a->groups) {
      case 2:
        deal(x, to, each, 2, end);
        break;
      case 3:
        deal(x, to, each, 3, end);
        break;
      case 4:
        deal(x, to, each, 4, end);
        break;
      default:
        deal_rest(x, to, 0, each, a->groups);
    }
  }
}

#endif
