// SPDX-License-Identifier: Apache-2.0

extension TheSDK {
  /// Describes a float32 tensor of the network: contiguous, in row-major order.
  public struct TensorInfo: Sendable, Hashable {
    /// The name of the tensor in the spec of the SDK.
    public let name: String

    /// The shape, (N, C) or (N, C, H, W) with N = 1.
    public let shape: [Int]

    /// The number of values: the product of ``shape``.
    public var elementCount: Int { shape.reduce(1, *) }

    /// Throws an error unless each tensor has as many values as its description.
    static func check(_ tensors: [[Float]], against descriptions: [TensorInfo]) throws {
      for (tensor, info) in zip(tensors, descriptions) where tensor.count != info.elementCount {
        throw TheSDKError.invalidInput(
          "\(info.name) has \(tensor.count) values, \(info.elementCount) are needed: \(info.shape)")
      }
    }
  }
}
