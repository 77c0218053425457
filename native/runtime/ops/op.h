/* SPDX-License-Identifier: Apache-2.0 */
/* op.h: the type of an operator: everything that the runtime does with one, as a row of the operator table. */
#ifndef SG_RUNTIME_OPS_OP_H
#define SG_RUNTIME_OPS_OP_H

#include "../step.h"

/* Whether the record fits its tensors; `in` is input0. plan.c has already checked indices, tensors, clamp, flags and
 * the fields that the traits exclude. */
typedef int sg_op_check(const struct sg_plan *plan, const struct sg_op *op, const struct sg_tensor *in,
                        const struct sg_tensor *out);

/* The kernel for these instruction sets that writes `output` (a dtype); null when this library has none. */
typedef const struct sg_variant *sg_op_select(uint32_t isa, const struct sg_op *op, uint32_t output);

/* Bytes of scratch per thread. */
typedef size_t sg_op_scratch(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out);

/* Multiply-accumulates of one run. */
typedef uint64_t sg_op_macs(const struct sg_op *op, const struct sg_tensor *in, const struct sg_tensor *out);

enum sg_op_trait {
  SG_OP_SECOND = 1,       /* reads input1 */
  SG_OP_CONSTANTS = 2,    /* has weights_offset and weights_bytes */
  SG_OP_FILL = 4,         /* has `fill` */
  SG_OP_CHANNEL_STEP = 8, /* has channel_step */
  SG_OP_BANDS = 16,       /* may be part of a band; it reads the rows that it writes */
  SG_OP_WINDOW = 32,      /* in a band, reads the rows of its sliding window instead */
  SG_OP_CONCATENATES = 64 /* writes a range of its output's channels, from channel_offset on */
};

/* What the threads share: elements of the output, pixels of input0, or rows of the output (through the batch). */
enum sg_op_items { SG_ELEMENTS, SG_IN_PIXELS, SG_OUT_ROWS };

/* A tile as high as the selected kernel's `mr`. */
enum { SG_KERNEL_TILE = 0 };

struct sg_op_type {
  char name[16]; /* as in native/README.md */
  sg_op_check *check;
  sg_op_select *select;
  sg_work run;            /* computes items [begin, end); its context is a struct sg_step */
  sg_op_scratch *scratch; /* or null: none */
  sg_op_macs *macs;       /* or null: none */
  uint8_t flags;          /* enum sg_op_flag that a record may have */
  uint8_t traits;         /* enum sg_op_trait */
  uint8_t items;          /* enum sg_op_items */
  uint8_t tile;           /* items that stay together, or SG_KERNEL_TILE */
};

/* Indexed by kind; the kinds of an opened plan are in it. */
extern const struct sg_op_type sg_op_types[];

/* Null for a kind that does not exist. */
const struct sg_op_type *sg_op_type_of(uint32_t kind);

/* "conv" and so on; null for a kind that does not exist. */
const char *sg_op_name(uint32_t kind);

/* Each operator's file defines those that its row needs. */
#define SG_OP(number, kind, name, ...)                                               \
  sg_op_check sg_op_##name##_check;                                                  \
  sg_op_select sg_op_##name##_select;                                                \
  void sg_op_##name##_run(void *context, uint32_t thread, size_t begin, size_t end); \
  sg_op_scratch sg_op_##name##_scratch;                                              \
  sg_op_macs sg_op_##name##_macs;
#include "ops.inc"
#undef SG_OP

#endif
