// host_timing.cpp: our runtime and ExecuTorch with XNNPACK in one process on this machine, one inference of each in
// turn.
//
//   host_timing SDKGEN.pte XNNPACK.pte INPUT THREADS RUNS ISA
//
// INPUT: raw float32; the model has one input and one output. ISA: "best" of this CPU, or "avx2" and nothing newer.
// Prints {"sdkgen": [microseconds …], "xnnpack": [microseconds …], "same_top1": …}. The two alternate, so that a
// machine whose speed drifts drifts for both.
#include <cpuinfo.h>
#include <dlfcn.h>
#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

#include "files.h"
#include "sdkgen.h"

extern "C" {
#include "../../kernels/family.h"
#include "../../runtime/cpu.h"
}

// Part of libexecutorch_threadpool.so, whose header is not in the wheel.
namespace executorch::extension::threadpool {
class ThreadPool {
 public:
  bool _unsafe_reset_threadpool(uint32_t threads);
};
ThreadPool *get_threadpool();
}  // namespace executorch::extension::threadpool

namespace {

constexpr int warm_up_runs = 5;

template <typename Work>
double microseconds(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

// Both engines as on a CPU that ends at AVX2. XNNPACK asks cpuinfo, whose answers are a public variable of
// libexecutorch_threadpool.so; its header comes from torch, so what both must agree on is compared first.
bool limit_to_avx2() {
  auto *isa = static_cast<cpuinfo_x86_isa *>(dlsym(RTLD_DEFAULT, "cpuinfo_isa"));
  __builtin_cpu_init();
  if (!isa || !cpuinfo_initialize() || isa->avx2 != !!__builtin_cpu_supports("avx2") ||
      isa->avx512f != !!__builtin_cpu_supports("avx512f") ||
      isa->avx512vnni != !!__builtin_cpu_supports("avx512vnni") ||
      isa->pclmulqdq != !!__builtin_cpu_supports("pclmul") || isa->popcnt != !!__builtin_cpu_supports("popcnt"))
    return false;
  bool *const first = &isa->avx512f, *const last = &isa->avx_vnni_int16;
  std::fill(first, last + 1, false);  // AVX-512, AVX10, AMX and VNNI stand together
  isa->avxvnni = false;
  sg_cpu_limit_isa(SG_ISA_AVX2);
  return (sg_cpu_isa() & SG_ISA_AVX2) != 0;
}

void print(const char *name, const std::vector<double> &values) {
  std::printf("\"%s\": [", name);
  for (size_t i = 0; i < values.size(); i++) std::printf("%s%.2f", i ? ", " : "", values[i]);
  std::printf("], ");
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 7) return 2;
  const auto threads = static_cast<uint32_t>(std::atoi(arguments[4]));
  const int runs = std::atoi(arguments[5]);
  const sg_file plan = sg_map_file(arguments[1]), input_file = sg_map_file(arguments[3]);
  if (!std::strcmp(arguments[6], "avx2") && !limit_to_avx2()) return sg_fail(arguments[6], "cannot be enforced here");
  // XNNPACK looks at the CPU when it is loaded, so that comes after.
  if (!dlopen("libexecutorch_backend_xnnpack.so", RTLD_NOW | RTLD_GLOBAL)) return sg_fail("XNNPACK", dlerror());

  sg_model *model = nullptr;
  const sg_options options = {threads, 0, 0};
  if (sg_model_open(plan.bytes, plan.size, &options, &model) != SG_OK) return sg_fail(arguments[1], "cannot be opened");
  sg_tensor_info info;
  sg_model_output(model, 0, &info);
  std::vector<float> scores(info.elements);
  const auto *input = static_cast<const float *>(input_file.bytes);
  float *output = scores.data();

  executorch::extension::threadpool::get_threadpool()->_unsafe_reset_threadpool(threads);
  using executorch::extension::Module;
  Module module(arguments[2], Module::LoadMode::Mmap);
  if (module.load_method("forward") != executorch::runtime::Error::Ok)
    return sg_fail(arguments[2], "ExecuTorch cannot load it");
  const auto dims = module.method_meta("forward").get().input_tensor_meta(0)->sizes();
  auto tensor = executorch::extension::from_blob(const_cast<void *>(input_file.bytes), {dims.begin(), dims.end()});

  std::vector<double> ours, theirs;
  bool same = true;
  for (int run = -warm_up_runs; run < runs; run++) {
    const double own = microseconds([&] { sg_model_run(model, &input, &output); });
    bool ok = false;
    std::vector<float> other;
    const double xnnpack = microseconds([&] {
      const auto result = module.forward(tensor);
      ok = result.ok();
      if (ok) {
        const float *values = result->at(0).toTensor().const_data_ptr<float>();
        other.assign(values, values + scores.size());
      }
    });
    if (!ok) return sg_fail(arguments[2], "ExecuTorch cannot run it");
    same &= std::max_element(scores.begin(), scores.end()) - scores.begin() ==
            std::max_element(other.begin(), other.end()) - other.begin();
    if (run < 0) continue;
    ours.push_back(own);
    theirs.push_back(xnnpack);
  }
  sg_model_close(model);
  std::printf("{");
  print("sdkgen", ours);
  print("xnnpack", theirs);
  std::printf("\"same_top1\": %s}\n", same ? "true" : "false");
  return 0;
}
