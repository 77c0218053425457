// SPDX-License-Identifier: Apache-2.0

import CSdkgen

extension NativeEngine: ImageEngine {
  /// Crops, resizes, normalises and quantises: the bytes are the int8 NHWC tensor that the network takes.
  nonisolated func prepare(_ image: TheSDK.PixelImage) throws -> PreparedImage {
    let size = inputSizes.reduce(0, +)
    var bytes = [UInt8](repeating: 0, count: size)
    let status = image.withImage { source in
      bytes.withUnsafeMutableBytes { buffer in
        sg_model_preprocess(model.handle, source, buffer.bindMemory(to: Int8.self).baseAddress, size)
      }
    }
    try checkStatus(status)
    return PreparedImage(bytes: bytes)
  }

  func run(_ image: PreparedImage) throws -> [EngineOutput] {
    try Task.checkCancellation()
    return try image.bytes.withUnsafeBytes { buffer in
      let input = buffer.bindMemory(to: Int8.self)
      return try withOutputs { sg_model_run_quantized(model.handle, input.baseAddress, input.count, $0) }
    }
  }
}
