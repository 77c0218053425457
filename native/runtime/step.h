/* step.h: one operator with its operands resolved, as run.c and band.c hand it to the kernels. */
#ifndef SG_RUNTIME_STEP_H
#define SG_RUNTIME_STEP_H

#include "run.h"

struct step {
  const struct sg_execution *e;
  const struct sg_op *op;
  const struct sg_tensor *in, *in1, *out;
  const void *input, *input1;
  void *output;
  struct sg_requant requant;
  struct sg_window window;
  int is_float;
};

/* Where a tensor of the arena, an input or an output stands. */
const void *sg_tensor_data(const struct sg_execution *e, uint32_t index, const float *const *inputs,
                           float *const *outputs);

/* Fills in what follows from the operator and the shapes of its operands. */
void sg_step_complete(struct step *s);

/* Runs the operator over the whole of its output. */
void sg_step_run(struct step *s);

#endif
