/* SPDX-License-Identifier: Apache-2.0 */
/* slice.c: the operator slice: every step-th row, column and channel from a start on. */
#include "../../kernels/slice_s8/slice_s8.h"
#include "check.h"
#include "op.h"

/* The last of `out` elements from `start` on lies inside the input. */
static int sliced(uint64_t in, uint64_t out, uint64_t start, uint64_t step) {
  return step >= 1 && step <= SG_MAX_KERNEL && start + (out - 1) * step < in;
}

int sg_op_slice_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                      const struct sg_tensor *out) {
  (void)plan;
  return sg_same_values(in, out) && in->n == out->n && op->pad_top <= SG_MAX_PAD && op->pad_left <= SG_MAX_PAD &&
         sliced(in->h, out->h, op->pad_top, op->stride_h) && sliced(in->w, out->w, op->pad_left, op->stride_w) &&
         sliced(in->c, out->c, op->channel_offset, op->channel_step);
}

const struct sg_variant *sg_op_slice_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_slice_s8_select(isa, output);
}

void sg_op_slice_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  sg_slice_s8_run(s->kernel, &(struct sg_slice_s8_args){.input = s->input,
                                                        .output = s->output,
                                                        .begin = begin,
                                                        .end = end,
                                                        .in_h = s->in->h,
                                                        .in_w = s->in->w,
                                                        .in_c = s->in->c,
                                                        .out_h = s->out->h,
                                                        .out_w = s->out->w,
                                                        .out_c = s->out->c,
                                                        .start_h = s->op->pad_top,
                                                        .start_w = s->op->pad_left,
                                                        .start_c = s->op->channel_offset,
                                                        .stride_h = s->op->stride_h,
                                                        .stride_w = s->op->stride_w,
                                                        .stride_c = s->op->channel_step});
}
