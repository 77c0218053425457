// SPDX-License-Identifier: Apache-2.0

/// Constants of the network that this code was generated for. A model is checked against them when it is opened.
enum Network {
  /// The fingerprint of the SDK, which the model file carries too.
  static let fingerprint: UInt64 = 0xfedcba9876543210

  /// Names and shapes, (N, C) or NCHW, in the order of the API.
  static let inputNames = ["image"]
  static let inputShapes = [[1, 3, 16, 24]]
  static let outputCount = 1

  /// Their names in the Core ML model, in the same order.
  static let coreMLInputs = ["image"]
  static let coreMLOutputs = ["scores"]

  /// The size of the input image in pixels.
  static let width = 24
  static let height = 16

  /// The length of the shorter side in pixels, before the center is cropped.
  static let shorterSide: UInt32? = 28
}
