// SPDX-License-Identifier: Apache-2.0

import CSdkgen

/// Runs the network with the C library. An actor, so that one run is made at a time and none on the main thread.
actor NativeEngine {
  nonisolated let model: NativeModel
  nonisolated let inputSizes: [Int]
  private let outputShapes: [[Int]]

  /// Throws an error unless the model has the inputs and the number of outputs of ``Network``.
  init(_ model: NativeModel) throws {
    let (inputs, outputs) = (try model.inputShapes(), try model.outputShapes())
    guard inputs == Network.inputShapes, outputs.count == Network.outputCount else {
      throw TheSDKError.invalidModel(
        "the model maps \(inputs) to \(outputs.count) outputs instead of \(Network.inputShapes) "
          + "to \(Network.outputCount)")
    }
    self.model = model
    inputSizes = inputs.map { $0.reduce(1, *) }
    outputShapes = outputs
  }

  /// Calls `body` with pointers to the outputs, for the C library to fill.
  func withOutputs(
    _ body: (UnsafePointer<UnsafeMutablePointer<Float>?>?) -> sg_status
  ) throws -> [EngineOutput] {
    let sizes = outputShapes.map { $0.reduce(1, *) }
    var values = [Float](repeating: 0, count: sizes.reduce(0, +))
    let status = values.withUnsafeMutableBufferPointer { buffer in
      var offset = 0
      let pointers = sizes.map { size in
        defer { offset += size }
        return buffer.baseAddress.map { $0 + offset }
      }
      return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }
    try checkStatus(status)
    var offset = 0
    return zip(outputShapes, sizes).map { shape, size in
      defer { offset += size }
      return (shape, Array(values[offset..<offset + size]))
    }
  }
}
