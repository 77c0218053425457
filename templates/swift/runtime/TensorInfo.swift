extension TheSDK {
  /// One float32 tensor of the network: contiguous, the last dimension varies fastest.
  public struct TensorInfo: Sendable, Hashable {
    /// Name of the tensor in the model.
    public let name: String

    /// (N, C) or (N, C, H, W), N = 1.
    public let shape: [Int]

    /// Number of values: the product of ``shape``.
    public var elementCount: Int { shape.reduce(1, *) }

    /// Throws unless each tensor has as many values as its description says.
    static func check(_ tensors: [[Float]], against descriptions: [TensorInfo]) throws {
      for (tensor, info) in zip(tensors, descriptions) where tensor.count != info.elementCount {
        throw TheSDKError.invalidInput(
          "\(info.name) has \(tensor.count) values, \(info.elementCount) are needed: \(info.shape)")
      }
    }
  }
}
