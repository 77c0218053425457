/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines dequantize_s8. */
#include "dequantize_s8.h"

#include "../nchw.h"

SG_REFERENCE void sg_dequantize_s8_f32_1x1c1__ref(const struct sg_dequantize_s8_args *a) {
  for (size_t row = a->begin; row < a->end; row++)
    for (size_t c = 0; c < a->channels; c++)
      a->output[a->output_nchw ? sg_nchw(row, c, a->pixels, a->channels) : row * a->channels + c] =
          (float)(a->input[row * a->channels + c] - a->zero_point) * a->scale;
}
