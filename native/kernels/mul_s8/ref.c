/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines mul_s8. */
#include "mul_s8.h"

SG_REFERENCE void sg_mul_s8_s8_1x1c1__ref(const struct sg_mul_s8_args *s) {
  for (size_t row = s->begin; row < s->end; row++)
    for (size_t c = 0; c < s->channels; c++) {
      const size_t i = row * s->channels + c;
      const int32_t product = (s->a[i] - s->a_zero_point) * (s->b[row / s->b_rows * s->channels + c] - s->b_zero_point);
      s->output[i] = sg_requantize((float)product * s->scale, &s->requant);
    }
}
