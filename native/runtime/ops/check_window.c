/* SPDX-License-Identifier: Apache-2.0 */
/* check_window.c: sliding windows of convolutions and poolings. */
#include "../../kernels/window.h"
#include "check.h"

static int axis_ok(uint64_t in, uint64_t out, uint64_t kernel, uint64_t stride, uint64_t dilation, uint64_t before,
                   uint64_t after) {
  if (in > SG_MAX_SIDE || out > SG_MAX_SIDE) return 0;
  if (kernel < 1 || kernel > SG_MAX_KERNEL || stride < 1 || stride > SG_MAX_KERNEL || dilation < 1 ||
      dilation > SG_MAX_KERNEL || before > SG_MAX_PAD || after > SG_MAX_PAD)
    return 0;
  const uint64_t reach = dilation * (kernel - 1) + 1;
  return in + before + after >= reach && (in + before + after - reach) / stride + 1 == out;
}

int sg_window_ok(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  return in->n == out->n &&
         axis_ok(in->h, out->h, op->kernel_h, op->stride_h, op->dilation_h, op->pad_top, op->pad_bottom) &&
         axis_ok(in->w, out->w, op->kernel_w, op->stride_w, op->dilation_w, op->pad_left, op->pad_right);
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

int sg_pooling_ok(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  return in->c == out->c && sg_window_ok(op, in, out) &&
         windows_filled(in->h, out->h, op->kernel_h, op->stride_h, op->dilation_h, op->pad_top) &&
         windows_filled(in->w, out->w, op->kernel_w, op->stride_w, op->dilation_w, op->pad_left);
}
