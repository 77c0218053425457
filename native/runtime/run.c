/* SPDX-License-Identifier: Apache-2.0 */
/* run.c: runs a plan, one operator or band after the other; selects its kernels and sizes its scratch. */
#include "run.h"

#include "band.h"
#include "ops/op.h"

/* A program that measures puts a marker between operators (native/tools/bench/marker.h). */
#ifndef SG_OPERATOR_DONE
#define SG_OPERATOR_DONE(index)
#endif

void sg_execution_select(const struct sg_plan *plan, uint32_t isa, const struct sg_variant **kernels) {
  for (uint32_t i = 0; i < plan->header->op_count; i++) {
    const struct sg_op *op = &plan->ops[i];
    kernels[i] = sg_op_types[op->kind].select(isa, op, plan->tensors[op->output].dtype);
  }
}

uint32_t sg_execution_missing_kernel(const struct sg_plan *plan, const struct sg_variant *const *kernels) {
  for (uint32_t i = 0; i < plan->header->op_count; i++)
    if (!kernels[i]) return plan->ops[i].kind;
  return 0;
}

size_t sg_execution_scratch(const struct sg_plan *plan) {
  size_t most = 0;
  for (uint32_t i = 0; i < plan->header->op_count; i++) {
    const struct sg_op *op = &plan->ops[i];
    sg_op_scratch *scratch = sg_op_types[op->kind].scratch;
    const size_t bytes = scratch ? scratch(op, &plan->tensors[op->input0], &plan->tensors[op->output]) : 0;
    most = bytes > most ? bytes : most;
  }
  if (plan->header->band_count) most += plan->header->band_bytes + SG_ARENA_SLACK;
  return (most + 63) / 64 * 64;
}

uint64_t sg_execution_macs(const struct sg_plan *plan) {
  uint64_t all = 0;
  for (uint32_t i = 0; i < plan->header->op_count; i++) {
    const struct sg_op *op = &plan->ops[i];
    sg_op_macs *macs = sg_op_types[op->kind].macs;
    if (macs) all += macs(op, &plan->tensors[op->input0], &plan->tensors[op->output]);
  }
  return all;
}

static void run_op(const struct sg_execution *e, uint32_t index, const float *const *inputs, float *const *outputs) {
  const struct sg_tensor *tensors = e->plan.tensors;
  const struct sg_op *op = &e->plan.ops[index];
  struct sg_step s = {
      .e = e, .op = op, .kernel = e->kernels[index], .in = &tensors[op->input0], .out = &tensors[op->output]};
  s.input = sg_tensor_data(e, op->input0, inputs, outputs);
  if (op->input1 != SG_NO_TENSOR) {
    s.in1 = &tensors[op->input1];
    s.input1 = sg_tensor_data(e, op->input1, inputs, outputs);
  }
  s.output = (void *)(uintptr_t)sg_tensor_data(e, op->output, inputs, outputs);
  sg_step_complete(&s);
  sg_step_run(&s);
}

void sg_execution_run(const struct sg_execution *e, uint32_t first, const float *const *inputs, float *const *outputs) {
  const struct sg_plan *plan = &e->plan;
  const struct sg_band *band = plan->bands, *end = band + plan->header->band_count;
  for (uint32_t i = first; i < plan->header->op_count; i++) {
    if (band < end && band->first_op == i) {
      sg_band_run(e, band, outputs);
      i = band++->last_op;
    } else {
      run_op(e, i, inputs, outputs);
    }
    SG_OPERATOR_DONE(i);
  }
}
