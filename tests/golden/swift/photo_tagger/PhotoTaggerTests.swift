// SPDX-License-Identifier: Apache-2.0

import Foundation
import XCTest
import PhotoTagger

#if canImport(CoreML)
  import CoreML
#endif
#if canImport(CoreGraphics)
  import CoreGraphics
#endif
#if canImport(CoreVideo)
  import CoreVideo
#endif
#if canImport(UIKit)
  import UIKit
#endif

/// What the package promises, tested as an app would use it. Where there is no Core ML the C kernels run.
final class PhotoTaggerTests: XCTestCase {
  /// Runs `body`, which must throw the error that `isExpected` accepts.
  private func assertThrows(
    _ body: () async throws -> Void,
    where isExpected: (PhotoTaggerError) -> Bool,
    line: UInt = #line
  ) async {
    do {
      try await body()
      XCTFail("nothing was thrown", line: line)
    } catch let error as PhotoTaggerError {
      XCTAssertTrue(isExpected(error), "\(error)", line: line)
    } catch {
      XCTFail("\(error)", line: line)
    }
  }

  func testCategoriesAreOrderedAndLabelled() async throws {
    let sdk = try await PhotoTagger()
    let best = try await sdk.classify(Pictures.waves(width: 61, height: 47), topK: 5)
    XCTAssertEqual(best.count, 5)
    XCTAssertEqual(best, best.sorted { $0.score > $1.score })
    for category in best { XCTAssertEqual(category.label, sdk.labels[category.index]) }
  }

  func testThereIsOneScoreForEachLabel() async throws {
    let sdk = try await PhotoTagger()
    let image = try Pictures.waves(width: 61, height: 47)
    let scores = try await sdk.scores(image)
    XCTAssertEqual(scores.count, 20)
    XCTAssertEqual(scores.count, sdk.labels.count)
    XCTAssertEqual(scores.reduce(0, +), 1, accuracy: 0.01)
    let all = try await sdk.classify(image, topK: .max)
    XCTAssertEqual(Set(all.map(\.index)), Set(0..<scores.count))
    for category in all { XCTAssertEqual(category.score, scores[category.index]) }
  }

  func testTopKBelowOneIsRefused() async throws {
    let sdk = try await PhotoTagger()
    let image = try Pictures.waves(width: 8, height: 8)
    for topK in [0, -1, .min] {
      await assertThrows({ _ = try await sdk.classify(image, topK: topK) }) {
        if case .invalidInput = $0 { true } else { false }
      }
    }
  }

  func testBothEnginesSeeTheSame() async throws {
    #if canImport(CoreML)
      let image = try Pictures.waves(width: 300, height: 260)
      let native = try await PhotoTagger(backend: .neon).classify(image, topK: 1)
      let apple = try await PhotoTagger(backend: .coreML(computeUnits: .cpuOnly)).classify(image, topK: 5)
      XCTAssertTrue(apple.map(\.index).contains(native[0].index), "\(native) \(apple)")
    #else
      throw XCTSkip("this system has no Core ML")
    #endif
  }

  func testRowsMayHaveGapsAndOtherFormats() async throws {
    let sdk = try await PhotoTagger()
    let plain = try await picture(Pictures.waves(width: 61, height: 47), sdk)
    let padded = try await picture(Pictures.waves(width: 61, height: 47, bytesPerRow: 300), sdk)
    let bgra = try await picture(Pictures.waves(width: 61, height: 47, format: .bgra), sdk)
    let rgb = try await picture(Pictures.waves(width: 61, height: 47, format: .rgb), sdk)
    XCTAssertEqual(plain, padded)
    XCTAssertEqual(plain, bgra)
    XCTAssertEqual(plain, rgb)
  }

  func testPicturesOfAnySizeAreTaken() async throws {
    let sdk = try await PhotoTagger()
    for (width, height) in [(1, 1), (1, 400), (400, 1), (16_384, 2), (2, 16_384)] {
      let values = try await picture(Pictures.waves(width: width, height: height), sdk)
      XCTAssertTrue(values.allSatisfy(\.isFinite))
    }
  }

  func testSizesThatDoNotBelongTogetherAreRefused() {
    typealias PixelImage = PhotoTagger.PixelImage
    let bytes = [UInt8](repeating: 0, count: 64)
    XCTAssertNoThrow(try PixelImage(width: 4, height: 4, pixels: bytes))
    XCTAssertThrowsError(try PixelImage(width: 4, height: 5, pixels: bytes))
    XCTAssertThrowsError(try PixelImage(width: 0, height: 4, pixels: bytes))
    XCTAssertThrowsError(try PixelImage(width: 4, height: -1, pixels: bytes))
    XCTAssertThrowsError(try PixelImage(width: 16_385, height: 1, pixels: bytes))
    XCTAssertThrowsError(try PixelImage(width: 4, height: 4, bytesPerRow: 15, pixels: bytes))
    XCTAssertThrowsError(try PixelImage(width: 4, height: 4, bytesPerRow: .max, pixels: bytes))
    XCTAssertThrowsError(try PixelImage(width: 4, height: 1, pixels: []))
  }

  func testOrientationsAreThoseOfExif() throws {
    // 1 2 3 / 4 5 6, with three equal bytes for each pixel.
    let pixels = (1...6).flatMap { [UInt8](repeating: $0, count: 3) }
    let image = try PhotoTagger.PixelImage(width: 3, height: 2, format: .rgb, pixels: pixels)
    let expected: [PhotoTagger.PixelImage.Orientation: [UInt8]] = [
      .up: [1, 2, 3, 4, 5, 6],
      .upMirrored: [3, 2, 1, 6, 5, 4],
      .down: [6, 5, 4, 3, 2, 1],
      .downMirrored: [4, 5, 6, 1, 2, 3],
      .leftMirrored: [1, 4, 2, 5, 3, 6],
      .right: [4, 1, 5, 2, 6, 3],
      .rightMirrored: [6, 3, 5, 2, 4, 1],
      .left: [3, 6, 2, 5, 1, 4],
    ]
    for orientation in PhotoTagger.PixelImage.Orientation.allCases {
      let upright = try image.upright(from: orientation)
      let values = stride(from: 0, to: upright.pixels.count, by: 3).map { upright.pixels[$0] }
      XCTAssertEqual(values, expected[orientation], "\(orientation)")
      XCTAssertEqual(upright.width, orientation.rawValue < 5 ? 3 : 2)
    }
  }

  func testAGapBetweenRowsIsNoPartOfATurnedPicture() throws {
    let plain = try Pictures.waves(width: 5, height: 3)
    let padded = try Pictures.waves(width: 5, height: 3, bytesPerRow: 32)
    XCTAssertEqual(try plain.upright(from: .right), try padded.upright(from: .right))
  }

  #if canImport(CoreGraphics)
    func testACGImageIsSeenAsItsPixels() throws {
      let image = try Pictures.waves(width: 61, height: 47)
      let provider = try XCTUnwrap(CGDataProvider(data: Data(image.pixels) as CFData))
      let drawn = try XCTUnwrap(
        CGImage(
          width: 61, height: 47, bitsPerComponent: 8, bitsPerPixel: 32, bytesPerRow: image.bytesPerRow,
          space: try XCTUnwrap(CGColorSpace(name: CGColorSpace.sRGB)),
          bitmapInfo: CGBitmapInfo(rawValue: CGImageAlphaInfo.noneSkipLast.rawValue), provider: provider,
          decode: nil, shouldInterpolate: false, intent: .defaultIntent))
      try assertSameColours(PhotoTagger.PixelImage(drawn), image)
      try assertSameColours(
        PhotoTagger.PixelImage(drawn, orientation: .right), image.upright(from: .right))
      #if canImport(UIKit)
        let turned = UIImage(cgImage: drawn, scale: 1, orientation: .left)
        try assertSameColours(PhotoTagger.PixelImage(turned), image.upright(from: .left))
      #endif
    }
  #endif

  #if canImport(CoreVideo) && canImport(CoreImage)
    func testAPixelBufferIsSeenAsItsPixels() throws {
      let image = try Pictures.waves(width: 61, height: 47, format: .bgra)
      var created: CVPixelBuffer?
      CVPixelBufferCreate(kCFAllocatorDefault, 61, 47, kCVPixelFormatType_32BGRA, nil, &created)
      let buffer = try XCTUnwrap(created)
      CVPixelBufferLockBaseAddress(buffer, [])
      let base = try XCTUnwrap(CVPixelBufferGetBaseAddress(buffer))
      image.pixels.withUnsafeBytes { bytes in
        for row in 0..<47 {
          let line = UnsafeMutableRawBufferPointer(
            start: base + row * CVPixelBufferGetBytesPerRow(buffer), count: 61 * 4)
          line.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[row * 61 * 4..<(row + 1) * 61 * 4]))
        }
      }
      CVPixelBufferUnlockBaseAddress(buffer, [])
      // Turned, so that the gaps between rows, which hold anything, are gone.
      XCTAssertEqual(
        try PhotoTagger.PixelImage(buffer, orientation: .down), try image.upright(from: .down))
    }
  #endif

  #if canImport(CoreGraphics)
    /// Compares R, G and B; the fourth byte means nothing.
    private func assertSameColours(
      _ first: PhotoTagger.PixelImage,
      _ second: PhotoTagger.PixelImage,
      line: UInt = #line
    ) throws {
      XCTAssertEqual(first.width, second.width, line: line)
      func colours(_ image: PhotoTagger.PixelImage) -> [UInt8] {
        image.pixels.enumerated().filter { $0.offset % 4 != 3 }.map(\.element)
      }
      XCTAssertEqual(colours(first), colours(second), line: line)
    }
  #endif

  private func picture(_ image: PhotoTagger.PixelImage, _ sdk: PhotoTagger) async throws -> [Float] {
    try await sdk.scores(image)
  }

  func testThreadsDoNotChangeTheResult() async throws {
    let one = try await answer(PhotoTagger(backend: .neon, threads: 1, verifyWeights: true))
    let four = try await answer(PhotoTagger(backend: .neon, threads: 4))
    XCTAssertEqual(one, four)
    await assertThrows({ _ = try await PhotoTagger(backend: .neon, threads: -1) }) {
      if case .invalidInput = $0 { true } else { false }
    }
  }

  func testAFileThatIsNoModelIsRefused() async throws {
    let missing = URL(fileURLWithPath: "/nowhere/model.pte")
    await assertThrows({ _ = try await PhotoTagger(contentsOf: missing) }) {
      if case .modelNotFound = $0 { true } else { false }
    }
    await assertThrows({ _ = try await PhotoTagger(contentsOf: URL(fileURLWithPath: "/nowhere/model.txt")) }) {
      if case .invalidInput = $0 { true } else { false }
    }
    for data in [Data(), Data("no model".utf8), Data(repeating: 0, count: 4096)] {
      await assertThrows({ _ = try await PhotoTagger(data: data) }) {
        if case .invalidModel = $0 { true } else { false }
      }
    }
  }

  func testManyTasksShareOneObject() async throws {
    let sdk = try await PhotoTagger()
    let expected = try await answer(sdk)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { try await answer(sdk) == expected } }
      for try await isEqual in group { XCTAssertTrue(isEqual) }
    }
  }

  func testACancelledTaskDoesNotRun() async throws {
    let sdk = try await PhotoTagger()
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
    let native = try await PhotoTagger(backend: .neon)
    XCTAssertEqual(native.backend, .neon)
    let automatic = try await PhotoTagger()
    XCTAssertNotEqual(automatic.backend, .automatic)
  }
}

/// Everything that the network says about one input.
private func answer(_ sdk: PhotoTagger) async throws -> [Float] {
  try await sdk.scores(Pictures.waves(width: 61, height: 47))
}
