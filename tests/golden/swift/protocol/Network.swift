/// What ties this code to one network: whoever opens a model checks that it is this one.
enum Network {
  /// Of the SDK that code and model were built for.
  static let fingerprint: UInt64 = 0xfedcba9876543210

  /// Names and shapes, (N, C) or NCHW, in the order of the API.
  static let inputNames = [
    "default",
    "init",
    "self",
    "inout",
    "object",
    "some thing",
    "quo\"te\\",
    "数値",
    "Ünï_çode",
  ]
  static let inputShapes = [
    [1, 2],
    [1, 3],
    [1, 1],
    [1, 1],
    [1, 1],
    [1, 1],
    [1, 1],
    [1, 1],
    [1, 2],
  ]
  static let outputCount = 1

  /// What the Core ML model calls them, in the same order.
  static let coreMLInputs = [
    "default",
    "init",
    "self",
    "inout",
    "object",
    "input_5",
    "input_6",
    "input_7",
    "input_8",
  ]
  static let coreMLOutputs = ["scores"]
}
