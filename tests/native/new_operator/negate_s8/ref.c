/* ref.c: defines negate_s8. */
#include "negate_s8.h"

void sg_negate_s8_s8_1x1c1__ref(const struct sg_negate_s8_args *a) {
  for (size_t i = a->begin; i < a->end; i++)
    a->output[i] = sg_requantize((float)(a->input_zero_point - a->input[i]), &a->requant);
}
