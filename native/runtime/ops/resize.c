/* SPDX-License-Identifier: Apache-2.0 */
/* resize.c: the operator resize: nearest or bilinear, by its flags. */
#include "../../kernels/resize_bilinear_s8/resize_bilinear_s8.h"
#include "../../kernels/resize_nearest_s8/resize_nearest_s8.h"
#include "check.h"
#include "op.h"

int sg_op_resize_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                       const struct sg_tensor *out) {
  (void)plan;
  if (in->n != out->n || in->c != out->c) return 0;
  if (op->flags & SG_FLAG_BILINEAR) return sg_both_int8(in, out) && sg_good_scale(op->scale0);
  return sg_same_values(in, out) && !(op->flags & SG_FLAG_ALIGN_CORNERS);
}

const struct sg_variant *sg_op_resize_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  return op->flags & SG_FLAG_BILINEAR ? sg_resize_bilinear_s8_select(isa, output)
                                      : sg_resize_nearest_s8_select(isa, output);
}

size_t sg_op_resize_scratch(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  (void)in;
  return op->flags & SG_FLAG_BILINEAR ? sg_resize_bilinear_s8_scratch(out->w, out->c) : 0;
}

static void run_nearest(const struct sg_step *s, size_t begin, size_t end) {
  sg_resize_nearest_s8_run(s->kernel, &(struct sg_resize_nearest_s8_args){.input = s->input,
                                                                          .output = s->output,
                                                                          .begin = begin,
                                                                          .end = end,
                                                                          .in_h = s->in->h,
                                                                          .in_w = s->in->w,
                                                                          .out_h = s->out->h,
                                                                          .out_w = s->out->w,
                                                                          .channels = s->in->c});
}

void sg_op_resize_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  if (!(s->op->flags & SG_FLAG_BILINEAR)) {
    run_nearest(s, begin, end);
    return;
  }
  sg_resize_bilinear_s8_run(s->kernel,
                            &(struct sg_resize_bilinear_s8_args){.input = s->input,
                                                                 .output = s->output,
                                                                 .scratch = sg_step_scratch(s, thread),
                                                                 .begin = begin,
                                                                 .end = end,
                                                                 .in_h = s->in->h,
                                                                 .in_w = s->in->w,
                                                                 .out_h = s->out->h,
                                                                 .out_w = s->out->w,
                                                                 .channels = s->in->c,
                                                                 .align_corners = s->op->flags & SG_FLAG_ALIGN_CORNERS,
                                                                 .input_zero_point = s->in->zero_point,
                                                                 .scale = s->op->scale0,
                                                                 .requant = s->requant});
}
