/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines to_nchw_s8. */
#include "to_nchw_s8.h"

#include "../nchw.h"

SG_REFERENCE void sg_to_nchw_s8_s8_1x1c1__ref(const struct sg_to_nchw_s8_args *a) {
  for (size_t row = a->begin; row < a->end; row++)
    for (size_t c = 0; c < a->channels; c++)
      a->output[sg_nchw(row, c, a->pixels, a->channels)] = a->input[row * a->channels + c];
}
