#if canImport(CoreVideo) && canImport(CoreImage)
  import CoreImage
  import CoreVideo
  import ImageIO

  extension TheSDK.PixelImage {
    /// Copies a frame of a camera or a video and turns it upright.
    ///
    /// A buffer in `kCVPixelFormatType_32BGRA` is taken as it is, which is fastest: set it as the output's
    /// `videoSettings`. Every other format, such as the camera's own `420f`, is converted to sRGB by Core Image.
    ///
    /// - Parameters:
    ///   - buffer: is only read, and is the caller's again when this returns.
    ///   - orientation: `.right` for the back camera of an iPhone held upright, unless the connection turns its frames
    ///     already.
    /// - Throws: ``TheSDKError`` when the buffer is too large or cannot be read.
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
