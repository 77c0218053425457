/* SPDX-License-Identifier: Apache-2.0 */
/* gemm.c: the operator gemm: 1x1 convolution, linear. */
#include "../../kernels/gemm_s8/gemm_s8.h"
#include "check.h"
#include "op.h"

int sg_op_gemm_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                     const struct sg_tensor *out) {
  return in->dtype == SG_INT8 && sg_plain_output(out) && in->n == out->n && in->h == out->h && in->w == out->w &&
         sg_gemm_panels_ok(plan, op, in->c, out->c, 1);
}

const struct sg_variant *sg_op_gemm_select(uint32_t isa, const struct sg_op *op, uint32_t output) {
  (void)op;
  return sg_gemm_s8_select(isa, output);
}

size_t sg_op_gemm_scratch(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  (void)op;
  return sg_gemm_s8_scratch(in->c, (size_t)out->n * out->h * out->w);
}

uint64_t sg_op_gemm_macs(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  (void)op;
  return sg_elements(out) * in->c;
}

void sg_op_gemm_run(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  sg_gemm_s8_run(s->kernel, &(struct sg_gemm_s8_args){.input = s->input,
                                                      .weights = sg_step_constants(s),
                                                      .output = s->output,
                                                      .scratch = sg_step_scratch(s, thread),
                                                      .begin = begin,
                                                      .end = end,
                                                      .k = s->in->c,
                                                      .n = s->out->c,
                                                      .output_stride = s->out->c,
                                                      .requant = s->requant});
}
