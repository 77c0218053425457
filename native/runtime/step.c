/* step.c: what a step needs beside its record: its operands, its window, and how the threads share its work. */
#include "step.h"

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

/* How the work of each kind is shared: what is counted, and how many go together; 0: as many as its kernel's tile. */
enum items { ELEMENTS, IN_PIXELS, OUT_ROWS };
static const struct share {
  sg_work work;
  uint8_t items, tile;
} shares[] = {
    [SG_GEMM] = {sg_step_gemm, IN_PIXELS, 0},
    [SG_CONV] = {sg_step_conv, OUT_ROWS, 1},
    [SG_DWCONV] = {sg_step_dwconv, OUT_ROWS, 0},
    [SG_ADD] = {sg_step_add, ELEMENTS, 64},
    [SG_MAX_POOL] = {sg_step_max_pool, OUT_ROWS, 1},
    [SG_AVG_POOL] = {sg_step_avg_pool, OUT_ROWS, 1},
    [SG_RESCALE] = {sg_step_rescale, IN_PIXELS, 1},
    [SG_SOFTMAX] = {sg_step_softmax, IN_PIXELS, 1},
    [SG_QUANTIZE] = {sg_step_quantize, IN_PIXELS, 64},
    [SG_DEQUANTIZE] = {sg_step_dequantize, IN_PIXELS, 64},
    [SG_TO_NCHW] = {sg_step_to_nchw, IN_PIXELS, 64},
    [SG_MUL] = {sg_step_mul, IN_PIXELS, 16},
    [SG_LUT] = {sg_step_lut, ELEMENTS, 64},
    [SG_PRELU] = {sg_step_prelu, IN_PIXELS, 16},
    [SG_PAD] = {sg_step_pad, OUT_ROWS, 1},
    [SG_SLICE] = {sg_step_slice, OUT_ROWS, 1},
    [SG_CHANNEL_SHUFFLE] = {sg_step_channel_shuffle, IN_PIXELS, 16},
    [SG_RESIZE] = {sg_step_resize, OUT_ROWS, 1},
    [SG_CONV_TRANSPOSE] = {sg_step_conv_transpose, OUT_ROWS, 1},
};

void sg_step_run(struct sg_step *s) {
  const struct share *share = &shares[s->op->kind];
  const size_t items = share->items == ELEMENTS    ? s->out->bytes
                       : share->items == IN_PIXELS ? (size_t)s->in->n * s->in->h * s->in->w
                                                   : (size_t)s->out->n * s->out->h;
  size_t tile = share->tile;
  if (s->op->kind == SG_GEMM) tile = s->e->kernels.gemm[s->is_float]->mr;
  if (s->op->kind == SG_DWCONV) tile = s->e->kernels.dwconv->mr;
  sg_pool_run(s->e->pool, items, tile, share->work, s);
}

void sg_step_complete(struct sg_step *s) {
  s->is_float = s->out->dtype == SG_FLOAT32;
  s->requant = (struct sg_requant){s->out->zero_point, s->op->clamp_min, s->op->clamp_max};
  s->window = sg_step_window(s->op, s->in, s->out);
}
