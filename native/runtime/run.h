/* SPDX-License-Identifier: Apache-2.0 */
/* run.h: executes a validated plan over an arena. */
#ifndef SG_RUNTIME_RUN_H
#define SG_RUNTIME_RUN_H

#include "../kernels/family.h"
#include "plan.h"
#include "threads.h"

/* Everything a run needs; the arena is the caller's, arena_bytes + SG_ARENA_SLACK long and aligned to 64. */
struct sg_execution {
  struct sg_plan plan;
  const struct sg_variant *const *kernels; /* one for each operator of the plan */
  struct sg_pool *pool;
  uint8_t *arena;
  uint8_t
      *scratch; /* the memory of a band, then the scratch of an operator; of thread t: scratch + t * scratch_stride */
  size_t scratch_stride; /* multiple of 64 */
};

/* Selects the kernel of each operator, op_count in all; null where this library has none for these instruction sets. */
void sg_execution_select(const struct sg_plan *plan, uint32_t isa, const struct sg_variant **kernels);

/* The kind of the first operator without a kernel; 0 when there is none. */
uint32_t sg_execution_missing_kernel(const struct sg_plan *plan, const struct sg_variant *const *kernels);

/* Scratch per thread: the maximum over all operators plus the largest band buffer. */
size_t sg_execution_scratch(const struct sg_plan *plan);

/* Multiply-accumulates of one run, for deciding whether threads pay. */
uint64_t sg_execution_macs(const struct sg_plan *plan);

/* Runs operators [first, op_count). inputs[i] and outputs[i] are the float32 tensors of the plan. */
void sg_execution_run(const struct sg_execution *e, uint32_t first, const float *const *inputs, float *const *outputs);

#endif
