/// What runs a network on plain tensors: the C runtime or Core ML.
protocol TensorEngine: Sendable {
  /// One tensor per output of the network; `tensors` have the sizes of the inputs.
  func run(_ tensors: [[Float]]) async throws -> [EngineOutput]
}
