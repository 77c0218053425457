/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c: opens a plan: every offset, size and lifetime is checked here, so that kernels may run unchecked. */
#include "band.h"
#include "crc32.h"
#include "ops/check.h"
#include "ops/op.h"

/* Bounds the quadratic overlap check; MobileNetV2 has about 70 tensors. */
enum { MAX_RECORDS = 4096, MAX_IO = 64 };

static int inside(uint64_t offset, uint64_t bytes, uint64_t align, uint64_t begin, uint64_t end) {
  return offset % align == 0 && offset >= begin && bytes <= end && offset <= end - bytes;
}

static int all_zero(const uint8_t *bytes, size_t size) {
  uint8_t any = 0;
  for (size_t i = 0; i < size; i++) any |= bytes[i];
  return any == 0;
}

static sg_status check_header(const struct sg_plan_header *h, size_t size) {
  if (h->magic[0] != 'S' || h->magic[1] != 'G' || h->magic[2] != 'P' || h->magic[3] != 'L') return SG_ERROR_FORMAT;
  if (h->version != SG_PLAN_VERSION || h->weight_layout != SG_LAYOUT_N8C4) return SG_ERROR_VERSION;
  if (h->plan_bytes > size) return SG_ERROR_TRUNCATED;
  const uint64_t constants = h->constants_offset;
  if (h->plan_bytes >= 1u << 31 || h->plan_bytes % 64 != 0 || constants % 64 != 0 || constants < sizeof *h ||
      h->constants_bytes % 64 != 0 || constants + h->constants_bytes != h->plan_bytes)
    return SG_ERROR_FORMAT;
  if (h->tensor_count < 1 || h->tensor_count > MAX_RECORDS || h->op_count < 1 || h->op_count > MAX_RECORDS ||
      h->input_count < 1 || h->input_count > MAX_IO || h->output_count < 1 || h->output_count > MAX_IO)
    return SG_ERROR_FORMAT;
  if (!inside(h->tensors_offset, (uint64_t)h->tensor_count * sizeof(struct sg_tensor), 4, sizeof *h, constants) ||
      !inside(h->ops_offset, (uint64_t)h->op_count * sizeof(struct sg_op), 4, sizeof *h, constants) ||
      !inside(h->bands_offset, (uint64_t)h->band_count * sizeof(struct sg_band), 4, h->band_count ? sizeof *h : 0,
              constants) ||
      !inside(h->io_offset, 4 * ((uint64_t)h->input_count + h->output_count), 4, sizeof *h, constants) ||
      (h->image_offset && !inside(h->image_offset, sizeof(struct sg_image_record), 4, sizeof *h, constants)) ||
      (h->labels_offset && !inside(h->labels_offset, 4, 4, sizeof *h, constants)))
    return SG_ERROR_FORMAT;
  if (h->band_count > MAX_RECORDS || h->band_bytes > SG_MAX_BAND_BYTES || h->band_bytes % 64 != 0)
    return SG_ERROR_FORMAT;
  if (h->arena_bytes >= 1u << 31 || h->arena_bytes % 64 != 0 || !all_zero(h->zero, sizeof h->zero))
    return SG_ERROR_FORMAT;
  return SG_OK;
}

static sg_status check_crc(const uint8_t *bytes, const struct sg_plan_header *h) {
  struct sg_plan_header summed = *h;
  summed.metadata_crc32 = 0;
  uint32_t crc = sg_crc32(0, (const uint8_t *)&summed, sizeof summed);
  crc = sg_crc32(crc, bytes + sizeof summed, h->constants_offset - sizeof summed);
  return crc == h->metadata_crc32 ? SG_OK : SG_ERROR_CHECKSUM;
}

static sg_status check_tensor(const struct sg_plan_header *h, const struct sg_tensor *t) {
  const uint64_t limit = 1u << 30;
  if (t->dtype != SG_INT8 && t->dtype != SG_FLOAT32) return SG_ERROR_FORMAT;
  if (t->n < 1 || t->h < 1 || t->w < 1 || t->c < 1 || t->n > limit || t->h > limit || t->w > limit || t->c > limit)
    return SG_ERROR_FORMAT;
  uint64_t bytes = t->dtype == SG_INT8 ? 1 : 4;
  const uint32_t dims[4] = {t->n, t->h, t->w, t->c};
  for (int i = 0; i < 4; i++) {
    bytes *= dims[i]; /* below 2^61: both factors are at most 2^30 or checked to be below 2^31 */
    if (bytes >= 1u << 31) return SG_ERROR_FORMAT;
  }
  if (bytes != t->bytes) return SG_ERROR_FORMAT;
  if (t->rank != 2 && t->rank != 4) return SG_ERROR_FORMAT;
  if (t->rank == 2 && (t->h != 1 || t->w != 1)) return SG_ERROR_FORMAT;
  if (t->layout != SG_NHWC && t->layout != SG_NCHW) return SG_ERROR_FORMAT;
  if (t->layout == SG_NCHW && (t->dtype != SG_FLOAT32 || t->location == SG_IN_ARENA)) return SG_ERROR_FORMAT;
  if (t->dtype == SG_INT8) {
    if (!sg_good_scale(t->scale) || t->zero_point < -128 || t->zero_point > 127) return SG_ERROR_FORMAT;
  }
  if (t->first_op > t->last_op || t->last_op >= h->op_count) return SG_ERROR_FORMAT;
  if (t->location == SG_IN_BAND) return t->dtype == SG_INT8 && t->n == 1 ? SG_OK : SG_ERROR_FORMAT;
  if (t->location == SG_IN_ARENA)
    return inside(t->arena_offset, t->bytes, 64, 0, h->arena_bytes) ? SG_OK : SG_ERROR_FORMAT;
  if (t->location != SG_PLAN_INPUT && t->location != SG_PLAN_OUTPUT) return SG_ERROR_FORMAT;
  return t->dtype == SG_FLOAT32 && t->arena_offset == 0 ? SG_OK : SG_ERROR_FORMAT;
}

/* The inputs and outputs of the plan are distinct tensors, and exactly those with such a location. */
static sg_status check_io(const struct sg_plan *plan) {
  const struct sg_plan_header *h = plan->header;
  const uint32_t total = h->input_count + h->output_count;
  uint32_t outside = 0;
  for (uint32_t i = 0; i < h->tensor_count; i++) {
    const uint32_t location = plan->tensors[i].location;
    outside += location == SG_PLAN_INPUT || location == SG_PLAN_OUTPUT;
  }
  if (outside != total) return SG_ERROR_FORMAT;
  for (uint32_t i = 0; i < total; i++) {
    const uint32_t index = plan->inputs[i];
    const uint32_t expected = i < h->input_count ? SG_PLAN_INPUT : SG_PLAN_OUTPUT;
    if (index >= h->tensor_count || plan->tensors[index].location != expected) return SG_ERROR_FORMAT;
    for (uint32_t k = 0; k < i; k++)
      if (plan->inputs[k] == index) return SG_ERROR_FORMAT;
  }
  return SG_OK;
}

/* The fields that every kind has, those that its traits exclude, then its own check. */
static sg_status check_op(const struct sg_plan *plan, const struct sg_op *op) {
  const uint32_t tensors = plan->header->tensor_count;
  if (op->input0 >= tensors || op->output >= tensors) return SG_ERROR_FORMAT;
  const struct sg_op_type *type = sg_op_type_of(op->kind);
  if (!type) return SG_ERROR_VERSION; /* an operator of a later version */
  const struct sg_tensor *in = &plan->tensors[op->input0], *out = &plan->tensors[op->output];
  if (type->traits & SG_OP_SECOND ? op->input1 >= tensors : op->input1 != SG_NO_TENSOR) return SG_ERROR_FORMAT;
  if (op->clamp_min < -128 || op->clamp_max > 127 || op->clamp_min > op->clamp_max) return SG_ERROR_FORMAT;
  if (out->location == SG_PLAN_INPUT || (op->flags & ~type->flags) != 0) return SG_ERROR_FORMAT;
  if ((op->flags & SG_FLAG_IN_PLACE) && !(sg_same_shape(in, out) && in->dtype == out->dtype)) return SG_ERROR_FORMAT;
  if (!(type->traits & SG_OP_CONSTANTS) && (op->weights_offset || op->weights_bytes)) return SG_ERROR_FORMAT;
  if (!(type->traits & SG_OP_FILL) && op->fill) return SG_ERROR_FORMAT;
  if (!(type->traits & SG_OP_CHANNEL_STEP) && op->channel_step) return SG_ERROR_FORMAT;
  if (!all_zero(op->zero, sizeof op->zero)) return SG_ERROR_FORMAT;
  return type->check(plan, op, in, out) ? SG_OK : SG_ERROR_FORMAT;
}

static int may_share(const struct sg_plan *plan, const struct sg_tensor *before, const struct sg_tensor *after) {
  if (before->last_op != after->first_op || before->arena_offset != after->arena_offset ||
      before->bytes != after->bytes)
    return 0;
  const struct sg_op *op = &plan->ops[after->first_op];
  return (op->flags & SG_FLAG_IN_PLACE) && &plan->tensors[op->input0] == before && &plan->tensors[op->output] == after;
}

static sg_status check_overlaps(const struct sg_plan *plan) {
  const uint32_t count = plan->header->tensor_count;
  for (uint32_t i = 0; i < count; i++)
    for (uint32_t k = 0; k < i; k++) {
      const struct sg_tensor *a = &plan->tensors[i], *b = &plan->tensors[k];
      if (a->location != SG_IN_ARENA || b->location != SG_IN_ARENA) continue;
      if (a->last_op < b->first_op || b->last_op < a->first_op) continue;
      if (a->arena_offset + a->bytes <= b->arena_offset || b->arena_offset + b->bytes <= a->arena_offset) continue;
      if (!may_share(plan, a, b) && !may_share(plan, b, a)) return SG_ERROR_FORMAT;
    }
  return SG_OK;
}

/* Every read of a tensor comes after it was written whole: by its first operator, or, for a concatenation, by operators
 * that fill its channels from left to right. */
static sg_status check_lifetime(const struct sg_plan *plan, uint32_t index) {
  const struct sg_tensor *t = &plan->tensors[index];
  uint32_t filled = t->location == SG_PLAN_INPUT ? t->c : 0;
  if (t->location == SG_PLAN_INPUT && t->first_op != 0) return SG_ERROR_FORMAT;
  for (uint32_t i = 0; i < plan->header->op_count; i++) {
    const struct sg_op *op = &plan->ops[i];
    const int reads = op->input0 == index || op->input1 == index, writes = op->output == index;
    if (!reads && !writes) continue;
    if (i < t->first_op || i > t->last_op) return SG_ERROR_FORMAT;
    if (reads && (writes || filled != t->c)) return SG_ERROR_FORMAT;
    if (!writes) continue;
    if (sg_op_types[op->kind].traits & SG_OP_CONCATENATES) {
      const uint32_t channels = plan->tensors[op->input0].c;
      if (op->channel_offset != filled || channels > t->c - filled) return SG_ERROR_FORMAT;
      filled += channels;
    } else {
      if (filled != 0) return SG_ERROR_FORMAT;
      filled = t->c;
    }
  }
  return filled == t->c ? SG_OK : SG_ERROR_FORMAT;
}

static sg_status check_image(struct sg_plan *plan) {
  const struct sg_image_record *image = plan->image;
  if (plan->header->input_count != 1 || image->tensor >= plan->header->tensor_count || !all_zero(image->zero, 16))
    return SG_ERROR_FORMAT;
  const struct sg_tensor *t = &plan->tensors[image->tensor];
  if (plan->ops[0].kind != SG_QUANTIZE || plan->ops[0].output != image->tensor || t->n != 1 || t->c != 3 ||
      t->h > 16384 || t->w > 16384)
    return SG_ERROR_FORMAT;
  if (image->resize_rule != 1 && image->resize_rule != 2) return SG_ERROR_FORMAT;
  if (image->colour_order != 1 && image->colour_order != 2) return SG_ERROR_FORMAT;
  if (image->resize_rule == 1 && (image->resize_to < t->h || image->resize_to < t->w || image->resize_to > 16384))
    return SG_ERROR_FORMAT;
  return SG_OK;
}

static sg_status check_labels(struct sg_plan *plan) {
  const struct sg_plan_header *h = plan->header;
  const uint32_t *record = (const uint32_t *)(const void *)(plan->bytes + h->labels_offset);
  const uint64_t count = record[0];
  if (!inside(h->labels_offset, 4 + 4 * count, 4, sizeof *h, h->constants_offset)) return SG_ERROR_FORMAT;
  plan->label_count = record[0];
  plan->label_ends = record + 1;
  plan->label_text = (const char *)(record + 1 + count);
  uint32_t end = 0;
  for (uint64_t i = 0; i < count; i++) {
    if (plan->label_ends[i] < end) return SG_ERROR_FORMAT;
    end = plan->label_ends[i];
  }
  return inside(h->labels_offset + 4 + 4 * count, end, 1, sizeof *h, h->constants_offset) ? SG_OK : SG_ERROR_FORMAT;
}

sg_status sg_plan_open(const void *bytes, size_t size, struct sg_plan *plan) {
  if ((uintptr_t)bytes % 4 != 0) return SG_ERROR_ALIGNMENT;
  if (size < sizeof(struct sg_plan_header)) return SG_ERROR_TRUNCATED;
  const struct sg_plan_header *h = bytes;
  sg_status status = check_header(h, size);
  if (status == SG_OK) status = check_crc(bytes, h);
  if (status != SG_OK) return status;

  const uint8_t *base = bytes;
  *plan = (struct sg_plan){
      .bytes = base,
      .header = h,
      .tensors = (const struct sg_tensor *)(const void *)(base + h->tensors_offset),
      .ops = (const struct sg_op *)(const void *)(base + h->ops_offset),
      .bands = (const struct sg_band *)(const void *)(base + h->bands_offset),
      .inputs = (const uint32_t *)(const void *)(base + h->io_offset),
      .image = h->image_offset ? (const struct sg_image_record *)(const void *)(base + h->image_offset) : NULL,
      .constants = base + h->constants_offset,
  };
  plan->outputs = plan->inputs + h->input_count;

  for (uint32_t i = 0; status == SG_OK && i < h->tensor_count; i++) status = check_tensor(h, &plan->tensors[i]);
  if (status == SG_OK) status = check_io(plan);
  for (uint32_t i = 0; status == SG_OK && i < h->op_count; i++) status = check_op(plan, &plan->ops[i]);
  for (uint32_t i = 0; status == SG_OK && i < h->tensor_count; i++) status = check_lifetime(plan, i);
  if (status == SG_OK) status = sg_plan_check_bands(plan);
  if (status == SG_OK) status = check_overlaps(plan);
  if (status == SG_OK && plan->image) status = check_image(plan);
  if (status == SG_OK && h->labels_offset) status = check_labels(plan);
  return status;
}
