/* plan_op.c: the contract of each operator kind: a row of one table, and the checks of those without a window. */
#include "plan_check.h"

static sg_op_check check_add, check_rescale, check_softmax, check_quantize, check_dequantize, check_to_nchw, check_mul,
    check_lut, check_prelu;

/* An operator whose output may stand on its input 0. */
enum { ELEMENTWISE = SG_FLAG_IN_PLACE };

static const struct contract {
  sg_op_check *check;
  uint8_t flags;     /* that the kind knows */
  uint8_t constants; /* whether it has any */
} contracts[] = {
    [SG_GEMM] = {sg_check_gemm, 0, 1},
    [SG_CONV] = {sg_check_conv, 0, 1},
    [SG_DWCONV] = {sg_check_dwconv, 0, 1},
    [SG_ADD] = {check_add, ELEMENTWISE, 0},
    [SG_MAX_POOL] = {sg_check_max_pool, 0, 0},
    [SG_AVG_POOL] = {sg_check_avg_pool, SG_FLAG_ADAPTIVE | SG_FLAG_COUNT_INCLUDE_PAD, 0},
    [SG_RESCALE] = {check_rescale, ELEMENTWISE, 0},
    [SG_SOFTMAX] = {check_softmax, 0, 0},
    [SG_QUANTIZE] = {check_quantize, 0, 0},
    [SG_DEQUANTIZE] = {check_dequantize, 0, 0},
    [SG_TO_NCHW] = {check_to_nchw, 0, 0},
    [SG_MUL] = {check_mul, ELEMENTWISE, 0},
    [SG_LUT] = {check_lut, ELEMENTWISE, 1},
    [SG_PRELU] = {check_prelu, ELEMENTWISE, 1},
    [SG_PAD] = {sg_check_pad, 0, 0},
    [SG_SLICE] = {sg_check_slice, 0, 0},
    [SG_CHANNEL_SHUFFLE] = {sg_check_channel_shuffle, 0, 0},
    [SG_RESIZE] = {sg_check_resize, SG_FLAG_BILINEAR | SG_FLAG_ALIGN_CORNERS, 0},
    [SG_CONV_TRANSPOSE] = {sg_check_conv_transpose, 0, 1},
};

static int check_add(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                     const struct sg_tensor *out) {
  const struct sg_tensor *other = &plan->tensors[op->input1];
  return sg_both_int8(in, out) && other->dtype == SG_INT8 && sg_same_shape(in, out) && sg_same_shape(other, out) &&
         sg_good_scale(op->scale0) && sg_good_scale(op->scale1);
}

/* The second factor has the shape of the first, or one pixel. */
static int check_mul(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                     const struct sg_tensor *out) {
  const struct sg_tensor *other = &plan->tensors[op->input1];
  const int one_pixel = other->h == 1 && other->w == 1 && other->n == in->n && other->c == in->c;
  return sg_both_int8(in, out) && other->dtype == SG_INT8 && sg_same_shape(in, out) &&
         (one_pixel || sg_same_shape(in, other)) && sg_good_scale(op->scale0);
}

static int check_lut(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                     const struct sg_tensor *out) {
  return sg_both_int8(in, out) && sg_same_shape(in, out) && sg_constants_ok(plan, op, 256);
}

static int check_prelu(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                       const struct sg_tensor *out) {
  const uint64_t count = ((uint64_t)in->c + 15) / 16 * 16;
  if (!sg_both_int8(in, out) || !sg_same_shape(in, out) || !sg_good_scale(op->scale0) ||
      !sg_constants_ok(plan, op, 4 * count))
    return 0;
  const uint32_t *slopes = (const uint32_t *)(const void *)(plan->constants + op->weights_offset);
  int finite = 1;
  for (uint64_t i = 0; i < count; i++) finite &= (slopes[i] & 0x7F800000) != 0x7F800000;
  return finite;
}

static int check_rescale(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                         const struct sg_tensor *out) {
  (void)plan;
  return sg_both_int8(in, out) && in->n == out->n && in->h == out->h && in->w == out->w && sg_good_scale(op->scale0);
}

static int check_softmax(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                         const struct sg_tensor *out) {
  (void)plan, (void)op;
  return in->dtype == SG_FLOAT32 && out->dtype == SG_FLOAT32 && sg_same_shape(in, out) && in->h == 1 && in->w == 1;
}

static int check_quantize(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                          const struct sg_tensor *out) {
  (void)plan;
  return in->dtype == SG_FLOAT32 && out->dtype == SG_INT8 && in->location == SG_PLAN_INPUT && sg_same_shape(in, out) &&
         sg_good_scale(op->scale0);
}

static int check_dequantize(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                            const struct sg_tensor *out) {
  (void)plan, (void)op;
  return in->dtype == SG_INT8 && out->dtype == SG_FLOAT32 && sg_same_shape(in, out);
}

static int check_to_nchw(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                         const struct sg_tensor *out) {
  (void)plan, (void)op;
  return sg_both_int8(in, out) && in->n == out->n && out->h == 1 && out->w == 1 && out->bytes == in->bytes;
}

sg_status sg_plan_check_op(const struct sg_plan *plan, uint32_t index) {
  const struct sg_op *op = &plan->ops[index];
  const struct sg_tensor *in = &plan->tensors[op->input0], *out = &plan->tensors[op->output];
  if (op->kind < 1 || op->kind >= sizeof contracts / sizeof *contracts)
    return SG_ERROR_VERSION; /* an operator of a later version */
  const struct contract *contract = &contracts[op->kind];
  if (op->clamp_min < -128 || op->clamp_max > 127 || op->clamp_min > op->clamp_max) return SG_ERROR_FORMAT;
  if (out->location == SG_PLAN_INPUT || (op->flags & ~contract->flags) != 0) return SG_ERROR_FORMAT;
  if ((op->flags & SG_FLAG_IN_PLACE) && !(sg_same_shape(in, out) && in->dtype == out->dtype)) return SG_ERROR_FORMAT;
  if (!contract->constants && (op->weights_offset || op->weights_bytes)) return SG_ERROR_FORMAT;
  if ((op->fill && op->kind != SG_PAD) || (op->channel_step && op->kind != SG_SLICE)) return SG_ERROR_FORMAT;
  return contract->check(plan, op, in, out) ? SG_OK : SG_ERROR_FORMAT;
}
