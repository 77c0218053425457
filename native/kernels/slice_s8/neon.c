/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: slice_s8: a row is one copy where its bytes are contiguous, else one copy per pixel whose channels are. */
#if defined(__aarch64__)

#include "../bytes.h"
#include "slice_s8.h"

static void pick_channels(int8_t *to, const int8_t *from, size_t count, size_t step) {
  for (size_t c = 0; c < count; c++) to[c] = from[c * step];
}

void sg_slice_s8_s8_1x64c1__neon(const struct sg_slice_s8_args *a) {
  const size_t width = a->out_w * a->out_c, step = a->stride_w * a->in_c;
  const int whole = a->stride_w == 1 && a->out_c == a->in_c;
  int8_t *const end = a->output + a->end * width;
  for (size_t row = a->begin; row < a->end; row++) {
    const size_t y = row / a->out_h * a->in_h + a->start_h + row % a->out_h * a->stride_h;
    const int8_t *from = a->input + (y * a->in_w + a->start_w) * a->in_c + a->start_c;
    int8_t *to = a->output + row * width;
    if (whole) {
      sg_copy_exact(to, from, width);
      continue;
    }
    for (size_t x = 0; x < a->out_w; x++, from += step, to += a->out_c) {
      if (a->stride_c != 1 && a->out_c != 1)
        pick_channels(to, from, a->out_c, a->stride_c);
      else
        sg_copy_pixel(to, from, a->out_c, end);
    }
  }
}

#endif
