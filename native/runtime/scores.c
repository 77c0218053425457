/* SPDX-License-Identifier: Apache-2.0 */
/* scores.c: post-processing of classification: softmax and top-k. */
#include "../include/sdkgen.h"
#include "../kernels/softmax_f32/softmax_f32.h"
#include "cpu.h"

void sg_softmax(float *scores, size_t count) {
  if (!scores || !count) return;
  sg_softmax_f32_run(
      sg_softmax_f32_select(sg_cpu_isa(), SG_OUT_F32),
      &(struct sg_softmax_f32_args){.input = scores, .output = scores, .begin = 0, .end = 1, .channels = count});
}

/* Insertion into a sorted list of k: k is small beside count. A NaN is lower than every number. */
size_t sg_top_k(const float *scores, size_t count, size_t k, uint32_t *indices, float *values) {
  size_t found = 0;
  if (!scores || !indices || !values || !k) return 0;
  for (size_t i = 0; i < count; i++) {
    const float score = scores[i];
    size_t at = found;
    while (at > 0 && (score > values[at - 1] || (score == score && values[at - 1] != values[at - 1]))) at--;
    if (at >= k) continue;
    if (found < k) found++;
    for (size_t j = found - 1; j > at; j--) {
      values[j] = values[j - 1];
      indices[j] = indices[j - 1];
    }
    values[at] = score;
    indices[at] = (uint32_t)i;
  }
  return found;
}
