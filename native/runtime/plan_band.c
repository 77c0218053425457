/* SPDX-License-Identifier: Apache-2.0 */
/* plan_band.c: checks bands: the rows of each operator follow from those of the next, and their buffers fit. */
#include "band.h"

/* The tensor between two operators: made by `index`, read by the next alone, `rows` of it at `*end` in the band's
 * memory. */
static int check_inner(const struct sg_plan *plan, uint32_t index, uint64_t rows, uint64_t *end) {
  const uint32_t tensor = plan->ops[index].output;
  const struct sg_tensor *t = &plan->tensors[tensor];
  const struct sg_op *next = &plan->ops[index + 1];
  if (t->location != SG_IN_BAND || t->first_op != index || t->last_op != index + 1 || t->arena_offset != *end ||
      (next->input0 != tensor && next->input1 != tensor))
    return 0;
  *end += (rows * (t->bytes / t->h) + 63) / 64 * 64;
  return *end <= plan->header->band_bytes;
}

/* A tensor outside of the band is whole in the arena as long as the band runs. */
static int check_outer(const struct sg_plan *plan, const struct sg_band *band, uint32_t tensor) {
  const struct sg_tensor *t = &plan->tensors[tensor];
  return t->n == 1 && t->location == SG_IN_ARENA && t->first_op <= band->first_op && t->last_op >= band->last_op;
}

static int check_band(const struct sg_plan *plan, const struct sg_band *band) {
  if (band->zero || band->last_op >= plan->header->op_count || band->first_op >= band->last_op ||
      band->last_op - band->first_op >= SG_MAX_BAND_OPS || band->rows < 1)
    return 0;
  const struct sg_tensor *result = &plan->tensors[plan->ops[band->last_op].output];
  uint64_t rows = band->rows, end = 0;
  if (rows > result->h || result->n != 1) return 0;
  if (result->location != SG_PLAN_OUTPUT && !check_outer(plan, band, plan->ops[band->last_op].output)) return 0;
  for (uint32_t i = band->last_op;; i--) {
    const struct sg_op *op = &plan->ops[i];
    const struct sg_reach r = sg_band_reach(op);
    if (!(sg_op_types[op->kind].traits & SG_OP_BANDS)) return 0;
    /* Then every window holds a row, and the rows before and after it follow by arithmetic alone. */
    if (r.pad >= r.kernel || r.pad_after >= r.kernel) return 0;
    const uint32_t before = i > band->first_op ? plan->ops[i - 1].output : SG_NO_TENSOR;
    const uint32_t operands[2] = {op->input0, op->input1};
    for (int k = 0; k < 2; k++)
      if (operands[k] != SG_NO_TENSOR && operands[k] != before && !check_outer(plan, band, operands[k])) return 0;
    if (i == band->first_op) return 1;
    const uint64_t height = plan->tensors[before].h;
    rows = (rows - 1) * r.stride + r.kernel;
    rows = rows < height ? rows : height;
    if (!check_inner(plan, i - 1, rows, &end)) return 0;
  }
}

sg_status sg_plan_check_bands(const struct sg_plan *plan) {
  uint32_t inner = 0;
  for (uint32_t i = 0; i < plan->header->tensor_count; i++) inner += plan->tensors[i].location == SG_IN_BAND;
  for (uint32_t i = 0; i < plan->header->band_count; i++) {
    const struct sg_band *band = &plan->bands[i];
    if ((i && band->first_op <= band[-1].last_op) || !check_band(plan, band)) return SG_ERROR_FORMAT;
    inner -= band->last_op - band->first_op;
  }
  return inner == 0 ? SG_OK : SG_ERROR_FORMAT; /* a tensor that is in no band could not be found */
}
