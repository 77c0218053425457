/* SPDX-License-Identifier: Apache-2.0 */
/* conv.c: the operator conv: any convolution, by the kernels of gemm_s8. */
#include "../../kernels/conv_image_s8/conv_image_s8.h"
#include "../../kernels/conv_s8/conv_s8.h"
#include "check.h"
#include "op.h"

int sg_op_conv_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                     const struct sg_tensor *out) {
  if (in->dtype != SG_INT8 || !sg_plain_output(out)) return 0;
  if (op->groups < 1 || in->c % op->groups != 0 || out->c % op->groups != 0) return 0;
  if (!sg_window_ok(op, in, out)) return 0;
  const uint64_t taps = (uint64_t)op->kernel_h * op->kernel_w;
  return sg_gemm_panels_ok(plan, op, taps * (in->c / op->groups), out->c, op->groups);
}

const struct sg_variant *sg_op_conv_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_gemm_s8_select(isa, output);
}

size_t sg_op_conv_scratch(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  const size_t k = (size_t)op->kernel_h * op->kernel_w * (in->c / op->groups);
  return sg_conv_s8_scratch(k, (size_t)out->n * out->h * out->w);
}

uint64_t sg_op_conv_macs(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  return sg_elements(out) * op->kernel_h * op->kernel_w * (in->c / op->groups);
}

void sg_op_conv_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  const struct sg_conv_s8_args args = {.input = s->input,
                                       .weights = sg_step_constants(s),
                                       .output = s->output,
                                       .scratch = sg_step_scratch(s, thread),
                                       .begin = begin,
                                       .end = end,
                                       .window = s->window,
                                       .in_c = s->in->c,
                                       .out_c = s->out->c,
                                       .groups = s->op->groups,
                                       .padding = (int8_t)s->in->zero_point,
                                       .requant = s->requant,
                                       .gemm = s->kernel};
  if (s->out->dtype == SG_INT8 && sg_conv_image_s8_fits(&args))
    sg_conv_image_s8(&args);
  else
    sg_conv_s8(&args);
}
