/* SPDX-License-Identifier: Apache-2.0 */
/* softmax.c: the operator softmax: float32 over the channels. */
#include "../../kernels/softmax_f32/softmax_f32.h"
#include "check.h"
#include "op.h"

int sg_op_softmax_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                        const struct sg_tensor *out) {
  (void)plan, (void)op;
  return in->dtype == SG_FLOAT32 && out->dtype == SG_FLOAT32 && sg_same_shape(in, out) && in->h == 1 && in->w == 1;
}

const struct sg_variant *sg_op_softmax_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_softmax_f32_select(isa, output);
}

void sg_op_softmax_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  sg_softmax_f32_run(s->kernel,
                     &(struct sg_softmax_f32_args){
                         .input = s->input, .output = s->output, .begin = begin, .end = end, .channels = s->in->c});
}
