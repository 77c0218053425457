/* SPDX-License-Identifier: Apache-2.0 */
/* gather.c: gathers the windows of a first layer: one or two vectors for each row of taps, all rows unrolled. */
#include "../bytes.h"
#include "../conv_s8/im2col.h"
#include "conv_image_s8.h"

/* A vector may run over the end of its row of taps: the next row is written later. */
static inline __attribute__((always_inline)) void gather(const struct sg_windows *w, const int rows,
                                                         const int vectors) {
  const size_t run = w->run, step = w->step, pitch = w->pitch, depth = w->depth;
  const int8_t *from = w->from;
  int8_t *to = w->to;
  for (int32_t left = w->count; left; left--, from += step, to += depth)
    _Pragma("clang loop unroll(full)") for (int r = 0; r < rows; r++) {
      sg_copy_16(to + (size_t)r * run, from + (size_t)r * pitch);
      if (vectors == 2) sg_copy_16(to + (size_t)r * run + 16, from + (size_t)r * pitch + 16);
    }
}

static void gather_3_rows(const struct sg_windows *w) {
  gather(w, 3, 1);
}

static void gather_7_rows(const struct sg_windows *w) {
  gather(w, 7, 2);
}

void sg_conv_image_s8(const struct sg_conv_s8_args *a) {
  sg_conv_s8_gathered(a, a->window.kernel_h == 3 ? gather_3_rows : gather_7_rows);
}
