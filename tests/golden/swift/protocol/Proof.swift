import Foundation
import ProtocolSdk

// Prints what the package answers for each input file as a line of JSON; floats are printed as their bits.
@main
struct Proof {
  static func main() async throws {
    let sdk = try await ProtocolSdk(backend: .neon, verifyWeights: true)
    for path in CommandLine.arguments.dropFirst() {
      let file = URL(fileURLWithPath: path)
      let answer = try await Proof.answer(sdk, Data(contentsOf: file))
      let line = Answer(file: file.lastPathComponent, best: answer.best, scores: answer.scores)
      print(String(decoding: try JSONEncoder().encode(line), as: UTF8.self))
    }
  }

  private static func answer(
    _ sdk: ProtocolSdk,
    _ data: Data
  ) async throws -> (best: [Best], scores: [UInt32]) {
    let tensors = readTensors(data, sizes: ProtocolSdk.inputs.map(\.elementCount))
    let best = try await sdk.classify(
      default: tensors[0],
      initInput: tensors[1],
      selfInput: tensors[2],
      inoutInput: tensors[3],
      object: tensors[4],
      someThing: tensors[5],
      quoTe: tensors[6],
      数値: tensors[7],
      ünïÇode: tensors[8],
      topK: 5
    )
    let scores = try await sdk.scores(
      default: tensors[0],
      initInput: tensors[1],
      selfInput: tensors[2],
      inoutInput: tensors[3],
      object: tensors[4],
      someThing: tensors[5],
      quoTe: tensors[6],
      数値: tensors[7],
      ünïÇode: tensors[8]
    )
    let rows = best.map { Best(index: $0.index, label: $0.label, scoreBits: $0.score.bitPattern) }
    return (rows, scores.map(\.bitPattern))
  }

  /// Little-endian Float, one tensor after the other.
  private static func readTensors(_ data: Data, sizes: [Int]) -> [[Float]] {
    var offset = 0
    return data.withUnsafeBytes { bytes in
      sizes.map { size in
        defer { offset += size * 4 }
        return (0..<size).map {
          Float(
            bitPattern: UInt32(
              littleEndian: bytes.loadUnaligned(fromByteOffset: offset + $0 * 4, as: UInt32.self)))
        }
      }
    }
  }
}

/// One line of the output.
private struct Answer: Encodable {
  let file: String
  let best: [Best]
  let scores: [UInt32]
}

/// One of the best classes, its names as Python reads them.
private struct Best: Encodable {
  let index: Int
  let label: String
  let scoreBits: UInt32

  private enum CodingKeys: String, CodingKey {
    case index, label
    case scoreBits = "score_bits"
  }
}
