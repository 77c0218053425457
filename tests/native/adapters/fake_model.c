/* fake_model.c: the C API over a "model" that begins with the letters FAKE; doubles its input, so that adapters can be
 * tested without a network. The letter after that chooses a fault: '.' none, 'E' every run fails, 'K' an
 * operator has no kernel. */
#include "sdkgen.h"

#ifndef FAKE_WIDTH
#define FAKE_WIDTH 2
#endif

void *malloc(size_t);
void free(void *);
#ifdef FAKE_UNKNOWN_IMPORT
int getpid(void);
#endif

enum { CHANNELS = 3, HEIGHT = 2, ELEMENTS = CHANNELS * HEIGHT * FAKE_WIDTH };

struct sg_model {
  char fault;
};

static int initialised;
static int (*volatile through_a_pointer)(void);
static int one(void) {
  return 1;
}

__attribute__((constructor)) static void initialise(void) {
  through_a_pointer = one;
  initialised = 1;
}

sg_status sg_model_open(const void *bytes, size_t size, const sg_options *options, sg_model **model) {
  const char *text = bytes;
#ifdef FAKE_UNKNOWN_IMPORT
  if (getpid() == 0) return SG_ERROR_ARGUMENT;
#endif
  if (size < 5 || text[0] != 'F' || text[1] != 'A' || text[2] != 'K' || text[3] != 'E') return SG_ERROR_FORMAT;
  if (options->fingerprint != 0 && options->fingerprint != 7) return SG_ERROR_MISMATCH;
  if (!initialised || through_a_pointer() != 1) return SG_ERROR_KERNEL;
  if (text[4] == 'K') return SG_ERROR_KERNEL;
  *model = malloc(sizeof **model);
  if (*model == 0) return SG_ERROR_MEMORY;
  (*model)->fault = text[4];
  return SG_OK;
}

const char *sg_missing_kernel(const void *bytes, size_t size) {
  return size > 4 && ((const char *)bytes)[4] == 'K' ? "conv_transpose" : 0;
}

void sg_model_close(sg_model *model) {
  free(model);
}
uint32_t sg_model_input_count(const sg_model *model) {
  return model->fault ? 1 : 0;
}
uint32_t sg_model_output_count(const sg_model *model) {
  return model->fault ? 1 : 0;
}

sg_status sg_model_input(const sg_model *model, uint32_t index, sg_tensor_info *info) {
  if (model == 0 || index != 0) return SG_ERROR_ARGUMENT;
  *info = (sg_tensor_info){4, {1, CHANNELS, HEIGHT, FAKE_WIDTH}, ELEMENTS, 1.0f, 0};
  return SG_OK;
}

sg_status sg_model_output(const sg_model *model, uint32_t index, sg_tensor_info *info) {
  return sg_model_input(model, index, info);
}

sg_status sg_model_run(sg_model *model, const float *const *inputs, float *const *outputs) {
  if (model->fault == 'E') return SG_ERROR_KERNEL;
  for (int i = 0; i < ELEMENTS; i++) outputs[0][i] = 2 * inputs[0][i];
  return SG_OK;
}

/* Byte - 128 in the order R G B, from Android's 0xAARRGGBB. */
sg_status sg_model_preprocess(const sg_model *model, const sg_image *image, int8_t *output, size_t bytes) {
  const uint8_t *pixels = image->pixels;
  if (model == 0 || image->width != FAKE_WIDTH || image->height != HEIGHT || bytes != ELEMENTS)
    return SG_ERROR_ARGUMENT;
  for (int i = 0; i < HEIGHT * FAKE_WIDTH; i++)
    for (int c = 0; c < CHANNELS; c++) output[CHANNELS * i + c] = (int8_t)(pixels[4 * i + 2 - c] - 128);
  return SG_OK;
}

sg_status sg_model_run_quantized(sg_model *model, const int8_t *input, size_t bytes, float *const *outputs) {
  if (model->fault == 'E') return SG_ERROR_KERNEL;
  for (size_t i = 0; i < bytes; i++) outputs[0][i] = input[i];
  return SG_OK;
}

sg_status sg_model_verify(const sg_model *model) {
  return model ? SG_OK : SG_ERROR_ARGUMENT;
}
uint32_t sg_model_label_count(const sg_model *model) {
  return model->fault ? 3 : 0;
}
const char *sg_model_label(const sg_model *model, uint32_t index, size_t *length) {
  *length = 1;
  return model != 0 && index < 3 ? "abc" + index : 0;
}
void sg_softmax(float *scores, size_t count) {
  scores[0] = (float)count;
}
size_t sg_top_k(const float *scores, size_t count, size_t k, uint32_t *indices, float *values) {
  indices[0] = 0;
  values[0] = scores[0];
  return k < count ? k : count;
}
uint32_t sg_abi_version(void) {
  return SG_ABI_VERSION;
}
const char *sg_status_text(sg_status status) {
  static const char *const texts[] = {"ok", "not ok"};
  return texts[status != SG_OK];
}
