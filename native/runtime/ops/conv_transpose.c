/* SPDX-License-Identifier: Apache-2.0 */
/* conv_transpose.c: the operator conv_transpose, by the kernels of gemm_s8. */
#include "../../kernels/conv_transpose_s8/conv_transpose_s8.h"

#include "check.h"
#include "op.h"

/* 0 <= output_padding < stride, where output_padding is what the output's extent leaves. */
static int axis_ok(int64_t in, int64_t out, uint32_t kernel, uint32_t stride, uint32_t before, uint32_t after) {
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
      if (!sg_gemm_scales_ok(plan->constants + op->weights_offset + bytes, panels, panel_bytes)) return 0;
      bytes += phase_bytes;
    }
  return bytes == op->weights_bytes;
}

int sg_op_conv_transpose_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                               const struct sg_tensor *out) {
  return in->dtype == SG_INT8 && sg_plain_output(out) && in->n == out->n && op->groups == 1 && op->dilation_h == 1 &&
         op->dilation_w == 1 && axis_ok(in->h, out->h, op->kernel_h, op->stride_h, op->pad_top, op->pad_bottom) &&
         axis_ok(in->w, out->w, op->kernel_w, op->stride_w, op->pad_left, op->pad_right) &&
         phases_ok(plan, op, in, out);
}

const struct sg_variant *sg_op_conv_transpose_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_gemm_s8_select(isa, output);
}

size_t sg_op_conv_transpose_scratch(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  const struct sg_window window = sg_step_window(op, in, out);
  return sg_conv_transpose_s8_scratch(&window, in->c, out->c, (size_t)out->n * out->h * out->w);
}

uint64_t sg_op_conv_transpose_macs(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  return sg_elements(in) * op->kernel_h * op->kernel_w * out->c;
}

void sg_op_conv_transpose_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  sg_conv_transpose_s8(&(struct sg_conv_transpose_s8_args){.input = s->input,
                                                           .weights = sg_step_constants(s),
                                                           .output = s->output,
                                                           .scratch = sg_step_scratch(s, thread),
                                                           .begin = begin,
                                                           .end = end,
                                                           .window = s->window,
                                                           .in_c = s->in->c,
                                                           .out_c = s->out->c,
                                                           .padding = (int8_t)s->in->zero_point,
                                                           .requant = s->requant,
                                                           .gemm = s->kernel});
}
