/* SPDX-License-Identifier: Apache-2.0 */
/* rescale.c: the operator rescale: requantisation, clamp, or one part of a concatenation. */
#include "../../kernels/rescale_s8/rescale_s8.h"
#include "check.h"
#include "op.h"

int sg_op_rescale_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                        const struct sg_tensor *out) {
  (void)plan;
  return sg_both_int8(in, out) && in->n == out->n && in->h == out->h && in->w == out->w && sg_good_scale(op->scale0);
}

const struct sg_variant *sg_op_rescale_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_rescale_s8_select(isa, output);
}

void sg_op_rescale_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  sg_rescale_s8_run(s->kernel, &(struct sg_rescale_s8_args){.input = s->input,
                                                            .output = (int8_t *)s->output + s->op->channel_offset,
                                                            .begin = begin,
                                                            .end = end,
                                                            .channels = s->in->c,
                                                            .output_stride = s->out->c,
                                                            .input_zero_point = s->in->zero_point,
                                                            .scale = s->op->scale0,
                                                            .requant = s->requant});
}
