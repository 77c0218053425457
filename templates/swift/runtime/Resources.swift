import Foundation

/// The files that the package brings along.
enum Resources {
  /// The URL of a file or folder in the package's bundle.
  static func url(_ name: String) throws -> URL {
    guard let url = Bundle.module.url(forResource: name, withExtension: nil) else {
      throw TheSDKError.modelNotFound("the package's bundle holds no \(name)")
    }
    return url
  }
}
