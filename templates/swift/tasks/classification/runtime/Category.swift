extension TheSDK {
  /// One class that the network considered.
  public struct Category: Sendable, Hashable, Identifiable {
    /// Position of the class in ``TheSDK/labels``, from 0.
    public let index: Int

    /// Name of the class.
    public let label: String

    /// How much the network favours the class; higher is better.
    public let score: Float

    /// The ``index``, for lists in SwiftUI.
    public var id: Int { index }
  }
}
