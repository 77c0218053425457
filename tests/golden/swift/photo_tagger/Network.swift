/// What ties this code to one network: whoever opens a model checks that it is this one.
enum Network {
  /// Of the SDK that code and model were built for.
  static let fingerprint: UInt64 = 0xfedcba9876543210

  /// Names and shapes, (N, C) or NCHW, in the order of the API.
  static let inputNames = ["image"]
  static let inputShapes = [[1, 3, 16, 24]]
  static let outputCount = 1

  /// What the Core ML model calls them, in the same order.
  static let coreMLInputs = ["image"]
  static let coreMLOutputs = ["scores"]

  /// Pixels that the network sees.
  static let width = 24
  static let height = 16

  /// The shorter side of a picture becomes this long before its centre is cropped.
  static let shorterSide: UInt32? = 28
}
