/* step_layout.c: pooling, and operators that move elements: their records become the arguments of the kernels. */
#include "step.h"

void sg_step_max_pool(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  s->e->kernels.max_pool->run(&(struct sg_max_pool_s8_args){.input = s->input,
                                                            .output = s->output,
                                                            .begin = begin,
                                                            .end = end,
                                                            .window = s->window,
                                                            .channels = s->in->c,
                                                            .clamp_min = (int8_t)s->op->clamp_min,
                                                            .clamp_max = (int8_t)s->op->clamp_max});
}

void sg_step_avg_pool(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  s->e->kernels.avg_pool[s->is_float]->run(
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

void sg_step_to_nchw(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  s->e->kernels.to_nchw->run(&(struct sg_to_nchw_s8_args){.input = s->input,
                                                          .output = s->output,
                                                          .begin = begin,
                                                          .end = end,
                                                          .pixels = (size_t)s->in->h * s->in->w,
                                                          .channels = s->in->c});
}

void sg_step_pad(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  s->e->kernels.pad->run(&(struct sg_pad_s8_args){.input = s->input,
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

void sg_step_slice(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  s->e->kernels.slice->run(&(struct sg_slice_s8_args){.input = s->input,
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

void sg_step_channel_shuffle(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  (void)thread;
  s->e->kernels.channel_shuffle->run(&(struct sg_channel_shuffle_s8_args){.input = s->input,
                                                                          .output = s->output,
                                                                          .begin = begin,
                                                                          .end = end,
                                                                          .channels = s->in->c,
                                                                          .groups = s->op->groups});
}

static void resize_nearest(const struct sg_step *s, size_t begin, size_t end) {
  s->e->kernels.resize_nearest->run(&(struct sg_resize_nearest_s8_args){.input = s->input,
                                                                        .output = s->output,
                                                                        .begin = begin,
                                                                        .end = end,
                                                                        .in_h = s->in->h,
                                                                        .in_w = s->in->w,
                                                                        .out_h = s->out->h,
                                                                        .out_w = s->out->w,
                                                                        .channels = s->in->c});
}

void sg_step_resize(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct sg_step *s = context;
  if (!(s->op->flags & SG_FLAG_BILINEAR)) {
    resize_nearest(s, begin, end);
    return;
  }
  s->e->kernels.resize_bilinear->run(
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
