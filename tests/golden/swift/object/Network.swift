/// What ties this code to one network: whoever opens a model checks that it is this one.
enum Network {
  /// Of the SDK that code and model were built for.
  static let fingerprint: UInt64 = 0xfedcba9876543210

  /// Names and shapes, (N, C) or NCHW, in the order of the API.
  static let inputNames = ["fun", "in_class", "class", "session"]
  static let inputShapes = [[1, 3], [1, 2, 4, 5], [1, 7], [1, 1]]
  static let outputCount = 4

  /// What the Core ML model calls them, in the same order.
  static let coreMLInputs = ["fun", "in_class", "class", "session"]
  static let coreMLOutputs = ["output_0", "val", "output_2", "output_3"]
}
