/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines slice_s8. */
#include "slice_s8.h"

SG_REFERENCE void sg_slice_s8_s8_1x1c1__ref(const struct sg_slice_s8_args *a) {
  for (size_t row = a->begin; row < a->end; row++)
    for (size_t x = 0; x < a->out_w; x++)
      for (size_t c = 0; c < a->out_c; c++) {
        const size_t iy = row / a->out_h * a->in_h + a->start_h + row % a->out_h * a->stride_h;
        const size_t ix = a->start_w + x * a->stride_w, ic = a->start_c + c * a->stride_c;
        a->output[(row * a->out_w + x) * a->out_c + c] = a->input[(iy * a->in_w + ix) * a->in_c + ic];
      }
}
