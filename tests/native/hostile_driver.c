/* hostile_driver.c: feeds files to the C API, each in memory of exactly its size, and runs those that open.
 * Corpus: repeated [u32 size][bytes]. Prints one status a line; a sanitizer ends the program at the first fault. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../native/include/sdkgen.h"

enum { MAX_ELEMENTS = 1 << 20 };

static float *tensor(sg_status status, const sg_tensor_info *info) {
  if (status != SG_OK || info->elements > MAX_ELEMENTS) return NULL;
  return calloc(info->elements, sizeof(float));
}

/* Runs an open model on zeros, and on a small picture when it takes one. */
static void exercise(sg_model *model) {
  float *inputs[64] = {0}, *outputs[64] = {0};
  const uint32_t input_count = sg_model_input_count(model), output_count = sg_model_output_count(model);
  int complete = 1;
  for (uint32_t i = 0; i < input_count; i++) {
    sg_tensor_info info;
    inputs[i] = tensor(sg_model_input(model, i, &info), &info);
    complete &= inputs[i] != NULL;
  }
  for (uint32_t i = 0; i < output_count; i++) {
    sg_tensor_info info;
    outputs[i] = tensor(sg_model_output(model, i, &info), &info);
    complete &= outputs[i] != NULL;
  }
  if (complete) {
    unsigned char pixels[5 * 7 * 4];
    memset(pixels, 90, sizeof pixels);
    const sg_image image = {pixels, 5, 7, 20, SG_RGBA_8888};
    sg_model_run(model, (const float *const *)inputs, outputs);
    sg_model_run_image(model, &image, outputs);
  }
  for (uint32_t i = 0; i < sg_model_label_count(model); i++) {
    size_t length = 0;
    const char *label = sg_model_label(model, i, &length);
    char *copy = malloc(length + 1);
    memcpy(copy, label, length);
    free(copy);
  }
  sg_model_verify(model);
  for (int i = 0; i < 64; i++) {
    free(inputs[i]);
    free(outputs[i]);
  }
}

int main(int argc, char **argv) {
  FILE *corpus = argc > 1 ? fopen(argv[1], "rb") : NULL;
  if (!corpus) return 2;
  unsigned char head[4];
  while (fread(head, 1, 4, corpus) == 4) {
    const size_t size = head[0] | head[1] << 8 | head[2] << 16 | (size_t)head[3] << 24;
    void *bytes = malloc(size ? size : 1);
    if (!bytes || fread(bytes, 1, size, corpus) != size) return 3;
    const sg_options options = {.threads = 2};
    sg_model *model = NULL;
    const sg_status status = sg_model_open(bytes, size, &options, &model);
    if (model) exercise(model);
    if (sg_missing_kernel(bytes, size)) return 4; /* every operator has a kernel on every CPU */
    sg_model_close(model);
    free(bytes);
    printf("%d\n", (int)status);
  }
  fclose(corpus);
  return 0;
}
