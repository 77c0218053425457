// executorch_driver.cpp: the same as sdkgen_driver.c for ExecuTorch: loads a .pte and runs it twice on one thread.
//
//   executorch_driver MODEL.pte INPUT OUTPUT     files of raw float32; the model has one input and one output
//
// Prints {"anon_bytes": …, "xnnpack_base": where the backend's library was loaded}.
#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>
#include <link.h>
#include <malloc.h>

#include <cstring>

#include "anonymous.h"
#include "files.h"
#include "marker.h"

// Part of libexecutorch_threadpool.so, whose header is not in the wheel.
namespace executorch::extension::threadpool {
class ThreadPool {
 public:
  bool _unsafe_reset_threadpool(uint32_t threads);
};
ThreadPool *get_threadpool();
}  // namespace executorch::extension::threadpool

namespace {

int note_backend(dl_phdr_info *info, size_t, void *base) {
  if (std::strstr(info->dlpi_name, "backend_xnnpack")) *static_cast<uintptr_t *>(base) = info->dlpi_addr;
  return 0;
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 4) return 2;
  // Freed memory stays in the heap, so that what is there at the end is the most there ever was.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  executorch::extension::threadpool::get_threadpool()->_unsafe_reset_threadpool(1);
  const sg_file input_file = sg_map_file(arguments[2]);

  const size_t before = sg_anonymous_bytes();
  SG_MARK(SG_MARK_OTHER);
  using executorch::extension::Module;
  Module module(arguments[1], Module::LoadMode::Mmap);
  const auto loaded = module.load_method("forward");
  SG_MARK(SG_MARK_LOAD);
  if (loaded != executorch::runtime::Error::Ok) return sg_fail(arguments[1], "ExecuTorch cannot load it");
  const auto meta = module.method_meta("forward").get();
  const auto dims = meta.input_tensor_meta(0)->sizes();
  auto tensor = executorch::extension::from_blob(const_cast<void *>(input_file.bytes), {dims.begin(), dims.end()});
  const size_t bytes = meta.output_tensor_meta(0)->nbytes();
  float *output = sg_output_file(arguments[3], bytes);
  SG_MARK(SG_MARK_OTHER);
  for (int run = 0; run < 2; run++) {
    const auto result = module.forward(tensor);
    SG_MARK(SG_MARK_RUN);
    if (!result.ok()) return sg_fail(arguments[1], "ExecuTorch cannot run it");
    std::memcpy(output, result->at(0).toTensor().const_data_ptr(), bytes);
    SG_MARK(SG_MARK_OTHER);
  }
  uintptr_t base = 0;
  dl_iterate_phdr(note_backend, &base);
  std::printf("{\"anon_bytes\": %zu, \"xnnpack_base\": %zu}\n", sg_anonymous_bytes() - before,
              static_cast<size_t>(base));
  return 0;
}
