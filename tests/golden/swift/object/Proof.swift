import Foundation
import Object

// Prints what the package answers for each input file as a line of JSON; floats are printed as their bits.
@main
struct Proof {
  static func main() async throws {
    let sdk = try await Object(backend: .neon, verifyWeights: true)
    for path in CommandLine.arguments.dropFirst() {
      let file = URL(fileURLWithPath: path)
      let answer = try await Proof.answer(sdk, Data(contentsOf: file))
      let line = Answer(file: file.lastPathComponent, outputs: answer)
      print(String(decoding: try JSONEncoder().encode(line), as: UTF8.self))
    }
  }

  private static func answer(_ sdk: Object, _ data: Data) async throws -> [String: [UInt32]] {
    let tensors = readTensors(data, sizes: Object.inputs.map(\.elementCount))
    let outputs = try await sdk.run(
      fun: tensors[0],
      inClass: tensors[1],
      class: tensors[2],
      session: tensors[3]
    )
    var answer: [String: [UInt32]] = [:]
    answer["class"] = outputs.`class`.scalars.map(\.bitPattern)
    answer["val"] = outputs.val.scalars.map(\.bitPattern)
    answer["größe"] = outputs.größe.scalars.map(\.bitPattern)
    answer["2d$scores"] = outputs.output2dScores.scalars.map(\.bitPattern)
    return answer
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
  let outputs: [String: [UInt32]]
}
