/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines channel_shuffle_s8. */
#include "channel_shuffle_s8.h"

SG_REFERENCE void sg_channel_shuffle_s8_s8_1x1c1__ref(const struct sg_channel_shuffle_s8_args *a) {
  const size_t each = a->channels / a->groups;
  for (size_t row = a->begin; row < a->end; row++)
    for (size_t i = 0; i < a->groups; i++)
      for (size_t j = 0; j < each; j++)
        a->output[row * a->channels + j * a->groups + i] = a->input[row * a->channels + i * each + j];
}
