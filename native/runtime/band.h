/* SPDX-License-Identifier: Apache-2.0 */
/* band.h: bands of rows: which rows an operator reads, and running a band. */
#ifndef SG_RUNTIME_BAND_H
#define SG_RUNTIME_BAND_H

#include "ops/op.h"

/* Rows [begin, end) of an image. */
struct sg_rows {
  uint32_t begin, end;
};

/* The rows that an operator of a band reads per row that it writes. */
struct sg_reach {
  uint32_t stride, pad, pad_after, kernel; /* the kernel with its dilation */
};

static inline struct sg_reach sg_band_reach(const struct sg_op *op) {
  if (!(sg_op_types[op->kind].traits & SG_OP_WINDOW)) return (struct sg_reach){1, 0, 0, 1};
  return (struct sg_reach){op->stride_h, op->pad_top, op->pad_bottom, op->dilation_h * (op->kernel_h - 1) + 1};
}

/* Checks the bands of a plan, once everything else but overlaps has been checked. */
sg_status sg_plan_check_bands(const struct sg_plan *plan);

/* Runs the operators of a band, its rows shared by the threads. */
void sg_band_run(const struct sg_execution *e, const struct sg_band *band, float *const *outputs);

#endif
