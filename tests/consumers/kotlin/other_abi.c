/* other_abi.c: a library of another version of the C API; everything else in it fails. */
#include "sdkgen.h"

uint32_t sg_abi_version(void) {
  return SG_ABI_VERSION + 1;
}
const char *sg_status_text(sg_status status) {
  return status == SG_OK ? "ok" : "error";
}
sg_status sg_model_open(const void *bytes, size_t size, const sg_options *options, sg_model **model) {
  (void)bytes, (void)size, (void)options, (void)model;
  return SG_ERROR_ARGUMENT;
}
void sg_model_close(sg_model *model) {
  (void)model;
}
uint32_t sg_model_input_count(const sg_model *model) {
  return (void)model, 0;
}
uint32_t sg_model_output_count(const sg_model *model) {
  return (void)model, 0;
}
sg_status sg_model_input(const sg_model *model, uint32_t index, sg_tensor_info *info) {
  (void)model, (void)index, (void)info;
  return SG_ERROR_ARGUMENT;
}
sg_status sg_model_output(const sg_model *model, uint32_t index, sg_tensor_info *info) {
  return sg_model_input(model, index, info);
}
uint32_t sg_model_label_count(const sg_model *model) {
  return (void)model, 0;
}
const char *sg_model_label(const sg_model *model, uint32_t index, size_t *length) {
  (void)model, (void)index, (void)length;
  return 0;
}
sg_status sg_model_verify(const sg_model *model) {
  return (void)model, SG_ERROR_ARGUMENT;
}
sg_status sg_model_preprocess(const sg_model *model, const sg_image *image, int8_t *output, size_t bytes) {
  (void)model, (void)image, (void)output, (void)bytes;
  return SG_ERROR_ARGUMENT;
}
sg_status sg_model_run(sg_model *model, const float *const *inputs, float *const *outputs) {
  (void)model, (void)inputs, (void)outputs;
  return SG_ERROR_ARGUMENT;
}
sg_status sg_model_run_quantized(sg_model *model, const int8_t *input, size_t bytes, float *const *outputs) {
  (void)model, (void)input, (void)bytes, (void)outputs;
  return SG_ERROR_ARGUMENT;
}
void sg_softmax(float *scores, size_t count) {
  (void)scores, (void)count;
}
size_t sg_top_k(const float *scores, size_t count, size_t k, uint32_t *indices, float *values) {
  (void)scores, (void)count, (void)k, (void)indices, (void)values;
  return 0;
}
