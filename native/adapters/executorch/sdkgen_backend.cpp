/* SPDX-License-Identifier: Apache-2.0 */
/* sdkgen_backend.cpp: a plan as an ExecuTorch delegate; loading this library registers "SdkgenBackend".
 *
 * Nothing here throws, allocates or calls the C++ standard library, so it may be compiled with another one than
 * ExecuTorch was. The one standard type shared in memory is std::variant (in FreeableBuffer and BackendOption):
 * libstdc++ keeps its index in one byte, libc++ only with this macro. */
#define _LIBCPP_ABI_VARIANT_INDEX_TYPE_OPTIMIZATION

#include <executorch/runtime/backend/interface.h>
#include <executorch/runtime/core/error.h>
#include <executorch/runtime/core/evalue.h>
#include <executorch/runtime/platform/log.h>

#include "sdkgen.h"

namespace {

using executorch::aten::ScalarType;
using executorch::aten::Tensor;
using executorch::runtime::ArrayRef;
using executorch::runtime::Backend;
using executorch::runtime::BackendExecutionContext;
using executorch::runtime::BackendInitContext;
using executorch::runtime::BackendInterface;
using executorch::runtime::CompileSpec;
using executorch::runtime::DelegateHandle;
using executorch::runtime::Error;
using executorch::runtime::EValue;
using executorch::runtime::FreeableBuffer;
using executorch::runtime::register_backend;
using executorch::runtime::Result;
using executorch::runtime::Span;

constexpr char kBackendId[] = "SdkgenBackend"; /* the name of the Python BackendDetails class */
constexpr uint32_t kMaxTensors = 64;           /* a plan has at most so many inputs and so many outputs */

Error to_error(sg_status status) {
  switch (status) {
    case SG_OK:
      return Error::Ok;
    case SG_ERROR_ARGUMENT:
      return Error::InvalidArgument;
    case SG_ERROR_MEMORY:
      return Error::MemoryAllocationFailed;
    case SG_ERROR_KERNEL:
    case SG_ERROR_UNSUPPORTED:
      return Error::NotSupported;
    default:
      return Error::DelegateInvalidCompatibility;
  }
}

/* The float data of `value` if it is a contiguous float32 tensor of the shape in `info`, else null. */
float *tensor_data(const EValue *value, const sg_tensor_info &info) {
  if (value == nullptr || !value->isTensor()) {
    return nullptr;
  }
  const Tensor &tensor = value->toTensor();
  if (tensor.scalar_type() != ScalarType::Float || static_cast<uint32_t>(tensor.dim()) != info.rank) {
    return nullptr;
  }
  const auto sizes = tensor.sizes();
  const auto order = tensor.dim_order();
  for (uint32_t d = 0; d < info.rank; ++d) {
    if (static_cast<uint32_t>(sizes[d]) != info.dims[d] || order[d] != d) {
      return nullptr;
    }
  }
  return static_cast<float *>(tensor.mutable_data_ptr());
}

class SdkgenBackend final : public BackendInterface {
 public:
  bool is_available() const override { return true; }

  /* `processed` stays alive: the plan is used in place until destroy(). */
  Result<DelegateHandle *> init(BackendInitContext &context, FreeableBuffer *processed,
                                ArrayRef<CompileSpec> /*compile_specs*/) const override {
    sg_options options = {};
    const Result<int> threads = context.get_runtime_spec<int>("threads");
    if (threads.ok() && threads.get() > 0) {
      options.threads = static_cast<uint32_t>(threads.get());
    }
    sg_model *model = nullptr;
    const sg_status status = sg_model_open(processed->data(), processed->size(), &options, &model);
    if (status != SG_OK) {
      const char *missing =
          status == SG_ERROR_KERNEL ? sg_missing_kernel(processed->data(), processed->size()) : nullptr;
      ET_LOG(Error, "%s: the plan cannot be opened: %s%s%s", kBackendId, sg_status_text(status),
             missing != nullptr ? ": " : "", missing != nullptr ? missing : "");
      return to_error(status);
    }
    if (sg_model_input_count(model) > kMaxTensors || sg_model_output_count(model) > kMaxTensors) {
      sg_model_close(model);
      return Error::NotSupported;
    }
    return model;
  }

  /* `args` are the inputs, then the outputs, in the plan's order. */
  Error execute(BackendExecutionContext & /*context*/, DelegateHandle *handle, Span<EValue *> args) const override {
    sg_model *model = static_cast<sg_model *>(handle);
    const uint32_t input_count = sg_model_input_count(model);
    const uint32_t output_count = sg_model_output_count(model);
    if (args.size() != static_cast<size_t>(input_count) + output_count) {
      ET_LOG(Error, "%s: %zu values were passed, the plan has %u inputs and %u outputs", kBackendId, args.size(),
             static_cast<unsigned>(input_count), static_cast<unsigned>(output_count));
      return Error::InvalidArgument;
    }
    const float *inputs[kMaxTensors];
    float *outputs[kMaxTensors];
    sg_tensor_info info;
    for (uint32_t i = 0; i < input_count; ++i) {
      inputs[i] = sg_model_input(model, i, &info) == SG_OK ? tensor_data(args[i], info) : nullptr;
      if (inputs[i] == nullptr) {
        ET_LOG(Error, "%s: input %u is not the contiguous float32 tensor of the plan", kBackendId,
               static_cast<unsigned>(i));
        return Error::InvalidArgument;
      }
    }
    for (uint32_t i = 0; i < output_count; ++i) {
      outputs[i] = sg_model_output(model, i, &info) == SG_OK ? tensor_data(args[input_count + i], info) : nullptr;
      if (outputs[i] == nullptr) {
        ET_LOG(Error, "%s: output %u is not the contiguous float32 tensor of the plan", kBackendId,
               static_cast<unsigned>(i));
        return Error::InvalidArgument;
      }
    }
    const sg_status status = sg_model_run(model, inputs, outputs);
    if (status != SG_OK) {
      ET_LOG(Error, "%s: the plan failed: %s", kBackendId, sg_status_text(status));
    }
    return to_error(status);
  }

  void destroy(DelegateHandle *handle) const override { sg_model_close(static_cast<sg_model *>(handle)); }

  /* The one instance is static: without this the deleting destructor would need the library's operator delete. */
  static void operator delete(void * /*instance*/) {}
};

SdkgenBackend backend;
[[maybe_unused]] const Error registered = register_backend(Backend{kBackendId, &backend});

}  // namespace
