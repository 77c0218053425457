/* SPDX-License-Identifier: Apache-2.0 */
/* model.c: the public C API over plan, arena and threads. */
#include "../image/image.h"
#include "cpu.h"
#include "crc32.h"
#include "ops/op.h"
#include "platform.h"
#include "pte.h"
#include "run.h"

/* For a network below this, waking a thread costs more than it saves. */
static const uint64_t MACS_WORTH_THREADS = 4000000;

struct sg_model {
  struct sg_execution execution;
  void *memory; /* arena and scratch, as allocated */
  size_t memory_bytes;
  const struct sg_variant *kernels[]; /* one for each operator */
};

static sg_status find_plan(const void *bytes, size_t size, struct sg_plan *plan) {
  const void *at = bytes;
  size_t length = size;
  if (!bytes) return SG_ERROR_ARGUMENT;
  if (size >= 8 && memcmp((const char *)bytes + 4, "ET12", 4) == 0) {
    const sg_status status = sg_pte_find_plan(bytes, size, &at, &length);
    if (status != SG_OK) return status;
  }
  return sg_plan_open(at, length, plan);
}

static uint64_t fingerprint_of(const struct sg_plan *plan) {
  return plan->header->fingerprint[0] | (uint64_t)plan->header->fingerprint[1] << 32;
}

sg_status sg_model_open(const void *bytes, size_t size, const sg_options *options, sg_model **model) {
  static const sg_options defaults;
  struct sg_execution e = {.pool = NULL};
  if (!model) return SG_ERROR_ARGUMENT;
  *model = NULL;
  if (!options) options = &defaults;
  sg_status status = find_plan(bytes, size, &e.plan);
  if (status != SG_OK) return status;
  if (options->fingerprint && options->fingerprint != fingerprint_of(&e.plan)) return SG_ERROR_MISMATCH;
  sg_model *m = calloc(1, sizeof *m + e.plan.header->op_count * sizeof *m->kernels);
  if (!m) return SG_ERROR_MEMORY;
  sg_execution_select(&e.plan, sg_cpu_isa(), m->kernels);
  if (sg_execution_missing_kernel(&e.plan, m->kernels)) {
    free(m);
    return SG_ERROR_KERNEL;
  }
  e.kernels = m->kernels;

  uint32_t threads = options->threads ? options->threads : sg_cpu_performance_cores();
  if (sg_execution_macs(&e.plan) < MACS_WORTH_THREADS) threads = 1;
  e.pool = sg_pool_create(threads);
  e.scratch_stride = sg_execution_scratch(&e.plan);
  const size_t arena_bytes = e.plan.header->arena_bytes + SG_ARENA_SLACK;
  m->memory_bytes = arena_bytes + e.scratch_stride * sg_pool_threads(e.pool);
  m->memory = malloc(m->memory_bytes + 63);
  if (!m->memory) {
    sg_pool_destroy(e.pool);
    free(m);
    return SG_ERROR_MEMORY;
  }
  e.arena = (uint8_t *)(((uintptr_t)m->memory + 63) / 64 * 64);
  e.scratch = e.arena + arena_bytes;
  m->execution = e;
  *model = m;
  return SG_OK;
}

const char *sg_missing_kernel(const void *bytes, size_t size) {
  struct sg_plan plan;
  if (find_plan(bytes, size, &plan) != SG_OK) return NULL;
  const struct sg_variant **kernels = calloc(plan.header->op_count, sizeof *kernels);
  if (!kernels) return NULL;
  sg_execution_select(&plan, sg_cpu_isa(), kernels);
  const char *name = sg_op_name(sg_execution_missing_kernel(&plan, kernels));
  free(kernels);
  return name;
}

void sg_model_close(sg_model *m) {
  if (!m) return;
  sg_pool_destroy(m->execution.pool);
  free(m->memory);
  free(m);
}

uint32_t sg_model_input_count(const sg_model *m) {
  return m ? m->execution.plan.header->input_count : 0;
}
uint32_t sg_model_output_count(const sg_model *m) {
  return m ? m->execution.plan.header->output_count : 0;
}
uint64_t sg_model_fingerprint(const sg_model *m) {
  return m ? fingerprint_of(&m->execution.plan) : 0;
}
size_t sg_model_arena_bytes(const sg_model *m) {
  return m ? m->memory_bytes : 0;
}
uint32_t sg_model_threads(const sg_model *m) {
  return m ? sg_pool_threads(m->execution.pool) : 0;
}
uint32_t sg_model_label_count(const sg_model *m) {
  return m ? m->execution.plan.label_count : 0;
}

static void describe(const struct sg_tensor *t, sg_tensor_info *info) {
  *info = (sg_tensor_info){.rank = t->rank, .elements = t->bytes / 4};
  const uint32_t nchw[4] = {t->n, t->c, t->h, t->w};
  for (uint32_t i = 0; i < t->rank; i++) info->dims[i] = nchw[i];
}

sg_status sg_model_input(const sg_model *m, uint32_t index, sg_tensor_info *info) {
  if (!m || !info || index >= m->execution.plan.header->input_count) return SG_ERROR_ARGUMENT;
  const struct sg_plan *plan = &m->execution.plan;
  describe(&plan->tensors[plan->inputs[index]], info);
  if (plan->image) {
    info->scale = plan->tensors[plan->image->tensor].scale;
    info->zero_point = plan->tensors[plan->image->tensor].zero_point;
  }
  return SG_OK;
}

sg_status sg_model_output(const sg_model *m, uint32_t index, sg_tensor_info *info) {
  if (!m || !info || index >= m->execution.plan.header->output_count) return SG_ERROR_ARGUMENT;
  const struct sg_plan *plan = &m->execution.plan;
  describe(&plan->tensors[plan->outputs[index]], info);
  return SG_OK;
}

const char *sg_model_label(const sg_model *m, uint32_t index, size_t *length) {
  if (!m || !length || index >= m->execution.plan.label_count) return NULL;
  const struct sg_plan *plan = &m->execution.plan;
  const uint32_t begin = index ? plan->label_ends[index - 1] : 0;
  *length = plan->label_ends[index] - begin;
  return plan->label_text + begin;
}

static int all_set(const void *const *pointers, uint32_t count) {
  if (!pointers) return 0;
  for (uint32_t i = 0; i < count; i++)
    if (!pointers[i]) return 0;
  return 1;
}

sg_status sg_model_run(sg_model *m, const float *const *inputs, float *const *outputs) {
  if (!m || !all_set((const void *const *)inputs, m->execution.plan.header->input_count) ||
      !all_set((const void *const *)outputs, m->execution.plan.header->output_count))
    return SG_ERROR_ARGUMENT;
  sg_execution_run(&m->execution, 0, inputs, outputs);
  return SG_OK;
}

/* The int8 NHWC tensor that an image becomes, or null when the model takes no image. */
static const struct sg_tensor *image_tensor(const sg_model *m) {
  const struct sg_plan *plan = &m->execution.plan;
  return plan->image ? &plan->tensors[plan->image->tensor] : NULL;
}

sg_status sg_model_preprocess(const sg_model *m, const sg_image *image, int8_t *output, size_t bytes) {
  if (!m || !image || !output) return SG_ERROR_ARGUMENT;
  const struct sg_tensor *t = image_tensor(m);
  if (!t) return SG_ERROR_UNSUPPORTED;
  if (bytes != t->bytes) return SG_ERROR_ARGUMENT;
  const struct sg_image_record *record = m->execution.plan.image;
  sg_resize resize = {.resized_width = t->w, .resized_height = t->h, .width = t->w, .height = t->h};
  sg_status status = sg_image_check(image);
  if (status == SG_OK && record->resize_rule == 1)
    status = sg_image_shorter_side(image->width, image->height, record->resize_to, t->w, t->h, &resize);
  if (status != SG_OK) return status;
  /* The bytes R G B are made in the output's own memory, then each is replaced by its int8 value. */
  uint8_t *rgb = (uint8_t *)output;
  status = sg_image_resize(image, &resize, rgb, bytes);
  if (status != SG_OK) return status;
  const int first = record->colour_order == 1 ? 0 : 2;
  for (size_t i = 0; i < bytes; i += 3) {
    const uint8_t pixel[3] = {rgb[i + (size_t)first], rgb[i + 1], rgb[i + 2 - (size_t)first]};
    for (size_t c = 0; c < 3; c++) output[i + c] = record->table[c][pixel[c]];
  }
  return SG_OK;
}

sg_status sg_model_run_image(sg_model *m, const sg_image *image, float *const *outputs) {
  if (!m || !image || !all_set((const void *const *)outputs, m->execution.plan.header->output_count))
    return SG_ERROR_ARGUMENT;
  const struct sg_tensor *t = image_tensor(m);
  if (!t) return SG_ERROR_UNSUPPORTED;
  const sg_status status = sg_model_preprocess(m, image, (int8_t *)m->execution.arena + t->arena_offset, t->bytes);
  if (status == SG_OK) sg_execution_run(&m->execution, 1, NULL, outputs);
  return status;
}

sg_status sg_model_run_quantized(sg_model *m, const int8_t *input, size_t bytes, float *const *outputs) {
  if (!m || !input || !all_set((const void *const *)outputs, m->execution.plan.header->output_count))
    return SG_ERROR_ARGUMENT;
  const struct sg_tensor *t = image_tensor(m);
  if (!t) return SG_ERROR_UNSUPPORTED;
  if (bytes != t->bytes) return SG_ERROR_ARGUMENT;
  memcpy(m->execution.arena + t->arena_offset, input, bytes);
  sg_execution_run(&m->execution, 1, NULL, outputs);
  return SG_OK;
}

sg_status sg_model_verify(const sg_model *m) {
  if (!m) return SG_ERROR_ARGUMENT;
  const struct sg_plan *plan = &m->execution.plan;
  const uint32_t crc = sg_crc32(0, plan->constants, plan->header->constants_bytes);
  return crc == plan->header->constants_crc32 ? SG_OK : SG_ERROR_CHECKSUM;
}
