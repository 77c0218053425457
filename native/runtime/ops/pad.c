/* SPDX-License-Identifier: Apache-2.0 */
/* pad.c: the operator pad: rows and columns of one value around an image. */
#include "../../kernels/pad_s8/pad_s8.h"
#include "check.h"
#include "op.h"

static int padded(uint64_t in, uint64_t out, uint32_t before, uint32_t after) {
  return before <= SG_MAX_PAD && after <= SG_MAX_PAD && in + before + after == out;
}

int sg_op_pad_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                    const struct sg_tensor *out) {
  (void)plan;
  return sg_same_values(in, out) && in->n == out->n && in->c == out->c && op->fill >= -128 && op->fill <= 127 &&
         padded(in->h, out->h, op->pad_top, op->pad_bottom) && padded(in->w, out->w, op->pad_left, op->pad_right);
}

const struct sg_variant *sg_op_pad_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_pad_s8_select(isa, output);
}

void sg_op_pad_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  sg_pad_s8_run(s->kernel, &(struct sg_pad_s8_args){.input = s->input,
                                                    .output = s->output,
                                                    .begin = begin,
                                                    .end = end,
                                                    .in_h = s->in->h,
                                                    .in_w = s->in->w,
                                                    .out_h = s->out->h,
                                                    .out_w = s->out->w,
                                                    .top = s->op->pad_top,
                                                    .left = s->op->pad_left,
                                                    .channels = s->in->c,
                                                    .fill = (int8_t)s->op->fill});
}
