/* SPDX-License-Identifier: Apache-2.0 */
/* max_pool.c: the operator max_pool: maximum over a sliding window. */
#include "../../kernels/max_pool_s8/max_pool_s8.h"
#include "check.h"
#include "op.h"

int sg_op_max_pool_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                         const struct sg_tensor *out) {
  (void)plan;
  return sg_same_values(in, out) && sg_pooling_ok(op, in, out);
}

const struct sg_variant *sg_op_max_pool_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_max_pool_s8_select(isa, output);
}

void sg_op_max_pool_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  sg_max_pool_s8_run(s->kernel, &(struct sg_max_pool_s8_args){.input = s->input,
                                                              .output = s->output,
                                                              .begin = begin,
                                                              .end = end,
                                                              .window = s->window,
                                                              .channels = s->in->c,
                                                              .clamp_min = (int8_t)s->op->clamp_min,
                                                              .clamp_max = (int8_t)s->op->clamp_max});
}
