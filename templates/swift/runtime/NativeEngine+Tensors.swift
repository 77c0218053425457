// SPDX-License-Identifier: Apache-2.0

import CSdkgen

extension NativeEngine: TensorEngine {
  func run(_ tensors: [[Float]]) throws -> [EngineOutput] {
    try Task.checkCancellation()
    let sizes = tensors.map(\.count)
    precondition(sizes == inputSizes, "the generated code checks the sizes")
    return try Array(tensors.joined()).withUnsafeBufferPointer { buffer in
      var offset = 0
      let pointers = sizes.map { size in
        defer { offset += size }
        return buffer.baseAddress.map { $0 + offset }
      }
      return try pointers.withUnsafeBufferPointer { inputs in
        try withOutputs { sg_model_run(model.handle, inputs.baseAddress, $0) }
      }
    }
  }
}
