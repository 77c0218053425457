/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines lut_s8. */
#include "lut_s8.h"

SG_REFERENCE void sg_lut_s8_s8_1x1c1__ref(const struct sg_lut_s8_args *a) {
  for (size_t i = a->begin; i < a->end; i++) a->output[i] = a->table[a->input[i] + 128];
}
