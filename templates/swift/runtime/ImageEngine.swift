/// What runs an image network: the C runtime or Core ML.
protocol ImageEngine: Sendable {
  /// Resizes and crops a picture into what ``run(_:)`` takes. Needs no access to what a run changes, so it does not
  /// wait for one.
  func prepare(_ image: TheSDK.PixelImage) throws -> PreparedImage

  /// One tensor per output of the network.
  func run(_ image: PreparedImage) async throws -> [EngineOutput]
}

/// A picture of exactly the network's size, three bytes a pixel, in the form that one engine wants.
struct PreparedImage: Sendable {
  let bytes: [UInt8]
}
