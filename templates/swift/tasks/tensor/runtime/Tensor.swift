// SPDX-License-Identifier: Apache-2.0

extension TheSDK {
  /// A float32 tensor.
  public struct Tensor: Sendable, Hashable {
    /// The shape, (N, C) or (N, C, H, W) with N = 1.
    public let shape: [Int]

    /// The values in row-major order.
    public let scalars: [Float]

    init(_ output: EngineOutput) {
      shape = output.shape
      scalars = output.scalars
    }
  }
}
