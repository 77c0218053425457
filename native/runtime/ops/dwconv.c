/* SPDX-License-Identifier: Apache-2.0 */
/* dwconv.c: the operator dwconv: convolution of each channel by itself. */
#include "../../kernels/dwconv_s8/dwconv_s8.h"
#include "check.h"
#include "op.h"

int sg_op_dwconv_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                       const struct sg_tensor *out) {
  return sg_both_int8(in, out) && in->c == out->c && op->groups == in->c && sg_window_ok(op, in, out) &&
         sg_dw_panels_ok(plan, op, (size_t)op->kernel_h * op->kernel_w, in->c);
}

const struct sg_variant *sg_op_dwconv_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_dwconv_s8_select(isa, output);
}

uint64_t sg_op_dwconv_macs(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  (void)in;
  return sg_elements(out) * op->kernel_h * op->kernel_w;
}

void sg_op_dwconv_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  sg_dwconv_s8_run(s->kernel, &(struct sg_dwconv_s8_args){.input = s->input,
                                                          .weights = sg_step_constants(s),
                                                          .output = s->output,
                                                          .begin = begin,
                                                          .end = end,
                                                          .window = s->window,
                                                          .channels = s->in->c,
                                                          .padding = (int8_t)s->in->zero_point,
                                                          .requant = s->requant});
}
