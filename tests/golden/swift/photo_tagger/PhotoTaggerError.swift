// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The errors that ``PhotoTagger`` throws. The associated text describes the cause.
public enum PhotoTaggerError: Error, Sendable, Hashable {
  /// The model does not exist or cannot be read.
  case modelNotFound(String)

  /// The model is corrupted or truncated, or the file is not a model.
  case invalidModel(String)

  /// The model and the SDK are of different versions, or the device is not supported.
  case incompatible(String)

  /// An argument is invalid.
  case invalidInput(String)

  /// Memory for the model or the input cannot be allocated.
  case outOfMemory(String)

  /// Core ML cannot run the model, for example on the GPU while the app is in the background.
  case predictionFailed(String)
}

extension PhotoTaggerError: LocalizedError {
  /// A description of the error for developers. It isn't localized.
  public var errorDescription: String? {
    switch self {
    case .modelNotFound(let text): return text
    case .invalidModel(let text): return text
    case .incompatible(let text): return text
    case .invalidInput(let text): return text
    case .outOfMemory(let text): return text
    case .predictionFailed(let text): return text
    }
  }
}
