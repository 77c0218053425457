/* SPDX-License-Identifier: Apache-2.0 */
/* check.h: conditions that the checks of several operators share. */
#ifndef SG_RUNTIME_OPS_CHECK_H
#define SG_RUNTIME_OPS_CHECK_H

#include "../plan.h"

enum { SG_MAX_KERNEL = 1024, SG_MAX_PAD = 1023, SG_MAX_SIDE = 1 << 16, SG_MAX_DEPTH = 1 << 24 };

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

/* The operator's constants are `bytes` bytes, below 2^63, inside those of the plan. */
static inline int sg_constants_ok(const struct sg_plan *plan, const struct sg_op *op, uint64_t bytes) {
  const uint64_t all = plan->header->constants_bytes;
  return op->weights_bytes == bytes && op->weights_offset % 64 == 0 && bytes <= all &&
         op->weights_offset <= all - bytes;
}

/* The output's extents are those of a sliding window whose fields are all in range. */
int sg_window_ok(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out);

/* The same for a pooling: channel by channel, and every window holds at least one element. */
int sg_pooling_ok(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out);

/* The scales of `count` panels of gemm_s8 (n8c4), panel_bytes each, are usable. */
int sg_gemm_scales_ok(const uint8_t *panels, uint64_t count, uint64_t panel_bytes);

/* The operator's constants are such panels for a reduction of k, out_c channels in `groups`: their exact size, usable
 * scales. */
int sg_gemm_panels_ok(const struct sg_plan *plan, const struct sg_op *op, uint64_t k, uint64_t out_c, uint64_t groups);

/* The same for the panels of dwconv_s8. */
int sg_dw_panels_ok(const struct sg_plan *plan, const struct sg_op *op, size_t taps, uint64_t channels);

#endif
