extension TheSDK {
  /// What the network makes of one input.
  public struct Anomaly: Sendable, Hashable {
    /// How anomalous it is, from 0.
    public let score: Float

    /// Whether the score reaches the threshold.
    public let isAnomalous: Bool
  }
}
