// SPDX-License-Identifier: Apache-2.0

/// An engine for networks with tensor inputs: the C runtime or Core ML.
protocol TensorEngine: Sendable {
  /// Runs the network and returns one tensor per output; `tensors` have the sizes of the inputs.
  func run(_ tensors: [[Float]]) async throws -> [EngineOutput]
}
