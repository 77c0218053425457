/* SPDX-License-Identifier: Apache-2.0 */
/* channel_shuffle.c: the operator channel_shuffle: channels of a pixel, regrouped. */
#include "../../kernels/channel_shuffle_s8/channel_shuffle_s8.h"
#include "check.h"
#include "op.h"

int sg_op_channel_shuffle_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                                const struct sg_tensor *out) {
  (void)plan;
  return sg_same_values(in, out) && sg_same_shape(in, out) && op->groups >= 1 && in->c % op->groups == 0;
}

const struct sg_variant *sg_op_channel_shuffle_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_channel_shuffle_s8_select(isa, output);
}

void sg_op_channel_shuffle_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  sg_channel_shuffle_s8_run(s->kernel, &(struct sg_channel_shuffle_s8_args){.input = s->input,
                                                                            .output = s->output,
                                                                            .begin = begin,
                                                                            .end = end,
                                                                            .channels = s->in->c,
                                                                            .groups = s->op->groups});
}
