// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The files in the bundle of the package.
enum Resources {
  /// Returns the URL of a file or folder in the bundle.
  static func url(_ name: String) throws -> URL {
    guard let url = Bundle.module.url(forResource: name, withExtension: nil) else {
      throw TheSDKError.modelNotFound("the package's bundle holds no \(name)")
    }
    return url
  }
}
