/* SPDX-License-Identifier: Apache-2.0 */
/* mul.c: the operator mul: the product of two tensors, or of each channel with a factor. */
#include "../../kernels/mul_s8/mul_s8.h"
#include "check.h"
#include "op.h"

/* The second factor has the shape of the first, or one pixel. */
int sg_op_mul_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                    const struct sg_tensor *out) {
  const struct sg_tensor *other = &plan->tensors[op->input1];
  const int one_pixel = other->h == 1 && other->w == 1 && other->n == in->n && other->c == in->c;
  return sg_both_int8(in, out) && other->dtype == SG_INT8 && sg_same_shape(in, out) &&
         (one_pixel || sg_same_shape(in, other)) && sg_good_scale(op->scale0);
}

const struct sg_variant *sg_op_mul_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_mul_s8_select(isa, output);
}

void sg_op_mul_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  const size_t pixels = (size_t)s->in->h * s->in->w, b_pixels = (size_t)s->in1->h * s->in1->w;
  sg_mul_s8_run(s->kernel, &(struct sg_mul_s8_args){.a = s->input,
                                                    .b = s->input1,
                                                    .output = s->output,
                                                    .begin = begin,
                                                    .end = end,
                                                    .channels = s->in->c,
                                                    .b_rows = pixels / b_pixels,
                                                    .a_zero_point = s->in->zero_point,
                                                    .b_zero_point = s->in1->zero_point,
                                                    .scale = s->op->scale0,
                                                    .requant = s->requant});
}
