// SPDX-License-Identifier: Apache-2.0

#if canImport(CoreML)
  import CoreML
  import CoreVideo
  import Foundation

  extension CoreMLEngine: ImageEngine {
    /// Crops and resizes with the C code of the other engine, so that both get the same pixels: R, G, B.
    nonisolated func prepare(_ image: TheSDK.PixelImage) throws -> PreparedImage {
      try image.croppedToNetwork()
    }

    func run(_ image: PreparedImage) throws -> [EngineOutput] {
      try predict([MLFeatureValue(pixelBuffer: networkBuffer(image.bytes))])
    }
  }

  /// The 32BGRA buffer that Core ML reads; normalisation is part of the model.
  private func networkBuffer(_ rgb: [UInt8]) throws -> CVPixelBuffer {
    let (width, height) = (Network.width, Network.height)
    // Backed by an IOSurface, the Neural Engine and the GPU read it without a copy.
    let attributes = NSDictionary(
      dictionary: [kCVPixelBufferIOSurfacePropertiesKey as String: NSDictionary()])
    var created: CVPixelBuffer?
    let status = CVPixelBufferCreate(
      kCFAllocatorDefault, width, height, kCVPixelFormatType_32BGRA, attributes as CFDictionary, &created)
    guard status == kCVReturnSuccess, let buffer = created else {
      throw TheSDKError.outOfMemory("no pixel buffer of \(width) x \(height): CVReturn \(status)")
    }
    guard CVPixelBufferLockBaseAddress(buffer, []) == kCVReturnSuccess else {
      throw TheSDKError.predictionFailed("the pixel buffer cannot be locked")
    }
    defer { CVPixelBufferUnlockBaseAddress(buffer, []) }
    guard let base = CVPixelBufferGetBaseAddress(buffer) else {
      throw TheSDKError.predictionFailed("the pixel buffer has no memory")
    }
    let stride = CVPixelBufferGetBytesPerRow(buffer)
    for row in 0..<height {
      let target = (base + row * stride).assumingMemoryBound(to: UInt8.self)
      for column in 0..<width {
        let source = (row * width + column) * 3
        target[column * 4] = rgb[source + 2]
        target[column * 4 + 1] = rgb[source + 1]
        target[column * 4 + 2] = rgb[source]
        target[column * 4 + 3] = 255
      }
    }
    return buffer
  }
#endif
