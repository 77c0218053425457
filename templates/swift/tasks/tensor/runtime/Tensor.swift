extension TheSDK {
  /// One float32 tensor that the network gave.
  public struct Tensor: Sendable, Hashable {
    /// (N, C) or (N, C, H, W), N = 1.
    public let shape: [Int]

    /// The values, the last dimension varying fastest.
    public let scalars: [Float]

    init(_ output: EngineOutput) {
      shape = output.shape
      scalars = output.scalars
    }
  }
}
