import Object
import ProtocolSdk
import XCTest

/// Two SDKs in one program, whose names are keywords and whose labels are hard to write.
final class NamesTests: XCTestCase {
  private let labels = [
    "class",
    "protocol",
    "`ticks`",
    #"a "quoted" \(label) ${in} both\"#,
    "'single'",
    "line\nbreak\r\n\ttab",
    #"*/ // /* ""#,
    "العربية",
    "ไทย\u{e33}",
    "e\u{301} combined",
    "🏳️‍🌈👩‍🚀",
    "",
    " ",
  ]

  func testLabelsAreWhatTheSpecSays() async throws {
    let sdk = try await ProtocolSdk()
    XCTAssertEqual(sdk.labels.map { Array($0.unicodeScalars) }, labels.map { Array($0.unicodeScalars) })
  }

  func testEveryParameterReachesItsInput() async throws {
    let sdk = try await ProtocolSdk()
    for expected in 0..<12 {
      var values = [Float](repeating: -1, count: 12)
      values[expected] = 1
      let best = try await sdk.classify(
        default: [values[0], values[1]],
        initInput: [values[2], values[3], values[4]],
        selfInput: [values[5]],
        inoutInput: [values[6]],
        object: [values[7]],
        someThing: [values[8]],
        quoTe: [values[9]],
        数値: [values[10]],
        ünïÇode: [values[11], -1],
        topK: 1
      )
      XCTAssertEqual(best.map(\.index), [expected])
      XCTAssertEqual(best.map(\.label), [labels[expected]])
    }
  }

  func testOutputsHaveTheirNames() async throws {
    let inClass = (0..<40).map { Float($0) / 32 - 0.5 }
    let klass = (0..<7).map { -Float($0) / 8 }
    let outputs = try await Object().run(fun: [0.5, -0.25, 1], inClass: inClass, class: klass, session: [0.125])
    XCTAssertEqual(outputs.`class`.scalars, [0.5, -0.25, 1])
    XCTAssertEqual(outputs.val.scalars, inClass)
    XCTAssertEqual(outputs.val.shape, [1, 2, 4, 5])
    XCTAssertEqual(outputs.größe.scalars, klass)
    XCTAssertEqual(outputs.output2dScores.scalars, [0.125])
  }

  func testAModelOfAnotherSDKIsRefused() async throws {
    // The fingerprints of the two test specs are one; the shapes tell them apart.
    let data = try await modelData("object.pte")
    do {
      _ = try await ProtocolSdk(data: data)
      XCTFail("it was opened")
    } catch ProtocolSdkError.invalidModel(let text) {
      XCTAssertTrue(text.contains("[1, 2, 4, 5]"), text)
    }
  }

  func testAModelOfAnotherVersionIsIncompatible() async throws {
    var data = try await modelData("protocol.pte")
    data[64] ^= 1  // the fingerprint, which the checksum of the metadata covers
    do {
      _ = try await ProtocolSdk(data: data)
      XCTFail("it was opened")
    } catch ProtocolSdkError.invalidModel(let text) {
      XCTAssertFalse(text.isEmpty)
    }
  }

  func testChangedWeightsAreFoundWhenAskedFor() async throws {
    var data = try await modelData("protocol.pte")
    data[data.count - 64 - 8] ^= 1
    _ = try await ProtocolSdk(data: data)
    do {
      _ = try await ProtocolSdk(data: data, verifyWeights: true)
      XCTFail("it was opened")
    } catch ProtocolSdkError.invalidModel(let text) {
      XCTAssertFalse(text.isEmpty)
    }
  }

  func testASliceOfDataMayStartAnywhere() async throws {
    let data = try await Data([0]) + modelData("protocol.pte")
    let sdk = try await ProtocolSdk(data: data.dropFirst())
    XCTAssertEqual(sdk.labels.count, labels.count)
  }

  /// The resources of a package lie beside the program that the package manager builds.
  private func modelData(_ name: String) async throws -> Data {
    let folder = Bundle.main.bundleURL
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
      if file.lastPathComponent == name { return try Data(contentsOf: file) }
    }
    throw XCTSkip("\(name) is not below \(folder.path)")
  }
}
