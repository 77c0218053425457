/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines resize_nearest_s8. */
#include "resize_nearest_s8.h"

SG_REFERENCE void sg_resize_nearest_s8_s8_1x1c1__ref(const struct sg_resize_nearest_s8_args *a) {
  for (size_t row = a->begin; row < a->end; row++)
    for (size_t x = 0; x < a->out_w; x++)
      for (size_t c = 0; c < a->channels; c++) {
        const size_t iy = row / a->out_h * a->in_h + row % a->out_h * a->in_h / a->out_h;
        const size_t ix = x * a->in_w / a->out_w;
        a->output[(row * a->out_w + x) * a->channels + c] = a->input[(iy * a->in_w + ix) * a->channels + c];
      }
}
