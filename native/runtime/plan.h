/* SPDX-License-Identifier: Apache-2.0 */
/* plan.h: the records of a plan (native/README.md) and a validated view of one. */
#ifndef SG_RUNTIME_PLAN_H
#define SG_RUNTIME_PLAN_H

#include "../include/sdkgen.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "plans are little-endian and used in place"
#endif

enum { SG_PLAN_VERSION = 1, SG_LAYOUT_N8C4 = 1, SG_ARENA_SLACK = 64 };
enum { SG_NO_TENSOR = 0xFFFFFFFF };

struct sg_plan_header {
  char magic[4];
  uint16_t version, weight_layout;
  uint32_t plan_bytes, metadata_crc32;
  uint32_t tensor_count, op_count, input_count, output_count;
  uint32_t tensors_offset, ops_offset, io_offset, image_offset, labels_offset;
  uint32_t constants_offset, constants_bytes, constants_crc32;
  uint32_t fingerprint[2]; /* low half first; a plan is 4-byte aligned only */
  uint32_t arena_bytes;
  uint32_t bands_offset, band_count, band_bytes;
  uint8_t zero[40];
};

enum { SG_NHWC = 1, SG_NCHW = 2 };
enum sg_location { SG_IN_ARENA = 0, SG_PLAN_INPUT = 1, SG_PLAN_OUTPUT = 2, SG_IN_BAND = 3 };

struct sg_tensor {
  uint8_t dtype, layout;
  uint16_t rank;
  uint32_t n, h, w, c;
  uint32_t location, arena_offset, bytes;
  float scale;
  int32_t zero_point;
  uint32_t first_op, last_op;
};

/* SG_GEMM = 1, SG_CONV = 2, … */
enum sg_op_kind {
#define SG_OP(number, kind, ...) SG_##kind = number,
#include "ops/ops.inc"
#undef SG_OP
};
enum sg_op_flag {
  SG_FLAG_ADAPTIVE = 1,
  SG_FLAG_COUNT_INCLUDE_PAD = 2,
  SG_FLAG_IN_PLACE = 4,
  SG_FLAG_BILINEAR = 8,
  SG_FLAG_ALIGN_CORNERS = 16
};

struct sg_op {
  uint16_t kind, flags;
  uint32_t input0, input1, output;
  int32_t clamp_min, clamp_max;
  uint32_t weights_offset, weights_bytes;
  uint32_t kernel_h, kernel_w, stride_h, stride_w;
  uint32_t pad_top, pad_left, pad_bottom, pad_right;
  uint32_t dilation_h, dilation_w, groups;
  float scale0, scale1;
  uint32_t channel_offset;
  int32_t fill;
  uint32_t channel_step;
  uint8_t zero[16];
};

enum { SG_MAX_BAND_OPS = 16, SG_MAX_BAND_BYTES = 1 << 24 };

struct sg_band {
  uint32_t first_op, last_op, rows, zero;
};

struct sg_image_record {
  uint32_t resize_rule, resize_to, colour_order, tensor;
  uint8_t zero[16];
  int8_t table[3][256];
};

_Static_assert(sizeof(struct sg_plan_header) == 128, "plan header");
_Static_assert(sizeof(struct sg_tensor) == 48, "tensor record");
_Static_assert(sizeof(struct sg_op) == 112, "operator record");
_Static_assert(sizeof(struct sg_band) == 16, "band record");
_Static_assert(sizeof(struct sg_image_record) == 800, "image record");

/* Pointers into the caller's memory. After sg_plan_open every index and offset in it is valid. */
struct sg_plan {
  const uint8_t *bytes;
  const struct sg_plan_header *header;
  const struct sg_tensor *tensors;
  const struct sg_op *ops;
  const struct sg_band *bands; /* header->band_count */
  const uint32_t *inputs, *outputs;
  const struct sg_image_record *image; /* or null */
  const uint32_t *label_ends;          /* or null */
  const char *label_text;
  uint32_t label_count;
  const uint8_t *constants;
};

/* Positive, normal and below 2^64, so that no product with an int32 overflows float32. */
static inline int sg_good_scale(float scale) {
  const union {
    float real;
    uint32_t bits;
  } s = {scale};
  return s.bits - 0x00800000u < 0x5F800000u - 0x00800000u;
}

/* Validates everything that native/README.md promises, except the sum over the weights. */
sg_status sg_plan_open(const void *bytes, size_t size, struct sg_plan *plan);

static inline uint64_t sg_elements(const struct sg_tensor *t) {
  return (uint64_t)t->n * t->h * t->w * t->c;
}

#endif
