/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines pad_s8. */
#include "pad_s8.h"

SG_REFERENCE void sg_pad_s8_s8_1x1c1__ref(const struct sg_pad_s8_args *a) {
  for (size_t row = a->begin; row < a->end; row++)
    for (size_t x = 0; x < a->out_w; x++)
      for (size_t c = 0; c < a->channels; c++) {
        const size_t iy = row % a->out_h - a->top, ix = x - a->left; /* huge before the input begins */
        const size_t from = ((row / a->out_h * a->in_h + iy) * a->in_w + ix) * a->channels + c;
        a->output[(row * a->out_w + x) * a->channels + c] = iy < a->in_h && ix < a->in_w ? a->input[from] : a->fill;
      }
}
