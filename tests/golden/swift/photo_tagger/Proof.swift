import Foundation
import PhotoTagger

// Prints what the package answers for each input file as a line of JSON; floats are printed as their bits.
@main
struct Proof {
  static func main() async throws {
    let sdk = try await PhotoTagger(backend: .neon, verifyWeights: true)
    for path in CommandLine.arguments.dropFirst() {
      let file = URL(fileURLWithPath: path)
      let answer = try await Proof.answer(sdk, Data(contentsOf: file))
      let line = Answer(file: file.lastPathComponent, best: answer.best, scores: answer.scores)
      print(String(decoding: try JSONEncoder().encode(line), as: UTF8.self))
    }
  }

  private static func answer(
    _ sdk: PhotoTagger,
    _ data: Data
  ) async throws -> (best: [Best], scores: [UInt32]) {
    let image = try readImage(data)
    let best = try await sdk.classify(image, topK: 5)
    let scores = try await sdk.scores(image)
    let rows = best.map { Best(index: $0.index, label: $0.label, scoreBits: $0.score.bitPattern) }
    return (rows, scores.map(\.bitPattern))
  }

  /// Little-endian UInt32 width, height and bytes per row, then rows of R, G, B, A.
  private static func readImage(_ data: Data) throws -> PhotoTagger.PixelImage {
    let header = data.prefix(12).withUnsafeBytes { bytes in
      (0..<3).map { Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self))) }
    }
    return try PhotoTagger.PixelImage(
      width: header[0], height: header[1], bytesPerRow: header[2], data: data.dropFirst(12))
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
