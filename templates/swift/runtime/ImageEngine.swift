// SPDX-License-Identifier: Apache-2.0

/// An engine for networks with an image input: the C runtime or Core ML.
protocol ImageEngine: Sendable {
  /// Resizes and crops an image for ``run(_:)``. It doesn't use the state of a run, so it doesn't wait for one.
  func prepare(_ image: TheSDK.PixelImage) throws -> PreparedImage

  /// Runs the network and returns one tensor per output.
  func run(_ image: PreparedImage) async throws -> [EngineOutput]
}

/// An image of the size of the network, three bytes per pixel, in the format of one engine.
struct PreparedImage: Sendable {
  let bytes: [UInt8]
}
