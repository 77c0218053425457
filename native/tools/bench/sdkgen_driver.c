/* sdkgen_driver.c: opens a model with the public C API and runs it twice, with a marker after each phase.
 *
 *   sdkgen_driver MODEL.pte INPUT OUTPUT     files of raw float32; the model has one input and one output
 *
 * Prints {"anon_bytes": what opening and two runs added to the anonymous memory of the process}. */
#include "../../include/sdkgen.h"
#include "anonymous.h"
#include "files.h"
#include "marker.h"

int main(int count, char **arguments) {
  if (count != 4) return 2;
  const struct sg_file model_file = sg_map_file(arguments[1]), input_file = sg_map_file(arguments[2]);
  const float *input = (const float *)input_file.bytes;
  sg_model *model = NULL;
  sg_tensor_info info;
  const sg_options options = {.threads = 1};

  const size_t before = sg_anonymous_bytes();
  SG_MARK(SG_MARK_OTHER);
  sg_status status = sg_model_open(model_file.bytes, model_file.size, &options, &model);
  SG_MARK(SG_MARK_LOAD);
  if (status == SG_OK) status = sg_model_output(model, 0, &info);
  if (status != SG_OK) return sg_fail(arguments[1], sg_status_text(status));
  float *output = sg_output_file(arguments[3], info.elements * sizeof *output);
  SG_MARK(SG_MARK_OTHER);
  for (int run = 0; run < 2 && status == SG_OK; run++) {
    status = sg_model_run(model, &input, &output);
    SG_MARK(SG_MARK_RUN);
  }
  if (status != SG_OK) return sg_fail(arguments[1], sg_status_text(status));
  printf("{\"anon_bytes\": %zu}\n", sg_anonymous_bytes() - before);
  sg_model_close(model);
  return 0;
}
