import Foundation
import XCTest
import Object

/// What the package promises, tested as an app would use it. Where there is no Core ML the C kernels run.
final class ObjectTests: XCTestCase {
  /// Runs `body`, which must throw the error that `isExpected` accepts.
  private func assertThrows(
    _ body: () async throws -> Void,
    where isExpected: (ObjectError) -> Bool,
    line: UInt = #line
  ) async {
    do {
      try await body()
      XCTFail("nothing was thrown", line: line)
    } catch let error as ObjectError {
      XCTAssertTrue(isExpected(error), "\(error)", line: line)
    } catch {
      XCTFail("\(error)", line: line)
    }
  }

  func testInputsAreDescribed() {
    let names = ["fun", "in_class", "class", "session"]
    XCTAssertEqual(Object.inputs.map(\.name), names)
    let shapes = [[1, 3], [1, 2, 4, 5], [1, 7], [1, 1]]
    XCTAssertEqual(Object.inputs.map(\.shape), shapes)
  }

  func testAnswersAreFinite() async throws {
    let values = try await answer(Object())
    XCTAssertFalse(values.isEmpty)
    XCTAssertTrue(values.allSatisfy(\.isFinite))
  }

  func testWrongSizesAreRefused() async throws {
    let sdk = try await Object()
    await assertThrows({
      _ = try await sdk.run(
        fun: [],
        inClass: ramp(1),
        class: ramp(2),
        session: ramp(3)
      )
    }) {
      if case .invalidInput(let text) = $0 { text.contains("fun") } else { false }
    }
    await assertThrows({
      _ = try await sdk.run(
        fun: ramp(0),
        inClass: [],
        class: ramp(2),
        session: ramp(3)
      )
    }) {
      if case .invalidInput(let text) = $0 { text.contains("in_class") } else { false }
    }
    await assertThrows({
      _ = try await sdk.run(
        fun: ramp(0),
        inClass: ramp(1),
        class: [],
        session: ramp(3)
      )
    }) {
      if case .invalidInput(let text) = $0 { text.contains("class") } else { false }
    }
    await assertThrows({
      _ = try await sdk.run(
        fun: ramp(0),
        inClass: ramp(1),
        class: ramp(2),
        session: []
      )
    }) {
      if case .invalidInput(let text) = $0 { text.contains("session") } else { false }
    }
  }

  func testThreadsDoNotChangeTheResult() async throws {
    let one = try await answer(Object(backend: .neon, threads: 1, verifyWeights: true))
    let four = try await answer(Object(backend: .neon, threads: 4))
    XCTAssertEqual(one, four)
    await assertThrows({ _ = try await Object(backend: .neon, threads: -1) }) {
      if case .invalidInput = $0 { true } else { false }
    }
  }

  func testAFileThatIsNoModelIsRefused() async throws {
    let missing = URL(fileURLWithPath: "/nowhere/model.pte")
    await assertThrows({ _ = try await Object(contentsOf: missing) }) {
      if case .modelNotFound = $0 { true } else { false }
    }
    await assertThrows({ _ = try await Object(contentsOf: URL(fileURLWithPath: "/nowhere/model.txt")) }) {
      if case .invalidInput = $0 { true } else { false }
    }
    for data in [Data(), Data("no model".utf8), Data(repeating: 0, count: 4096)] {
      await assertThrows({ _ = try await Object(data: data) }) {
        if case .invalidModel = $0 { true } else { false }
      }
    }
  }

  func testManyTasksShareOneObject() async throws {
    let sdk = try await Object()
    let expected = try await answer(sdk)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { try await answer(sdk) == expected } }
      for try await isEqual in group { XCTAssertTrue(isEqual) }
    }
  }

  func testACancelledTaskDoesNotRun() async throws {
    let sdk = try await Object()
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
    let native = try await Object(backend: .neon)
    XCTAssertEqual(native.backend, .neon)
    let automatic = try await Object()
    XCTAssertNotEqual(automatic.backend, .automatic)
  }
}

/// Everything that the network says about one input.
private func answer(_ sdk: Object) async throws -> [Float] {
  let outputs = try await sdk.run(
    fun: ramp(0),
    inClass: ramp(1),
    class: ramp(2),
    session: ramp(3)
  )
  var values: [Float] = []
  values += outputs.`class`.scalars
  values += outputs.val.scalars
  values += outputs.größe.scalars
  values += outputs.output2dScores.scalars
  return values
}

/// As many values between -1 and 1 as the input takes.
private func ramp(_ input: Int) -> [Float] {
  let count = Object.inputs[input].elementCount
  return (0..<count).map { Float($0 * 7 % 33) / 16 - 1 }
}
