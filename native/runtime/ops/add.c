/* SPDX-License-Identifier: Apache-2.0 */
/* add.c: the operator add: the sum of two tensors. */
#include "../../kernels/add_s8/add_s8.h"
#include "check.h"
#include "op.h"

int sg_op_add_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                    const struct sg_tensor *out) {
  const struct sg_tensor *other = &plan->tensors[op->input1];
  return sg_both_int8(in, out) && other->dtype == SG_INT8 && sg_same_shape(in, out) && sg_same_shape(other, out) &&
         sg_good_scale(op->scale0) && sg_good_scale(op->scale1);
}

const struct sg_variant *sg_op_add_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_add_s8_select(isa, output);
}

void sg_op_add_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  sg_add_s8_run(s->kernel, &(struct sg_add_s8_args){.a = s->input,
                                                    .b = s->input1,
                                                    .output = s->output,
                                                    .begin = begin,
                                                    .end = end,
                                                    .a_zero_point = s->in->zero_point,
                                                    .b_zero_point = s->in1->zero_point,
                                                    .a_scale = s->op->scale0,
                                                    .b_scale = s->op->scale1,
                                                    .requant = s->requant});
}
