/* SPDX-License-Identifier: Apache-2.0 */
/* quantize.c: the operator quantize: float32 input of the plan to int8 NHWC. */
#include "../../kernels/quantize_s8/quantize_s8.h"
#include "check.h"
#include "op.h"

int sg_op_quantize_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                         const struct sg_tensor *out) {
  (void)plan;
  return in->dtype == SG_FLOAT32 && out->dtype == SG_INT8 && in->location == SG_PLAN_INPUT && sg_same_shape(in, out) &&
         sg_good_scale(op->scale0);
}

const struct sg_variant *sg_op_quantize_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_quantize_s8_select(isa, output);
}

void sg_op_quantize_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  sg_quantize_s8_run(s->kernel, &(struct sg_quantize_s8_args){.input = s->input,
                                                              .output = s->output,
                                                              .begin = begin,
                                                              .end = end,
                                                              .pixels = (size_t)s->in->h * s->in->w,
                                                              .channels = s->in->c,
                                                              .input_nchw = s->in->layout == SG_NCHW,
                                                              .scale = s->op->scale0,
                                                              .requant = s->requant});
}
