/* SPDX-License-Identifier: Apache-2.0 */
/* prelu.c: the operator prelu: negative elements times a slope per channel. */
#include "../../kernels/prelu_s8/prelu_s8.h"
#include "check.h"
#include "op.h"

int sg_op_prelu_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                      const struct sg_tensor *out) {
  const uint64_t count = ((uint64_t)in->c + 15) / 16 * 16;
  if (!sg_both_int8(in, out) || !sg_same_shape(in, out) || !sg_good_scale(op->scale0) ||
      !sg_constants_ok(plan, op, 4 * count))
    return 0;
  const uint32_t *slopes = (const uint32_t *)(const void *)(plan->constants + op->weights_offset);
  int finite = 1;
  for (uint64_t i = 0; i < count; i++) finite &= (slopes[i] & 0x7F800000) != 0x7F800000;
  return finite;
}

const struct sg_variant *sg_op_prelu_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_prelu_s8_select(isa, output);
}

void sg_op_prelu_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  sg_prelu_s8_run(s->kernel, &(struct sg_prelu_s8_args){.input = s->input,
                                                        .output = s->output,
                                                        .slopes = sg_step_constants(s),
                                                        .begin = begin,
                                                        .end = end,
                                                        .channels = s->in->c,
                                                        .input_zero_point = s->in->zero_point,
                                                        .scale = s->op->scale0,
                                                        .requant = s->requant});
}
