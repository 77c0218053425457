/* SPDX-License-Identifier: Apache-2.0 */
/* step.c: completes a step from its record: operands, window, and the items that the threads share. */
#include "step.h"

#include "ops/op.h"

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

struct sg_window sg_step_window(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out) {
  return (struct sg_window){(int32_t)in->h,          (int32_t)in->w,        (int32_t)out->h,
                            (int32_t)out->w,         (int32_t)op->kernel_h, (int32_t)op->kernel_w,
                            (int32_t)op->stride_h,   (int32_t)op->stride_w, (int32_t)op->dilation_h,
                            (int32_t)op->dilation_w, (int32_t)op->pad_top,  (int32_t)op->pad_left};
}

void sg_step_run(struct sg_step *s) {
  const struct sg_op_type *type = &sg_op_types[s->op->kind];
  const size_t items = type->items == SG_ELEMENTS    ? s->out->bytes
                       : type->items == SG_IN_PIXELS ? (size_t)s->in->n * s->in->h * s->in->w
                                                     : (size_t)s->out->n * s->out->h;
  const size_t tile = type->tile == SG_KERNEL_TILE ? s->kernel->mr : type->tile;
  sg_pool_run(s->e->pool, items, tile, type->run, s);
}

void sg_step_complete(struct sg_step *s) {
  s->requant = (struct sg_requant){s->out->zero_point, s->op->clamp_min, s->op->clamp_max};
  s->window = sg_step_window(s->op, s->in, s->out);
}
