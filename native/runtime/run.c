/* run.c: one operator after the other: its record becomes the kernel's arguments, its rows are shared by the threads.
 */
#include "run.h"

#include "band.h"
#include "platform.h"
#include "step.h"

/* A program that measures puts a marker between operators (native/bench/marker.h). */
#ifndef SG_OPERATOR_DONE
#define SG_OPERATOR_DONE(index)
#endif

void sg_kernels_select(uint32_t isa, struct sg_kernels *k) {
  for (uint32_t i = 0; i < 2; i++) {
    const uint32_t output = i ? SG_OUT_F32 : SG_OUT_S8;
    k->gemm[i] = sg_gemm_s8_select(isa, output);
    k->conv[i] = sg_conv_s8_select(isa, output);
    k->avg_pool[i] = sg_avg_pool_s8_select(isa, output);
  }
  k->conv_image = sg_conv_image_s8_select(isa, SG_OUT_S8);
  k->dwconv = sg_dwconv_s8_select(isa, SG_OUT_S8);
  k->add = sg_add_s8_select(isa, SG_OUT_S8);
  k->max_pool = sg_max_pool_s8_select(isa, SG_OUT_S8);
  k->rescale = sg_rescale_s8_select(isa, SG_OUT_S8);
  k->softmax = sg_softmax_f32_select(isa, SG_OUT_F32);
  k->quantize = sg_quantize_s8_select(isa, SG_OUT_S8);
  k->dequantize = sg_dequantize_s8_select(isa, SG_OUT_F32);
  k->to_nchw = sg_to_nchw_s8_select(isa, SG_OUT_S8);
}

size_t sg_execution_scratch(const struct sg_plan *plan) {
  size_t most = 0;
  for (uint32_t i = 0; i < plan->header->op_count; i++) {
    const struct sg_op *op = &plan->ops[i];
    const struct sg_tensor *in = &plan->tensors[op->input0], *out = &plan->tensors[op->output];
    const size_t positions = (size_t)out->n * out->h * out->w;
    size_t bytes = 0;
    if (op->kind == SG_GEMM) bytes = sg_gemm_s8_scratch(in->c, positions);
    if (op->kind == SG_CONV)
      bytes = sg_conv_s8_scratch((size_t)op->kernel_h * op->kernel_w * (in->c / op->groups), positions);
    most = bytes > most ? bytes : most;
  }
  if (plan->header->band_count) most += plan->header->band_bytes + SG_ARENA_SLACK;
  return (most + 63) / 64 * 64;
}

uint64_t sg_execution_macs(const struct sg_plan *plan) {
  uint64_t macs = 0;
  for (uint32_t i = 0; i < plan->header->op_count; i++) {
    const struct sg_op *op = &plan->ops[i];
    const struct sg_tensor *in = &plan->tensors[op->input0], *out = &plan->tensors[op->output];
    const uint64_t outputs = (uint64_t)out->n * out->h * out->w * out->c;
    if (op->kind == SG_GEMM) macs += outputs * in->c;
    if (op->kind == SG_CONV) macs += outputs * op->kernel_h * op->kernel_w * (in->c / op->groups);
    if (op->kind == SG_DWCONV) macs += outputs * op->kernel_h * op->kernel_w;
  }
  return macs;
}

static int has_kernel(const struct sg_kernels *k, const struct sg_op *op, uint32_t is_float) {
  switch (op->kind) {
    case SG_GEMM:
      return k->gemm[is_float] != NULL;
    case SG_CONV:
      return k->conv[is_float] != NULL;
    case SG_AVG_POOL:
      return k->avg_pool[is_float] != NULL;
    case SG_DWCONV:
      return k->dwconv != NULL;
    case SG_ADD:
      return k->add != NULL;
    case SG_MAX_POOL:
      return k->max_pool != NULL;
    case SG_RESCALE:
      return k->rescale != NULL;
    case SG_SOFTMAX:
      return k->softmax != NULL;
    case SG_QUANTIZE:
      return k->quantize != NULL;
    case SG_DEQUANTIZE:
      return k->dequantize != NULL;
    default:
      return k->to_nchw != NULL;
  }
}

sg_status sg_execution_check(const struct sg_execution *e) {
  for (uint32_t i = 0; i < e->plan.header->op_count; i++) {
    const struct sg_op *op = &e->plan.ops[i];
    if (!has_kernel(&e->kernels, op, e->plan.tensors[op->output].dtype == SG_FLOAT32)) return SG_ERROR_KERNEL;
  }
  return SG_OK;
}

const void *sg_tensor_data(const struct sg_execution *e, uint32_t index, const float *const *inputs,
                           float *const *outputs) {
  const struct sg_plan *plan = &e->plan;
  const struct sg_tensor *t = &plan->tensors[index];
  if (t->location == SG_IN_ARENA) return e->arena + t->arena_offset;
  const int is_input = t->location == SG_PLAN_INPUT;
  const uint32_t *list = is_input ? plan->inputs : plan->outputs;
  uint32_t i = 0;
  while (list[i] != index) i++;
  return is_input ? (const void *)inputs[i] : (const void *)outputs[i];
}

static void *thread_scratch(const struct step *s, uint32_t thread) {
  return s->e->scratch + thread * s->e->scratch_stride;
}

static void run_gemm(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct step *s = context;
  s->e->kernels.gemm[s->is_float]->run(
      &(struct sg_gemm_s8_args){.input = s->input,
                                .weights = s->e->plan.constants + s->op->weights_offset,
                                .output = s->output,
                                .scratch = thread_scratch(s, thread),
                                .begin = begin,
                                .end = end,
                                .k = s->in->c,
                                .n = s->out->c,
                                .output_stride = s->out->c,
                                .requant = s->requant});
}

static void run_conv(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct step *s = context;
  const struct sg_kernels *k = &s->e->kernels;
  const struct sg_conv_s8_args args = {.input = s->input,
                                       .weights = s->e->plan.constants + s->op->weights_offset,
                                       .output = s->output,
                                       .scratch = thread_scratch(s, thread),
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

static void run_dwconv(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct step *s = context;
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

static void run_add(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct step *s = context;
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

static void run_max_pool(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct step *s = context;
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

static void run_avg_pool(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct step *s = context;
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

static void run_rescale(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct step *s = context;
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

static void run_softmax(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct step *s = context;
  (void)thread;
  s->e->kernels.softmax->run(&(struct sg_softmax_f32_args){
      .input = s->input, .output = s->output, .begin = begin, .end = end, .channels = s->in->c});
}

static void run_quantize(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct step *s = context;
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

static void run_dequantize(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct step *s = context;
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

static void run_to_nchw(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct step *s = context;
  (void)thread;
  s->e->kernels.to_nchw->run(&(struct sg_to_nchw_s8_args){.input = s->input,
                                                          .output = s->output,
                                                          .begin = begin,
                                                          .end = end,
                                                          .pixels = (size_t)s->in->h * s->in->w,
                                                          .channels = s->in->c});
}

void sg_step_run(struct step *s) {
  const struct sg_kernels *k = &s->e->kernels;
  struct sg_pool *pool = s->e->pool;
  const size_t in_pixels = (size_t)s->in->n * s->in->h * s->in->w, out_rows = (size_t)s->out->n * s->out->h;
  switch (s->op->kind) {
    case SG_GEMM:
      sg_pool_run(pool, in_pixels, k->gemm[s->is_float]->mr, run_gemm, s);
      break;
    case SG_CONV:
      sg_pool_run(pool, out_rows, 1, run_conv, s);
      break;
    case SG_DWCONV:
      sg_pool_run(pool, out_rows, k->dwconv->mr, run_dwconv, s);
      break;
    case SG_ADD:
      sg_pool_run(pool, s->out->bytes, 64, run_add, s);
      break;
    case SG_MAX_POOL:
      sg_pool_run(pool, out_rows, 1, run_max_pool, s);
      break;
    case SG_AVG_POOL:
      sg_pool_run(pool, out_rows, 1, run_avg_pool, s);
      break;
    case SG_RESCALE:
      sg_pool_run(pool, in_pixels, 1, run_rescale, s);
      break;
    case SG_SOFTMAX:
      sg_pool_run(pool, s->in->n, 1, run_softmax, s);
      break;
    case SG_QUANTIZE:
      sg_pool_run(pool, in_pixels, 64, run_quantize, s);
      break;
    case SG_DEQUANTIZE:
      sg_pool_run(pool, in_pixels, 64, run_dequantize, s);
      break;
    default:
      sg_pool_run(pool, in_pixels, 64, run_to_nchw, s);
      break;
  }
}

void sg_step_complete(struct step *s) {
  const struct sg_op *op = s->op;
  s->is_float = s->out->dtype == SG_FLOAT32;
  s->requant = (struct sg_requant){s->out->zero_point, op->clamp_min, op->clamp_max};
  s->window = (struct sg_window){(int32_t)s->in->h,       (int32_t)s->in->w,     (int32_t)s->out->h,
                                 (int32_t)s->out->w,      (int32_t)op->kernel_h, (int32_t)op->kernel_w,
                                 (int32_t)op->stride_h,   (int32_t)op->stride_w, (int32_t)op->dilation_h,
                                 (int32_t)op->dilation_w, (int32_t)op->pad_top,  (int32_t)op->pad_left};
}

static void run_op(const struct sg_execution *e, const struct sg_op *op, const float *const *inputs,
                   float *const *outputs) {
  const struct sg_tensor *tensors = e->plan.tensors;
  struct step s = {.e = e, .op = op, .in = &tensors[op->input0], .out = &tensors[op->output]};
  s.input = sg_tensor_data(e, op->input0, inputs, outputs);
  if (op->input1 != SG_NO_TENSOR) {
    s.in1 = &tensors[op->input1];
    s.input1 = sg_tensor_data(e, op->input1, inputs, outputs);
  }
  s.output = (void *)(uintptr_t)sg_tensor_data(e, op->output, inputs, outputs);
  sg_step_complete(&s);
  sg_step_run(&s);
}

void sg_execution_run(const struct sg_execution *e, uint32_t first, const float *const *inputs, float *const *outputs) {
  const struct sg_plan *plan = &e->plan;
  const struct sg_band *band = plan->bands, *end = band + plan->header->band_count;
  for (uint32_t i = first; i < plan->header->op_count; i++) {
    if (band < end && band->first_op == i) {
      sg_band_run(e, band, outputs);
      i = band++->last_op;
    } else {
      run_op(e, &plan->ops[i], inputs, outputs);
    }
    SG_OPERATOR_DONE(i);
  }
}
