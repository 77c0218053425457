/* SPDX-License-Identifier: Apache-2.0 */
/* pte.c: finds the plan in a .pte without an interpreter: the program must be one call of our delegate.
 * Layout: ExecuTorch's schema/program.fbs (identifier "ET12") and its extended header; FlatBuffers' binary format. */
#include "pte.h"

#include "platform.h"

struct span {
  const uint8_t *bytes;
  size_t size;
};

/* Field numbers in program.fbs. */
enum {
  PROGRAM_EXECUTION_PLAN = 1,
  PROGRAM_DELEGATE_DATA = 3,
  PROGRAM_SEGMENTS = 4,
  PLAN_INPUTS = 3,
  PLAN_OUTPUTS = 4,
  PLAN_CHAINS = 5,
  PLAN_DELEGATES = 7,
  CHAIN_INSTRUCTIONS = 2,
  INSTRUCTION_TYPE = 0,
  INSTRUCTION_ARGUMENTS = 1,
  INSTRUCTION_IS_DELEGATE_CALL = 2,
  CALL_DELEGATE = 0,
  CALL_ARGUMENTS = 1,
  DELEGATE_ID = 0,
  DELEGATE_PROCESSED = 1,
  REFERENCE_LOCATION = 0,
  REFERENCE_INDEX = 1,
  LOCATION_SEGMENT = 1,
  INLINE_DATA = 0,
  SEGMENT_OFFSET = 0,
  SEGMENT_SIZE = 1
};

/* Positions are offsets into the file; 0 means "absent or out of bounds", as no table or vector begins there. */

static int fits(struct span f, uint64_t at, uint64_t bytes) {
  return bytes <= f.size && at <= f.size - bytes;
}

static uint32_t u16_at(struct span f, uint64_t at) {
  return fits(f, at, 2) ? (uint32_t)f.bytes[at] | (uint32_t)f.bytes[at + 1] << 8 : 0;
}

static uint32_t u32_at(struct span f, uint64_t at) {
  return fits(f, at, 4) ? u16_at(f, at) | u16_at(f, at + 2) << 16 : 0;
}

static uint64_t u64_at(struct span f, uint64_t at) {
  return fits(f, at, 8) ? u32_at(f, at) | (uint64_t)u32_at(f, at + 4) << 32 : 0;
}

static uint64_t follow(struct span f, uint64_t at) {
  const uint32_t offset = u32_at(f, at);
  return offset && fits(f, at + offset, 4) ? at + offset : 0;
}

static uint64_t field(struct span f, uint64_t table, uint32_t id) {
  if (!table || !fits(f, table, 4)) return 0;
  const uint64_t vtable = table - (uint64_t)(int64_t)(int32_t)u32_at(f, table);
  const uint64_t slot = 4 + 2 * (uint64_t)id;
  if (vtable >= f.size || !fits(f, vtable, 4) || slot + 2 > u16_at(f, vtable)) return 0;
  const uint32_t offset = u16_at(f, vtable + slot);
  return offset && fits(f, table + offset, 1) ? table + offset : 0;
}

static uint64_t field_target(struct span f, uint64_t table, uint32_t id) {
  const uint64_t at = field(f, table, id);
  return at ? follow(f, at) : 0;
}

static uint32_t field_u32(struct span f, uint64_t table, uint32_t id) {
  const uint64_t at = field(f, table, id);
  return at ? u32_at(f, at) : 0;
}

static uint32_t field_u8(struct span f, uint64_t table, uint32_t id) {
  const uint64_t at = field(f, table, id);
  return at ? f.bytes[at] : 0;
}

static uint32_t length(struct span f, uint64_t vector) {
  return vector ? u32_at(f, vector) : 0;
}

static uint64_t element(struct span f, uint64_t vector, uint32_t index) {
  return index < length(f, vector) ? follow(f, vector + 4 + 4 * (uint64_t)index) : 0;
}

static int is_our_id(struct span f, uint64_t string) {
  static const char id[] = "SdkgenBackend";
  const uint32_t size = sizeof id - 1;
  return length(f, string) == size && fits(f, string + 4, size) && memcmp(f.bytes + string + 4, id, size) == 0;
}

/* The call passes the program's inputs, then its outputs, in their order, so that the plan's are the program's. */
static int passes_everything(struct span f, uint64_t plan, uint64_t arguments) {
  const uint64_t inputs = field_target(f, plan, PLAN_INPUTS), outputs = field_target(f, plan, PLAN_OUTPUTS);
  const uint64_t count = (uint64_t)length(f, inputs) + length(f, outputs);
  if (length(f, arguments) != count || !fits(f, arguments + 4, 4 * count)) return 0;
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t list = i < length(f, inputs) ? inputs : outputs;
    const uint32_t k = i < length(f, inputs) ? i : i - length(f, inputs);
    const uint64_t at = list + 4 + 4 * (uint64_t)k;
    if (!fits(f, at, 4) || u32_at(f, at) != u32_at(f, arguments + 4 + 4 * (uint64_t)i)) return 0;
  }
  return 1;
}

/* The bytes that the delegate was made from: in a segment behind the program, or inline. */
static sg_status processed(struct span f, struct span program, uint64_t root, uint64_t reference, const void **plan,
                           size_t *plan_size) {
  const uint32_t index = field_u32(program, reference, REFERENCE_INDEX);
  if (field_u8(program, reference, REFERENCE_LOCATION) != LOCATION_SEGMENT) {
    const uint64_t table = element(program, field_target(program, root, PROGRAM_DELEGATE_DATA), index);
    const uint64_t data = field_target(program, table, INLINE_DATA);
    if (!data) return SG_ERROR_FORMAT;
    if (!fits(program, data + 4, length(program, data))) return SG_ERROR_TRUNCATED;
    *plan = program.bytes + data + 4;
    *plan_size = length(program, data);
    return SG_OK;
  }
  const uint64_t segment = element(program, field_target(program, root, PROGRAM_SEGMENTS), index);
  const uint64_t offset_at = field(program, segment, SEGMENT_OFFSET), size_at = field(program, segment, SEGMENT_SIZE);
  const uint64_t offset = offset_at ? u64_at(program, offset_at) : 0, size = size_at ? u64_at(program, size_at) : 0;
  const uint64_t base = u64_at(f, 24);
  if (!segment || size == 0) return SG_ERROR_FORMAT;
  if (base > f.size || offset > f.size - base || size > f.size - base - offset) return SG_ERROR_TRUNCATED;
  *plan = f.bytes + base + offset;
  *plan_size = (size_t)size;
  return SG_OK;
}

sg_status sg_pte_find_plan(const void *bytes, size_t size, const void **plan, size_t *plan_size) {
  const struct span f = {bytes, size};
  if (!fits(f, 0, 40)) return SG_ERROR_TRUNCATED;
  if (memcmp(f.bytes + 4, "ET12", 4) != 0 || memcmp(f.bytes + 8, "eh00", 4) != 0 || u32_at(f, 12) < 24)
    return SG_ERROR_FORMAT;
  const uint64_t program_size = u64_at(f, 16);
  if (program_size > size) return SG_ERROR_TRUNCATED;
  const struct span program = {bytes, (size_t)program_size};

  const uint64_t root = follow(program, 0);
  const uint64_t plans = field_target(program, root, PROGRAM_EXECUTION_PLAN);
  const uint64_t method = element(program, plans, 0);
  if (!method) return SG_ERROR_FORMAT;
  const uint64_t chains = field_target(program, method, PLAN_CHAINS);
  const uint64_t instructions = field_target(program, element(program, chains, 0), CHAIN_INSTRUCTIONS);
  if (length(program, plans) != 1 || length(program, chains) != 1 || length(program, instructions) != 1)
    return SG_ERROR_NOT_DELEGATED;
  const uint64_t instruction = element(program, instructions, 0);
  if (field_u8(program, instruction, INSTRUCTION_TYPE) != INSTRUCTION_IS_DELEGATE_CALL) return SG_ERROR_NOT_DELEGATED;
  const uint64_t call = field_target(program, instruction, INSTRUCTION_ARGUMENTS);
  const uint64_t delegate =
      element(program, field_target(program, method, PLAN_DELEGATES), field_u32(program, call, CALL_DELEGATE));
  if (!is_our_id(program, field_target(program, delegate, DELEGATE_ID))) return SG_ERROR_NOT_DELEGATED;
  if (!passes_everything(program, method, field_target(program, call, CALL_ARGUMENTS))) return SG_ERROR_NOT_DELEGATED;
  return processed(f, program, root, field_target(program, delegate, DELEGATE_PROCESSED), plan, plan_size);
}
