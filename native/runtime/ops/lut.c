/* SPDX-License-Identifier: Apache-2.0 */
/* lut.c: the operator lut: any function of one element, as a table. */
#include "../../kernels/lut_s8/lut_s8.h"
#include "check.h"
#include "op.h"

int sg_op_lut_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                    const struct sg_tensor *out) {
  return sg_both_int8(in, out) && sg_same_shape(in, out) && sg_constants_ok(plan, op, 256);
}

const struct sg_variant *sg_op_lut_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_lut_s8_select(isa, output);
}

void sg_op_lut_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  sg_lut_s8_run(s->kernel,
                &(struct sg_lut_s8_args){
                    .input = s->input, .output = s->output, .table = sg_step_constants(s), .begin = begin, .end = end});
}
