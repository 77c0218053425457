// SPDX-License-Identifier: Apache-2.0

#if canImport(CoreVideo) && canImport(CoreImage)
  import CoreImage
  import CoreVideo
  import ImageIO

  extension TheSDK.PixelImage {
    /// Creates an upright image by copying a pixel buffer, such as a camera frame.
    ///
    /// A buffer in `kCVPixelFormatType_32BGRA` needs no conversion, so set this format in the output's `videoSettings`.
    /// Core Image converts every other format, such as `420f`, to sRGB.
    ///
    /// - Parameters:
    ///   - buffer: The pixel buffer. It isn't modified, and isn't used after the call.
    ///   - orientation: The orientation of the image. It's `.right` for the back camera of an iPhone in portrait, unless
    ///     the connection rotates its frames.
    /// - Throws: ``TheSDKError`` if the buffer is too large or can't be read.
    public init(_ buffer: CVPixelBuffer, orientation: CGImagePropertyOrientation = .up) throws {
      guard CVPixelBufferGetPixelFormatType(buffer) == kCVPixelFormatType_32BGRA else {
        try self.init(CIImage(cvPixelBuffer: buffer), orientation: orientation)
        return
      }
      guard CVPixelBufferLockBaseAddress(buffer, .readOnly) == kCVReturnSuccess else {
        throw TheSDKError.invalidInput("the pixel buffer cannot be locked")
      }
      defer { CVPixelBufferUnlockBaseAddress(buffer, .readOnly) }
      guard let base = CVPixelBufferGetBaseAddress(buffer) else {
        throw TheSDKError.invalidInput("the pixel buffer has no memory")
      }
      let height = CVPixelBufferGetHeight(buffer)
      let stride = CVPixelBufferGetBytesPerRow(buffer)
      let pixels = [UInt8](UnsafeRawBufferPointer(start: base, count: stride * height))
      let frame = try Self(
        width: CVPixelBufferGetWidth(buffer), height: height, bytesPerRow: stride, format: .bgra,
        pixels: pixels)
      self = try frame.upright(from: Orientation(orientation))
    }
  }
#endif
