/* threads_driver.c: opens a model with 2 … 6 threads, runs each some times, and compares the scores.
 * Made for ThreadSanitizer, which ends the program at the first race. Status 1: the model does not open; 3: other
 * scores.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../native/include/sdkgen.h"

enum { RUNS = 6 };

int main(int argc, char **argv) {
  FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
  if (!file || fseek(file, 0, SEEK_END)) return 2;
  const size_t size = (size_t)ftell(file);
  rewind(file);
  void *bytes = malloc(size);
  if (!bytes || fread(bytes, 1, size, file) != size) return 2;
  float *expected = NULL;
  for (uint32_t threads = 2; threads <= 6; threads++) {
    const sg_options options = {.threads = threads};
    sg_model *model;
    sg_tensor_info input, output;
    if (sg_model_open(bytes, size, &options, &model) != SG_OK || sg_model_threads(model) != threads) return 1;
    sg_model_input(model, 0, &input);
    sg_model_output(model, 0, &output);
    float *values = calloc(input.elements, sizeof *values), *scores = calloc(output.elements, sizeof *scores);
    for (size_t i = 0; i < input.elements; i++) values[i] = (float)(i % 17) / 8.0f - 1.0f;
    for (int run = 0; run < RUNS; run++) {
      sg_model_run(model, (const float *const *)&values, &scores);
      if (!expected)
        expected = memcpy(malloc(output.elements * sizeof *scores), scores, output.elements * sizeof *scores);
      if (memcmp(expected, scores, output.elements * sizeof *scores) != 0) return 3;
    }
    sg_model_close(model);
    free(values);
    free(scores);
  }
  free(expected);
  free(bytes);
  fclose(file);
  return 0;
}
