import Foundation
import XCTest
import ProtocolSdk

/// What the package promises, tested as an app would use it. Where there is no Core ML the C kernels run.
final class ProtocolSdkTests: XCTestCase {
  /// Runs `body`, which must throw the error that `isExpected` accepts.
  private func assertThrows(
    _ body: () async throws -> Void,
    where isExpected: (ProtocolSdkError) -> Bool,
    line: UInt = #line
  ) async {
    do {
      try await body()
      XCTFail("nothing was thrown", line: line)
    } catch let error as ProtocolSdkError {
      XCTAssertTrue(isExpected(error), "\(error)", line: line)
    } catch {
      XCTFail("\(error)", line: line)
    }
  }

  func testInputsAreDescribed() {
    let names = [
      "default",
      "init",
      "self",
      "inout",
      "object",
      "some thing",
      "quo\"te\\",
      "数値",
      "Ünï_çode",
    ]
    XCTAssertEqual(ProtocolSdk.inputs.map(\.name), names)
    let shapes = [
      [1, 2],
      [1, 3],
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 2],
    ]
    XCTAssertEqual(ProtocolSdk.inputs.map(\.shape), shapes)
  }

  func testAnswersAreFinite() async throws {
    let values = try await answer(ProtocolSdk())
    XCTAssertFalse(values.isEmpty)
    XCTAssertTrue(values.allSatisfy(\.isFinite))
  }

  func testWrongSizesAreRefused() async throws {
    let sdk = try await ProtocolSdk()
    await assertThrows({
      _ = try await sdk.classify(
        default: [],
        initInput: ramp(1),
        selfInput: ramp(2),
        inoutInput: ramp(3),
        object: ramp(4),
        someThing: ramp(5),
        quoTe: ramp(6),
        数値: ramp(7),
        ünïÇode: ramp(8)
      )
    }) {
      if case .invalidInput(let text) = $0 { text.contains("default") } else { false }
    }
    await assertThrows({
      _ = try await sdk.classify(
        default: ramp(0),
        initInput: [],
        selfInput: ramp(2),
        inoutInput: ramp(3),
        object: ramp(4),
        someThing: ramp(5),
        quoTe: ramp(6),
        数値: ramp(7),
        ünïÇode: ramp(8)
      )
    }) {
      if case .invalidInput(let text) = $0 { text.contains("init") } else { false }
    }
    await assertThrows({
      _ = try await sdk.classify(
        default: ramp(0),
        initInput: ramp(1),
        selfInput: [],
        inoutInput: ramp(3),
        object: ramp(4),
        someThing: ramp(5),
        quoTe: ramp(6),
        数値: ramp(7),
        ünïÇode: ramp(8)
      )
    }) {
      if case .invalidInput(let text) = $0 { text.contains("self") } else { false }
    }
    await assertThrows({
      _ = try await sdk.classify(
        default: ramp(0),
        initInput: ramp(1),
        selfInput: ramp(2),
        inoutInput: [],
        object: ramp(4),
        someThing: ramp(5),
        quoTe: ramp(6),
        数値: ramp(7),
        ünïÇode: ramp(8)
      )
    }) {
      if case .invalidInput(let text) = $0 { text.contains("inout") } else { false }
    }
    await assertThrows({
      _ = try await sdk.classify(
        default: ramp(0),
        initInput: ramp(1),
        selfInput: ramp(2),
        inoutInput: ramp(3),
        object: [],
        someThing: ramp(5),
        quoTe: ramp(6),
        数値: ramp(7),
        ünïÇode: ramp(8)
      )
    }) {
      if case .invalidInput(let text) = $0 { text.contains("object") } else { false }
    }
    await assertThrows({
      _ = try await sdk.classify(
        default: ramp(0),
        initInput: ramp(1),
        selfInput: ramp(2),
        inoutInput: ramp(3),
        object: ramp(4),
        someThing: [],
        quoTe: ramp(6),
        数値: ramp(7),
        ünïÇode: ramp(8)
      )
    }) {
      if case .invalidInput(let text) = $0 { text.contains("some thing") } else { false }
    }
    await assertThrows({
      _ = try await sdk.classify(
        default: ramp(0),
        initInput: ramp(1),
        selfInput: ramp(2),
        inoutInput: ramp(3),
        object: ramp(4),
        someThing: ramp(5),
        quoTe: [],
        数値: ramp(7),
        ünïÇode: ramp(8)
      )
    }) {
      if case .invalidInput(let text) = $0 { text.contains("quo\"te\\") } else { false }
    }
    await assertThrows({
      _ = try await sdk.classify(
        default: ramp(0),
        initInput: ramp(1),
        selfInput: ramp(2),
        inoutInput: ramp(3),
        object: ramp(4),
        someThing: ramp(5),
        quoTe: ramp(6),
        数値: [],
        ünïÇode: ramp(8)
      )
    }) {
      if case .invalidInput(let text) = $0 { text.contains("数値") } else { false }
    }
    await assertThrows({
      _ = try await sdk.classify(
        default: ramp(0),
        initInput: ramp(1),
        selfInput: ramp(2),
        inoutInput: ramp(3),
        object: ramp(4),
        someThing: ramp(5),
        quoTe: ramp(6),
        数値: ramp(7),
        ünïÇode: []
      )
    }) {
      if case .invalidInput(let text) = $0 { text.contains("Ünï_çode") } else { false }
    }
  }

  func testThreadsDoNotChangeTheResult() async throws {
    let one = try await answer(ProtocolSdk(backend: .neon, threads: 1, verifyWeights: true))
    let four = try await answer(ProtocolSdk(backend: .neon, threads: 4))
    XCTAssertEqual(one, four)
    await assertThrows({ _ = try await ProtocolSdk(backend: .neon, threads: -1) }) {
      if case .invalidInput = $0 { true } else { false }
    }
  }

  func testAFileThatIsNoModelIsRefused() async throws {
    let missing = URL(fileURLWithPath: "/nowhere/model.pte")
    await assertThrows({ _ = try await ProtocolSdk(contentsOf: missing) }) {
      if case .modelNotFound = $0 { true } else { false }
    }
    await assertThrows({ _ = try await ProtocolSdk(contentsOf: URL(fileURLWithPath: "/nowhere/model.txt")) }) {
      if case .invalidInput = $0 { true } else { false }
    }
    for data in [Data(), Data("no model".utf8), Data(repeating: 0, count: 4096)] {
      await assertThrows({ _ = try await ProtocolSdk(data: data) }) {
        if case .invalidModel = $0 { true } else { false }
      }
    }
  }

  func testManyTasksShareOneObject() async throws {
    let sdk = try await ProtocolSdk()
    let expected = try await answer(sdk)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { try await answer(sdk) == expected } }
      for try await isEqual in group { XCTAssertTrue(isEqual) }
    }
  }

  func testACancelledTaskDoesNotRun() async throws {
    let sdk = try await ProtocolSdk()
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      _ = try await answer(sdk)
    }
    task.cancel()
    do {
      try await task.value
      XCTFail("the cancelled task ran")
    } catch is CancellationError {
      // as it should be
    }
  }

  func testTheEngineIsTheOneAskedFor() async throws {
    let native = try await ProtocolSdk(backend: .neon)
    XCTAssertEqual(native.backend, .neon)
    let automatic = try await ProtocolSdk()
    XCTAssertNotEqual(automatic.backend, .automatic)
  }
}

/// Everything that the network says about one input.
private func answer(_ sdk: ProtocolSdk) async throws -> [Float] {
  try await sdk.scores(
    default: ramp(0),
    initInput: ramp(1),
    selfInput: ramp(2),
    inoutInput: ramp(3),
    object: ramp(4),
    someThing: ramp(5),
    quoTe: ramp(6),
    数値: ramp(7),
    ünïÇode: ramp(8)
  )
}

/// As many values between -1 and 1 as the input takes.
private func ramp(_ input: Int) -> [Float] {
  let count = ProtocolSdk.inputs[input].elementCount
  return (0..<count).map { Float($0 * 7 % 33) / 16 - 1 }
}
