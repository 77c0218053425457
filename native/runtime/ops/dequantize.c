/* SPDX-License-Identifier: Apache-2.0 */
/* dequantize.c: the operator dequantize: int8 NHWC to float32 in the output's layout. */
#include "../../kernels/dequantize_s8/dequantize_s8.h"
#include "check.h"
#include "op.h"

int sg_op_dequantize_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                           const struct sg_tensor *out) {
  (void)plan, (void)op;
  return in->dtype == SG_INT8 && out->dtype == SG_FLOAT32 && sg_same_shape(in, out);
}

const struct sg_variant *sg_op_dequantize_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_dequantize_s8_select(isa, output);
}

void sg_op_dequantize_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  sg_dequantize_s8_run(s->kernel, &(struct sg_dequantize_s8_args){.input = s->input,
                                                                  .output = s->output,
                                                                  .begin = begin,
                                                                  .end = end,
                                                                  .pixels = (size_t)s->in->h * s->in->w,
                                                                  .channels = s->in->c,
                                                                  .output_nchw = s->out->layout == SG_NCHW,
                                                                  .zero_point = s->in->zero_point,
                                                                  .scale = s->in->scale});
}
