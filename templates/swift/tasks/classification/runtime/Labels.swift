// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The labels in the bundle, for the Core ML model. The other model carries its own.
enum Labels {
  /// Reads a JSON list of strings.
  static func read(_ url: URL) throws -> [String] {
    do {
      return try JSONDecoder().decode([String].self, from: Data(contentsOf: url))
    } catch {
      throw TheSDKError.modelNotFound("\(url.lastPathComponent) cannot be read: \(error)")
    }
  }
}
