/* run.c: runs a plan, one operator or band after the other; which kernels run it and what scratch it needs. */
#include "run.h"

#include "band.h"
#include "step.h"

/* A program that measures puts a marker between operators (native/tools/bench/marker.h). */
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

static size_t scratch_of(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  const size_t positions = (size_t)out->n * out->h * out->w;
  switch (op->kind) {
    case SG_GEMM:
      return sg_gemm_s8_scratch(in->c, positions);
    case SG_CONV:
      return sg_conv_s8_scratch((size_t)op->kernel_h * op->kernel_w * (in->c / op->groups), positions);
    case SG_CONV_TRANSPOSE: {
      const struct sg_window window = sg_step_window(op, in, out);
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
