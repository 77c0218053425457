/* SPDX-License-Identifier: Apache-2.0 */
/* ops.c: the operator table. */
#include "op.h"

const struct sg_op_type sg_op_types[] = {
#define SG_OP(number, kind, name, flags, traits, items, tile, scratch, macs)                                       \
  [number] = {                                                                                                     \
      #name, sg_op_##name##_check, sg_op_##name##_select, sg_op_##name##_run, scratch, macs, flags, traits, items, \
      tile},
#include "ops.inc"
#undef SG_OP
};

const struct sg_op_type *sg_op_type_of(uint32_t kind) {
  return kind >= 1 && kind < sizeof sg_op_types / sizeof *sg_op_types ? &sg_op_types[kind] : NULL;
}

const char *sg_op_name(uint32_t kind) {
  const struct sg_op_type *type = sg_op_type_of(kind);
  return type ? type->name : NULL;
}
