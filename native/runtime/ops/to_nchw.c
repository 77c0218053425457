/* SPDX-License-Identifier: Apache-2.0 */
/* to_nchw.c: the operator to_nchw: a flatten: int8 NHWC to the order channel, row, column. */
#include "../../kernels/to_nchw_s8/to_nchw_s8.h"
#include "check.h"
#include "op.h"

int sg_op_to_nchw_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                        const struct sg_tensor *out) {
  (void)plan, (void)op;
  return sg_both_int8(in, out) && in->n == out->n && out->h == 1 && out->w == 1 && out->bytes == in->bytes;
}

const struct sg_variant *sg_op_to_nchw_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_to_nchw_s8_select(isa, output);
}

void sg_op_to_nchw_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  sg_to_nchw_s8_run(s->kernel, &(struct sg_to_nchw_s8_args){.input = s->input,
                                                            .output = s->output,
                                                            .begin = begin,
                                                            .end = end,
                                                            .pixels = (size_t)s->in->h * s->in->w,
                                                            .channels = s->in->c});
}
