/* step_element.c: operators on one element at a time: their records become the arguments of the kernels. */
#include "step.h"

void sg_step_add(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  s->e->kernels.add->run(&(struct sg_add_s8_args){.a = s->input,
                                                  .b = s->input1,
                                                  .output = s->output,
                                                  .begin = begin,
                                                  .end = end,
                                                  .a_zero_point = s->in->zero_point,
                                                  .b_zero_point = s->in1->zero_point,
                                                  .a_scale = s->op->scale0,
                                                  .b_scale = s->op->scale1,
                                                  .requant = s->requant});
}

void sg_step_mul(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  const size_t pixels = (size_t)s->in->h * s->in->w, b_pixels = (size_t)s->in1->h * s->in1->w;
  s->e->kernels.mul->run(&(struct sg_mul_s8_args){.a = s->input,
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

void sg_step_lut(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  s->e->kernels.lut->run(
      &(struct sg_lut_s8_args){.input = s->input,
                               .output = s->output,
                               .table = (const int8_t *)(s->e->plan.constants + s->op->weights_offset),
                               .begin = begin,
                               .end = end});
}

void sg_step_prelu(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  s->e->kernels.prelu->run(
      &(struct sg_prelu_s8_args){.input = s->input,
                                 .output = s->output,
                                 .slopes = (const float *)(const void *)(s->e->plan.constants + s->op->weights_offset),
                                 .begin = begin,
                                 .end = end,
                                 .channels = s->in->c,
                                 .input_zero_point = s->in->zero_point,
                                 .scale = s->op->scale0,
                                 .requant = s->requant});
}

void sg_step_rescale(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  s->e->kernels.rescale->run(&(struct sg_rescale_s8_args){.input = s->input,
                                                          .output = (int8_t *)s->output + s->op->channel_offset,
                                                          .begin = begin,
                                                          .end = end,
                                                          .channels = s->in->c,
                                                          .output_stride = s->out->c,
                                                          .input_zero_point = s->in->zero_point,
                                                          .scale = s->op->scale0,
                                                          .requant = s->requant});
}

void sg_step_softmax(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  s->e->kernels.softmax->run(&(struct sg_softmax_f32_args){
      .input = s->input, .output = s->output, .begin = begin, .end = end, .channels = s->in->c});
}

void sg_step_quantize(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  s->e->kernels.quantize->run(&(struct sg_quantize_s8_args){.input = s->input,
                                                            .output = s->output,
                                                            .begin = begin,
                                                            .end = end,
                                                            .pixels = (size_t)s->in->h * s->in->w,
                                                            .channels = s->in->c,
                                                            .input_nchw = s->in->layout == SG_NCHW,
                                                            .scale = s->op->scale0,
                                                            .requant = s->requant});
}

void sg_step_dequantize(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  s->e->kernels.dequantize->run(&(struct sg_dequantize_s8_args){.input = s->input,
                                                                .output = s->output,
                                                                .begin = begin,
                                                                .end = end,
                                                                .pixels = (size_t)s->in->h * s->in->w,
                                                                .channels = s->in->c,
                                                                .output_nchw = s->out->layout == SG_NCHW,
                                                                .zero_point = s->in->zero_point,
                                                                .scale = s->in->scale});
}
