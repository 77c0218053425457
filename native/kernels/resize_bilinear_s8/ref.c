/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines resize_bilinear_s8. */
#include "resize_bilinear_s8.h"

SG_REFERENCE void sg_resize_bilinear_s8_s8_1x1c1__ref(const struct sg_resize_bilinear_s8_args *a) {
  const size_t pitch = a->in_w * a->channels;
  for (size_t row = a->begin; row < a->end; row++) {
    const struct sg_neighbours y = sg_neighbours_of(row % a->out_h, a->in_h, a->out_h, a->align_corners);
    const int8_t *image = a->input + row / a->out_h * a->in_h * pitch;
    const int8_t *top = image + y.first * pitch, *bottom = image + y.second * pitch;
    for (size_t ox = 0; ox < a->out_w; ox++) {
      const struct sg_neighbours x = sg_neighbours_of(ox, a->in_w, a->out_w, a->align_corners);
      for (size_t c = 0; c < a->channels; c++) {
        const size_t left = x.first * a->channels + c, right = x.second * a->channels + c;
        const int32_t above = top[left] * (128 - x.weight) + top[right] * x.weight;
        const int32_t below = bottom[left] * (128 - x.weight) + bottom[right] * x.weight;
        const int32_t sum = above * (128 - y.weight) + below * y.weight - a->input_zero_point * 16384;
        a->output[(row * a->out_w + ox) * a->channels + c] = sg_requantize((float)sum * a->scale, &a->requant);
      }
    }
  }
}
