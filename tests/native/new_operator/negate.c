/* negate.c: the operator negate. */
#include "../../kernels/negate_s8/negate_s8.h"
#include "check.h"
#include "op.h"

int sg_op_negate_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                       const struct sg_tensor *out) {
  (void)plan, (void)op;
  return sg_both_int8(in, out) && sg_same_shape(in, out);
}

const struct sg_variant *sg_op_negate_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_negate_s8_select(isa, output);
}

void sg_op_negate_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  sg_negate_s8_run(s->kernel, &(struct sg_negate_s8_args){.input = s->input,
                                                          .output = s->output,
                                                          .begin = begin,
                                                          .end = end,
                                                          .input_zero_point = s->in->zero_point,
                                                          .requant = s->requant});
}
