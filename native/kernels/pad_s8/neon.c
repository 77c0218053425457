/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: pad_s8: of each row a piece filled, a piece copied and a piece filled. */
#if defined(__aarch64__)

#include "../bytes.h"
#include "pad_s8.h"

void sg_pad_s8_s8_1x64c1__neon(const struct sg_pad_s8_args *a) {
  const size_t width = a->out_w * a->channels, left = a->left * a->channels, middle = a->in_w * a->channels;
  for (size_t row = a->begin; row < a->end; row++) {
    const size_t y = row % a->out_h - a->top; /* huge before the input begins */
    int8_t *output = a->output + row * width;
    const int inside = y < a->in_h;
    sg_fill_exact(output, a->fill, inside ? left : width);
    if (!inside) continue;
    sg_copy_exact(output + left, a->input + (row / a->out_h * a->in_h + y) * middle, middle);
    sg_fill_exact(output + left + middle, a->fill, width - left - middle);
  }
}

#endif
