/* step.h: one operator with its operands resolved, as run.c and band.c hand it to the kernels; the work of each kind.
 */
#ifndef SG_RUNTIME_STEP_H
#define SG_RUNTIME_STEP_H

#include "run.h"

/* One operator with its operands resolved. */
struct sg_step {
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

/* Of the kinds that have one. */
struct sg_window sg_step_window(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out);

/* Fills in what follows from the operator and the shapes of its operands. */
void sg_step_complete(struct sg_step *s);

/* Runs the operator over the whole of its output. */
void sg_step_run(struct sg_step *s);

static inline void *sg_step_scratch(const struct sg_step *s, uint32_t thread) {
  return s->e->scratch + thread * s->e->scratch_stride;
}

/* Each is an sg_work whose context is a struct sg_step: a part of the items that the table in step.c gives its kind. */
void sg_step_gemm(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_conv(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_dwconv(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_conv_transpose(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_max_pool(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_avg_pool(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_add(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_mul(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_lut(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_prelu(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_rescale(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_softmax(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_quantize(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_dequantize(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_to_nchw(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_pad(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_slice(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_channel_shuffle(void *context, uint32_t thread, size_t begin, size_t end);
void sg_step_resize(void *context, uint32_t thread, size_t begin, size_t end);

#endif
