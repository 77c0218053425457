/* plan_op_conv.c: the contracts of the operators with packed weights: shapes, their exact size, usable scales. */
#include "../kernels/conv_transpose_s8/conv_transpose_s8.h"
#include "../kernels/dwconv_s8/dwconv_s8.h"
#include "plan_check.h"

static int scales_good(const uint8_t *panels, uint64_t count, uint64_t panel_bytes, uint32_t scale_offset,
                       uint32_t lanes) {
  for (uint64_t p = 0; p < count; p++) {
    const float *scale = (const float *)(const void *)(panels + p * panel_bytes + scale_offset);
    int good = 1;
    for (uint32_t i = 0; i < lanes; i++) good &= sg_good_scale(scale[i]);
    if (!good) return 0;
  }
  return 1;
}

/* Weights of `panels` panels of `panel_bytes` stand inside the constants, and their scales are usable. */
static int weights_ok(const struct sg_plan *plan, const struct sg_op *op, uint64_t panels, uint64_t panel_bytes,
                      uint32_t scale_offset, uint32_t lanes) {
  const uint64_t bytes = panels * panel_bytes; /* below 2^31 * 2^28: panels <= channels, depth <= 2^24 */
  return sg_constants_ok(plan, op, bytes) &&
         scales_good(plan->constants + op->weights_offset, panels, panel_bytes, scale_offset, lanes);
}

static int gemm_panels_ok(const struct sg_plan *plan, const struct sg_op *op, uint64_t k, uint64_t out_c,
                          uint64_t groups) {
  if (k > SG_MAX_DEPTH) return 0;
  const uint64_t panels = groups * ((out_c / groups + SG_PANEL - 1) / SG_PANEL);
  return weights_ok(plan, op, panels, sg_panel_bytes(sg_panel_depth((size_t)k)), offsetof(struct sg_panel, scale),
                    SG_PANEL);
}

int sg_check_gemm(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                  const struct sg_tensor *out) {
  return in->dtype == SG_INT8 && sg_plain_output(out) && in->n == out->n && in->h == out->h && in->w == out->w &&
         gemm_panels_ok(plan, op, in->c, out->c, 1);
}

int sg_check_conv(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                  const struct sg_tensor *out) {
  if (in->dtype != SG_INT8 || !sg_plain_output(out)) return 0;
  if (op->groups < 1 || in->c % op->groups != 0 || out->c % op->groups != 0) return 0;
  if (!sg_window_ok(op, in, out)) return 0;
  const uint64_t taps = (uint64_t)op->kernel_h * op->kernel_w;
  return gemm_panels_ok(plan, op, taps * (in->c / op->groups), out->c, op->groups);
}

int sg_check_dwconv(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                    const struct sg_tensor *out) {
  if (!sg_both_int8(in, out) || in->c != out->c || op->groups != in->c || !sg_window_ok(op, in, out)) return 0;
  const uint64_t panels = ((uint64_t)in->c + SG_DW_PANEL - 1) / SG_DW_PANEL;
  const size_t taps = (size_t)op->kernel_h * op->kernel_w;
  return weights_ok(plan, op, panels, sg_dw_panel_bytes(taps), offsetof(struct sg_dw_panel, scale), SG_DW_PANEL);
}

/* 0 <= output_padding < stride, where output_padding is what the output's extent leaves. */
static int transposed_axis_ok(int64_t in, int64_t out, uint32_t kernel, uint32_t stride, uint32_t before,
                              uint32_t after) {
  if (in > SG_MAX_SIDE || out > SG_MAX_SIDE || kernel < 1 || kernel > SG_MAX_KERNEL || stride < 1 ||
      stride > SG_MAX_KERNEL || before > SG_MAX_PAD || after > SG_MAX_PAD)
    return 0;
  const int64_t output_padding = out - ((in - 1) * stride + kernel - before - after);
  return output_padding >= 0 && output_padding < stride;
}

/* Phase after phase, so that the size is compared before it can overflow. */
static int phases_ok(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                     const struct sg_tensor *out) {
  const uint64_t panels = ((uint64_t)out->c + SG_PANEL - 1) / SG_PANEL;
  uint64_t bytes = 0;
  if (!sg_constants_ok(plan, op, op->weights_bytes)) return 0;
  for (uint32_t py = 0; py < op->stride_h; py++)
    for (uint32_t px = 0; px < op->stride_w; px++) {
      const struct sg_phase y = sg_phase_of((int32_t)py, (int32_t)op->kernel_h, (int32_t)op->stride_h, 0, 1);
      const struct sg_phase x = sg_phase_of((int32_t)px, (int32_t)op->kernel_w, (int32_t)op->stride_w, 0, 1);
      const uint64_t k = (uint64_t)y.taps * (uint64_t)x.taps * in->c;
      if (k > SG_MAX_DEPTH) return 0;
      const uint64_t panel_bytes = sg_panel_bytes(sg_panel_depth((size_t)k)), phase_bytes = panels * panel_bytes;
      if (phase_bytes > op->weights_bytes - bytes) return 0;
      if (!scales_good(plan->constants + op->weights_offset + bytes, panels, panel_bytes,
                       offsetof(struct sg_panel, scale), SG_PANEL))
        return 0;
      bytes += phase_bytes;
    }
  return bytes == op->weights_bytes;
}

int sg_check_conv_transpose(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                            const struct sg_tensor *out) {
  return in->dtype == SG_INT8 && sg_plain_output(out) && in->n == out->n && op->groups == 1 && op->dilation_h == 1 &&
         op->dilation_w == 1 &&
         transposed_axis_ok(in->h, out->h, op->kernel_h, op->stride_h, op->pad_top, op->pad_bottom) &&
         transposed_axis_ok(in->w, out->w, op->kernel_w, op->stride_w, op->pad_left, op->pad_right) &&
         phases_ok(plan, op, in, out);
}
