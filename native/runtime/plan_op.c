/* plan_op.c: the contract of each operator: shapes, types, windows and the exact size of its weights. */
#include "../kernels/dwconv_s8/dwconv_s8.h"
#include "../kernels/panel.h"
#include "../kernels/window.h"
#include "plan.h"

enum { MAX_KERNEL = 1024, MAX_PAD = 1023, MAX_SIDE = 1 << 16, MAX_DEPTH = 1 << 24 };

static int same_shape(const struct sg_tensor *a, const struct sg_tensor *b) {
  return a->n == b->n && a->h == b->h && a->w == b->w && a->c == b->c;
}

/* float32 results are written in NHWC order, which is also NCHW when there is one pixel or one channel. */
static int plain_output(const struct sg_tensor *t) {
  return t->dtype == SG_INT8 || t->layout == SG_NHWC || t->c == 1 || (t->h == 1 && t->w == 1);
}

static int window_axis(uint64_t in, uint64_t out, uint64_t kernel, uint64_t stride, uint64_t dilation, uint64_t before,
                       uint64_t after) {
  if (in > MAX_SIDE || out > MAX_SIDE) return 0;
  if (kernel < 1 || kernel > MAX_KERNEL || stride < 1 || stride > MAX_KERNEL || dilation < 1 || dilation > MAX_KERNEL ||
      before > MAX_PAD || after > MAX_PAD)
    return 0;
  const uint64_t reach = dilation * (kernel - 1) + 1;
  return in + before + after >= reach && (in + before + after - reach) / stride + 1 == out;
}

static int window_ok(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  return in->n == out->n &&
         window_axis(in->h, out->h, op->kernel_h, op->stride_h, op->dilation_h, op->pad_top, op->pad_bottom) &&
         window_axis(in->w, out->w, op->kernel_w, op->stride_w, op->dilation_w, op->pad_left, op->pad_right);
}

/* Every window of a pooling holds at least one element. */
static int windows_filled(uint32_t in, uint32_t out, uint32_t kernel, uint32_t stride, uint32_t dilation,
                          uint32_t pad) {
  for (uint32_t o = 0; o < out; o++) {
    const struct sg_taps taps =
        sg_window_taps((int32_t)o, (int32_t)stride, (int32_t)pad, (int32_t)kernel, (int32_t)dilation, (int32_t)in);
    if (taps.first >= taps.last) return 0;
  }
  return 1;
}

static int pooling_ok(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  return in->c == out->c && window_ok(op, in, out) &&
         windows_filled(in->h, out->h, op->kernel_h, op->stride_h, op->dilation_h, op->pad_top) &&
         windows_filled(in->w, out->w, op->kernel_w, op->stride_w, op->dilation_w, op->pad_left);
}

static int adaptive_ok(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  return in->n == out->n && in->c == out->c && in->h <= MAX_SIDE && in->w <= MAX_SIDE && out->h <= MAX_SIDE &&
         out->w <= MAX_SIDE && op->kernel_h == 1 && op->kernel_w == 1 && op->stride_h == 1 && op->stride_w == 1 &&
         op->pad_top == 0 && op->pad_left == 0 && op->pad_bottom == 0 && op->pad_right == 0;
}

static int scales_good(const uint8_t *panels, uint64_t count, uint64_t panel_bytes, uint32_t scale_offset,
                       uint32_t lanes) {
  for (uint64_t p = 0; p < count; p++) {
    const float *scale = (const float *)(const void *)(panels + p * panel_bytes + scale_offset);
    int good = 1;
    for (uint32_t i = 0; i < lanes; i++) good &= sg_good_scale(scale[i]);
    if (!good) return 0;
  }
  return 1;
}

/* Weights of `panels` panels of `panel_bytes` stand inside the constants, and their scales are usable. */
static int weights_ok(const struct sg_plan *plan, const struct sg_op *op, uint64_t panels, uint64_t panel_bytes,
                      uint32_t scale_offset, uint32_t lanes) {
  const uint64_t bytes = panels * panel_bytes; /* below 2^31 * 2^28: panels <= channels, depth <= 2^24 */
  if (op->weights_bytes != bytes || op->weights_offset % 64 != 0) return 0;
  if (bytes > plan->header->constants_bytes || op->weights_offset > plan->header->constants_bytes - bytes) return 0;
  return scales_good(plan->constants + op->weights_offset, panels, panel_bytes, scale_offset, lanes);
}

static int gemm_panels_ok(const struct sg_plan *plan, const struct sg_op *op, uint64_t k, uint64_t out_c,
                          uint64_t groups) {
  if (k > MAX_DEPTH) return 0;
  const uint64_t panels = groups * ((out_c / groups + SG_PANEL - 1) / SG_PANEL);
  return weights_ok(plan, op, panels, sg_panel_bytes(sg_panel_depth((size_t)k)), offsetof(struct sg_panel, scale),
                    SG_PANEL);
}

static int conv_ok(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                   const struct sg_tensor *out) {
  if (op->groups < 1 || in->c % op->groups != 0 || out->c % op->groups != 0) return 0;
  if (!window_ok(op, in, out)) return 0;
  const uint64_t taps = (uint64_t)op->kernel_h * op->kernel_w;
  return gemm_panels_ok(plan, op, taps * (in->c / op->groups), out->c, op->groups);
}

static int dwconv_ok(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                     const struct sg_tensor *out) {
  if (in->c != out->c || op->groups != in->c || !window_ok(op, in, out)) return 0;
  const uint64_t panels = ((uint64_t)in->c + SG_DW_PANEL - 1) / SG_DW_PANEL;
  const size_t taps = (size_t)op->kernel_h * op->kernel_w;
  return weights_ok(plan, op, panels, sg_dw_panel_bytes(taps), offsetof(struct sg_dw_panel, scale), SG_DW_PANEL);
}

static int in_place_ok(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  if (!(op->flags & SG_FLAG_IN_PLACE)) return 1;
  return (op->kind == SG_ADD || op->kind == SG_RESCALE) && same_shape(in, out) && in->dtype == out->dtype;
}

sg_status sg_plan_check_op(const struct sg_plan *plan, uint32_t index) {
  const struct sg_op *op = &plan->ops[index];
  const struct sg_tensor *in = &plan->tensors[op->input0], *out = &plan->tensors[op->output];
  const int s8_in = in->dtype == SG_INT8, s8_out = out->dtype == SG_INT8;
  if (op->clamp_min < -128 || op->clamp_max > 127 || op->clamp_min > op->clamp_max) return SG_ERROR_FORMAT;
  if (out->location == SG_PLAN_INPUT || !in_place_ok(op, in, out)) return SG_ERROR_FORMAT;
  const int weighted = op->kind == SG_GEMM || op->kind == SG_CONV || op->kind == SG_DWCONV;
  if (!weighted && (op->weights_offset || op->weights_bytes)) return SG_ERROR_FORMAT;
  int good = 0;
  switch (op->kind) {
    case SG_GEMM:
      good = s8_in && plain_output(out) && in->n == out->n && in->h == out->h && in->w == out->w &&
             gemm_panels_ok(plan, op, in->c, out->c, 1);
      break;
    case SG_CONV:
      good = s8_in && plain_output(out) && conv_ok(plan, op, in, out);
      break;
    case SG_DWCONV:
      good = s8_in && s8_out && dwconv_ok(plan, op, in, out);
      break;
    case SG_ADD: {
      const struct sg_tensor *other = &plan->tensors[op->input1];
      good = s8_in && s8_out && other->dtype == SG_INT8 && same_shape(in, out) && same_shape(other, out) &&
             sg_good_scale(op->scale0) && sg_good_scale(op->scale1);
      break;
    }
    case SG_MAX_POOL:
      good = s8_in && s8_out && in->scale == out->scale && in->zero_point == out->zero_point && pooling_ok(op, in, out);
      break;
    case SG_AVG_POOL:
      good = s8_in && plain_output(out) && sg_good_scale(op->scale0) && op->dilation_h == 1 && op->dilation_w == 1 &&
             (op->flags & SG_FLAG_ADAPTIVE ? adaptive_ok(op, in, out) : pooling_ok(op, in, out));
      break;
    case SG_RESCALE:
      good = s8_in && s8_out && in->n == out->n && in->h == out->h && in->w == out->w && sg_good_scale(op->scale0);
      break;
    case SG_SOFTMAX:
      good = !s8_in && !s8_out && same_shape(in, out) && in->h == 1 && in->w == 1;
      break;
    case SG_QUANTIZE:
      good = !s8_in && s8_out && in->location == SG_PLAN_INPUT && same_shape(in, out) && sg_good_scale(op->scale0);
      break;
    case SG_DEQUANTIZE:
      good = s8_in && !s8_out && same_shape(in, out);
      break;
    case SG_TO_NCHW:
      good = s8_in && s8_out && in->n == out->n && out->h == 1 && out->w == 1 && out->bytes == in->bytes;
      break;
    default:
      return SG_ERROR_VERSION; /* an operator of a later version */
  }
  return good ? SG_OK : SG_ERROR_FORMAT;
}
