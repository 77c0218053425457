/* SPDX-License-Identifier: Apache-2.0 */
/* ref.c: defines gemm_s8. */
#include "gemm_s8.h"

static const struct sg_panel *panel_at(const struct sg_gemm_s8_args *a, size_t channel) {
  return (const struct sg_panel *)((const char *)a->weights +
                                   channel / SG_PANEL * sg_panel_bytes(sg_panel_depth(a->k)));
}

SG_REFERENCE void sg_gemm_s8_s8_1x8c4__ref(const struct sg_gemm_s8_args *a) {
  int8_t *output = a->output;
  for (size_t n = 0; n < a->n; n += SG_PANEL) {
    const struct sg_panel *panel = panel_at(a, n);
    for (size_t row = a->begin; row < a->end; row++) {
      int32_t acc[SG_PANEL];
      sg_panel_dot(panel, a->input + row * a->k, sg_panel_depth(a->k), acc);
      for (size_t c = 0; c < SG_PANEL && n + c < a->n; c++)
        output[row * a->output_stride + n + c] = sg_requantize((float)acc[c] * panel->scale[c], &a->requant);
    }
  }
}

SG_REFERENCE void sg_gemm_s8_f32_1x8c4__ref(const struct sg_gemm_s8_args *a) {
  float *output = a->output;
  for (size_t n = 0; n < a->n; n += SG_PANEL) {
    const struct sg_panel *panel = panel_at(a, n);
    for (size_t row = a->begin; row < a->end; row++) {
      int32_t acc[SG_PANEL];
      sg_panel_dot(panel, a->input + row * a->k, sg_panel_depth(a->k), acc);
      for (size_t c = 0; c < SG_PANEL && n + c < a->n; c++)
        output[row * a->output_stride + n + c] = (float)acc[c] * panel->scale[c];
    }
  }
}
