// SPDX-License-Identifier: Apache-2.0

import CSdkgen

/// An open model of the C library: its handle and its properties.
///
/// `@unchecked` because of the handle. Calls that take it as `const` read only what never changes after `init`; the
/// others are made by ``NativeEngine`` alone, one at a time.
final class NativeModel: @unchecked Sendable {
  let handle: OpaquePointer
  private let memory: ModelMemory

  /// - Parameters:
  ///   - threads: The number of threads per run; with 0 the library chooses.
  ///   - fingerprint: The fingerprint of the SDK, which the model must carry.
  init(_ memory: ModelMemory, threads: Int, fingerprint: UInt64) throws {
    guard let threadCount = UInt32(exactly: threads) else {
      throw TheSDKError.invalidInput("threads is \(threads), 0 or more is needed")
    }
    guard sg_abi_version() == NativeModel.abiVersion else {
      throw TheSDKError.incompatible(
        "the C library has version \(sg_abi_version()) of its interface, "
          + "\(NativeModel.abiVersion) is needed")
    }
    var options = sg_options(threads: threadCount, reserved: 0, fingerprint: fingerprint)
    var opened: OpaquePointer?
    try checkStatus(sg_model_open(memory.bytes.baseAddress, memory.bytes.count, &options, &opened))
    guard let opened else { throw TheSDKError.invalidModel("the model did not open") }
    handle = opened
    self.memory = memory
  }

  deinit { sg_model_close(handle) }

  /// The version of the C API that this file was written for.
  private static let abiVersion: UInt32 = 1

  /// Recomputes the checksum of the weights, which reads the whole model.
  func verify() throws { try checkStatus(sg_model_verify(handle)) }

  /// Shapes of the float32 inputs: (N, C) or NCHW.
  func inputShapes() throws -> [[Int]] {
    try (0..<sg_model_input_count(handle)).map { try shape($0, sg_model_input) }
  }

  /// Shapes of the float32 outputs: (N, C) or NCHW.
  func outputShapes() throws -> [[Int]] {
    try (0..<sg_model_output_count(handle)).map { try shape($0, sg_model_output) }
  }

  /// The labels that the model carries, or none.
  func labels() -> [String] {
    (0..<sg_model_label_count(handle)).map { index in
      var length = 0
      guard let text = sg_model_label(handle, index, &length) else { return "" }
      return String(decoding: UnsafeRawBufferPointer(start: text, count: length), as: UTF8.self)
    }
  }

  private func shape(
    _ index: UInt32,
    _ describe: (OpaquePointer?, UInt32, UnsafeMutablePointer<sg_tensor_info>?) -> sg_status
  ) throws -> [Int] {
    var info = sg_tensor_info()
    try checkStatus(describe(handle, index, &info))
    let dimensions = [info.dims.0, info.dims.1, info.dims.2, info.dims.3]
    return dimensions.prefix(Int(info.rank)).map(Int.init)
  }
}
