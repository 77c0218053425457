/* step_conv.c: gemm, convolutions: their records become the arguments of the kernels. */
#include "step.h"

void sg_step_gemm(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  s->e->kernels.gemm[s->is_float]->run(
      &(struct sg_gemm_s8_args){.input = s->input,
                                .weights = s->e->plan.constants + s->op->weights_offset,
                                .output = s->output,
                                .scratch = sg_step_scratch(s, thread),
                                .begin = begin,
                                .end = end,
                                .k = s->in->c,
                                .n = s->out->c,
                                .output_stride = s->out->c,
                                .requant = s->requant});
}

void sg_step_conv(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  const struct sg_kernels *k = &s->e->kernels;
  const struct sg_conv_s8_args args = {.input = s->input,
                                       .weights = s->e->plan.constants + s->op->weights_offset,
                                       .output = s->output,
                                       .scratch = sg_step_scratch(s, thread),
                                       .begin = begin,
                                       .end = end,
                                       .window = s->window,
                                       .in_c = s->in->c,
                                       .out_c = s->out->c,
                                       .groups = s->op->groups,
                                       .padding = (int8_t)s->in->zero_point,
                                       .requant = s->requant};
  if (k->conv_image && !s->is_float && sg_conv_image_s8_fits(&args))
    k->conv_image->run(&(struct sg_conv_image_s8_args){args});
  else
    k->conv[s->is_float]->run(&args);
}

void sg_step_dwconv(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  s->e->kernels.dwconv->run(&(struct sg_dwconv_s8_args){.input = s->input,
                                                        .weights = s->e->plan.constants + s->op->weights_offset,
                                                        .output = s->output,
                                                        .begin = begin,
                                                        .end = end,
                                                        .window = s->window,
                                                        .channels = s->in->c,
                                                        .padding = (int8_t)s->in->zero_point,
                                                        .requant = s->requant});
}

void sg_step_conv_transpose(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  s->e->kernels.conv_transpose[s->is_float]->run(
      &(struct sg_conv_transpose_s8_args){.input = s->input,
                                          .weights = s->e->plan.constants + s->op->weights_offset,
                                          .output = s->output,
                                          .scratch = sg_step_scratch(s, thread),
                                          .begin = begin,
                                          .end = end,
                                          .window = s->window,
                                          .in_c = s->in->c,
                                          .out_c = s->out->c,
                                          .padding = (int8_t)s->in->zero_point,
                                          .requant = s->requant});
}
