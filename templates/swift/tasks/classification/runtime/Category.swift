// SPDX-License-Identifier: Apache-2.0

extension TheSDK {
  /// A class and its score.
  public struct Category: Sendable, Hashable, Identifiable {
    /// The index of the class in ``TheSDK/labels``.
    public let index: Int

    /// The label of the class.
    public let label: String

    /// The score of the class; higher is better.
    public let score: Float

    /// The ``index``, for use in SwiftUI lists.
    public var id: Int { index }
  }
}
