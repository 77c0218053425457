/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines rescale_s8. */
#include "rescale_s8.h"

SG_REFERENCE void sg_rescale_s8_s8_1x1c1__ref(const struct sg_rescale_s8_args *a) {
  for (size_t row = a->begin; row < a->end; row++)
    for (size_t c = 0; c < a->channels; c++) {
      const int32_t x = a->input[row * a->channels + c] - a->input_zero_point;
      a->output[row * a->output_stride + c] = sg_requantize((float)x * a->scale, &a->requant);
    }
}
