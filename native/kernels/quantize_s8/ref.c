/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines quantize_s8. */
#include "quantize_s8.h"

#include "../nchw.h"

SG_REFERENCE void sg_quantize_f32_s8_1x1c1__ref(const struct sg_quantize_s8_args *a) {
  for (size_t row = a->begin; row < a->end; row++)
    for (size_t c = 0; c < a->channels; c++) {
      const float x = a->input[a->input_nchw ? sg_nchw(row, c, a->pixels, a->channels) : row * a->channels + c];
      a->output[row * a->channels + c] = sg_requantize(x == x ? x * a->scale : 0.0f, &a->requant);
    }
}
