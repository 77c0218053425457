/* SPDX-License-Identifier: Apache-2.0 */
/* step.h: a step: one operator with its operands resolved, as run.c and band.c pass it to the operator. */
#ifndef SG_RUNTIME_STEP_H
#define SG_RUNTIME_STEP_H

#include "../kernels/requant.h"
#include "../kernels/window.h"
#include "run.h"

struct sg_step {
  const struct sg_execution *e;
  const struct sg_op *op;
  const struct sg_variant *kernel;
  const struct sg_tensor *in, *in1, *out;
  const void *input, *input1;
  void *output;
  struct sg_requant requant;
  struct sg_window window;
};

/* The data of a tensor in the arena, an input or an output. */
const void *sg_tensor_data(const struct sg_execution *e, uint32_t index, const float *const *inputs,
                           float *const *outputs);

/* Of the kinds that have one. */
struct sg_window sg_step_window(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out);

/* Fills in requant and window, which follow from the operator and the shapes of its operands. */
void sg_step_complete(struct sg_step *s);

/* Runs the operator over the whole of its output. */
void sg_step_run(struct sg_step *s);

static inline void *sg_step_scratch(const struct sg_step *s, uint32_t thread) {
  return s->e->scratch + thread * s->e->scratch_stride;
}

static inline const void *sg_step_constants(const struct sg_step *s) {
  return s->e->plan.constants + s->op->weights_offset;
}

#endif
