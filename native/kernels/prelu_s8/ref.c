/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines prelu_s8. */
#include "prelu_s8.h"

SG_REFERENCE void sg_prelu_s8_s8_1x1c1__ref(const struct sg_prelu_s8_args *a) {
  for (size_t row = a->begin; row < a->end; row++)
    for (size_t c = 0; c < a->channels; c++) {
      const size_t i = row * a->channels + c;
      const int32_t x = a->input[i] - a->input_zero_point;
      a->output[i] = sg_requantize((float)x * (x < 0 ? a->slopes[c] : a->scale), &a->requant);
    }
}
