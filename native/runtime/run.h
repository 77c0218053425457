/* run.h: executes a validated plan over an arena. */
#ifndef SG_RUNTIME_RUN_H
#define SG_RUNTIME_RUN_H

#include "../kernels/add_s8/add_s8.h"
#include "../kernels/avg_pool_s8/avg_pool_s8.h"
#include "../kernels/channel_shuffle_s8/channel_shuffle_s8.h"
#include "../kernels/conv_image_s8/conv_image_s8.h"
#include "../kernels/conv_s8/conv_s8.h"
#include "../kernels/conv_transpose_s8/conv_transpose_s8.h"
#include "../kernels/dequantize_s8/dequantize_s8.h"
#include "../kernels/dwconv_s8/dwconv_s8.h"
#include "../kernels/gemm_s8/gemm_s8.h"
#include "../kernels/lut_s8/lut_s8.h"
#include "../kernels/max_pool_s8/max_pool_s8.h"
#include "../kernels/mul_s8/mul_s8.h"
#include "../kernels/pad_s8/pad_s8.h"
#include "../kernels/prelu_s8/prelu_s8.h"
#include "../kernels/quantize_s8/quantize_s8.h"
#include "../kernels/rescale_s8/rescale_s8.h"
#include "../kernels/resize_bilinear_s8/resize_bilinear_s8.h"
#include "../kernels/resize_nearest_s8/resize_nearest_s8.h"
#include "../kernels/slice_s8/slice_s8.h"
#include "../kernels/softmax_f32/softmax_f32.h"
#include "../kernels/to_nchw_s8/to_nchw_s8.h"
#include "plan.h"
#include "threads.h"

/* The best variant of every family for this CPU, chosen once; for the families with float32 results, both. */
struct sg_kernels {
  const struct sg_gemm_s8_variant *gemm[2]; /* [0] int8, [1] float32 output */
  const struct sg_conv_s8_variant *conv[2];
  const struct sg_conv_image_s8_variant *conv_image; /* of what sg_conv_image_s8_fits says, int8 output */
  const struct sg_conv_transpose_s8_variant *conv_transpose[2];
  const struct sg_avg_pool_s8_variant *avg_pool[2];
  const struct sg_dwconv_s8_variant *dwconv;
  const struct sg_add_s8_variant *add;
  const struct sg_mul_s8_variant *mul;
  const struct sg_lut_s8_variant *lut;
  const struct sg_prelu_s8_variant *prelu;
  const struct sg_max_pool_s8_variant *max_pool;
  const struct sg_rescale_s8_variant *rescale;
  const struct sg_softmax_f32_variant *softmax;
  const struct sg_quantize_s8_variant *quantize;
  const struct sg_dequantize_s8_variant *dequantize;
  const struct sg_to_nchw_s8_variant *to_nchw;
  const struct sg_pad_s8_variant *pad;
  const struct sg_slice_s8_variant *slice;
  const struct sg_channel_shuffle_s8_variant *channel_shuffle;
  const struct sg_resize_nearest_s8_variant *resize_nearest;
  const struct sg_resize_bilinear_s8_variant *resize_bilinear;
};

void sg_kernels_select(uint32_t isa, struct sg_kernels *kernels);

/* Everything a run needs; the arena is the caller's, arena_bytes + SG_ARENA_SLACK long and aligned to 64. */
struct sg_execution {
  struct sg_plan plan;
  struct sg_kernels kernels;
  struct sg_pool *pool;
  uint8_t *arena;
  uint8_t *scratch; /* what a band keeps, then what an operator asks for; of thread t: scratch + t * scratch_stride */
  size_t scratch_stride; /* multiple of 64 */
};

/* Scratch that one thread needs for the hungriest operator and the widest band. */
size_t sg_execution_scratch(const struct sg_plan *plan);

/* The kind of the first operator that none of these kernels runs; 0 when there is none. */
uint32_t sg_execution_missing_kernel(const struct sg_plan *plan, const struct sg_kernels *kernels);

/* Multiply-accumulates of one run, for deciding whether threads pay. */
uint64_t sg_execution_macs(const struct sg_plan *plan);

/* Runs operators [first, op_count). inputs[i] and outputs[i] are the float32 tensors of the plan. */
void sg_execution_run(const struct sg_execution *e, uint32_t first, const float *const *inputs, float *const *outputs);

#endif
