/* plan_check.h: one check per operator kind, and what several of them ask. */
#ifndef SG_RUNTIME_PLAN_CHECK_H
#define SG_RUNTIME_PLAN_CHECK_H

#include "plan.h"

enum { SG_MAX_KERNEL = 1024, SG_MAX_PAD = 1023, SG_MAX_SIDE = 1 << 16, SG_MAX_DEPTH = 1 << 24 };

/* Whether the record fits its tensors; `in` is input0. Indices, tensors, clamp and flags are already known to be good.
 */
typedef int sg_op_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                        const struct sg_tensor *out);

sg_op_check sg_check_gemm, sg_check_conv, sg_check_dwconv, sg_check_conv_transpose;
sg_op_check sg_check_max_pool, sg_check_avg_pool;
sg_op_check sg_check_pad, sg_check_slice, sg_check_channel_shuffle, sg_check_resize;

static inline int sg_same_shape(const struct sg_tensor *a, const struct sg_tensor *b) {
  return a->n == b->n && a->h == b->h && a->w == b->w && a->c == b->c;
}

static inline int sg_both_int8(const struct sg_tensor *a, const struct sg_tensor *b) {
  return a->dtype == SG_INT8 && b->dtype == SG_INT8;
}

/* Bytes may be copied from one to the other. */
static inline int sg_same_values(const struct sg_tensor *a, const struct sg_tensor *b) {
  return sg_both_int8(a, b) && a->scale == b->scale && a->zero_point == b->zero_point;
}

/* int8, or float32 results in NHWC order, which is also NCHW when there is one pixel or one channel. */
static inline int sg_plain_output(const struct sg_tensor *t) {
  return t->dtype == SG_INT8 || t->layout == SG_NHWC || t->c == 1 || (t->h == 1 && t->w == 1);
}

/* The operator's constants are `bytes` bytes and stand where the plan's are; bytes is below 2^63. */
static inline int sg_constants_ok(const struct sg_plan *plan, const struct sg_op *op, uint64_t bytes) {
  const uint64_t all = plan->header->constants_bytes;
  return op->weights_bytes == bytes && op->weights_offset % 64 == 0 && bytes <= all &&
         op->weights_offset <= all - bytes;
}

/* The output's extents are those of a sliding window whose fields are all in range. */
int sg_window_ok(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out);

#endif
