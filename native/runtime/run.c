/* run.c: one operator after the other: which kernel runs it, what scratch it needs, how the threads share its work. */
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
    k->conv_transpose[i] = sg_conv_transpose_s8_select(isa, output);
    k->avg_pool[i] = sg_avg_pool_s8_select(isa, output);
  }
  k->conv_image = sg_conv_image_s8_select(isa, SG_OUT_S8);
  k->dwconv = sg_dwconv_s8_select(isa, SG_OUT_S8);
  k->add = sg_add_s8_select(isa, SG_OUT_S8);
  k->mul = sg_mul_s8_select(isa, SG_OUT_S8);
  k->lut = sg_lut_s8_select(isa, SG_OUT_S8);
  k->prelu = sg_prelu_s8_select(isa, SG_OUT_S8);
  k->max_pool = sg_max_pool_s8_select(isa, SG_OUT_S8);
  k->rescale = sg_rescale_s8_select(isa, SG_OUT_S8);
  k->softmax = sg_softmax_f32_select(isa, SG_OUT_F32);
  k->quantize = sg_quantize_s8_select(isa, SG_OUT_S8);
  k->dequantize = sg_dequantize_s8_select(isa, SG_OUT_F32);
  k->to_nchw = sg_to_nchw_s8_select(isa, SG_OUT_S8);
  k->pad = sg_pad_s8_select(isa, SG_OUT_S8);
  k->slice = sg_slice_s8_select(isa, SG_OUT_S8);
  k->channel_shuffle = sg_channel_shuffle_s8_select(isa, SG_OUT_S8);
  k->resize_nearest = sg_resize_nearest_s8_select(isa, SG_OUT_S8);
  k->resize_bilinear = sg_resize_bilinear_s8_select(isa, SG_OUT_S8);
}

static struct sg_window window_of(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  return (struct sg_window){(int32_t)in->h,          (int32_t)in->w,        (int32_t)out->h,
                            (int32_t)out->w,         (int32_t)op->kernel_h, (int32_t)op->kernel_w,
                            (int32_t)op->stride_h,   (int32_t)op->stride_w, (int32_t)op->dilation_h,
                            (int32_t)op->dilation_w, (int32_t)op->pad_top,  (int32_t)op->pad_left};
}

static size_t scratch_of(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  const size_t positions = (size_t)out->n * out->h * out->w;
  switch (op->kind) {
    case SG_GEMM:
      return sg_gemm_s8_scratch(in->c, positions);
    case SG_CONV:
      return sg_conv_s8_scratch((size_t)op->kernel_h * op->kernel_w * (in->c / op->groups), positions);
    case SG_CONV_TRANSPOSE: {
      const struct sg_window window = window_of(op, in, out);
      return sg_conv_transpose_s8_scratch(&window, in->c, out->c, positions);
    }
    case SG_RESIZE:
      return op->flags & SG_FLAG_BILINEAR ? sg_resize_bilinear_s8_scratch(out->w, out->c) : 0;
    default:
      return 0;
  }
}

size_t sg_execution_scratch(const struct sg_plan *plan) {
  size_t most = 0;
  for (uint32_t i = 0; i < plan->header->op_count; i++) {
    const struct sg_op *op = &plan->ops[i];
    const size_t bytes = scratch_of(op, &plan->tensors[op->input0], &plan->tensors[op->output]);
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
    const uint64_t inputs = (uint64_t)in->n * in->h * in->w * in->c,
                   outputs = (uint64_t)out->n * out->h * out->w * out->c;
    const uint64_t taps = (uint64_t)op->kernel_h * op->kernel_w;
    if (op->kind == SG_GEMM) macs += outputs * in->c;
    if (op->kind == SG_CONV) macs += outputs * taps * (in->c / op->groups);
    if (op->kind == SG_DWCONV) macs += outputs * taps;
    if (op->kind == SG_CONV_TRANSPOSE) macs += inputs * taps * out->c;
  }
  return macs;
}

/* The variant that runs an operator, or null. */
static const void *kernel_of(const struct sg_kernels *k, const struct sg_op *op, int is_float) {
  switch (op->kind) {
    case SG_GEMM:
      return k->gemm[is_float];
    case SG_CONV:
      return k->conv[is_float];
    case SG_DWCONV:
      return k->dwconv;
    case SG_ADD:
      return k->add;
    case SG_MAX_POOL:
      return k->max_pool;
    case SG_AVG_POOL:
      return k->avg_pool[is_float];
    case SG_RESCALE:
      return k->rescale;
    case SG_SOFTMAX:
      return k->softmax;
    case SG_QUANTIZE:
      return k->quantize;
    case SG_DEQUANTIZE:
      return k->dequantize;
    case SG_TO_NCHW:
      return k->to_nchw;
    case SG_MUL:
      return k->mul;
    case SG_LUT:
      return k->lut;
    case SG_PRELU:
      return k->prelu;
    case SG_PAD:
      return k->pad;
    case SG_SLICE:
      return k->slice;
    case SG_CHANNEL_SHUFFLE:
      return k->channel_shuffle;
    case SG_RESIZE:
      return op->flags & SG_FLAG_BILINEAR ? (const void *)k->resize_bilinear : k->resize_nearest;
    default:
      return k->conv_transpose[is_float];
  }
}

uint32_t sg_execution_missing_kernel(const struct sg_plan *plan, const struct sg_kernels *kernels) {
  for (uint32_t i = 0; i < plan->header->op_count; i++) {
    const struct sg_op *op = &plan->ops[i];
    if (!kernel_of(kernels, op, plan->tensors[op->output].dtype == SG_FLOAT32)) return op->kind;
  }
  return 0;
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

/* How the work of each kind is shared: what is counted, and how many go together; 0: as many as its kernel's tile. */
enum items { ELEMENTS, IN_PIXELS, OUT_ROWS };
static const struct share {
  sg_work work;
  uint8_t items, tile;
} shares[] = {
    [SG_GEMM] = {sg_step_gemm, IN_PIXELS, 0},
    [SG_CONV] = {sg_step_conv, OUT_ROWS, 1},
    [SG_DWCONV] = {sg_step_dwconv, OUT_ROWS, 0},
    [SG_ADD] = {sg_step_add, ELEMENTS, 64},
    [SG_MAX_POOL] = {sg_step_max_pool, OUT_ROWS, 1},
    [SG_AVG_POOL] = {sg_step_avg_pool, OUT_ROWS, 1},
    [SG_RESCALE] = {sg_step_rescale, IN_PIXELS, 1},
    [SG_SOFTMAX] = {sg_step_softmax, IN_PIXELS, 1},
    [SG_QUANTIZE] = {sg_step_quantize, IN_PIXELS, 64},
    [SG_DEQUANTIZE] = {sg_step_dequantize, IN_PIXELS, 64},
    [SG_TO_NCHW] = {sg_step_to_nchw, IN_PIXELS, 64},
    [SG_MUL] = {sg_step_mul, IN_PIXELS, 16},
    [SG_LUT] = {sg_step_lut, ELEMENTS, 64},
    [SG_PRELU] = {sg_step_prelu, IN_PIXELS, 16},
    [SG_PAD] = {sg_step_pad, OUT_ROWS, 1},
    [SG_SLICE] = {sg_step_slice, OUT_ROWS, 1},
    [SG_CHANNEL_SHUFFLE] = {sg_step_channel_shuffle, IN_PIXELS, 16},
    [SG_RESIZE] = {sg_step_resize, OUT_ROWS, 1},
    [SG_CONV_TRANSPOSE] = {sg_step_conv_transpose, OUT_ROWS, 1},
};

void sg_step_run(struct sg_step *s) {
  const struct share *share = &shares[s->op->kind];
  const size_t items = share->items == ELEMENTS    ? s->out->bytes
                       : share->items == IN_PIXELS ? (size_t)s->in->n * s->in->h * s->in->w
                                                   : (size_t)s->out->n * s->out->h;
  size_t tile = share->tile;
  if (s->op->kind == SG_GEMM) tile = s->e->kernels.gemm[s->is_float]->mr;
  if (s->op->kind == SG_DWCONV) tile = s->e->kernels.dwconv->mr;
  sg_pool_run(s->e->pool, items, tile, share->work, s);
}

void sg_step_complete(struct sg_step *s) {
  s->is_float = s->out->dtype == SG_FLOAT32;
  s->requant = (struct sg_requant){s->out->zero_point, s->op->clamp_min, s->op->clamp_max};
  s->window = window_of(s->op, s->in, s->out);
}

static void run_op(const struct sg_execution *e, const struct sg_op *op, const float *const *inputs,
                   float *const *outputs) {
  const struct sg_tensor *tensors = e->plan.tensors;
  struct sg_step s = {.e = e, .op = op, .in = &tensors[op->input0], .out = &tensors[op->output]};
  s.input = sg_tensor_data(e, op->input0, inputs, outputs);
  if (sg_op_has_second(op->kind)) {
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
