import Foundation

/// What can go wrong in ``PhotoTagger``; the text says what it was.
public enum PhotoTaggerError: Error, Sendable, Hashable {
  /// The model is not where it should be, or cannot be read.
  case modelNotFound(String)

  /// The model is damaged: cut short, changed, or not a model at all.
  case invalidModel(String)

  /// Model, native library and this class do not belong together, or the device cannot run them.
  case incompatible(String)

  /// An argument is not what the documentation of the call asks for.
  case invalidInput(String)

  /// The memory for the model or the input could not be allocated.
  case outOfMemory(String)

  /// Core ML refused the run, as it does with GPU work of an app in the background.
  case predictionFailed(String)
}

extension PhotoTaggerError: LocalizedError {
  /// What went wrong, in one sentence for developers; an app words its own for its users.
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
