// SPDX-License-Identifier: Apache-2.0

import CSdkgen

/// Turns the output of a classification network into scores and best classes, the same on every engine.
struct Ranking: Sendable {
  let labels: [String]

  /// Throws unless `topK` is 1 or more.
  func check(topK: Int) throws {
    guard topK >= 1 else {
      throw TheSDKError.invalidInput("topK is \(topK), 1 or more is needed")
    }
  }

  /// Turns logits into probabilities: the same bytes on every CPU.
  static func softmax(_ logits: [Float]) -> [Float] {
    var scores = logits
    scores.withUnsafeMutableBufferPointer { sg_softmax($0.baseAddress, $0.count) }
    return scores
  }

  /// Returns the `topK` highest-scoring classes, best first, by index among equal scores.
  func best(_ topK: Int, of scores: [Float]) -> [TheSDK.Category] {
    let count = min(topK, scores.count)
    var indices = [UInt32](repeating: 0, count: count)
    var values = [Float](repeating: 0, count: count)
    let found = sg_top_k(scores, scores.count, count, &indices, &values)
    return (0..<found).map { rank in
      let index = Int(indices[rank])
      return TheSDK.Category(index: index, label: labels[index], score: values[rank])
    }
  }
}
