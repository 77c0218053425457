/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines add_s8. */
#include "add_s8.h"

SG_REFERENCE void sg_add_s8_s8_1x1c1__ref(const struct sg_add_s8_args *s) {
  for (size_t i = s->begin; i < s->end; i++) {
    const float a = (float)(s->a[i] - s->a_zero_point) * s->a_scale;
    const float b = (float)(s->b[i] - s->b_zero_point) * s->b_scale;
    s->output[i] = sg_requantize(a + b, &s->requant);
  }
}
