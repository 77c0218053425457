/* plan_op_layout.c: the contracts of the operators that move elements: pad, slice, channel shuffle, resize. */
#include "plan_check.h"

static int padded(uint64_t in, uint64_t out, uint32_t before, uint32_t after) {
  return before <= SG_MAX_PAD && after <= SG_MAX_PAD && in + before + after == out;
}

int sg_check_pad(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                 const struct sg_tensor *out) {
  (void)plan;
  return sg_same_values(in, out) && in->n == out->n && in->c == out->c && op->fill >= -128 && op->fill <= 127 &&
         padded(in->h, out->h, op->pad_top, op->pad_bottom) && padded(in->w, out->w, op->pad_left, op->pad_right);
}

/* The last of `out` elements from `start` on lies inside the input. */
static int sliced(uint64_t in, uint64_t out, uint64_t start, uint64_t step) {
  return step >= 1 && step <= SG_MAX_KERNEL && start + (out - 1) * step < in;
}

int sg_check_slice(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                   const struct sg_tensor *out) {
  (void)plan;
  return sg_same_values(in, out) && in->n == out->n && op->pad_top <= SG_MAX_PAD && op->pad_left <= SG_MAX_PAD &&
         sliced(in->h, out->h, op->pad_top, op->stride_h) && sliced(in->w, out->w, op->pad_left, op->stride_w) &&
         sliced(in->c, out->c, op->channel_offset, op->channel_step);
}

int sg_check_channel_shuffle(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                             const struct sg_tensor *out) {
  (void)plan;
  return sg_same_values(in, out) && sg_same_shape(in, out) && op->groups >= 1 && in->c % op->groups == 0;
}

int sg_check_resize(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                    const struct sg_tensor *out) {
  (void)plan;
  if (in->n != out->n || in->c != out->c) return 0;
  if (op->flags & SG_FLAG_BILINEAR) return sg_both_int8(in, out) && sg_good_scale(op->scale0);
  return sg_same_values(in, out) && !(op->flags & SG_FLAG_ALIGN_CORNERS);
}
