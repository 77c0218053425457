/* SPDX-License-Identifier: Apache-2.0 */
/* check_panels.c: packed weights: their exact size, usable scales. */
#include "../../kernels/dwconv_s8/dwconv_s8.h"
#include "../../kernels/panel.h"
#include "check.h"

/* Inlined for its constant `lanes`: opening a model reads every scale. */
static inline __attribute__((always_inline)) int scales_ok(const uint8_t *panels, uint64_t count, uint64_t panel_bytes,
                                                           uint32_t scale_offset, uint32_t lanes) {
  for (uint64_t p = 0; p < count; p++) {
    const float *scale = (const float *)(const void *)(panels + p * panel_bytes + scale_offset);
    int good = 1;
    for (uint32_t i = 0; i < lanes; i++) good &= sg_good_scale(scale[i]);
    if (!good) return 0;
  }
  return 1;
}

int sg_gemm_scales_ok(const uint8_t *panels, uint64_t count, uint64_t panel_bytes) {
  return scales_ok(panels, count, panel_bytes, offsetof(struct sg_panel, scale), SG_PANEL);
}

int sg_gemm_panels_ok(const struct sg_plan *plan, const struct sg_op *op, uint64_t k, uint64_t out_c, uint64_t groups) {
  if (k > SG_MAX_DEPTH) return 0;
  const uint64_t panels = groups * ((out_c / groups + SG_PANEL - 1) / SG_PANEL);
  const uint64_t panel_bytes = sg_panel_bytes(sg_panel_depth((size_t)k));
  /* The product is below 2^31 * 2^28: panels <= channels, depth <= 2^24. */
  return sg_constants_ok(plan, op, panels * panel_bytes) &&
         sg_gemm_scales_ok(plan->constants + op->weights_offset, panels, panel_bytes);
}

int sg_dw_panels_ok(const struct sg_plan *plan, const struct sg_op *op, size_t taps, uint64_t channels) {
  const uint64_t panels = (channels + SG_DW_PANEL - 1) / SG_DW_PANEL, panel_bytes = sg_dw_panel_bytes(taps);
  return sg_constants_ok(plan, op, panels * panel_bytes) &&
         scales_ok(plan->constants + op->weights_offset, panels, panel_bytes, offsetof(struct sg_dw_panel, scale),
                   SG_DW_PANEL);
}
