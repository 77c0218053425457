/* SPDX-License-Identifier: Apache-2.0 */
/* avg_pool.c: the operator avg_pool: mean over a sliding or an adaptive window. */
#include "../../kernels/avg_pool_s8/avg_pool_s8.h"
#include "check.h"
#include "op.h"

static int adaptive_ok(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  return in->n == out->n && in->c == out->c && in->h <= SG_MAX_SIDE && in->w <= SG_MAX_SIDE && out->h <= SG_MAX_SIDE &&
         out->w <= SG_MAX_SIDE && op->kernel_h == 1 && op->kernel_w == 1 && op->stride_h == 1 && op->stride_w == 1 &&
         op->pad_top == 0 && op->pad_left == 0 && op->pad_bottom == 0 && op->pad_right == 0;
}

int sg_op_avg_pool_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                         const struct sg_tensor *out) {
  (void)plan;
  return in->dtype == SG_INT8 && sg_plain_output(out) && sg_good_scale(op->scale0) && op->dilation_h == 1 &&
         op->dilation_w == 1 && (op->flags & SG_FLAG_ADAPTIVE ? adaptive_ok(op, in, out) : sg_pooling_ok(op, in, out));
}

const struct sg_variant *sg_op_avg_pool_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_avg_pool_s8_select(isa, output);
}

void sg_op_avg_pool_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  sg_avg_pool_s8_run(s->kernel,
                     &(struct sg_avg_pool_s8_args){.input = s->input,
                                                   .output = s->output,
                                                   .begin = begin,
                                                   .end = end,
                                                   .window = s->window,
                                                   .adaptive = s->op->flags & SG_FLAG_ADAPTIVE,
                                                   .count_include_pad = s->op->flags & SG_FLAG_COUNT_INCLUDE_PAD,
                                                   .channels = s->in->c,
                                                   .input_zero_point = s->in->zero_point,
                                                   .scale = s->op->scale0,
                                                   .requant = s->requant});
}
